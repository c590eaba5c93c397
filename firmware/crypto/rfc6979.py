"""Nonces and masks from the private key and the message (RFC 6979), for a 256-bit order and SHA-256."""

from crypto.hmac import hmac_sha256


class NonceSource:
    """The HMAC_DRBG of RFC 6979 §3.2, seeded with key, digest and optional extra input (§3.6).

    With `extra` empty the nonces are exactly those of §3.2. Every value that signing needs comes from here, so signing
    asks for no randomness of its own: equal inputs give equal work and equal signatures.
    """

    def __init__(self, order: int, private: bytes, digest: bytes, extra: bytes = b"") -> None:
        """Seed with a 32-byte `private` scalar and the 32-byte message `digest`."""
        self._order = order
        digest_mod_order = int.from_bytes(digest, "big") % order  # bits2octets, §2.3.4
        seed = private + digest_mod_order.to_bytes(32, "big") + extra
        key = b"\x00" * 32
        value = b"\x01" * 32
        for separator in (b"\x00", b"\x01"):
            key = hmac_sha256(key, value, separator, seed)
            value = hmac_sha256(key, value)
        self._key = key
        self._value = value
        self._drawn = False

    def nonce(self) -> int:
        """Return the next nonce, 0 < nonce < order. Call again only when the last one gave r = 0 or s = 0."""
        while True:
            if self._drawn:
                self._key = hmac_sha256(self._key, self._value, b"\x00")
                self._value = hmac_sha256(self._key, self._value)
            self._drawn = True
            self._value = hmac_sha256(self._key, self._value)
            candidate = int.from_bytes(self._value, "big")
            if 0 < candidate < self._order:
                return candidate

    def mask(self) -> int:
        """Return 256 secret bits to mask the computation with. Independent of the nonces and new after each of them.

        The input of this HMAC ends in a byte that RFC 6979 does not use there, so no nonce can equal a mask.
        """
        return int.from_bytes(hmac_sha256(self._key, self._value, b"\x02"), "big")
