"""The key request: proof that the terminal holds the key it asks a certificate for."""

from voucher import cose, fields
from wire.entry import FORM_KEY_REQUEST

_FIELDS = ("terminal", "public-key", "nonce")


def make(private: bytes, terminal: int, public: bytes, nonce: bytes, entropy: bytes) -> bytes:
    """Return the request of `terminal`, signed by its new key. `nonce`: 16 bytes, the host's. Raises DocumentError."""
    values = (terminal, public, nonce)
    fields.check("key request", _FIELDS, values)
    return cose.sign(fields.write(FORM_KEY_REQUEST, values), private, entropy)
