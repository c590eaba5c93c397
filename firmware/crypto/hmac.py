"""HMAC-SHA-256 (RFC 2104, FIPS 198-1): no import on each call and no bytecode for each byte."""
# ruff: noqa: F821

import hashlib

import micropython
from micropython import const

_BLOCK_BYTES = const(64)
_INNER_PAD = const(0x36)
_OUTER_PAD = const(0x5C)
_block = bytearray(_BLOCK_BYTES)


@micropython.viper
def _pad(key: ptr8, length: int, block: ptr8, value: int):
    """Fill a block with the key, zeros after it, all XOR `value`."""
    i = 0
    while i < length:
        block[i] = int(key[i]) ^ value
        i += 1
    while i < 64:
        block[i] = value
        i += 1


def hmac_sha256(key: bytes, *parts: bytes) -> bytes:
    """Return the 32-byte HMAC of the concatenated `parts` under `key` of any length."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    _pad(key, len(key), _block, _INNER_PAD)  # pyright: ignore[reportArgumentType]
    inner = hashlib.sha256(_block)
    for part in parts:
        inner.update(part)
    _pad(key, len(key), _block, _OUTER_PAD)  # pyright: ignore[reportArgumentType]
    outer = hashlib.sha256(_block)
    outer.update(inner.digest())
    return outer.digest()
