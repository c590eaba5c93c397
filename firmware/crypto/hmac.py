"""HMAC-SHA-256 (RFC 2104, FIPS 198-1) without a per-call import or a per-byte loop."""

import hashlib

from micropython import const

_BLOCK_BYTES = const(64)
_INNER_PAD = int.from_bytes(b"\x36" * 64, "big")
_OUTER_PAD = int.from_bytes(b"\x5c" * 64, "big")


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """Return the 32-byte HMAC of the concatenated `parts` under `key` of any length."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    # One XOR of two big integers instead of 64 byte operations: the padding is most of the cost of a short HMAC.
    padded_key = int.from_bytes(key, "big") << (8 * (_BLOCK_BYTES - len(key)))
    inner = hashlib.sha256((padded_key ^ _INNER_PAD).to_bytes(_BLOCK_BYTES, "big"))
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256((padded_key ^ _OUTER_PAD).to_bytes(_BLOCK_BYTES, "big"))
    outer.update(inner.digest())
    return outer.digest()
