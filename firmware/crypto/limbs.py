"""Numbers cut into pieces: 14-bit limbs for `field`, table entries and digits for scalars.

No function here branches on the value of a number except `signed_digits`, which is for public scalars only.
"""
# ruff: noqa: F821

import micropython


@micropython.viper
def unpack(source: ptr8, target: ptr16, offset: int, at: int, stride: int, count: int):
    """Read `count` numbers of 32 bytes, little-endian, at byte `offset` of `source`.

    Their limbs go to byte `at` of `target` and every `stride` bytes from there; 19 limbs a number.
    """
    source = ptr8(int(source) + offset)
    target = ptr16(int(target) + at)
    while count:
        # Seven bytes make four limbs; what is left of a byte goes up into the next limb.
        quad = 4
        bits = 0
        while quad:
            bits = int(source[0]) + int(source[1]) * 256
            target[0] = bits & 0x3FFF
            target = ptr16(int(target) + stride)
            bits = (bits >> 14) + int(source[2]) * 4 + int(source[3]) * 1024
            target[0] = bits & 0x3FFF
            target = ptr16(int(target) + stride)
            bits = (bits >> 14) + int(source[4]) * 16 + int(source[5]) * 4096
            target[0] = bits & 0x3FFF
            target = ptr16(int(target) + stride)
            target[0] = (bits >> 14) + int(source[6]) * 64
            target = ptr16(int(target) + stride)
            source = ptr8(int(source) + 7)
            quad -= 1
        bits = int(source[0]) + int(source[1]) * 256
        target[0] = bits & 0x3FFF
        target = ptr16(int(target) + stride)
        bits = (bits >> 14) + int(source[2]) * 4 + int(source[3]) * 1024
        target[0] = bits & 0x3FFF
        target = ptr16(int(target) + stride)
        target[0] = bits >> 14
        target = ptr16(int(target) + stride)
        source = ptr8(int(source) + 4)
        count -= 1


@micropython.viper
def pack(source: ptr16, at: int, stride: int, target: ptr8):
    """Write 19 limbs, `stride` bytes apart from byte `at` of `source`, as 34 bytes, little-endian (266 bits)."""
    source = ptr16(int(source) + at)
    bits = 0
    held = 0
    i = 0
    while i < 34:
        if held < 8 and i < 32:
            bits |= int(source[0]) << held
            source = ptr16(int(source) + stride)
            held += 14
        target[i] = bits & 255
        bits >>= 8
        held -= 8
        i += 1


@micropython.viper
def comb_entries(scalar: ptr8, entries: ptr8, teeth: int, block: int):
    """Write which entries of a comb table (layout: `point`) add up to a scalar, in the order of use: 2 * block bytes.

    The scalar is the sum over 2 * block * teeth bits of +2^i where the bit is 1 and -2^i where it is 0 (34 bytes,
    little-endian). Byte 2 n is for column block - 1 - n, byte 2 n + 1 for the column `block` above it; a doubling comes
    before each byte 2 n but the first. A byte is the entry's number, plus 128 when it is added, not subtracted.
    """
    columns = block << 1
    half = teeth - 1
    upper = 0
    column = 0
    at = columns - 2
    while column < columns:
        digit = 0
        tooth = 0
        bit = column
        while tooth < teeth:
            digit |= ((int(scalar[bit >> 3]) >> (bit & 7)) & 1) << tooth
            bit += columns
            tooth += 1
        # Entries have their top bit set; a digit without it is the negative of the entry with all bits turned.
        positive = digit >> half
        entries[at] = ((digit ^ (positive - 1)) & ((1 << half) - 1)) | upper << half | positive << 7
        column += 1
        at -= 2
        if column == block:
            upper = 1
            at = columns - 1


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
