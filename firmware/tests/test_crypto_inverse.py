"""Inverses modulo the prime and the order."""

from crypto.curve import N, P
from crypto.inverse import inverse
from crypto_numbers import field_values, number, scalars


def test_a_number_times_its_inverse_is_one():
    for modulus in (P, N):
        for value in scalars() + field_values() + [modulus - 1, modulus - 2, (modulus + 1) >> 1]:
            value %= modulus
            if value:
                assert inverse(value, modulus) * value % modulus == 1, (value, modulus)


def test_short_numbers_have_inverses():
    for modulus in (P, N):
        for bits in range(1, 256, 5):
            value = number("short") & ((1 << bits) - 1) | 1
            assert inverse(value, modulus) * value % modulus == 1, bits
            value <<= 256 - bits - 1
            assert inverse(value, modulus) * value % modulus == 1, bits


def test_the_inverse_of_the_inverse_is_the_number():
    for i in range(20):
        value = number("inverse %d" % i, N)
        assert inverse(inverse(value, N), N) == value
