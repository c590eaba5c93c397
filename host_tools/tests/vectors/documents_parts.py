"""What the vectors are built from: fixed keys, a COSE_Sign1 in pieces, and the two lists they are gathered in."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

P256_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF

JSON = dict[str, Any]


def dumps(value: object) -> bytes:
    """Deterministic encoding; the generator writes its maps in bytewise order by hand."""
    return cbor2.dumps(value)


class Key:
    """A fixed P-256 key pair."""

    def __init__(self, name: str) -> None:
        self.name = name
        secret = int.from_bytes(sha256(b"nyala test vector: " + name.encode()).digest(), "big") % (P256_ORDER - 1) + 1
        self.private = ec.derive_private_key(secret, ec.SECP256R1())
        self.private_bytes = secret.to_bytes(32, "big")
        numbers = self.private.public_key().public_numbers()
        self.x, self.y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        self.public = self.x + self.y
        self.kid = sha256(self.public).digest()[:8]

    def sign(self, message: bytes) -> bytes:
        """r || s over SHA-256 of the message, nonce from RFC 6979."""
        der = self.private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = utils.decode_dss_signature(der)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def json(self) -> JSON:
        return {"private": self.private_bytes.hex(), "public": self.public.hex(), "key_id": self.kid.hex()}


PLAIN = bytes.fromhex("a10126")

SIGNATURE1 = bytes.fromhex("846a5369676e617475726531")  # array of 4, "Signature1"


def named(key: Key) -> bytes:
    """The protected header that names its signer."""
    return bytes.fromhex("a201260448") + key.kid


def bstr(data: bytes) -> bytes:
    """A CBOR byte string with the shortest head."""
    return dumps(data)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure of RFC 9052 section 4.4, no external data."""
    return SIGNATURE1 + bstr(protected) + b"\x40" + bstr(payload)


@dataclass
class Parts:
    """A COSE_Sign1 in encoded pieces, so that each can be spoilt."""

    protected: bytes
    payload: bytes
    signature: bytes

    @classmethod
    def make(cls, payload: bytes, key: Key, protected: bytes) -> "Parts":
        return cls(protected, payload, key.sign(to_be_signed(protected, payload)))

    def hex(
        self,
        head: str = "d284",
        protected: str | None = None,
        unprotected: str = "a0",
        payload: str | None = None,
        signature: str | None = None,
        tail: str = "",
    ) -> str:
        pieces = (
            head,
            bstr(self.protected).hex() if protected is None else protected,
            unprotected,
            bstr(self.payload).hex() if payload is None else payload,
            bstr(self.signature).hex() if signature is None else signature,
            tail,
        )
        return "".join(pieces)


ROOT, ISSUER, CARD, TERMINAL = Key("root"), Key("issuer"), Key("card"), Key("terminal")

TECHNICIAN, RECONCILER, STRANGER = Key("technician"), Key("reconciler"), Key("stranger")

ISSUERS = [ISSUER, *(Key(f"issuer-{number}") for number in range(2, 10))]

KEYS = [ROOT, *ISSUERS[:1], CARD, TERMINAL, TECHNICIAN, RECONCILER, STRANGER, *ISSUERS[1:8]]

NOW_S = 1_785_000_000

YEAR_S = 31_557_600

UINT32, UINT64 = (1 << 32) - 1, (1 << 64) - 1

TOTAL_MAX = (1 << 53) - 1

CARD_NUMBER_MAX = (1 << 63) - 1

DOCUMENT_PROTECTED: dict[str, Callable[[Key], bytes]] = {
    "certificate": named,
    "policy": named,
    "receipt": named,
    "login": named,
    "entry": lambda key: PLAIN,
    "authorization": lambda key: PLAIN,
    "key_request": lambda key: PLAIN,
}

valid: list[JSON] = []

invalid: list[JSON] = []


def in_json(value: Any) -> Any:
    """Byte strings as {"bytes": hex}, everything else as it is."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, list | tuple):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return [in_json(item) for item in items]
    if isinstance(value, dict):
        fields: JSON = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        return {name: in_json(item) for name, item in fields.items()}
    return value


def accept(name: str, document: str, payload: bytes, signer: Key, fields: JSON) -> bytes:
    """Adds a valid document and returns it."""
    parts = Parts.make(payload, signer, DOCUMENT_PROTECTED[document](signer))
    data = bytes.fromhex(parts.hex())
    add_valid(name, document, data, parts, signer, fields)
    return data


def add_valid(
    name: str, document: str, data: bytes, parts: Parts, signer: Key, fields: JSON, resigned: bool = False
) -> None:
    vector: JSON = {"name": name, "document": document, "hex": data.hex(), "signer": signer.name}
    vector |= {"payload": parts.payload.hex(), "signature": parts.signature.hex(), "fields": in_json(fields)}
    if resigned:
        vector["resigned"] = True
    if document == "entry":
        vector |= {"digest": sha256(data).hexdigest(), "receipt_code": receipt_code(sha256(data).digest())}
    valid.append(vector)


def refuse(
    name: str, document: str, data: bytes | str, signer: Key, why: str, fault: str = "structure", **more: Any
) -> None:
    """Adds a document that must be refused."""
    text = data if isinstance(data, str) else data.hex()
    invalid.append(
        {"name": name, "document": document, "hex": text, "signer": signer.name, "fault": fault, "why": why} | more
    )


def refuse_payload(name: str, document: str, payload: bytes | object, signer: Key, why: str) -> None:
    """Adds a document whose payload is wrong and whose signature over it is right."""
    encoded = payload if isinstance(payload, bytes) else dumps(payload)
    refuse(name, document, Parts.make(encoded, signer, DOCUMENT_PROTECTED[document](signer)).hex(), signer, why)


def receipt_code(digest: bytes) -> str:
    """Crockford base 32 of the first 35 bits, and the check character of that number modulo 37."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"
    number = int.from_bytes(digest[:5], "big") >> 5
    symbols = "".join(alphabet[number >> shift & 31] for shift in range(30, -1, -5)) + alphabet[number % 37]
    return f"{symbols[:4]}-{symbols[4:]}"
