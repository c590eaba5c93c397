"""P-256 on Python's big integers: every case, no speed, no secrets.

The fast path (`comb`, `window`) uses addition formulas that fail when both operands are equal or opposite. Honest
signatures never meet that; crafted ones may, and are then decided here. Also holds the curve check.

Constants: FIPS 186-5 and SP 800-186 §3.2.1.3. Formulas: Jacobian coordinates, a = -3 (Explicit-Formulas Database).
"""

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
_INFINITY = (1, 1, 0)


def on_curve(x: int, y: int) -> bool:
    """True when (x, y) are reduced and satisfy y^2 = x^3 - 3x + b. P-256 has cofactor 1, so that is all to check."""
    return x < P and y < P and (y * y - (x * x - 3) * x - _B) % P == 0


def inverse(x: int, modulus: int) -> int:
    """Return 1 / x for a prime modulus, by Euclid. The running time depends on x. (pow(x, -1, m) returns 0 here!)"""
    a, b = modulus, x % modulus
    s, t = 0, 1
    while b:
        q = a // b
        a, b = b, a - q * b
        s, t = t, s - q * t
    return s % modulus


def double(point: tuple) -> tuple:
    """Return 2 * point, Jacobian (x, y, z), z = 0 for infinity."""
    x, y, z = point
    zz = z * z % P
    yy = y * y % P
    beta = 4 * x * yy % P
    alpha = 3 * (x - zz) * (x + zz) % P
    x3 = (alpha * alpha - 2 * beta) % P
    return x3, (alpha * (beta - x3) - 8 * yy * yy) % P, 2 * y * z % P


def add(left: tuple, right: tuple) -> tuple:
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
        return _INFINITY if r else double(left)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P


def double_multiply(u1: int, u2: int, x: int, y: int) -> tuple:
    """Return u1 * G + u2 * (x, y), Jacobian, by Shamir's trick. About a second on an ESP32."""
    base = (_GX, _GY, 1)
    key = (x, y, 1)
    choices = (None, base, key, add(base, key))
    point = _INFINITY
    for bit in range(255, -1, -1):
        point = double(point)
        choice = choices[(u1 >> bit & 1) | (u2 >> bit & 1) << 1]
        if choice:
            point = add(point, choice)
    return point


def x_equals(point: tuple, r: int) -> bool:
    """True when the affine x of a Jacobian `point`, reduced modulo N, is `r` (SEC 1 §4.1.4 step 8); no inversion."""
    x, _, z = point
    if not z:
        return False
    zz = z * z % P
    return (r * zz - x) % P == 0 or (r + N < P and ((r + N) * zz - x) % P == 0)
