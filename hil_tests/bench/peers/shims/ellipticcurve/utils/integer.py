"""RFC 6979 nonces, from the firmware's own code."""

from crypto.rfc6979 import NonceSource


class RandomInteger:
    @classmethod
    def rfc6979(cls, digest, secret, curve, hashfunc):
        source = NonceSource(curve.N, secret.to_bytes(32, "big"), digest)
        while True:
            yield source.nonce()
