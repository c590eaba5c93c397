"""COSE_Sign1 with ES256 (RFC 9052 §4.2, RFC 9053 §2.1), as docs/voucher-format.md narrows it down."""

import hashlib

from crypto import ecdsa
from voucher import DocumentError, cbor

_PLAIN = b"\xa1\x01\x26"  # {1: -7}: ES256
_NAMED = b"\xa2\x01\x26\x04\x48"  # {1: -7, 4: h'..'}, without the eight bytes of the signer's key id
_TAG_SIGN1 = 18


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
        if not ecdsa.verify(public, _to_be_signed(_protected(self.kid), self.payload), self.signature, table):
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
    protected = _protected(kid)
    signature = ecdsa.sign(private, _to_be_signed(protected, payload), entropy)
    # Tag 18, array of 4; the empty map is the unprotected header.
    return b"".join((b"\xd2\x84", _bytes(protected), b"\xa0", _bytes(payload), _bytes(signature)))


def open_signed(data: bytes, bytes_max: int = cbor.BYTES_MAX) -> Signed:
    """Return the parts of a tagged COSE_Sign1. Raises DocumentError (CborError) for any other bytes."""
    if len(data) > bytes_max:
        raise cbor.TooLong(bytes_max)
    tag, number, at = cbor.read_head(data, 0)
    array, count, at = cbor.read_head(data, at)
    if (tag, number, array, count) != (6, _TAG_SIGN1, 4, 4):
        raise DocumentError("not a COSE_Sign1: must be tag 18 of an array of 4")
    parts = []
    for _ in range(4):
        part, at = cbor.read_item(data, at)
        parts.append(part)
    if at != len(data):
        raise cbor.TrailingBytes(at)
    protected, unprotected, payload, signature = parts
    named = type(protected) is bytes and len(protected) == len(_NAMED) + 8 and protected.startswith(_NAMED)
    if not named and (type(protected) is not bytes or protected != _PLAIN):
        raise DocumentError("protected header: must be ES256, alone or with a key id of 8 bytes")
    if unprotected != {}:
        raise DocumentError("unprotected header: must be empty")
    if type(payload) is not bytes:
        raise DocumentError("payload: must be a byte string")
    if type(signature) is not bytes or len(signature) != 64:
        raise DocumentError("signature: must be 64 bytes")
    return Signed(protected[len(_NAMED) :] if named else None, payload, signature)


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


def _bytes(value: bytes) -> bytes:
    return cbor.write_head(2, len(value)) + value


def _protected(kid: "bytes | None") -> bytes:
    return _PLAIN if kid is None else _NAMED + kid


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    # Sig_structure (RFC 9052 §4.4): context, protected header, no external data, payload.
    return b"".join((b"\x84\x6aSignature1", _bytes(protected), b"\x40", _bytes(payload)))
