"""COSE_Sign1 with ES256 over P-256 (RFC 9052 section 4.2, RFC 9053 section 2.1), in the two shapes that documents have.

`plain` has only the algorithm in its protected header, `named` also the signer's key id. Both headers are fixed byte
strings, so a sound document is recognised by comparing them; only a refused one is taken apart by the CBOR reader, to
name its fault.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from nyala.documents import cbor
from nyala.errors import DocumentError

PUBLIC_KEY_BYTES = 64
SIGNATURE_BYTES = 64
KEY_ID_BYTES = 8
SIGNED_BYTES_MAX = 4096  # no document is longer; each has a bound of its own below this

_PLAIN = bytes.fromhex("a10126")  # {1: -7}
_NAMED = bytes.fromhex("a201260448")  # {1: -7, 4: 8 bytes}
_PLAIN_HEAD = bytes.fromhex("d28443") + _PLAIN + b"\xa0"
_NAMED_HEAD = bytes.fromhex("d2844d") + _NAMED
_SIGNATURE_HEAD = b"\x58\x40"
_CONTEXT = bytes.fromhex("846a") + b"Signature1"  # head of the Sig_structure, RFC 9052 section 4.4
_TAG = b"\xd2"  # 18
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)  # RFC 6979
_PREHASHED = ec.ECDSA(utils.Prehashed(hashes.SHA256()))  # hashing apart is faster than OpenSSL's one-shot verify
_KEYS_CACHED = 4096


class CoseError(DocumentError):
    """The bytes are no COSE_Sign1 of a shape that documents have; base of the faults below."""


class BadProtectedHeader(CoseError):
    """The protected header is not {alg: ES256} or {alg: ES256, kid: 8 bytes}."""


class WrongAlgorithm(BadProtectedHeader):
    """The protected header names another algorithm than ES256, or none."""


class BadUnprotectedHeader(CoseError):
    """The unprotected header is not an empty map."""


class BadPayload(CoseError):
    """The payload is detached, or no byte string."""


class BadSignatureSize(CoseError):
    """The signature is not r || s in 64 bytes."""


class WrongSigner(CoseError):
    """A document that names its signer where it must not, or names none where it must."""


class BadSignature(DocumentError):
    """The signature is not that key's signature over this document."""


class BadPublicKey(DocumentError):
    """The bytes are not a point on P-256."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A COSE_Sign1 taken apart; its structure is sound, its signature not checked yet."""

    kid: bytes | None
    payload: bytes
    signature: bytes  # r || s
    protected: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure of RFC 9052 section 4.4."""
        return _to_be_signed(self.protected, self.payload)

    def verify(self, public: bytes) -> None:
        """BadSignature unless `public` (64 bytes) signed this and is the key that the document names, if any."""
        if self.kid is not None and self.kid != key_id(public):
            raise BadSignature(f"The document names {self.kid.hex()} as its signer; verify it with that key.")
        check_signature(public, _to_be_signed(self.protected, self.payload), self.signature)


def open1(data: bytes, bytes_max: int = SIGNED_BYTES_MAX) -> Signed:
    """Takes a tagged COSE_Sign1 apart; CoseError or cbor.CborError names what is wrong with it. Checks no signature."""
    if len(data) > bytes_max:
        raise cbor.TooLong(f"The document has {len(data)} bytes; at most {bytes_max} are allowed.")
    kid = None
    if data.startswith(_PLAIN_HEAD):
        protected, start = _PLAIN, len(_PLAIN_HEAD)
    elif data.startswith(_NAMED_HEAD) and data[16:17] == b"\xa0":
        protected, start, kid = data[3:16], 17, data[8:16]
    else:
        raise _fault(data)
    end = len(data) - SIGNATURE_BYTES - len(_SIGNATURE_HEAD)
    if data[end : end + 2] != _SIGNATURE_HEAD:
        raise _fault(data)
    head_bytes = 1 if end - start <= 24 else 2 if end - start <= 257 else 3
    payload = data[start + head_bytes : end]
    if data[start:end] != _bstr(payload):
        raise _fault(data)
    return Signed(kid, payload, data[end + 2 :], protected)


def open_plain(data: bytes, bytes_max: int) -> Signed:
    """open1 of a document that must not name its signer."""
    signed = open1(data, bytes_max)
    if signed.kid is not None:
        raise WrongSigner("The document names its signer in a key id; documents of this kind do not.")
    return signed


def open_named(data: bytes, bytes_max: int) -> tuple[Signed, bytes]:
    """open1 of a document that must name its signer; the second value is the key id."""
    signed = open1(data, bytes_max)
    if signed.kid is None:
        raise WrongSigner("The document does not name its signer; documents of this kind hold a key id.")
    return signed, signed.kid


def sign1(payload: bytes, private_key: ec.EllipticCurvePrivateKey, kid: bytes | None = None) -> bytes:
    """A tagged COSE_Sign1 over `payload`, `named` when a key id is given; deterministic (RFC 6979)."""
    if kid is not None and len(kid) != KEY_ID_BYTES:
        raise BadProtectedHeader(f"A key id has {KEY_ID_BYTES} bytes, not {len(kid)}.")
    protected = _PLAIN if kid is None else _NAMED + kid
    signature = sign_message(_to_be_signed(protected, payload), private_key)
    return assemble(payload, signature, kid)


def sign_named(payload: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """sign1 with the key's own id."""
    return sign1(payload, private_key, key_id(public_bytes(private_key)))


def assemble(payload: bytes, signature: bytes, kid: bytes | None = None) -> bytes:
    """The document of a payload and a signature made elsewhere (a card's, a secure element's)."""
    head = _PLAIN_HEAD if kid is None else _NAMED_HEAD + kid + b"\xa0"
    return head + _bstr(payload) + _SIGNATURE_HEAD + signature


def sign_payload(payload: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Only the signature, r || s, of the `plain` document of this payload."""
    return sign_message(_to_be_signed(_PLAIN, payload), private_key)


def verify_payload(public: bytes, payload: bytes, signature: bytes) -> None:
    """BadSignature unless `signature` makes a `plain` document of this payload."""
    check_signature(public, _to_be_signed(_PLAIN, payload), signature)


def sign_message(message: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """ES256 signature r || s of any bytes, deterministic after RFC 6979."""
    if not isinstance(private_key.curve, ec.SECP256R1):
        raise BadPublicKey(f"Documents are signed with P-256 keys, not with one on {private_key.curve.name}.")
    r, s = utils.decode_dss_signature(private_key.sign(message, _DETERMINISTIC))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def check_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """BadSignature unless `signature` (r || s) is the key's ES256 signature of `message`, with high or low s."""
    # DER by hand (ITU-T X.690): an integer has no leading zeros and keeps one where its top bit would read as a sign.
    r, s = signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0")
    if len(signature) != SIGNATURE_BYTES or not r or not s:
        raise BadSignature("The signature is not two numbers of 32 bytes, each at least 1.")
    if r[0] & 0x80:
        r = b"\0" + r
    if s[0] & 0x80:
        s = b"\0" + s
    der = b"\x30%c\x02%c%b\x02%c%b" % (len(r) + len(s) + 4, len(r), r, len(s), s)
    try:
        _loaded(public).verify(der, sha256(message).digest(), _PREHASHED)
    except InvalidSignature:
        raise BadSignature(
            "The signature does not verify; the document was changed, or another key signed it."
        ) from None


def public_bytes(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """x || y, 64 bytes, big endian."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    numbers = public.public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


@lru_cache(_KEYS_CACHED)
def key_id(public: bytes) -> bytes:
    """First 8 bytes of SHA-256(x || y)."""
    return sha256(public).digest()[:KEY_ID_BYTES]


def digest(data: bytes) -> bytes:
    """SHA-256 of a whole document: what the next entry calls `previous`, what a receipt calls `head`."""
    return sha256(data).digest()


def fingerprint(data: bytes) -> bytes:
    """First 8 bytes of the digest; a card's certificate is known by it."""
    return sha256(data).digest()[:8]


def check_public(public: bytes) -> None:
    """BadPublicKey unless the 64 bytes are a point on P-256."""
    _loaded(public)


@lru_cache(_KEYS_CACHED)
def _loaded(public: bytes) -> ec.EllipticCurvePublicKey:
    """Loading costs about a tenth of a verification, so keys seen lately are kept."""
    if len(public) != PUBLIC_KEY_BYTES:
        raise BadPublicKey(f"A public key has {PUBLIC_KEY_BYTES} bytes, x and y, not {len(public)}.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public)
    except ValueError:
        raise BadPublicKey("The public key is not a point on P-256.") from None


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return _CONTEXT + _bstr(protected) + b"\x40" + _bstr(payload)


def _bstr(data: bytes) -> bytes:
    """A CBOR byte string with the shortest head; no document reaches 65,536 bytes."""
    size = len(data)
    if size < 24:
        return b"%c%b" % (0x40 | size, data)
    if size < 256:
        return b"\x58%c%b" % (size, data)
    return b"\x59%c%c%b" % (size >> 8, size & 0xFF, data)


def _fault(data: bytes) -> DocumentError:
    """What is wrong with bytes that are none of the two shapes; they have been refused already."""
    if not data.startswith(_TAG):
        return CoseError(
            "The document does not begin with the tag of a COSE_Sign1 (18); it is something else, or damaged."
        )
    try:
        value = cbor.loads(data[1:], SIGNED_BYTES_MAX)
    except cbor.CborError as error:
        return error
    if not isinstance(value, list) or len(value) != 4:
        return CoseError("A COSE_Sign1 is an array of four: protected header, unprotected header, payload, signature.")
    protected, unprotected, payload, signature = value
    if fault := _header_fault(protected):
        return fault
    if unprotected != {} or not isinstance(unprotected, dict):
        return BadUnprotectedHeader("The unprotected header must be an empty map; what is not signed says nothing.")
    if not isinstance(payload, bytes):
        return BadPayload("The payload must be inside the document, as a byte string.")
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        return BadSignatureSize(f"The signature must be r and s in {SIGNATURE_BYTES} bytes; DER is not taken.")
    return CoseError("The bytes are not a COSE_Sign1 as documents are.")


def _header_fault(protected: cbor.Item) -> DocumentError | None:
    if not isinstance(protected, bytes):
        return BadProtectedHeader("The protected header must be wrapped in a byte string.")
    if not protected:
        return WrongAlgorithm("The protected header is empty; it must name ES256.")
    try:
        header = cbor.loads(protected, SIGNED_BYTES_MAX)
    except cbor.CborError as error:
        return BadProtectedHeader(f"The protected header is not deterministic CBOR: {error}")
    if not isinstance(header, dict):
        return BadProtectedHeader("The protected header must be a map.")
    if type(header.get(1)) is not int or header[1] != -7:
        return WrongAlgorithm("The protected header must name ES256 (-7) as its algorithm.")
    if protected != _PLAIN and not (protected.startswith(_NAMED) and len(protected) == len(_NAMED) + KEY_ID_BYTES):
        return BadProtectedHeader(f"The protected header may hold a key id of {KEY_ID_BYTES} bytes, and nothing else.")
    return None
