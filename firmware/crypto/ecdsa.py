"""ECDSA over P-256 with SHA-256 (ES256): FIPS 186-5 §6, SEC 1 §4.1.

Keys and signatures are raw big-endian bytes: private key 32, public key 64 (x || y), signature 64 (r || s), as COSE has
them. No function draws randomness of its own; what each needs is passed in.
"""

import hashlib
from binascii import crc32

from micropython import const

from crypto.complete import double_multiply, x_equals
from crypto.curve import N, P, on_curve
from crypto.hmac import hmac_sha256
from crypto.inverse import inverse
from crypto.point import KEY_TABLE_BYTES, multiply_base, odd_multiple, sum_is
from crypto.rfc6979 import NonceSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

_DRAWS_MAX = const(8)
_TRIES_MAX = const(4)
_TIMES_MASK = const(126)  # even numbers below 128: what odd_multiple takes
_MASK_BITS = (1 << 128) - 1
_KEY_BYTES = const(64)
_CHECKSUM_BYTES = const(4)
TABLE_BYTES = _KEY_BYTES + KEY_TABLE_BYTES + _CHECKSUM_BYTES


class ComputationFault(Exception):
    """The arithmetic fails its own check, again and again: memory or processor is damaged. Do not sell with it."""


class BadKey(ValueError):
    """A private key, public key, key table or entropy source that must not be used; the message says which and why."""


def sign(private: bytes, message: bytes, entropy: bytes = b"") -> bytes:
    """Return the 64-byte signature of `message`.

    The nonce is that of RFC 6979; `entropy` (any length; 32 fresh random bytes are right) goes into it as §3.6 allows,
    so that a repeated or faulty computation does not repeat a nonce. Without it signatures are deterministic.
    Raises BadKey, ComputationFault.
    """
    d = _scalar(private)
    digest = hashlib.sha256(message).digest()
    e = int.from_bytes(digest, "big")
    numbers = NonceSource(N, private, digest, entropy)
    for _ in range(_TRIES_MAX):
        k = numbers.nonce()
        secret = numbers.mask()
        mask = secret & _MASK_BITS | 1
        z = secret >> 135 | 1
        point = multiply_base(odd_multiple(k, secret >> 128 & _TIMES_MASK), z)
        # A wrong result means that a bit flipped on the way; such a signature could give the key away.
        if point is None or not on_curve(point[0], point[1]):
            continue
        r = point[0] % N
        # s = (e + r d) / k, numerator and denominator times the mask.
        masked_k = k * mask % N
        masked_sum = (mask * e + mask * r % N * d) % N
        s = inverse(masked_k, N) * masked_sum % N
        if r and s and s * masked_k % N == masked_sum:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    raise ComputationFault("sign: wrong results in %d tries; take the terminal out of service" % _TRIES_MAX)


def verify(public: bytes, message: bytes, signature: bytes, table: "bytes | None" = None) -> bool:
    """Return whether `signature` is one of `message` by `public`. Whatever is wrong with the three, it is just False.

    Accepts (r, s) as well as (r, n - s): see docs/crypto.md. `table`, from `key_table`, makes it 2.5 times faster.
    Raises BadKey when `table` is damaged or belongs to another key.
    """
    if table is not None:
        _check_table(public, table)
    elif not _is_public(public):
        return False
    if len(signature) != 64:
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    w = inverse(s, N)
    u1 = int.from_bytes(hashlib.sha256(message).digest(), "big") * w % N
    u2 = r * w % N
    x, y = _coordinates(public)
    if table is None:
        matches = sum_is(r, u1, window=(u2, x, y))
    else:
        matches = sum_is(r, u1, key=(u2, memoryview(table)[_KEY_BYTES:]))
    if matches is None:
        matches = x_equals(double_multiply(u1, u2, x, y), r)
    return matches


def public_key(private: bytes) -> bytes:
    """Return the 64-byte public key. Raises BadKey, ComputationFault."""
    d = _scalar(private)
    z = int.from_bytes(hmac_sha256(private, b"public key"), "big") % P or 1
    for times in range(0, 2 * _TRIES_MAX, 2):
        point = multiply_base(odd_multiple(d, times), z)
        if point is not None and on_curve(point[0], point[1]):
            return point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")
    raise ComputationFault("public key: wrong results in %d tries; take the terminal out of service" % _TRIES_MAX)


def generate(entropy_read: "Callable[[int], bytes]") -> bytes:
    """Return a new private key, 32 bytes, from `entropy_read(n)`, which returns n bytes of a cryptographic source.

    Rejection sampling (FIPS 186-5 A.2.2): no key is likelier than another. Raises BadKey when the source is unfit:
    too short, the same twice, or never a number in range.
    """
    previous = b""
    for _ in range(_DRAWS_MAX):
        private = entropy_read(32)
        if len(private) != 32 or private == previous:
            break
        if previous and 0 < int.from_bytes(private, "big") < N:
            return bytes(private)
        previous = private
    raise BadKey("entropy source: not random; check the random number generator")


def check_public(public: bytes) -> None:
    """Raise BadKey unless `public` is 64 bytes, both coordinates below p, a point of the curve."""
    if len(public) != _KEY_BYTES:
        raise BadKey("public key: 64 bytes x || y are needed, got %d" % len(public))
    if not on_curve(*_coordinates(public)):
        raise BadKey("public key: not a point of P-256; ask for the key again")


def key_table(public: bytes) -> bytes:
    """Return the table that makes `verify` with this key faster: 4164 bytes, to be kept in memory or in a file.

    It holds the key, the comb table (layout: `point`) and a CRC-32. Takes about as long as three verifications.
    Raises BadKey.
    """
    table = bytearray(TABLE_BYTES)
    for _ in key_table_steps(public, table):
        pass
    return bytes(table)


def key_table_steps(public: bytes, table: bytearray) -> "Iterator[None]":
    """Write what `key_table` returns to `table`, TABLE_BYTES long, in 75 steps: other tasks may run between them."""
    from crypto.comb_table import steps  # used a few times in a terminal's life: not in memory before

    check_public(public)
    body = memoryview(table)[:-_CHECKSUM_BYTES]
    body[:_KEY_BYTES] = public
    for _ in steps(body[_KEY_BYTES:], *_coordinates(public)):
        yield
    table[-_CHECKSUM_BYTES:] = crc32(body).to_bytes(_CHECKSUM_BYTES, "little")


def _check_table(public: bytes, table: bytes) -> None:
    if len(table) != TABLE_BYTES:
        raise BadKey("key table: wrong length %d; build it again" % len(table))
    body = memoryview(table)[:-_CHECKSUM_BYTES]
    if crc32(body) != int.from_bytes(table[-_CHECKSUM_BYTES:], "little"):
        raise BadKey("key table: damaged; build it again")
    if bytes(body[:_KEY_BYTES]) != public:
        raise BadKey("key table: of another key")


def _scalar(private: bytes) -> int:
    if len(private) != 32:
        raise BadKey("private key: 32 bytes are needed, got %d" % len(private))
    value = int.from_bytes(private, "big")
    if not 0 < value < N:
        raise BadKey("private key: out of range; generate a new one")
    return value


def _coordinates(public: bytes) -> "tuple[int, int]":
    return int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")


def _is_public(public: bytes) -> bool:
    return len(public) == _KEY_BYTES and on_curve(*_coordinates(public))
