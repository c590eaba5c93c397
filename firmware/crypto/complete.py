"""P-256 on Python's big integers: every case, no speed, no secrets.

The fast path in `point` uses addition formulas that fail when the operands are equal or opposite. Honest signatures
never meet that; crafted ones may, and are then decided here.

Formulas: Jacobian coordinates, a = -3 (Explicit-Formulas Database).
"""

from crypto.curve import GX, GY, N, P

_INFINITY = (1, 1, 0)


def _double(point: tuple) -> tuple:
    """Return 2 * point, Jacobian (x, y, z), z = 0 for infinity."""
    x, y, z = point
    zz = z * z % P
    yy = y * y % P
    beta = 4 * x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 2 * beta) % P
    return x3, (alpha * (beta - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(left: tuple, right: tuple) -> tuple:
    """Return left + right, Jacobian, for any two points."""
    x1, y1, z1 = left
    x2, y2, z2 = right
    if not z1:
        return right
    if not z2:
        return left
    zz1 = z1 * z1 % P
    zz2 = z2 * z2 % P
    u1 = x1 * zz2 % P
    s1 = y1 * z2 * zz2 % P
    h = (x2 * zz1 - u1) % P
    r = (y2 * z1 * zz1 - s1) % P
    if not h:
        return _INFINITY if r else _double(left)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P


def double_multiply(u1: int, u2: int, x: int, y: int) -> tuple:
    """Return u1 * G + u2 * (x, y), Jacobian, by Shamir's trick. About a second on an ESP32."""
    base = (GX, GY, 1)
    key = (x, y, 1)
    choices = (None, base, key, _add(base, key))
    point = _INFINITY
    for bit in range(255, -1, -1):
        point = _double(point)
        choice = choices[(u1 >> bit & 1) | (u2 >> bit & 1) << 1]
        if choice:
            point = _add(point, choice)
    return point


def x_equals(point: tuple, r: int) -> bool:
    """True when the affine x of a Jacobian `point`, reduced modulo N, is `r` (SEC 1 §4.1.4 step 8); no inversion."""
    x, _, z = point
    if not z:
        return False
    zz = z * z % P
    return (r * zz - x) % P == 0 or (r + N < P and ((r + N) * zz - x) % P == 0)
