"""Runs the viper functions of an `.mpy` file built for the ESP32 (`-march=xtensawin`), instruction by instruction.

A 32-bit check without a board: registers are 32 bits wide here, so arithmetic that only works on a 64-bit computer
gives a wrong answer, and every instruction is counted. It knows the few instructions that mpy-cross emits for
viper code without Python objects, and nothing else: an unknown one is an error.

Each straight run of instructions is translated into one Python function, once: about 3 million instructions a second.

Sources: Xtensa ISA Reference Manual (formats), MicroPython py/persistentcode.c (layout of .mpy) and py/nativeglue.h
(the table of runtime functions; viper needs only the conversions of arguments and of the result).
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_FUNCTION_OBJECT = 0x100
_CONTEXT = 0x140
_OBJECT_TABLE = 0x180
_RUNTIME_TABLE = 0x200
_OBJECTS_MAX = 16
_ARGUMENTS = 0x800
_STACK_TOP = 0x8000
_CODE = 0x10000
_BUFFERS = 0x40000
# nativeglue.h: MP_F_CONVERT_OBJ_TO_NATIVE and MP_F_CONVERT_NATIVE_TO_OBJ. Arguments here are native already.
_CONVERSIONS = {4 * 3: 0x7FFF0000, 4 * 4: 0x7FFF0004}
_RETURNED = -1


class _Reader:
    """Reads an .mpy file after its 4-byte header."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 4

    def number(self) -> int:
        value = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value = value << 7 | byte & 127
            if byte < 128:
                return value

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]


def machine_code(mpy: bytes) -> list[bytes]:
    """The machine code of each viper function in an .mpy file, in source order."""
    if mpy[:1] != b"M":
        raise ValueError("not an .mpy file")
    reader = _Reader(mpy)
    names = reader.number()
    objects = reader.number()
    for _ in range(names):
        length = reader.number()
        if not length & 1:
            reader.take((length >> 1) + 1)
    for _ in range(objects):
        _skip_object(reader)
    found: list[bytes] = []
    _collect(reader, found)
    return found


def _skip_object(reader: _Reader) -> None:
    """Persistent objects: 0 to 4 have no content, 5 and 6 are strings with a zero after them, 10 is a tuple."""
    kind = reader.take(1)[0]
    if kind == 10:
        for _ in range(reader.number()):
            _skip_object(reader)
    elif kind > 4:
        reader.take(reader.number() + (1 if kind in (5, 6) else 0))


def _collect(reader: _Reader, found: list[bytes]) -> None:
    header = reader.number()
    code = reader.take(header >> 3)
    if header & 3 == 2:
        if reader.number():
            raise ValueError("a viper function with data or relocations")
        found.append(code)
    elif header & 3:
        raise ValueError("a function of kind %d" % (header & 3))
    if header & 4:
        for _ in range(reader.number()):
            _collect(reader, found)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _signed_text(register: int) -> str:
    return "((a[%d] ^ 0x80000000) - 0x80000000)" % register


_NARROW = 8
_ARITHMETIC = {
    1: "a[{s}] & a[{t}]",
    2: "a[{s}] | a[{t}]",
    3: "a[{s}] ^ a[{t}]",
    8: "a[{s}] + a[{t}]",
    9: "(a[{s}] << 1) + a[{t}]",
    10: "(a[{s}] << 2) + a[{t}]",
    12: "a[{s}] - a[{t}]",
}
_LOADS = {0: "memory[{at}]", 1: "half(memory, {at})[0]", 2: "word(memory, {at})[0]"}
_STORES = {
    4: "memory[{at}] = a[{t}] & 255",
    5: "put_half(memory, {at}, a[{t}] & 0xffff)",
    6: "put_word(memory, {at}, a[{t}])",
}
_ZERO_TESTS = ("a[%d] == 0", "a[%d] != 0", "a[%d] >> 31 == 1", "a[%d] >> 31 == 0")


class Processor:
    """32-bit registers and flat memory. `call` runs a loaded function; `instructions` counts what was executed."""

    def __init__(self) -> None:
        self.memory = bytearray(1 << 19)
        self.instructions = 0
        self._code_end = _CODE
        self.free = _BUFFERS  # end of the buffers placed so far; set back to reuse the room
        self._blocks: dict[int, tuple[Callable[[list[int]], int], int]] = {}
        words = {_FUNCTION_OBJECT + 4: _CONTEXT, _CONTEXT + 12: _OBJECT_TABLE}
        # Viper code finds the runtime table among its module's constant objects; which one depends on the module.
        words.update({_OBJECT_TABLE + 4 * i: _RUNTIME_TABLE for i in range(_OBJECTS_MAX)})
        words.update({_RUNTIME_TABLE + offset: target for offset, target in _CONVERSIONS.items()})
        for address, value in words.items():
            struct.pack_into("<I", self.memory, address, value)

    def load(self, code: bytes) -> int:
        """Place a function of `machine_code` in memory; returns its address."""
        address = self._code_end
        self.memory[address : address + len(code)] = code
        self._code_end = (address + len(code) + 7) & ~3
        return address

    def buffer(self, data: bytes) -> int:
        """Place data in memory; returns its address."""
        address = self.free
        self.memory[address : address + len(data)] = data
        self.free = (address + len(data) + 15) & ~15
        return address

    def call(self, function: int, *arguments: int) -> int:
        """Call as MicroPython would (function object, count, keywords, pointer to arguments); returns register a2."""
        registers = [0] * 16
        registers[1] = _STACK_TOP
        registers[2] = _FUNCTION_OBJECT
        registers[3] = len(arguments)
        registers[5] = _ARGUMENTS
        for i, argument in enumerate(arguments):
            struct.pack_into("<I", self.memory, _ARGUMENTS + 4 * i, argument & 0xFFFFFFFF)
        at = function
        while at != _RETURNED:
            block = self._blocks.get(at)
            if block is None:
                block = self._blocks[at] = self._translate(at)
            self.instructions += block[1]
            at = block[0](registers)
        return registers[2]

    def _translate(self, start: int) -> tuple[Callable[[list[int]], int], int]:
        lines: list[str] = []
        at = start
        count = 0
        leaves = False
        while not leaves:
            count += 1
            word = int.from_bytes(self.memory[at : at + 3], "little")
            text, leaves = self._narrow(at, word) if word & 15 >= _NARROW else self._wide(at, word)
            lines += text
            at += 2 if word & 15 >= _NARROW else 3
        source = "def block(a):\n    " + "\n    ".join(lines)
        scope: dict[str, Callable[[list[int]], int]] = {}
        exec(source, self._names(), scope)  # text made above from the fixed instruction set, not from outside
        return scope["block"], count

    def _names(self) -> dict[str, object]:
        return {
            "memory": self.memory,
            "half": struct.Struct("<H").unpack_from,
            "word": struct.Struct("<I").unpack_from,
            "put_half": struct.Struct("<H").pack_into,
            "put_word": struct.Struct("<I").pack_into,
        }

    def _narrow(self, at: int, word: int) -> tuple[list[str], bool]:
        """A 16-bit instruction: its Python statements, and whether control leaves here."""
        kind, t, s, r = word & 15, word >> 4 & 15, word >> 8 & 15, word >> 12 & 15
        if kind == 8:
            return ["a[%d] = word(memory, a[%d] + %d)[0]" % (t, s, 4 * r)], False
        if kind == 9:
            return ["put_word(memory, a[%d] + %d, a[%d])" % (s, 4 * r, t)], False
        if kind == 10:
            return ["a[%d] = (a[%d] + a[%d]) & 0xffffffff" % (r, s, t)], False
        if kind == 11:
            return ["a[%d] = (a[%d] + %d) & 0xffffffff" % (r, s, t or -1)], False
        if kind == 12 and t < 8:
            value = r | (t & 7) << 4
            return ["a[%d] = %d" % (s, (value if value < 96 else value - 128) & 0xFFFFFFFF)], False
        if kind == 12:
            test = "a[%d] %s 0" % (s, "!=" if t & 4 else "==")
            return ["return %d if %s else %d" % (at + 4 + (r | (t & 3) << 4), test, at + 2)], True
        if kind == 13 and r == 0:
            return ["a[%d] = a[%d]" % (t, s)], False
        if kind == 13 and r == 15 and t == 1:
            return ["return %d" % _RETURNED], True
        if kind == 13 and r == 15 and t == 3:
            return ["pass"], False
        raise ValueError("unknown instruction %04x at %x" % (word & 0xFFFF, at - _CODE))

    def _wide(self, at: int, word: int) -> tuple[list[str], bool]:
        """A 24-bit instruction: its Python statements, and whether control leaves here."""
        kind, t, s, r, imm8 = word & 15, word >> 4 & 15, word >> 8 & 15, word >> 12 & 15, word >> 16
        if kind == 0:
            return self._register_instruction(at, word), False
        if kind == 1:
            address = ((at + 3) & ~3) + ((imm8 << 8 | word >> 8 & 0xFF) - 0x10000) * 4
            return ["a[%d] = %d" % (t, struct.unpack_from("<I", self.memory, address)[0])], False
        if kind == 2 and r in _LOADS:
            return ["a[%d] = %s" % (t, _LOADS[r].format(at="a[%d] + %d" % (s, imm8 << r)))], False
        if kind == 2 and r in _STORES:
            return [_STORES[r].format(at="a[%d] + %d" % (s, imm8 << (r - 4)), t=t)], False
        if kind == 2 and r == 10:
            return ["a[%d] = %d" % (t, _signed(s << 8 | imm8, 12) & 0xFFFFFFFF)], False
        if kind == 2 and r in (12, 13):
            value = _signed(imm8, 8) << (8 if r == 13 else 0)
            return ["a[%d] = (a[%d] + %d) & 0xffffffff" % (t, s, value)], False
        if kind == 6:
            return self._jump(at, word)
        if kind == 7:
            return ["return %d if %s else %d" % (at + 4 + _signed(imm8, 8), self._comparison(at, word), at + 3)], True
        raise ValueError("unknown instruction %06x at %x" % (word, at - _CODE))

    def _register_instruction(self, at: int, word: int) -> list[str]:
        t, s, r, op1, op2 = word >> 4 & 15, word >> 8 & 15, word >> 12 & 15, word >> 16 & 15, word >> 20
        if op1 == 0 and op2 in _ARITHMETIC:
            return ["a[%d] = (%s) & 0xffffffff" % (r, _ARITHMETIC[op2].format(s=s, t=t))]
        if op1 == 0 and op2 == 0 and r == 0 and t == 14:
            return ["assert a[%d] in %r" % (s, tuple(_CONVERSIONS.values()))]  # callx8: value in, same value out
        if op1 == 0 and op2 == 4 and r in (0, 1):
            return ["memory[0] = a[%d] & 31" % s]  # ssr, ssl: the shift amount lives in the unused first byte
        if op1 == 0 and op2 == 6 and s == 0:
            return ["a[%d] = -a[%d] & 0xffffffff" % (r, t)]
        if op1 == 1 and op2 < 2:
            return ["a[%d] = (a[%d] << %d) & 0xffffffff" % (r, s, 32 - ((op2 & 1) << 4 | t))]
        if op1 == 1 and op2 == 4:
            return ["a[%d] = a[%d] >> %d" % (r, t, s)]
        if op1 == 1 and op2 == 9:
            return ["a[%d] = a[%d] >> memory[0]" % (r, t)]
        if op1 == 1 and op2 == 10:
            return ["a[%d] = (a[%d] << memory[0]) & 0xffffffff" % (r, s)]
        if op1 == 1 and op2 == 11:
            return ["a[%d] = (%s >> memory[0]) & 0xffffffff" % (r, _signed_text(t))]
        if op1 == 2 and op2 == 8:
            return ["a[%d] = (a[%d] * a[%d]) & 0xffffffff" % (r, s, t)]
        raise ValueError("unknown instruction %06x at %x" % (word, at - _CODE))

    def _jump(self, at: int, word: int) -> tuple[list[str], bool]:
        n, m, s = word >> 4 & 3, word >> 6 & 3, word >> 8 & 15
        if n == 0:
            return ["return %d" % (at + 4 + _signed(word >> 6, 18))], True
        if n == 1:
            target = at + 4 + _signed(word >> 12, 12)
            return ["return %d if %s else %d" % (target, _ZERO_TESTS[m] % s, at + 3)], True
        if n == 3 and m == 0:
            return ["a[%d] -= %d" % (s, word >> 12 << 3)], False  # entry
        raise ValueError("unknown instruction %06x at %x" % (word, at - _CODE))

    def _comparison(self, at: int, word: int) -> str:
        t, s, r = word >> 4 & 15, word >> 8 & 15, word >> 12 & 15
        signed = {2: "<", 10: ">="}
        plain = {1: "==", 3: "<", 9: "!=", 11: ">="}
        if r in signed:
            return "%s %s %s" % (_signed_text(s), signed[r], _signed_text(t))
        if r in plain:
            return "a[%d] %s a[%d]" % (s, plain[r], t)
        raise ValueError("unknown instruction %06x at %x" % (word, at - _CODE))
