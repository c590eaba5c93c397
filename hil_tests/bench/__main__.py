"""Run the benchmarks whose name contains the argument (all of them without one)."""

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import TypedDict

from rich.console import Console
from rich.table import Table
from rich.text import Text

import hil_tests.bench

OUT = Path("build/bench.json")


class Row(TypedDict):
    """One figure. `holds`: whether it meets `target` (None: no target). `peer`: what it was measured against."""

    name: str
    value: float
    unit: str
    target: str | None
    holds: bool | None
    peer: str | None
    note: str


def names(part: str) -> list[str]:
    """The benchmark modules that contain `part`."""
    modules = (module.name for module in pkgutil.iter_modules(hil_tests.bench.__path__))
    return sorted(name for name in modules if name.endswith("_bench") and part in name)


def table(rows: list[Row]) -> Table:
    """The rows as people read them."""
    shown = Table("benchmark", "value", "unit", "target", "holds")
    signs = {True: "[green]yes[/]", False: "[red]NO[/]", None: ""}
    for row in rows:
        value = f"{row['value']:,.0f}" if abs(row["value"]) >= 1000 else f"{row['value']:.4g}"
        name = Text(row["name"])
        beside = "; ".join(part for part in (row["peer"] and f"against {row['peer']}", row["note"]) if part)
        if beside:
            name.append(f"\n  {beside}", style="dim")
        shown.add_row(name, value, row["unit"], row["target"] or "", signs[row["holds"]])
    return shown


def _kept(rows: list[Row]) -> list[Row]:
    """The rows of benchmarks that were run before and not now."""
    before: list[Row] = json.loads(OUT.read_text()) if OUT.exists() else []
    new = {row["name"] for row in rows}
    return [row for row in before if row["name"] not in new]


def main() -> int:
    console = Console()
    chosen = names(sys.argv[1] if len(sys.argv) > 1 else "")
    if not chosen:
        console.print(f"There is no such benchmark; there are {', '.join(names(''))}.")
        return 2
    rows: list[Row] = []
    for name in chosen:
        with console.status(f"{name} ..."):
            rows += importlib.import_module(f"hil_tests.bench.{name}").run()
    console.print(table(rows))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(_kept(rows) + rows, indent=1) + "\n")
    console.print(f"Written to {OUT}.")
    return 1 if any(row["holds"] is False for row in rows) else 0


sys.exit(main())
