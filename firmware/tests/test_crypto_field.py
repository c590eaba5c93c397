"""The virtual machine of the field, against Python's integers."""

from crypto import programs
from crypto.curve import P
from crypto.field import run
from crypto.limbs import pack, unpack
from crypto_numbers import field_values, number

_SLOT_BYTES = 38
_FIRST = 3  # slots before it hold constants
_R_INVERSE = pow(1 << 266, P - 2, P)
_HALF = (P + 1) >> 1
# Opcodes: crypto/generate/p256_field.py.
_MUL, _COPY, _SUB, _SUB3, _HALF3, _END = range(6)


def _slots(*values):
    """The constants, then slots 3, 4, ... with these values, below 2^266, and one more for the result."""
    memory = bytearray(programs.CONSTANTS) + bytearray(_SLOT_BYTES * (len(values) + 1))
    for slot, value in enumerate(values):
        for limb in range(19):
            at = _SLOT_BYTES * (_FIRST + slot) + 2 * limb
            memory[at : at + 2] = ((value >> (14 * limb)) & 0x3FFF).to_bytes(2, "little")
    return memory


def _value(memory, slot):
    """The number in slot 3 + `slot`."""
    limbs = memory[_SLOT_BYTES * (_FIRST + slot) : _SLOT_BYTES * (_FIRST + slot + 1)]
    assert all(limb < 1 << 14 for limb in [limbs[2 * i] | limbs[2 * i + 1] << 8 for i in range(19)])
    return sum((limbs[2 * i] | limbs[2 * i + 1] << 8) << (14 * i) for i in range(19))


def _program(opcode, *slots):
    return bytes((opcode,)) + bytes(_FIRST + slot for slot in slots) + bytes((_END,))


def _run(opcode, *values):
    """The result of one instruction on these values."""
    memory = _slots(*values)
    run(0, 0, memory, _program(opcode, len(values), 0, 1, 2 if len(values) > 2 else 0), 1)
    return _value(memory, len(values))


def test_multiplication_is_the_montgomery_product():
    values = field_values()
    for a in values:
        for b in values:
            product = _run(_MUL, a, b)
            assert product % P == a * b * _R_INVERSE % P, (a, b)
            assert product < 2 * P


def test_multiplication_of_the_largest_operands_does_not_overflow():
    # 20 p is above what p256_bounds proves of any operand; all low limbs full gives the largest column sums.
    largest = (20 * P >> 252 << 252) - 1
    for a in (largest, largest - (1 << 251), 20 * P - 1):
        for b in (largest, largest - 1, 20 * P - 1):
            assert _run(_MUL, a, b) % P == a * b * _R_INVERSE % P


def test_subtraction_adds_a_multiple_of_p():
    values = field_values() + [16 * P, 10 * P + 1]
    for a in values:
        for b in values:
            assert _run(_SUB, a, b) == a - b + 16 * P, (a, b)


def test_subtraction_of_three_adds_a_multiple_of_p():
    values = field_values()
    for a in values:
        for i, b in enumerate(values):
            q = values[i - 5]
            assert _run(_SUB3, a, b, q) == a - b - 2 * q + 8 * P, (a, b, q)


def test_half_of_the_triple_sum():
    values = field_values() + [18 * P - 1]
    for a in values:
        for b in values:
            half = _run(_HALF3, a, b)
            assert half % P == 3 * (a + b) * _HALF % P, (a, b)
            assert 2 * half <= 3 * (a + b) + P


def test_copy_copies():
    for a in field_values():
        assert _run(_COPY, a, 0) == a


def test_a_result_may_replace_an_operand():
    a, b = number("a", P), number("b", P)
    for target in (0, 1):
        for opcode, expected in (
            (_MUL, a * b * _R_INVERSE),
            (_SUB, a - b),
            (_SUB3, a - b - 2 * b),
            (_HALF3, 3 * (a + b) * _HALF),
        ):
            memory = _slots(a, b)
            run(0, 0, memory, _program(opcode, target, 0, 1, 1), 1)
            assert _value(memory, target) % P == expected % P, (opcode, target)


def test_a_program_can_be_repeated():
    memory = _slots(number("a", P), number("b", P))
    once = _program(_SUB, 0, 0, 1, 0)
    run(0, 0, memory, once, 5)
    assert _value(memory, 0) == number("a", P) - 5 * number("b", P) + 80 * P


def test_the_opcodes_that_the_driver_uses_are_those_of_the_machine():
    assert (programs.MUL, programs.END) == (_MUL, _END)


def test_unpack_and_pack_are_inverse():
    for value in field_values() + [(1 << 256) - 1, number("any")]:
        memory = _slots(0, 0)
        unpack(b"??" + value.to_bytes(32, "little") * 2, memory, 2, _SLOT_BYTES * (_FIRST + 1), 2, 2)
        assert _value(memory, 0) == 0
        assert _value(memory, 1) == _value(memory, 2) == value
        packed = bytearray(34)
        pack(memory, _SLOT_BYTES * (_FIRST + 1), 2, packed)
        assert packed == value.to_bytes(34, "little")


def test_pack_takes_all_266_bits():
    for value in ((1 << 266) - 1, 1 << 265, 20 * P):
        packed = bytearray(34)
        pack(_slots(value), _SLOT_BYTES * _FIRST, 2, packed)
        assert int.from_bytes(packed, "little") == value
