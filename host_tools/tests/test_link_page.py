"""docs/link-protocol.md says what the firmware does."""

import importlib.util
from pathlib import Path

from nyala.wire import link as wire

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "link-protocol.md").read_text()

# What the page writes for each need in the firmware's table.
NEEDS = {
    "": 0,
    "provisioned": 2,
    "reconciler": 1 << 5,
    "reconciler or technician": 1 << 5 | 1 << 4,
    "unprovisioned, or technician": 1 | 1 << 4,
    "unprovisioned, or technician, or reconciler": 1 | 1 << 4 | 1 << 5,
}


def _table() -> tuple[tuple[str, str, int], ...]:
    path = ROOT / "firmware" / "link" / "commands" / "__init__.py"
    spec = importlib.util.spec_from_file_location("commands", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.COMMANDS


def _rows() -> list[list[str]]:
    lines = PAGE[PAGE.index("| command | arguments |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_has_the_firmware_s_table_of_commands() -> None:
    table = _table()
    rows = _rows()
    assert [row[0] for row in rows] == [f"{number} {name}" for number, (name, _, _) in enumerate(table)]
    for (name, types, needs), (_, arguments, _, said) in zip(table, rows, strict=True):
        assert needs == NEEDS[said.split(", and")[0]], name
        given = [] if not arguments or arguments.startswith("(slot") else arguments.split(", ")
        assert len(given) == len(types), name
        assert types == "".join("b" if "bytes" in argument else "u" for argument in given), name


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    for said in (
        f"at most {wire.REQUEST_FRAME_BYTES_MAX} bytes as sent, responses at most {wire.RESPONSE_FRAME_BYTES_MAX:,}",
        f"bytes (1..{wire.PUT_BYTES_MAX})",
        f"credit (1..{wire.READ_CREDIT_MAX})",
        f"after {wire.SESSION_IDLE_S} s without a request",
        f"{sum(wire.SLOT_BYTES_MAX):,} bytes",
        f"{wire.BAUD_DEFAULT} 8N1",
    ):
        assert said in PAGE
