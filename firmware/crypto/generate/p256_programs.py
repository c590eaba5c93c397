"""Writes `firmware/crypto/programs.py`: the point formulas as programs of the field's virtual machine.

Points are Jacobian: (X, Y, Z) stands for x = X / Z^2, y = Y / Z^3. Formulas from the Explicit-Formulas Database
(Bernstein, Lange), curve shape a = -3: doubling `dbl-2001-b` and mixed addition `madd`, both rescaled so that less is
added up (each result may be multiplied by any (l^2, l^3, l)). Neither works for equal, opposite or infinite operands:
then Z becomes 0 and stays 0, which the callers look for.

Every statement is one instruction, its multiples of p are those of p256_field, and p256_bounds proves that no operand
ever grows too large.
"""

from __future__ import annotations

import re

import p256_field as field

_SLOT_NAMES = """
    MULTIPLE_FOR_SUB MULTIPLE_FOR_SUB3 PRIME
    X Y Z  QX QY NY  T0 T1 T2 T3 T4
    ONE RR UNIT ZERO
    DZ  P1X P1Y P3X P3Y P5X P5Y P7X P7Y  Z3 Z5 Z7  ZZ5 ZZ7
"""
# Line by line: constants of the linear instructions; the running point, a point to add (affine, with its negated y),
# scratch (T4 is the running inverse while a window is made affine); 1 and R in Montgomery form (R and R^2 as limbs),
# plain 1, 0; the window: Z of the point's double, odd multiples, their Z, products of Z up to there.
SLOTS = _SLOT_NAMES.split()

# alpha is halved here: (X, Y, Z) scaled by 1/2 needs no small multiples of beta and gamma.
DOUBLE = """
    T0 = Z * Z
    T1 = Y * Y
    T2 = X * T1
    Z = Y * Z
    T3 = X - T0
    T4 = 3/2 (X + T0)
    T3 = T3 * T4
    X = T3 * T3
    X = X - ZERO - 2 T2
    T2 = T2 - X
    Y = T3 * T2
    T1 = T1 * T1
    Y = Y - T1
"""


def mixed_addition(y: str) -> str:
    """(X, Y, Z) + (QX, y)."""
    return """
    NY = ZERO - QY
    T0 = Z * Z
    T1 = QX * T0
    T2 = Z * T0
    T2 = {y} * T2
    T1 = T1 - X
    T2 = Y - T2
    Z = Z * T1
    T3 = T1 * T1
    T1 = T1 * T3
    T3 = X * T3
    X = T2 * T2
    X = X - T1 - 2 T3
    T3 = X - T3
    T3 = T2 * T3
    T1 = Y * T1
    Y = T3 - T1
""".format(y=y)


def start(y: str) -> str:
    """(X, Y) = (QX, y) with the Z that is in slot Z: any non-zero value will do, a secret one hides the coordinates."""
    return """
    NY = ZERO - QY
    T0 = Z * Z
    X = QX * T0
    T0 = T0 * Z
    Y = {y} * T0
""".format(y=y)


# Coordinates of (X, Y, Z) with T0 = 1 / Z.
AFFINE = """
    T1 = T0 * T0
    X = X * T1
    T1 = T1 * T0
    Y = Y * T1
"""

# Odd multiples of (QX, QY): LOAD, DOUBLE gives its double D; then, on the isomorphic curve where D is affine
# (coordinates times DZ^2 and DZ^3), mixed additions give Q + D, + D, + D. Each Z found there, times DZ, is the Z on
# P-256.
WINDOW_LOAD = """
    P1X = QX
    P1Y = QY
    X = QX
    Y = QY
    Z = ONE
"""
WINDOW_BEGIN = """
    QX = X * ONE
    QY = Y * ONE
    DZ = Z
    T0 = Z * Z
    X = P1X * T0
    T0 = T0 * Z
    Y = P1Y * T0
    Z = ONE
"""


def window_keep(multiple: int) -> str:
    """Keep the odd multiple just found, its Z, and the product of all Z so far."""
    product = {3: "", 5: "ZZ5 = Z3 * Z5", 7: "ZZ7 = ZZ5 * Z7"}[multiple]
    return (
        """
    P{n}X = X
    P{n}Y = Y
    Z{n} = Z * DZ
    """.format(n=multiple)
        + product
    )


def window_affine(multiple: int) -> str:
    """Make one multiple affine; T4 is the inverse of the product of all Z up to it, then of those below it."""
    split = {3: "T0 = T4", 5: "T0 = T4 * Z3\n T4 = T4 * Z5", 7: "T0 = T4 * ZZ5\n T4 = T4 * Z7"}[multiple]
    return (
        split
        + """
    T1 = T0 * T0
    P{n}X = P{n}X * T1
    T1 = T1 * T0
    P{n}Y = P{n}Y * T1
""".format(n=multiple)
    )


PROGRAMS = {
    "DOUBLE": DOUBLE,
    "ADD": mixed_addition("QY"),
    "SUBTRACT": mixed_addition("NY"),
    "START": start("QY"),
    "START_NEGATED": start("NY"),
    "AFFINE": AFFINE,
    "Z_ONE": "Z = ONE",
    "_WINDOW_LOAD": WINDOW_LOAD,
    "_WINDOW_BEGIN": WINDOW_BEGIN,
    "_KEEP_3": window_keep(3),
    "_KEEP_5": window_keep(5),
    "_KEEP_7": window_keep(7),
    "WINDOW_AFFINE": window_affine(7) + window_affine(5) + window_affine(3),
}

# Run in this order for a window; WINDOW_AFFINE follows once T4 is known.
WINDOW = ("_WINDOW_LOAD", "DOUBLE", "_WINDOW_BEGIN", "ADD", "_KEEP_3", "ADD", "_KEEP_5", "ADD", "_KEEP_7")

_STATEMENTS = (
    (field.MUL, re.compile(r"(\w+) = (\w+) \* (\w+)$")),
    (field.COPY, re.compile(r"(\w+) = (\w+)$")),
    (field.SUB, re.compile(r"(\w+) = (\w+) - (\w+)$")),
    (field.SUB3, re.compile(r"(\w+) = (\w+) - (\w+) - 2 (\w+)$")),
    (field.HALF3, re.compile(r"(\w+) = 3/2 \((\w+) \+ (\w+)\)$")),
)


def assemble(text: str) -> bytes:
    """Turn formula text into a program: 5 bytes a statement (opcode, result, a, b, q), then END."""
    program = bytearray()
    for line in filter(None, map(str.strip, text.splitlines())):
        for opcode, pattern in _STATEMENTS:
            found = pattern.match(line)
            if found:
                operands = [SLOTS.index(name) for name in found.groups()]
                program += bytes([opcode] + operands + [0] * (4 - len(operands)))
                break
        else:
            raise ValueError("not a statement of the virtual machine: " + line)
    return bytes(program) + bytes([field.END])


TEMPLATE = '''"""Point formulas of P-256 as programs of the virtual machine in `field`.

Generated by generate/p256_programs.py (which holds the formulas); do not edit.
"""
# fmt: off

from micropython import const

MUL = const({mul})
END = const({end})
CONSTANTS = (  # for the first three slots
{constants}
)
SLOTS = const({count})
SLOT_BYTES = const({slot_bytes})
{slots}
{programs}
WINDOW = ({window})
'''

# Slots that the driver reads or writes by number.
PUBLIC_SLOTS = ("X", "Y", "Z", "QX", "T0", "T4", "ONE", "RR", "UNIT", "ZERO", "P1X", "ZZ7")


def source() -> str:
    """The text of `programs.py`."""
    return TEMPLATE.format(
        mul=field.MUL,
        end=field.END,
        constants="\n".join("    %s" % _literal(constant) for constant in field.constants().values()),
        count=len(SLOTS),
        slot_bytes=field.SLOT_BYTES,
        slots="\n".join("%s = const(%d)" % (name, SLOTS.index(name)) for name in PUBLIC_SLOTS),
        programs="\n".join(_constant(name, assemble(text)) for name, text in PROGRAMS.items()),
        window=", ".join(WINDOW),
    )


def _constant(name: str, program: bytes) -> str:
    """A program as a bytes literal, one statement a line."""
    lines = ["    " + _literal(program[i : i + 5]) for i in range(0, len(program), 5)]
    return "%s = (\n%s\n)" % (name, "\n".join(lines))


def _literal(data: bytes) -> str:
    return 'b"%s"' % "".join("\\x%02x" % byte for byte in data)
