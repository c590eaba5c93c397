"""Numbers of python-ecdsa, as MicroPython can do it."""

from ._compat import bit_length


def orderlen(order):
    return (bit_length(order) + 7) // 8


def number_to_string(number, order):
    return number.to_bytes(orderlen(order), "big")


number_to_string_crop = number_to_string


def string_to_number(data):
    return int.from_bytes(data, "big")
