"""What the tests of `crypto` share: numbers that stay the same from run to run, and the shared vectors."""

import hashlib
import json

from crypto.curve import N, P

_FOLDER = __file__[: -len("firmware/tests/crypto_numbers.py")]


def number(label: str, modulus: int = 1 << 256) -> int:
    """A number below `modulus` (at most 2^256) that looks random and is not."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest(), "big") % modulus


def scalars() -> list:
    """Scalars 0 < k < N at the edges of every structure, then some that look random."""
    found = [1, 2, 3, 5, 7, 8, 15, 16, 17, N - 1, N - 2, N - 3, N >> 1, (N >> 1) + 1]
    found += [1 << bit for bit in (13, 14, 21, 22, 43, 44, 66, 219, 220, 221, 242, 255)]
    found += [(1 << bit) - 1 for bit in (14, 22, 44, 220, 242, 255)]
    return found + [number("scalar %d" % i, N) for i in range(12)]


def field_values() -> list:
    """Numbers below P at the edges of limbs, then some that look random."""
    found = [0, 1, 2, P - 1, P - 2, P >> 1, (1 << 252) - 1, 1 << 252, (1 << 224) - 1]
    found += [1 << (14 * i) for i in range(1, 18, 4)]
    return found + [number("field %d" % i, P) for i in range(12)]


def vectors() -> dict:
    """docs/vectors/ecdsa-p256.json."""
    with open(_FOLDER + "docs/vectors/ecdsa-p256.json") as file:
        return json.load(file)
