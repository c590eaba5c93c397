"""Writes `firmware/crypto/field.py`: arithmetic modulo the P-256 prime as one viper function, a small virtual machine.

Why generated: the multiplication is 361 products of limbs, unrolled, because viper has no cheap loop; and why a virtual
machine: one call from bytecode costs about as much as a field addition, so a whole point formula runs in one call.

Numbers. A field element is 19 limbs of 14 bits (266 bits, value below 2^266, kept below 32 p), each in 16 bits of
memory, in Montgomery form with R = 2^266. 19 products of 14 x 14 bits nearly fill 32 bits, which is all that viper
multiplies on the ESP32. p = 2^256 - 2^224 + 2^192 + 2^96 - 1 is -1 modulo 2^14, so the Montgomery quotient digit of a
column is the column's own low limb, and its multiple of p is four shifted copies: no multiplication at all.

Viper. It keeps a function's first two locals in CPU registers and every other in the stack frame, and it evaluates
`limb * register + register` without spilling. That fixes the shape of each statement below: 7 instructions a product
on Xtensa (the naive `s + a[i] * b[j]` takes 10).

Running time does not depend on operands: no branch but on the program.
"""

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
LIMB_BITS = 14
LIMBS = 19
MASK = (1 << LIMB_BITS) - 1
SLOT_BYTES = 2 * LIMBS
R = 1 << (LIMB_BITS * LIMBS)

# m * p = m * (2^256 + 2^192 + 2^96) - m * 2^224 - m, by limb: (columns further up, shift within the limb).
MULTIPLE_OF_P = ((6, 12), (13, 10), (18, 4))
MINUS_COLUMN = 16
# Columns with so many products that their sum could pass 2^32: summed in two halves. Proved by p256_bounds.
SPLIT_COLUMNS = range(15, 20)

# Virtual machine: opcode numbers, and for the linear ones the multiple of p that keeps the result positive.
MUL, COPY, SUB, SUB3, HALF3, END = range(6)
SUB_MULTIPLE = 16
SUB3_MULTIPLE = 8


def limbs(value: int) -> list[int]:
    """Split into limbs; what does not fit in 19 stays in the top one."""
    low = [(value >> (LIMB_BITS * i)) & MASK for i in range(LIMBS - 1)]
    return low + [value >> (LIMB_BITS * (LIMBS - 1))]


def borrowed_limbs(value: int, times: int) -> list[int]:
    """`value` in limbs of which each but the top one is at least `times` * MASK, so that subtracting never borrows."""
    result = limbs(value)
    result[0] += times << LIMB_BITS
    for i in range(1, LIMBS - 1):
        result[i] += (times << LIMB_BITS) - times
    result[LIMBS - 1] -= times
    return result


def column_constant(column: int) -> int:
    """What is added to a column so that `- m` keeps it positive.

    2^14 once, handed up from column to column, and taken back from the last.
    """
    if column == MINUS_COLUMN:
        return 1 << LIMB_BITS
    if MINUS_COLUMN < column <= 35:
        return MASK
    return -1 if column == 36 else 0


def reduction_terms(column: int) -> tuple[list[tuple[int, int]], int]:
    """Quotient digits that enter `column`: ([(digit, shift), ...] highest shift first, digit to subtract or -1)."""
    added = [(column - up, shift) for up, shift in MULTIPLE_OF_P if 0 <= column - up < LIMBS]
    taken = column - MINUS_COLUMN
    return added, taken if 0 <= taken < LIMBS else -1


def _products() -> list[list[tuple[int, int]]]:
    """Limb pairs (i, j) of each column, i + j = column; a column starts with the j that the one before ended with."""
    columns: list[list[tuple[int, int]]] = []
    last = 0
    for column in range(2 * LIMBS - 1):
        choices = list(range(max(0, column - LIMBS + 1), min(column, LIMBS - 1) + 1))
        choices.sort(key=lambda j: j != last)
        columns.append([(column - j, j) for j in choices])
        last = choices[-1]
    return columns


PRODUCTS = _products()


def _horner(terms: list[tuple[int, int]]) -> str:
    """Sum of m_i << shift as nested multiplications: an add and a multiply each, cheaper in viper than a shift."""
    text = "m%d" % terms[0][0]
    for (_, shift), (digit, next_shift) in zip(terms, terms[1:]):
        text = "(%s * %d + m%d)" % (text, 1 << (shift - next_shift), digit)
    return "%s * %d" % (text, 1 << terms[-1][1])


def multiplication() -> list[str]:
    """The Montgomery product a b / R, column by column, lowest first."""
    lines = ["y = uint(a)"]
    lines += ["a%d = uint(ptr16(y)[%d])" % (i, i) for i in range(LIMBS)]
    lines += ["y = uint(b)"]
    lines += ["b%d = uint(ptr16(y)[%d])" % (i, i) for i in range(LIMBS)]
    lines += ["s = uint(0)"]
    loaded = -1
    for column, pairs in enumerate(PRODUCTS):
        for n, (i, j) in enumerate(pairs):
            if j != loaded:
                lines.append("y = b%d" % j)
                loaded = j
            lines.append("s = a%d * y + s" % i)
            if column in SPLIT_COLUMNS and n == (len(pairs) - 1) // 2:
                lines += ["c = s >> %d" % LIMB_BITS, "s = s & %d" % MASK]
        lines += _reduction(column)
    return [*lines, "r[%d] = s" % (LIMBS - 1)]


def _reduction(column: int) -> list[str]:
    """After a column's products: add the multiples of p that fall into it, take its limb out, carry the rest."""
    added, taken = reduction_terms(column)
    constant = column_constant(column)
    total = ("%s + s" % _horner(added) if added else "s") + (" - m%d" % taken if taken >= 0 else "")
    total += " %s %d" % ("+" if constant > 0 else "-", abs(constant)) if constant else ""
    target = "m%d" % column if column < LIMBS else "r[%d]" % (column - LIMBS)
    carry = "s = (s >> %d) + c" if column in SPLIT_COLUMNS else "s = s >> %d"
    lines = ["%s = s & %d" % (target, MASK), carry % LIMB_BITS]
    return lines if total == "s" else ["s = " + total, *lines]


def constants() -> dict[str, bytes]:
    """Slots that the linear instructions read: multiples of p in limbs made ready for subtracting, and p itself."""
    values = {
        "MULTIPLE_FOR_SUB": borrowed_limbs(SUB_MULTIPLE * P, 1),
        "MULTIPLE_FOR_SUB3": borrowed_limbs(SUB3_MULTIPLE * P, 3),
        "PRIME": limbs(P),
    }
    return {name: b"".join(limb.to_bytes(2, "little") for limb in value) for name, value in values.items()}


def _block(lines: list[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)


TEMPLATE = '''"""Arithmetic modulo the P-256 prime: a small virtual machine in viper.

Generated by generate/p256_field.py (which explains it); do not edit.
"""
# fmt: off
# ruff: noqa: F821

import micropython


@micropython.viper
def run(s: uint, y: uint, memory: ptr8, program: ptr8, repeat: int):
    """Run `program` `repeat` times on slots in `memory`, {slot_bytes} bytes each; the first are programs.CONSTANTS.

    An instruction is 5 bytes: opcode, then the slot numbers of result, a, b and q. `s` and `y` are working registers
    (viper keeps the first two locals in CPU registers); pass 0.
    """
    base = int(memory)
    pc = program
    c = uint(0)
    while True:
        op = int(pc[0])
        if op == {END}:
            repeat -= 1
            if repeat <= 0:
                return
            pc = program
            op = int(pc[0])
        r = ptr16(base + {slot_bytes} * int(pc[1]))
        a = ptr16(base + {slot_bytes} * int(pc[2]))
        b = ptr16(base + {slot_bytes} * int(pc[3]))
        if op == {MUL}:
{mul}
        elif op == {SUB}:
            # a - b + 16 p, three limbs a round. The limbs of 16 p are at least 2^14 - 1 each: no limb gets negative.
            y = uint(a)
            k = ptr16(base + {sub_constant})
            s = uint(0)
            op = 6
            while op:
                s = (s >> 14) + uint(ptr16(y)[0]) + uint(k[0]) - uint(b[0])
                r[0] = s & 0x3FFF
                s = (s >> 14) + uint(ptr16(y)[1]) + uint(k[1]) - uint(b[1])
                r[1] = s & 0x3FFF
                s = (s >> 14) + uint(ptr16(y)[2]) + uint(k[2]) - uint(b[2])
                r[2] = s & 0x3FFF
                y += 6
                k = ptr16(int(k) + 6)
                b = ptr16(int(b) + 6)
                r = ptr16(int(r) + 6)
                op -= 1
            r[0] = (s >> 14) + uint(ptr16(y)[0]) + uint(k[0]) - uint(b[0])
        elif op == {SUB3}:
            # a - b - 2 q + 8 p, likewise; the limbs of 8 p are at least 3 * (2^14 - 1).
            q = ptr16(base + {slot_bytes} * int(pc[4]))
            y = uint(a)
            k = ptr16(base + {sub3_constant})
            s = uint(0)
            op = 6
            while op:
                s = (s >> 14) + uint(ptr16(y)[0]) + uint(k[0]) - uint(b[0]) - uint(q[0]) - uint(q[0])
                r[0] = s & 0x3FFF
                s = (s >> 14) + uint(ptr16(y)[1]) + uint(k[1]) - uint(b[1]) - uint(q[1]) - uint(q[1])
                r[1] = s & 0x3FFF
                s = (s >> 14) + uint(ptr16(y)[2]) + uint(k[2]) - uint(b[2]) - uint(q[2]) - uint(q[2])
                r[2] = s & 0x3FFF
                y += 6
                k = ptr16(int(k) + 6)
                b = ptr16(int(b) + 6)
                q = ptr16(int(q) + 6)
                r = ptr16(int(r) + 6)
                op -= 1
            r[0] = (s >> 14) + uint(ptr16(y)[0]) + uint(k[0]) - uint(b[0]) - uint(q[0]) - uint(q[0])
        elif op == {HALF3}:
            # 3 (a + b) / 2 as (3 (a + b) + c p) / 2, c being the parity of a + b (p is odd). Half of a limb's weight is
            # 2^13 times that of the limb below: limb i enters limb i - 1 of the result times 2^13.
            k = ptr16(base + {prime_constant})
            c = uint((a[0] + b[0]) & 1)
            s = (uint(a[0] + b[0]) * 3 + c * {lowest}) >> 1
            y = uint(a)
            op = 6
            while op:
                s = (uint(ptr16(y)[1] + b[1]) * 3 + c * uint(k[1])) * 0x2000 + s
                r[0] = s & 0x3FFF
                s = s >> 14
                s = (uint(ptr16(y)[2] + b[2]) * 3 + c * uint(k[2])) * 0x2000 + s
                r[1] = s & 0x3FFF
                s = s >> 14
                s = (uint(ptr16(y)[3] + b[3]) * 3 + c * uint(k[3])) * 0x2000 + s
                r[2] = s & 0x3FFF
                s = s >> 14
                y += 6
                k = ptr16(int(k) + 6)
                b = ptr16(int(b) + 6)
                r = ptr16(int(r) + 6)
                op -= 1
            r[0] = s
        else:
            op = 0
            while op < {limbs}:
                r[op] = a[op]
                op += 1
        pc = ptr8(int(pc) + 5)
'''


def source() -> str:
    """The text of `field.py`."""
    slots = dict(zip(constants(), range(0, SLOT_BYTES * len(constants()), SLOT_BYTES), strict=True))
    return TEMPLATE.format(
        slot_bytes=SLOT_BYTES,
        limbs=LIMBS,
        MUL=MUL,
        SUB=SUB,
        SUB3=SUB3,
        HALF3=HALF3,
        END=END,
        mul=_block(multiplication(), 12),
        sub_constant=slots["MULTIPLE_FOR_SUB"],
        sub3_constant=slots["MULTIPLE_FOR_SUB3"],
        prime_constant=slots["PRIME"],
        lowest=MASK,
    )
