"""Proves by interval arithmetic that the field's 32-bit sums never overflow, for any input and any order of programs.

Every slot holds a value from 0 up to a bound. A program turns bounds into bounds; the running point may go through any
sequence of doublings and additions, so its bounds are raised until no program raises them further (a fixpoint). On the
way every column sum of every multiplication is bounded. Run it: `python firmware/crypto/generate/p256_bounds.py`.
"""

from __future__ import annotations

from fractions import Fraction

import p256_field as field
from p256_programs import PROGRAMS, SLOTS, WINDOW, assemble

P = field.P
WORD = 1 << 32
# Bounds are rounded up to this, so that the iteration ends after a few steps instead of creeping up for ever.
STEP = Fraction(P, 8)
ROUNDS_MAX = 20
BATCHES = 43  # of `inverse._divide`

Bounds = dict[str, Fraction]


class TooLarge(Exception):
    """A sum may pass 32 bits or a value its slot."""


def top_limb(bound: Fraction) -> int:
    """Largest top limb of a value below `bound`."""
    return int(-(-bound // 1) - 1) >> (field.LIMB_BITS * (field.LIMBS - 1))


def largest_column(a: Fraction, b: Fraction) -> int:
    """Bound of every partial sum in a multiplication of values below `a` and `b`, column by column as generated."""
    a_limbs = [field.MASK] * (field.LIMBS - 1) + [top_limb(a)]
    b_limbs = [field.MASK] * (field.LIMBS - 1) + [top_limb(b)]
    largest = total = 0
    for column, pairs in enumerate(field.PRODUCTS):
        carried = 0
        for n, (i, j) in enumerate(pairs):
            total += a_limbs[i] * b_limbs[j]
            largest = max(largest, total)
            if column in field.SPLIT_COLUMNS and n == (len(pairs) - 1) // 2:
                carried, total = total >> field.LIMB_BITS, field.MASK
        added, _ = field.reduction_terms(column)
        total += sum(field.MASK << shift for _, shift in added) + max(0, field.column_constant(column))
        largest = max(largest, total)
        total = (total >> field.LIMB_BITS) + carried
    return max(largest, total)


def product_bound(a: Fraction, b: Fraction) -> Fraction:
    """Montgomery: (a b + m p) / R with m < R."""
    return a * b / field.R + P


def _instruction(opcode: int, a: Fraction, b: Fraction, q: Fraction) -> Fraction:
    """Bound of the result, or TooLarge."""
    if opcode == field.MUL:
        if largest_column(a, b) >= WORD:
            raise TooLarge("column sum")
        return product_bound(a, b)
    if opcode == field.COPY:
        return a
    if opcode == field.SUB:
        if b > field.SUB_MULTIPLE * P:
            raise TooLarge("subtrahend of SUB")
        return a + field.SUB_MULTIPLE * P
    if opcode == field.SUB3:
        if b + 2 * q > field.SUB3_MULTIPLE * P:
            raise TooLarge("subtrahends of SUB3")
        return a + field.SUB3_MULTIPLE * P
    # HALF3; its sums: (a_i + b_i) * 3 * 2^13 + p_i * 2^13 + the carry.
    if (2 * field.MASK * 3 + field.MASK) * (1 << (field.LIMB_BITS - 1)) + (1 << 18) >= WORD:
        raise TooLarge("sum of HALF3")
    return (3 * (a + b) + P) / 2


def apply(name: str, bounds: Bounds) -> Bounds:
    """Bounds after a program."""
    result = dict(bounds)
    program = assemble(PROGRAMS[name])
    for at in range(0, len(program) - 1, 5):
        opcode, target, a, b, q = program[at : at + 5]
        value = _instruction(opcode, *(result[SLOTS[slot]] for slot in (a, b, q)))
        if value > 1 << (field.LIMB_BITS * field.LIMBS):
            raise TooLarge("%s, statement %d" % (name, at // 5))
        result[SLOTS[target]] = value
    return result


def window_bounds() -> Bounds:
    """Bounds after the window of a point has been worked out; the window's slots are what matters."""
    bounds = _initial()
    for name in WINDOW:
        bounds = apply(name, bounds)
    bounds["T4"] = Fraction(P)
    return apply("WINDOW_AFFINE", bounds)


def _initial() -> Bounds:
    """Numbers as they enter: reduced, in Montgomery form (`enter` multiplies, so up to the bound of a product)."""
    entered = product_bound(Fraction(1 << 256), Fraction(P))
    bounds = dict.fromkeys(SLOTS, entered)
    bounds.update(ONE=Fraction(P), RR=Fraction(P), UNIT=Fraction(2), ZERO=Fraction(1))
    return bounds


def point_bounds() -> tuple[Bounds, int]:
    """The fixpoint: bounds of X, Y, Z that no program raises, and the number of rounds it took."""
    start = _initial()
    window = window_bounds()
    for name in ("QX", "QY"):  # from a table, or from the window
        start[name] = max([Fraction(P), start[name]] + [window[slot] for slot in window if slot[0] == "P"])
    current = {name: Fraction(0) for name in "XYZ"}
    for program in ("START", "START_NEGATED"):
        after = apply(program, start)
        current = {name: max(current[name], _rounded(after[name])) for name in "XYZ"}
    rounds = 0
    raised = dict(current)
    while rounds == 0 or raised != current:
        rounds += 1
        if rounds > ROUNDS_MAX:
            raise TooLarge("no fixpoint after %d rounds" % ROUNDS_MAX)
        current = dict(raised)
        for program in ("DOUBLE", "ADD", "SUBTRACT"):
            after = apply(program, {**start, **current})
            raised = {name: max(raised[name], _rounded(after[name])) for name in "XYZ"}
    after = apply("AFFINE", {**start, **current})
    for name in "XYZ":
        _instruction(field.MUL, max(current[name], after[name]), Fraction(2), Fraction(1))  # `leave`
    return current, rounds


def _rounded(bound: Fraction) -> Fraction:
    return -(-bound // STEP) * STEP


def inverse_bound() -> int:
    """Largest absolute value of any sum in `inverse._divide`.

    Each row of a batch's matrix has |u| + |v| <= 2^14 (every step keeps that). Limbs are below 2^14 but for the signed
    top limb, whose size follows from the values: |f|, |g| <= 2^256, and each batch adds less than one modulus to
    |d|, |e|, which start at most at 1.
    """
    row = 1 << 14
    limb = max(field.MASK, ((BATCHES + 1) << 256 >> (field.LIMB_BITS * (field.LIMBS - 1))) + 1)
    largest = carry = 0
    for _ in range(field.LIMBS):
        total = row * limb + field.MASK * field.MASK + carry
        largest = max(largest, total)
        carry = (total >> field.LIMB_BITS) + 1
    return largest


if __name__ == "__main__":
    proved, rounds_taken = point_bounds()
    print("fixpoint after %d rounds:" % rounds_taken, {name: "%.2f p" % float(proved[name] / P) for name in "XYZ"})
    worst = max(largest_column(proved[a], proved[b]) for a in "XYZ" for b in "XYZ")
    print("largest column sum of X, Y, Z products: %.4f of 2^32" % (worst / WORD))
    print("largest sum in inverse: %.4f of 2^31" % (inverse_bound() / (WORD >> 1)))
