"""Modular inverses in a fixed number of steps (Bernstein, Yang: "Fast constant-time gcd computation", 2019).

The variant with half-integer delta needs at most 590 division steps for 256 bits (doc/safegcd_implementation.md of
libsecp256k1, which also describes the step without branches). 43 batches of 14 steps make 602.
"""
# ruff: noqa: F821

import micropython
from micropython import const

from crypto.curve import N, P
from crypto.limbs import pack, unpack

_LIMBS = const(19)
_ROW_BYTES = const(10)
_MINUS_INVERSE_N = const(0x3C4F)  # -1 / N modulo 2^14
_MINUS_INVERSE_P = const(1)
_TOP_BITS = const(252)
_TOP_OF_D = const(194)  # 10 * 19 + 2 * 2

# A row that takes what dividing pushes out (zeros), then 19 rows of 5 limbs: f, g, d, e and the modulus. Limbs have 14
# bits, those of the last row 16 and a sign.
_rows = bytearray(_ROW_BYTES * (_LIMBS + 1))
_packed = bytearray(34)


@micropython.viper
def _divide(s: int, y: int, rows: ptr16, minus_inverse: int) -> int:
    """Run all division steps; return 1 when the last f is negative (it is 1 or -1).

    `s` and `y` are working registers (see generate/p256_field.py); pass 0.
    """
    zeta = -1
    batch = 43
    while batch:
        # 14 steps on the low limbs alone, without a branch on f or g. They are gathered in a matrix (u v; q r),
        # two numbers to a word: uv = u + v * 2^16. All stay within +-2^14.
        uv = 1
        qr = 1 << 16
        f = int(rows[5])
        y = int(rows[6])
        step = 14
        while step:
            s = zeta >> 31
            odd = 0 - (y & 1)
            y += ((f ^ s) - s) & odd
            qr += ((uv ^ s) - s) & odd
            s &= odd
            zeta = (zeta ^ s) - 1
            f += y & s
            uv += qr & s
            y >>= 1
            uv <<= 1
            step -= 1
        u = ((uv & 0xFFFF) ^ 0x8000) - 0x8000
        v = (uv - u) >> 16
        q = ((qr & 0xFFFF) ^ 0x8000) - 0x8000
        r = (qr - q) >> 16
        # (f, g) = (u f + v g, q f + r g) / 2^14 and (d, e) likewise, there plus multiples t and n of the modulus that
        # make the division exact.
        d = int(rows[7])
        e = int(rows[8])
        t = ((u * d + v * e) & 0x3FFF) * minus_inverse & 0x3FFF
        n = ((q * d + r * e) & 0x3FFF) * minus_inverse & 0x3FFF
        f_carry = 0
        g_carry = 0
        d_carry = 0
        e_carry = 0
        row = rows
        left = 19
        while left:
            f = int(row[5])
            g = int(row[6])
            d = int(row[7])
            e = int(row[8])
            if left == 1:
                f = (f ^ 0x8000) - 0x8000
                g = (g ^ 0x8000) - 0x8000
                d = (d ^ 0x8000) - 0x8000
                e = (e ^ 0x8000) - 0x8000
            s = f_carry >> 14
            y = u
            s = f * y + s
            y = v
            s = g * y + s
            f_carry = s
            s = g_carry >> 14
            y = q
            s = f * y + s
            y = r
            s = g * y + s
            g_carry = s
            s = e_carry >> 14
            s = e * y + s
            y = q
            s = d * y + s
            y = int(row[9])
            s = n * y + s
            e_carry = s
            s = d_carry >> 14
            s = t * y + s
            y = u
            s = d * y + s
            y = v
            s = e * y + s
            d_carry = s
            # Divided by 2^14: every limb goes one row down.
            row[0] = f_carry & 0x3FFF
            row[1] = g_carry & 0x3FFF
            row[2] = s & 0x3FFF
            row[3] = e_carry & 0x3FFF
            row = ptr16(int(row) + 10)
            left -= 1
        row[0] = f_carry >> 14
        row[1] = g_carry >> 14
        row[2] = d_carry >> 14
        row[3] = e_carry >> 14
        batch -= 1
    return int(rows[95]) >> 15


def _start_rows(modulus: int) -> bytes:
    """The rows before the first step, but for g: f = modulus, d = 0, e = 1."""
    rows = bytearray(len(_rows))
    for column, number in ((0, modulus), (3, 1), (4, modulus)):
        unpack(number.to_bytes(32, "little"), rows, 0, _ROW_BYTES + 2 * column, _ROW_BYTES, 1)
    return bytes(rows)


_START_P = _start_rows(P)
_START_N = _start_rows(N)


def inverse(value: int, modulus: int) -> int:
    """Return 1 / value modulo P or N, 0 < value < modulus, in a time that does not depend on the value."""
    rows = _rows
    rows[:] = _START_N if modulus == N else _START_P
    unpack(value.to_bytes(32, "little"), rows, 0, _ROW_BYTES + 2, _ROW_BYTES, 1)
    minus_inverse = _MINUS_INVERSE_N if modulus == N else _MINUS_INVERSE_P
    negative = _divide(0, 0, rows, minus_inverse)  # pyright: ignore[reportArgumentType]
    # d is between -44 and 44 times the modulus. Its top limb is signed: take it out before packing.
    top = rows[_TOP_OF_D] | rows[_TOP_OF_D + 1] << 8
    rows[_TOP_OF_D] = rows[_TOP_OF_D + 1] = 0
    pack(rows, _ROW_BYTES + 4, _ROW_BYTES, _packed)
    result = int.from_bytes(_packed, "little") + (((top ^ 0x8000) - 0x8000) << _TOP_BITS)
    return (-result if negative else result) % modulus
