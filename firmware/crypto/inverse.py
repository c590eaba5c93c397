"""Modular inverses in a fixed number of steps (Bernstein, Yang: "Fast constant-time gcd computation", 2019).

The variant with half-integer delta needs at most 590 division steps for 256 bits (doc/safegcd_implementation.md of
libsecp256k1, which also describes the step without branches). 43 batches of 14 steps make 602.
"""

import micropython
from micropython import const

from crypto.curve import N
from crypto.limbs import pack, unpack

_SLOT_BYTES = const(38)
_MINUS_INVERSE_N = const(0x3C4F)
# Slots: f, g, d, e, modulus. Limbs of 14 bits; the top limb is 16 bits, signed.
_work = bytearray(5 * _SLOT_BYTES)
_packed = bytearray(34)


@micropython.viper
def _divide(x: int, y: int, work: ptr8, minus_inverse: int) -> int:
    """Run all division steps; return 1 when the last f is negative (it is 1 or -1). `minus_inverse` is -1 / modulus modulo 2^14.

    `x` and `y` are working registers (see generate/p256_field.py); pass 0.
    """
    modulus = ptr16(int(work) + 152)
    zeta = -1
    batch = 0
    while batch < 43:
        # 14 steps on the low limbs alone, gathered in the matrix (u v; q r), without a branch on f or g.
        u = 1
        v = 0
        q = 0
        r = 1
        a = ptr16(work)
        b = ptr16(int(work) + 38)
        x = int(a[0])
        y = int(b[0])
        i = 14
        while i:
            swap = zeta >> 31
            odd = 0 - (y & 1)
            y += ((x ^ swap) - swap) & odd
            q += ((u ^ swap) - swap) & odd
            r += ((v ^ swap) - swap) & odd
            swap &= odd
            zeta = (zeta ^ swap) - 1
            x += y & swap
            u += q & swap
            v += r & swap
            y >>= 1
            u <<= 1
            v <<= 1
            i -= 1
        # (f, g) = (u f + v g, q f + r g) / 2^14, then the same for (d, e), there with multiples of the modulus
        # that make the division exact.
        t = 0
        n = 0
        half = 0
        while half < 2:
            left = int(a[0])
            right = int(b[0])
            x = u * left + v * right
            y = q * left + r * right
            if half:
                t = ((x & 0x3FFF) * minus_inverse) & 0x3FFF
                n = ((y & 0x3FFF) * minus_inverse) & 0x3FFF
            part = int(modulus[0])
            x += t * part
            y += n * part
            i = 1
            while i < 19:
                left = int(a[i])
                right = int(b[i])
                if i == 18:
                    left = (left ^ 0x8000) - 0x8000
                    right = (right ^ 0x8000) - 0x8000
                part = int(modulus[i])
                x = u * left + v * right + t * part + (x >> 14)
                y = q * left + r * right + n * part + (y >> 14)
                a[i - 1] = x & 0x3FFF
                b[i - 1] = y & 0x3FFF
                i += 1
            a[18] = x >> 14
            b[18] = y >> 14
            a = ptr16(int(work) + 76)
            b = ptr16(int(work) + 114)
            half += 1
        batch += 1
    return int(work[37]) >> 7


def inverse(value: int, modulus: int) -> int:
    """Return 1 / value modulo P or N, 0 < value < modulus, in a time that does not depend on the value."""
    work = _work
    unpack(modulus.to_bytes(32, "little"), 0, work, 4, 1)
    unpack(value.to_bytes(32, "little"), 0, work, 1, 1)
    work[: _SLOT_BYTES] = work[4 * _SLOT_BYTES :]
    work[2 * _SLOT_BYTES : 4 * _SLOT_BYTES] = bytes(2 * _SLOT_BYTES)
    work[3 * _SLOT_BYTES] = 1
    negative = _divide(0, 0, work, _MINUS_INVERSE_N if modulus == N else 1)  # P = -1 modulo 2^14
    # d is between -44 and 44 times the modulus. Its top limb is signed: take it out before packing.
    top = work[3 * _SLOT_BYTES - 2] | work[3 * _SLOT_BYTES - 1] << 8
    work[3 * _SLOT_BYTES - 2] = work[3 * _SLOT_BYTES - 1] = 0
    pack(work, 2, _packed)
    result = int.from_bytes(_packed, "little") + (((top ^ 0x8000) - 0x8000) << 252)
    return (-result if negative else result) % modulus
