"""Builds the comb table of a point (layout: `point`). Loaded only when a key gets a table."""

from crypto import programs
from crypto.curve import P
from crypto.field import run
from crypto.limbs import pack
from crypto.point import ENTRY_BYTES, enter, load_entry, make_affine, memory
from crypto.programs import SLOT_BYTES, X, Y

_BASES = 12  # 2^(22 m) * K for m < 12: tooth m >> 1 of block m & 1
_TEETH = 6
_ENTRIES = 32
_SPACING = 22


def build(x: int, y: int) -> bytes:
    """Return the 4096-byte table of the point (x, y), which must be on the curve. Takes as long as two verifications.

    Which additions would meet equal or opposite points depends on the layout alone, not on the point (the group has
    prime order); the test that builds the base point's table shows that none does.
    """
    bases = _bases(x, y)
    table = bytearray(2 * _ENTRIES * ENTRY_BYTES)
    for block in (0, 1):
        start = block * _ENTRIES * ENTRY_BYTES
        _start(bases, (2 * (_TEETH - 1) + block) * ENTRY_BYTES)
        for tooth in range(_TEETH - 1):
            _add(programs.SUBTRACT, bases, 2 * tooth + block)
        _store(table, start)
        for i in range(1, _ENTRIES):
            # Entry i is that with i's lowest bit cleared, which is done already, with one sign turned: add it twice.
            tooth = 0
            while not i >> tooth & 1:
                tooth += 1
            _start(table, start + (i & (i - 1)) * ENTRY_BYTES)
            _add(programs.ADD, bases, 2 * tooth + block)
            run(0, 0, memory, programs.ADD, 1)
            _store(table, start + i * ENTRY_BYTES)
    return bytes(table)


def _bases(x: int, y: int) -> bytearray:
    """Return the entries 2^(22 m) * (x, y)."""
    bases = bytearray(_BASES * ENTRY_BYTES)
    enter(X, x)
    enter(Y, y)
    _pack_entry(bases, 0)
    for m in range(1, _BASES):
        _start(bases, (m - 1) * ENTRY_BYTES)
        run(0, 0, memory, programs.DOUBLE, _SPACING)
        _store(bases, m * ENTRY_BYTES)
    return bases


def _start(entries: bytearray, offset: int) -> None:
    """Make the entry at `offset` the running point."""
    load_entry(entries, offset)
    run(0, 0, memory, programs.Z_ONE, 1)
    run(0, 0, memory, programs.START, 1)


def _add(program: bytes, bases: bytearray, index: int) -> None:
    load_entry(bases, index * ENTRY_BYTES)
    run(0, 0, memory, program, 1)


def _store(entries: bytearray, offset: int) -> None:
    """Write the running point to `offset`, affine."""
    if not make_affine():
        raise AssertionError("comb table met an exceptional addition")
    _pack_entry(entries, offset)


def _pack_entry(entries: bytearray, offset: int) -> None:
    """Write X and Y, still in Montgomery form but fully reduced."""
    packed = bytearray(34)
    for slot in (X, Y):
        pack(memory, slot * SLOT_BYTES, 2, packed)
        entries[offset : offset + 32] = (int.from_bytes(packed, "little") % P).to_bytes(32, "little")
        offset += 32
