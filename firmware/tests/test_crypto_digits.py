"""Digits of scalars: for the combs and for the window."""

from crypto.limbs import comb_entries, signed_digits
from crypto_numbers import number, scalars


def test_comb_entries_add_up_to_the_scalar():
    for teeth, block in ((7, 19), (6, 22)):
        half, bits = 1 << (teeth - 1), 2 * block * teeth
        # What an entry stands for: 2^(b t) * (2^(2 b (h - 1)) + sum of +-2^(2 b j)).
        worth = []
        for entry in range(2 * half):
            signs = [1 if entry >> j & 1 else -1 for j in range(teeth - 1)] + [1]
            total = sum(sign << (2 * block * j) for j, sign in enumerate(signs))
            worth.append(total << (block if entry >= half else 0))
        for positive_bits in scalars() + [(1 << bits) - 1, 1 << (bits - 1), number("bits") << 8]:
            entries = bytearray(2 * block)
            comb_entries(positive_bits.to_bytes(34, "little"), entries, teeth, block)
            total = 0
            for i, entry in enumerate(entries):
                if not i & 1:
                    total *= 2
                total += worth[entry & 127] if entry >> 7 else -worth[entry & 127]
                assert (entry & 127 >= half) == (i & 1)
            assert total == 2 * positive_bits - (1 << bits) + 1, positive_bits


def test_signed_digits_add_up_to_the_scalar_and_are_sparse():
    digits = bytearray(257)
    for value in scalars() + [(1 << 256) - 1, 1 << 255]:
        length = signed_digits(value.to_bytes(33, "little"), digits)
        signed = [(digit ^ 0x80) - 0x80 for digit in digits]
        assert sum(digit << i for i, digit in enumerate(signed)) == value
        assert all(digit == 0 or (digit & 1 and -8 < digit < 8) for digit in signed)
        for i in range(254):
            assert sum(1 for digit in signed[i : i + 4] if digit) <= 1
        assert signed[length - 1]
        assert not any(signed[length:])


def test_signed_digits_of_zero_have_no_length():
    assert signed_digits(bytes(33), bytearray(257)) == 0
