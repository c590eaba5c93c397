"""What a sale waits for while it is written, against littlefs on the same model of the same chip."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
MICROPYTHON = CHECKOUT / ".venv" / "bin" / "micropython"
SCRIPT = CHECKOUT / "firmware" / "tests" / "bench_journal.py"
SEARCH_PATH = ".frozen:firmware:firmware/tests:boards/simulator"

RECORD_BYTES = 255  # the largest sale, framed
COPIES = 2
LITTLEFS_WAYS = {"append": "one file, appended and closed", "files": "one file a record"}
LITTLEFS_SIZES = (32, 256)  # read and program size: MicroPython's default, and the chip's page


def measure(*arguments: str) -> dict[str, Any]:
    """Run one way of keeping records in MicroPython and return what it counted."""
    done = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=16M", SCRIPT, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "MICROPYPATH": SEARCH_PATH},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def littlefs() -> tuple[list[dict[str, Any]], dict[int, tuple[float, str]]]:
    """Rows for every way littlefs can be used, and the best of them at each fill level: {records: (us, way)}."""
    rows: list[dict[str, Any]] = []
    best: dict[int, tuple[float, str]] = {}
    for way, words in LITTLEFS_WAYS.items():
        for size in LITTLEFS_SIZES:
            counted = measure(f"littlefs-{way}", str(size))
            name = f"littlefs, {words}, {size} B"
            for stage in counted["rows"]:
                there, us = int(stage["there"]), float(stage["us"])
                longest_ms = stage["longest_us"] / 1000
                note = f"{stage['erases']:.2f} erases, longest {longest_ms:.0f} ms; one copy, not read back"
                rows.append(row(f"{name}, at {there}", us / 1000, "ms/record", note=note))
                if there not in best or us < best[there][0]:
                    best[there] = (us, name)
            if len(counted["rows"]) < 3:
                rows.append(row(f"{name}: records until full", counted["stored"], "records", note="1.5 MiB"))
    return rows, best


def row(
    name: str,
    value: float,
    unit: str,
    target: str | None = None,
    holds: bool | None = None,
    peer: str | None = None,
    note: str = "",
) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "target": target, "holds": holds, "peer": peer, "note": note}


def run() -> list[dict[str, Any]]:
    """The journal's figures, littlefs's, and their ratios. Modelled flash time only."""
    counted = measure("journal")
    peers, best = littlefs()
    rows: list[dict[str, Any]] = []
    for stage in counted["rows"]:
        there = int(stage["there"])
        append_ms, all_ms = stage["append_us"] / 1000, stage["us"] / 1000
        note = f"both copies, read back; longest {stage['longest_us'] / 1000:.1f} ms"
        rows.append(row(f"journal, append at {there}", append_ms, "ms/record", note=note))
        note = f"{stage['erases']:.2f} erases a record, all of them when idle"
        rows.append(row(f"journal, append and idle work at {there}", all_ms, "ms/record", note=note))
        peer_us, peer = best[there]
        ratio = peer_us / stage["append_us"]
        rows.append(row(f"a sale's wait, littlefs : journal, at {there}", ratio, "x", ">= 10", ratio >= 10, peer))
        rows.append(row(f"all flash time, littlefs : journal, at {there}", peer_us / stage["us"], "x", peer=peer))
    programmed = max(float(stage["bytes"]) for stage in counted["rows"]) / RECORD_BYTES / COPIES
    rows.append(row("bytes programmed per record byte and copy", programmed, "", "<= 1.1", programmed <= 1.1))
    erases = int(counted["erases_in_appends"])
    rows.append(row("erases within appends", erases, "erases", "0", erases == 0))
    stored = f"{counted['stored']} sales, beside the reserve"
    start_s = counted["start_us"] / 1e6
    rows.append(row("start-up, full journal", start_s, "s", "< 0.5", start_s < 0.5 and counted["trusted"], note=stored))
    read_s = counted["start_and_read_us"] / 1e6
    rows.append(row("start-up and every entry read", read_s, "s", "< 0.5", read_s < 0.5, note=stored))
    return rows + peers
