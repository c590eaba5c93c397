"""Digits of scalars: for the combs and for the window."""

from crypto.limbs import comb_entries, signed_digits
from crypto_numbers import number, scalars


def test_comb_entries_add_up_to_the_scalar():
    # Entry 32 t + i stands for 2^(22 t) * (2^220 + sum of +-2^(44 j)).
    worth = []
    for number_of_entry in range(64):
        signs = [1 if number_of_entry >> j & 1 else -1 for j in range(5)] + [1]
        worth.append(sum(sign << (44 * j) for j, sign in enumerate(signs)) << (22 * (number_of_entry >> 5)))
    for bits in scalars() + [(1 << 264) - 1, 1 << 263, number("bits") << 8]:
        entries = bytearray(44)
        comb_entries(bits.to_bytes(33, "little"), entries)
        total = 0
        for i, entry in enumerate(entries):
            if not i & 1:
                total *= 2
            total += worth[entry & 63] if entry >> 7 else -worth[entry & 63]
            assert entry >> 5 & 1 == i & 1
        assert total == 2 * bits - (1 << 264) + 1, bits


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
