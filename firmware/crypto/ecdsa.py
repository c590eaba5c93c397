"""ECDSA over P-256 with SHA-256 (ES256): FIPS 186-5 §6, SEC 1 §4.1. Keys and signatures are raw big-endian bytes."""

import hashlib

from crypto.complete import N, P, double_multiply, inverse, on_curve, x_equals
from crypto.rfc6979 import NonceSource


class BadKey(ValueError):
    """A private key, public key or key table that must not be used; the message says which and why."""


def _scalar(private: bytes) -> int:
    if len(private) != 32:
        raise BadKey("private key: 32 bytes are needed, got %d" % len(private))
    value = int.from_bytes(private, "big")
    if not 0 < value < N:
        raise BadKey("private key: out of range; generate a new one")
    return value


def sign(private: bytes, message: bytes, entropy: bytes = b"") -> bytes:
    d = _scalar(private)
    digest = hashlib.sha256(message).digest()
    e = int.from_bytes(digest, "big")
    nonces = NonceSource(N, private, digest, entropy)
    while True:
        k = nonces.nonce()
        x, y, z = double_multiply(k, 0, 1, 1)
        zi = inverse(z, P)
        r = x * zi * zi % P % N
        b = nonces.blind(N)
        s = inverse(k * b % N, N) * ((b * e + b * r % N * d) % N) % N
        if r and s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(public: bytes, message: bytes, signature: bytes, table: "bytes | None" = None) -> bool:
    if len(public) != 64 or len(signature) != 64:
        return False
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    x = int.from_bytes(public[:32], "big")
    y = int.from_bytes(public[32:], "big")
    if not on_curve(x, y):
        return False
    w = inverse(s, N)
    e = int.from_bytes(hashlib.sha256(message).digest(), "big")
    return x_equals(double_multiply(e * w % N, r * w % N, x, y), r)


def public_key(private: bytes) -> bytes:
    x, y, z = double_multiply(_scalar(private), 0, 1, 1)
    zi = inverse(z, P)
    return (x * zi * zi % P).to_bytes(32, "big") + (y * zi * zi * zi % P).to_bytes(32, "big")


def generate(entropy_read: object) -> bytes:
    for _ in range(4):
        private = entropy_read(32)
        if len(private) == 32 and 0 < int.from_bytes(private, "big") < N:
            return private
    raise BadKey("entropy source: no usable key in 4 draws; check the random number generator")


def check_public(public: bytes) -> None:
    if len(public) != 64:
        raise BadKey("public key: 64 bytes x || y are needed, got %d" % len(public))
    if not on_curve(int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")):
        raise BadKey("public key: not a point of P-256")


def key_table(public: bytes) -> bytes:
    check_public(public)
    return public
