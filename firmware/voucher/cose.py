"""COSE_Sign1 with ES256 (RFC 9052 §4.2, RFC 9053 §2.1), as docs/voucher-format.md narrows it down."""

import hashlib

from crypto import ecdsa
from voucher import DocumentError, cbor

# Protected headers as the byte strings that they are wrapped in.
_PLAIN = b"\x43\xa1\x01\x26"  # {1: -7}: ES256
_NAMED = b"\x4d\xa2\x01\x26\x04\x48"  # {1: -7, 4: h'..'}, without the eight bytes of the signer's key id
_START = b"\xd2\x84"  # tag 18, array of 4
_SIGNATURE_HEAD = b"\x58\x40"  # 64 bytes


class BadSignature(DocumentError):
    """The document is well formed, but this key did not sign it."""


class Signed:
    """A COSE_Sign1 whose structure is checked and whose signature is not.

    kid: the signer's key id (8 bytes), None in a `plain` document; payload: bytes; signature: r || s, 64 bytes.
    """

    def __init__(self, kid: "bytes | None", payload: bytes, signature: bytes) -> None:
        self.kid = kid
        self.payload = payload
        self.signature = signature

    def verify(self, public: bytes, table: "bytes | None" = None) -> None:
        """Raise BadSignature unless the key `public` (x || y) signed this; `table` is crypto.ecdsa.key_table of it."""
        if self.kid is not None and self.kid != key_id(public):
            raise BadSignature("signed by key %s; this is key %s" % (self.kid.hex(), key_id(public).hex()))
        if not ecdsa.verify(public, _to_be_signed(self.kid, self.payload), self.signature, table):
            raise BadSignature("the signature is not one of key %s over this document" % key_id(public).hex())


def key_id(public: bytes) -> bytes:
    """Return the first 8 bytes of SHA-256 of a public key x || y."""
    return hashlib.sha256(public).digest()[:8]


def check_public(public: bytes) -> None:
    """Raise DocumentError unless `public`, found inside a document, is a point of the curve."""
    try:
        ecdsa.check_public(public)
    except ecdsa.BadKey as error:
        raise DocumentError(str(error))


def sign(payload: bytes, private: bytes, entropy: bytes = b"", kid: "bytes | None" = None) -> bytes:
    """Return `payload` as a tagged COSE_Sign1; with `kid` its protected header names the signer."""
    signature = ecdsa.sign(private, _to_be_signed(kid, payload), entropy)
    head = cbor.write_head(2, len(payload))
    return b"".join((_START, _protected(kid), b"\xa0", head, payload, _SIGNATURE_HEAD, signature))


def open_signed(data: bytes, bytes_max: int = cbor.BYTES_MAX) -> Signed:
    """Return the parts of a tagged COSE_Sign1. Raises DocumentError (CborError) for any other bytes."""
    if len(data) > bytes_max:
        raise cbor.TooLong(bytes_max)
    data = bytes(data)
    # Everything before the payload is fixed but for the key id, so there is only one right way to write it.
    if data.startswith(_START + _PLAIN + b"\xa0"):
        kid = None
        at = 7
    elif data.startswith(_START + _NAMED) and data[16:17] == b"\xa0":
        kid = data[8:16]
        at = 17
    else:
        raise DocumentError("not a COSE_Sign1 by ES256, with a key id of 8 bytes or none, and nothing unprotected")
    payload, at = cbor.read_item(data, at)
    if type(payload) is not bytes:
        raise DocumentError("payload: must be a byte string")
    if data[at : at + 2] != _SIGNATURE_HEAD:
        raise DocumentError("signature: must be 64 bytes")
    at += 2
    if len(data) < at + 64:
        raise cbor.Truncated(at)
    if len(data) > at + 64:
        raise cbor.TrailingBytes(at + 64)
    return Signed(kid, payload, data[at:])


def open_plain(document: str, data: bytes, bytes_max: int) -> Signed:
    """Open a document whose header must not name its signer; `document` is its name for the error."""
    signed = open_signed(data, bytes_max)
    if signed.kid is not None:
        raise DocumentError("%s: its protected header must not name the signer" % document)
    return signed


def open_named(document: str, data: bytes, bytes_max: int) -> Signed:
    """Open a document whose header must name its signer; `document` is its name for the error."""
    signed = open_signed(data, bytes_max)
    if signed.kid is None:
        raise DocumentError("%s: its protected header must name the signer" % document)
    return signed


def _protected(kid: "bytes | None") -> bytes:
    return _PLAIN if kid is None else _NAMED + kid


def _to_be_signed(kid: "bytes | None", payload: bytes) -> bytes:
    # Sig_structure (RFC 9052 §4.4): context, protected header, no external data, payload.
    return b"".join((b"\x84\x6aSignature1", _protected(kid), b"\x40", cbor.write_head(2, len(payload)), payload))
