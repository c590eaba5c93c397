"""Key requests: a terminal's new key, and the proof that the terminal holds it."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import cbor, cose, fields
from nyala.wire import entry as wire

NONCE_BYTES = 16
_ITEMS = 4
_BYTES_MAX = 300


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A key that a terminal made, for the number it was asked to take."""

    terminal: int
    public: bytes
    nonce: bytes  # the host's, so that an old request does not pass for this one


def parse(data: bytes) -> KeyRequest:
    """Reads a key request strictly, without checking its signature; DocumentError names what is wrong."""
    return _request(cose.open_plain(data, _BYTES_MAX).payload)


def verify(data: bytes) -> KeyRequest:
    """parse, and BadSignature unless the requested key itself signed it. The caller compares terminal and nonce."""
    signed = cose.open_plain(data, _BYTES_MAX)
    request = _request(signed.payload)
    signed.verify(request.public)
    return request


def sign(terminal: int, nonce: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The request as a document, signed with the new key."""
    items = [wire.FORM_KEY_REQUEST, terminal, cose.public_bytes(private_key), nonce]
    data = cose.sign1(cbor.dumps(items), private_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def _request(payload: bytes) -> KeyRequest:
    items = fields.array(cbor.loads(payload, _BYTES_MAX), "key request", _ITEMS)
    fields.form(items, "key request", wire.FORM_KEY_REQUEST)
    _, terminal, public, nonce = items
    return KeyRequest(
        fields.uint(terminal, "key request.terminal", wire.TERMINAL_MAX),
        fields.public_key(public, "key request.public-key"),
        fields.octets(nonce, "key request.nonce", NONCE_BYTES),
    )
