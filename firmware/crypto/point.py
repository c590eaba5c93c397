"""Sums of multiples of points of P-256, by combs and a window, on the virtual machine in `field`.

A comb table of h teeth and b columns a block holds, for t = 0, 1 and each i < 2^(h - 1), the point

    2^(b t) * (2^(2 b (h - 1)) + sum over j < h - 1 of (1 if bit j of i else -1) * 2^(2 b j)) * K

as entry 2^(h - 1) t + i: x and y in Montgomery form, each 32 bytes little-endian. An odd scalar below 2^(2 b h) is a
sum of +-2^i over all its bits; cut into 2 b columns of h bits it takes 2 b additions and b - 1 doublings, whatever the
scalar (Hedabou, Pinel, Beneteau 2004; Hamburg, "Fast and compact elliptic-curve cryptography", 2012, section 3.3).
The base point has h = 7, b = 19 (8 KB); a key's table h = 6, b = 22 (4 KB). docs/decisions/010 says why.

One set of slots for everybody: nothing here awaits, so tasks cannot interleave.
"""

from micropython import const

from crypto import programs
from crypto.base_table import BASE_TABLE
from crypto.curve import N, P
from crypto.field import run
from crypto.inverse import inverse
from crypto.limbs import comb_entries, pack, signed_digits, unpack
from crypto.programs import ONE, P1X, QX, RR, SLOT_BYTES, T0, T4, UNIT, ZZ7, X, Y, Z

ENTRY_BYTES = 64
BASE_TEETH, BASE_BLOCK = 7, 19
KEY_TEETH, KEY_BLOCK = 6, 22
KEY_TABLE_BYTES = 4096
_QX_AT = const(228)  # QX * SLOT_BYTES
_R = (1 << 266) % P

memory = bytearray(SLOT_BYTES * programs.SLOTS)
_view = memoryview(memory)
_packed = bytearray(34)
_digits = bytearray(257)
_enter = bytearray((programs.MUL, 0, 0, RR, 0, programs.END))
_leave = bytearray((programs.MUL, T0, 0, UNIT, 0, programs.END))


def put(slot: int, value: int) -> None:
    """Write a number below 2^256 to a slot as it is."""
    unpack(value.to_bytes(32, "little"), memory, 0, slot * SLOT_BYTES, 2, 1)


memory[: len(programs.CONSTANTS)] = programs.CONSTANTS
put(ONE, _R)
put(RR, _R * _R % P)
put(UNIT, 1)  # slot ZERO is zero already


def enter(slot: int, value: int) -> None:
    """Write a number below 2^256 to a slot in Montgomery form."""
    put(slot, value)
    _enter[1] = _enter[2] = slot
    run(0, 0, memory, _enter, 1)


def leave(slot: int) -> int:
    """Return the number in a slot, reduced, out of Montgomery form. T0 is lost."""
    _leave[2] = slot
    run(0, 0, memory, _leave, 1)
    pack(memory, T0 * SLOT_BYTES, 2, _packed)
    return int.from_bytes(_packed, "little") % P


def load_entry(table: "bytes | bytearray | memoryview", index: int) -> None:
    """Put a table's entry in QX, QY."""
    unpack(table, memory, index * ENTRY_BYTES, _QX_AT, 2, 2)


def make_affine() -> bool:
    """Replace X and Y by the affine coordinates (Z is left as it was); False when Z is 0: infinity, or a lost point."""
    z = leave(Z)
    if not z:
        return False
    enter(T0, inverse(z, P))
    run(0, 0, memory, programs.AFFINE, 1)
    return True


def odd_multiple(scalar: int, times: int = 0) -> int:
    """Return an odd number below 2^264 that is `scalar` (below N) modulo N; `times` (even, below 128) selects which."""
    return scalar + (times | (scalar & 1 ^ 1)) * N


def multiply_base(odd_scalar: int, z: int) -> "tuple[int, int] | None":
    """Return odd_scalar * G as (x, y), by the same sequence of operations for every scalar.

    `odd_scalar` comes from `odd_multiple`; `z`, 0 < z < P, rescales the coordinates: secret and random, it makes every
    number in the computation unpredictable. None when equal or opposite points met (never seen; try another multiple).
    """
    slots, load, execute = memory, unpack, run
    double, steps = programs.DOUBLE, (programs.SUBTRACT, programs.ADD)
    entries = _comb_entries(odd_scalar, BASE_TEETH, BASE_BLOCK)
    enter(Z, z)
    load(BASE_TABLE, slots, (entries[0] & 127) << 6, _QX_AT, 2, 2)
    execute(0, 0, slots, (programs.START_NEGATED, programs.START)[entries[0] >> 7], 1)
    for i in range(1, 2 * BASE_BLOCK):
        if not i & 1:
            execute(0, 0, slots, double, 1)
        entry = entries[i]
        load(BASE_TABLE, slots, (entry & 127) << 6, _QX_AT, 2, 2)
        execute(0, 0, slots, steps[entry >> 7], 1)
    if not make_affine():
        return None
    return leave(X), leave(Y)


def sum_is(r: int, base: int, key: "tuple | None" = None, window: "tuple | None" = None) -> "bool | None":
    """Decide whether the x of a sum of multiples of points is `r` modulo N (SEC 1 §4.1.4). For public numbers only.

    The sum is base * G, 0 <= base < N, plus either `key`, (scalar, its table), or `window`, (scalar, x, y).
    None when equal, opposite or infinite points met on the way: `complete` has to decide.
    """
    combs = []
    length = 0
    if base:
        combs.append((BASE_TABLE, _comb_entries(odd_multiple(base), BASE_TEETH, BASE_BLOCK)))
        length = BASE_BLOCK
    if key:
        combs.append((key[1], _comb_entries(odd_multiple(key[0]), KEY_TEETH, KEY_BLOCK)))
        length = KEY_BLOCK
    if window:
        if not _load_window(window[1], window[2]):
            return None
        length = max(length, signed_digits(window[0].to_bytes(33, "little"), _digits))
    run(0, 0, memory, programs.Z_ONE, 1)
    step = (programs.START_NEGATED, programs.START)
    doublings = -1  # none before the first point
    for position in range(length - 1, -1, -1):
        if doublings >= 0:
            doublings += 1
        if window and _digits[position]:
            positive = _load_odd(_digits[position])
            doublings = _step(step[positive], doublings)
            step = (programs.SUBTRACT, programs.ADD)
        for table, entries in combs:
            first = len(entries) - 2 - 2 * position
            if first >= 0:
                for entry in (entries[first], entries[first + 1]):
                    unpack(table, memory, (entry & 127) << 6, _QX_AT, 2, 2)
                    doublings = _step(step[entry >> 7], doublings)
                    step = (programs.SUBTRACT, programs.ADD)
    if doublings > 0:
        run(0, 0, memory, programs.DOUBLE, doublings)
    return _x_is(r)


def _step(program: bytes, doublings: int) -> int:
    """Do the doublings that are due, then one addition; return 0, the doublings due then."""
    if doublings > 0:
        run(0, 0, memory, programs.DOUBLE, doublings)
    run(0, 0, memory, program, 1)
    return 0


def _x_is(r: int) -> "bool | None":
    """Compare without inverting: x = X / Z^2 is r or r + N."""
    z = leave(Z)
    if not z:
        return None
    zz = z * z % P
    x = leave(X)
    return (r * zz - x) % P == 0 or (r + N < P and ((r + N) * zz - x) % P == 0)


def _comb_entries(odd_scalar: int, teeth: int, block: int) -> bytearray:
    entries = bytearray(2 * block)
    # A sum of +-2^i over n bits is 2 * (its positive bits) - (2^n - 1).
    bits = odd_scalar >> 1 | 1 << (2 * block * teeth - 1)
    comb_entries(bits.to_bytes(34, "little"), entries, teeth, block)
    return entries


def _load_window(x: int, y: int) -> bool:
    """Work out 1, 3, 5 and 7 times the point (x, y) in the window's slots. False when one of them is infinity."""
    enter(QX, x)
    enter(QX + 1, y)
    for program in programs.WINDOW:
        run(0, 0, memory, program, 1)
    z = leave(ZZ7)
    if not z:
        return False
    enter(T4, inverse(z, P))
    run(0, 0, memory, programs.WINDOW_AFFINE, 1)
    return True


def _load_odd(digit: int) -> int:
    """Put the window's point for a digit (two's complement byte) in QX, QY; return 1 to add it, 0 to subtract it."""
    negative = digit >> 7
    slot = P1X + ((256 - digit if negative else digit) & 6)
    _view[_QX_AT : _QX_AT + 2 * SLOT_BYTES] = _view[slot * SLOT_BYTES : (slot + 2) * SLOT_BYTES]
    return 1 - negative
