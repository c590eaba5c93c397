"""Numbers cut into pieces: 14-bit limbs for `field`, digits of scalars for the combs and the window.

No function here branches on the value of a number except `signed_digits`, which is for public scalars only.
"""

import micropython


@micropython.viper
def unpack(source: ptr8, offset: int, memory: ptr16, slot: int, count: int):
    """Write `count` numbers of 32 bytes, little-endian, at `offset` of `source` to consecutive slots."""
    at = offset
    limb = ptr16(int(memory) + 38 * slot)
    while count:
        bit = 0
        while bit < 252:
            i = at + (bit >> 3)
            value = int(source[i]) | int(source[i + 1]) << 8 | int(source[i + 2]) << 16
            limb[0] = (value >> (bit & 7)) & 0x3FFF
            limb = ptr16(int(limb) + 2)
            bit += 14
        limb[0] = int(source[at + 31]) >> 4
        limb = ptr16(int(limb) + 2)
        at += 32
        count -= 1


@micropython.viper
def pack(memory: ptr16, slot: int, target: ptr8):
    """Write the 266 bits of a slot as 34 bytes, little-endian."""
    limb = ptr16(int(memory) + 38 * slot)
    bits = 0
    held = 0
    i = 0
    while i < 34:
        if held < 8 and i < 32:
            bits |= int(limb[0]) << held
            limb = ptr16(int(limb) + 2)
            held += 14
        target[i] = bits & 255
        bits >>= 8
        held -= 8
        i += 1


@micropython.viper
def columns(scalar: ptr8, digits: ptr8):
    """Cut 264 bits (33 bytes, little-endian) into 44 comb digits: bit i of digit c is bit 44 * i + c of the scalar."""
    column = 0
    while column < 44:
        digit = 0
        tooth = 0
        bit = column
        while tooth < 6:
            digit |= ((int(scalar[bit >> 3]) >> (bit & 7)) & 1) << tooth
            bit += 44
            tooth += 1
        digits[column] = digit
        column += 1


@micropython.viper
def signed_digits(scalar: ptr8, digits: ptr8) -> int:
    """Write the width-4 non-adjacent form of a public scalar (33 bytes, little-endian) to 257 bytes; return its length.

    Each digit is 0 or odd, -7 to 7 as a two's complement byte, and among four in a row at most one is not 0.
    (Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography, algorithm 3.35, without big integers.)
    """
    bit = 0
    carry = 0
    length = 0
    skip = 0
    while bit < 257:
        i = bit >> 3
        value = int(scalar[i])
        if i < 32:
            value |= int(scalar[i + 1]) << 8
        value = ((value >> (bit & 7)) & 15) + carry
        digit = 0
        if skip:
            skip -= 1
        elif value & 1:
            digit = value & 15
            carry = 0
            if digit > 7:
                digit -= 16
                carry = 1
            skip = 3
            length = bit + 1
        digits[bit] = digit & 255
        bit += 1
    return length
