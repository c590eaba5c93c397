"""`os` with a random source that a seed makes repeatable; the rest is the interpreter's own module."""

from uos import *  # noqa: F403
import hashlib
import uos as _real

_seed = _real.getenv("NYALA_SIM_SEED")
_count = 0


def urandom(count: int) -> bytes:
    """The ESP32's hardware RNG: random when no seed is given, else SHA-256(seed, counter)."""
    global _count
    if _seed is None:
        return _real.urandom(count)
    out = b""
    while len(out) < count:
        out += hashlib.sha256(b"%s:%d" % (_seed.encode(), _count)).digest()
        _count += 1
    return out[:count]
