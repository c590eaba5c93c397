"""Digits of scalars: for the combs and for the window."""

from crypto.limbs import columns, signed_digits
from crypto_numbers import number, scalars


def test_comb_columns_are_the_bits_of_the_scalar():
    for value in scalars() + [(1 << 264) - 1, 1 << 263, number("bits") << 8]:
        digits = bytearray(44)
        columns(value.to_bytes(33, "little"), digits)
        again = 0
        for column in range(44):
            assert digits[column] < 64
            for tooth in range(6):
                again |= (digits[column] >> tooth & 1) << (44 * tooth + column)
        assert again == value


def test_signed_digits_add_up_to_the_scalar_and_are_sparse():
    digits = bytearray(257)
    for value in scalars() + [(1 << 256) - 1, 1 << 255]:
        length = signed_digits(value.to_bytes(33, "little"), digits)
        signed = [(digit ^ 0x80) - 0x80 for digit in digits]
        assert sum(digit << i for i, digit in enumerate(signed)) == value
        assert all(digit == 0 or (digit & 1 and -8 < digit < 8) for digit in signed)
        for i in range(254):
            assert sum(1 for digit in signed[i : i + 4] if digit) <= 1
        assert signed[length - 1] and not any(signed[length:])


def test_signed_digits_of_zero_have_no_length():
    assert signed_digits(bytes(33), bytearray(257)) == 0
