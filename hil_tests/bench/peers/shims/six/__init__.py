"""The part of six that python-ecdsa uses."""

PY2 = False
integer_types = (int,)


def int2byte(value):
    return bytes((value,))


def python_2_unicode_compatible(decorated):
    return decorated
