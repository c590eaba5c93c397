"""Builds the comb table of a point (layout: `point`). Loaded only when a key gets a table."""

from crypto import programs
from crypto.curve import P
from crypto.field import run
from crypto.limbs import pack
from crypto.point import ENTRY_BYTES, KEY_BLOCK, KEY_TEETH, enter, load_entry, make_affine, memory
from crypto.programs import SLOT_BYTES, X, Y

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def steps(
    table: "bytearray | memoryview", x: int, y: int, teeth: int = KEY_TEETH, block: int = KEY_BLOCK
) -> "Iterator[None]":
    """Write the comb table of the point (x, y), which must be on the curve, to `table`, step by step.

    A key's takes as long as 3 verifications. Nothing stays in the slots between steps: others may compute. Which
    additions would meet equal or opposite points depends on the layout alone, not on the point (the group has prime
    order); the tests that build the tables of the base point show that none does.
    """
    bases = bytearray(2 * teeth * ENTRY_BYTES)
    enter(X, x)
    enter(Y, y)
    _pack(bases, 0)
    # Entries 2^(block * m) * (x, y), m < 2 * teeth: tooth m >> 1 of block m & 1.
    for m in range(1, 2 * teeth):
        _start(bases, m - 1)
        run(0, 0, memory, programs.DOUBLE, block)
        _store(bases, m)
        yield
    entries = 1 << (teeth - 1)
    for upper in (0, 1):
        first = upper * entries
        _start(bases, 2 * (teeth - 1) + upper)
        for tooth in range(teeth - 1):
            _add(programs.SUBTRACT, bases, 2 * tooth + upper, 1)
        _store(table, first)
        yield
        for i in range(1, entries):
            # Entry i is that with i's lowest bit cleared, which is done already, with one sign turned: add it twice.
            tooth = 0
            while not i >> tooth & 1:
                tooth += 1
            _start(table, first + (i & (i - 1)))
            _add(programs.ADD, bases, 2 * tooth + upper, 2)
            _store(table, first + i)
            yield


def _start(entries: "bytearray | memoryview", index: int) -> None:
    """Make an entry the running point."""
    _add(programs.Z_ONE, entries, index, 1)
    run(0, 0, memory, programs.START, 1)


def _add(program: bytes, entries: "bytearray | memoryview", index: int, times: int) -> None:
    load_entry(entries, index)
    run(0, 0, memory, program, times)


def _store(entries: "bytearray | memoryview", index: int) -> None:
    """Write the running point to an entry, affine."""
    if not make_affine():
        raise AssertionError(index)  # an exceptional addition, which the layout rules out: the computation is faulty
    _pack(entries, index)


def _pack(entries: "bytearray | memoryview", index: int) -> None:
    """Write X and Y, still in Montgomery form but fully reduced."""
    packed = bytearray(34)
    for slot, at in ((X, index * ENTRY_BYTES), (Y, index * ENTRY_BYTES + 32)):
        pack(memory, slot * SLOT_BYTES, 2, packed)
        entries[at : at + 32] = (int.from_bytes(packed, "little") % P).to_bytes(32, "little")
