"""String handling of python-ecdsa, as MicroPython can do it."""


def normalise_bytes(data):
    return memoryview(data)


def hmac_compat(data):
    return data


def remove_whitespace(text):
    return "".join(text.split())


def bit_length(value):
    return len(bin(value)) - 2 if value else 0


def bytes_to_int(data, byteorder):
    return int.from_bytes(data, byteorder)


def int_to_bytes(value, length, byteorder="big"):
    return value.to_bytes(length, byteorder)
