"""Writes docs/vectors/documents.json: documents that both implementations must accept, and ones that both must refuse.

Built from `cbor2` and `cryptography` alone, not from the code under test. Everything is fixed: the keys come from
SHA-256 of their names, the signatures from RFC 6979, so a second run writes the same bytes.

    python host_tools/tests/vectors/make_documents.py            writes the file
    python host_tools/tests/vectors/make_documents.py --check    exits with 1 when the file is not what would be written
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

VECTORS = Path(__file__).resolve().parents[3] / "docs" / "vectors" / "documents.json"

ABOUT = [
    'Documents of docs/voucher-format.md. Byte strings are hex; inside `fields` they are {"bytes": hex}.',
    "`hex` is the whole COSE_Sign1; `signer` names the key that a reader verifies it with.",
    "Everything under `valid` parses to `fields` and verifies. Signing `payload` with the signer's key and RFC 6979",
    "without further entropy gives `hex` again, unless `resigned` is true.",
    "Everything under `invalid` must be refused. `fault` is `structure` when only strict reading refuses the document,",
    "`signature` when the document reads well and only verifying refuses it.",
    "An authorization travels as its `signature` alone: a reader rebuilds its payload from `fields` and verifies that.",
]

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


def in_json(value: object) -> Any:
    """Byte strings as {"bytes": hex}, everything else as it is."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, list | tuple):
        return [in_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: in_json(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
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


# ---- certificates


def cnf(x: object, y: object) -> JSON:
    return {1: {1: 2, -1: 1, -2: x, -3: y}}  # pyright: ignore[reportReturnType]


def claims(
    subject_key: Key, role: int, number: int, subject: str, limits: list[int] | None = None, **changes: Any
) -> dict[Any, Any]:
    """The claims of a certificate in bytewise order of their keys."""
    names = {"issuer": 1, "subject": 2, "expires": 4, "issued": 6, "key": 8, "role": -65537, "number": -65538}
    values: dict[Any, Any] = {
        1: "Nyala Test Operator",
        2: subject,
        4: NOW_S + 5 * YEAR_S,
        6: NOW_S,
        8: cnf(subject_key.x, subject_key.y),
        -65537: role,
        -65538: number,
    }
    if limits is not None:
        values[-65539] = limits
    for name, value in changes.items():
        values[names[name]] = value
    return values


def certificate_fields(data: bytes, values: dict[Any, Any], signer: Key) -> JSON:
    key = values[8][1]
    limits = values.get(-65539, [0, 0, 0])
    return {
        "issuer": values[1],
        "subject": values[2],
        "expires_s": values[4],
        "issued_s": values[6],
        "public": key[-2] + key[-3],
        "role": values[-65537],
        "number": values[-65538],
        "currency": limits[0],
        "payment_minor": limits[1],
        "allowance_minor": limits[2],
        "fingerprint": sha256(data).digest()[:8],
        "kid": signer.kid,
    }


def accept_certificate(name: str, values: dict[Any, Any], signer: Key) -> bytes:
    parts = Parts.make(dumps(values), signer, named(signer))
    data = bytes.fromhex(parts.hex())
    add_valid(name, "certificate", data, parts, signer, certificate_fields(data, values, signer))
    return data


def without(values: dict[Any, Any], *keys: int) -> dict[Any, Any]:
    return {key: value for key, value in values.items() if key not in keys}


CARD_CLAIMS = claims(CARD, 2, 6_200_000_000_000_017, "Kartu 17", [360, 50_000_000, 100_000_000], issuer="Bank Contoh")
TERMINAL_CLAIMS = claims(TERMINAL, 3, 17, "Warung Bu Sri")


def certificates() -> tuple[bytes, bytes]:
    """Valid certificates of every role; returns the terminal's and the card's."""
    accept_certificate("issuer certificate", claims(ISSUER, 1, 0, "Bank Contoh"), ROOT)
    card = accept_certificate("card certificate", CARD_CLAIMS, ISSUER)
    terminal = accept_certificate("terminal certificate", TERMINAL_CLAIMS, ROOT)
    accept_certificate("technician certificate", claims(TECHNICIAN, 4, 0, "teknisi"), ROOT)
    accept_certificate("reconciler certificate", claims(RECONCILER, 5, 0, "rekonsiliasi"), ROOT)
    largest = claims(
        CARD, 2, CARD_NUMBER_MAX, "é" * 20, [999, UINT32, UINT32], issuer="N" * 40, expires=UINT64, issued=UINT64
    )
    accept_certificate("largest card certificate", largest, ISSUER)
    smallest = claims(TERMINAL, 3, 0, "", issuer="", expires=0, issued=0)
    accept_certificate("smallest terminal certificate", smallest, ROOT)
    return terminal, card


def refused_certificates() -> None:
    base, card = TERMINAL_CLAIMS, CARD_CLAIMS

    def bad(name: str, values: object, why: str, signer: Key = ROOT) -> None:
        refuse_payload(f"certificate: {name}", "certificate", values, signer, why)

    for key, what in ((1, "iss"), (2, "sub"), (4, "exp"), (6, "iat"), (8, "cnf"), (-65537, "role"), (-65538, "number")):
        bad(f"{what} missing", without(base, key), f"claim {key} must be there")
    bad("unknown claim", {1: base[1], 2: base[2], 3: "aud"} | without(base, 1, 2), "claim 3 is none of ours")
    bad("claim key is text", {**base, "x": 1}, "claim keys are integers")
    bad("claims are an array", list(base.items()), "claims are a map")
    bad("claims are empty", {}, "claims must be there")
    bad(
        "cnf and exp swapped",
        {1: base[1], 2: base[2], 8: base[8], 6: base[6], 4: base[4]} | without(base, 1, 2, 4, 6, 8),
        "keys are unordered",
    )
    bad("private claims first", {-65537: 3, -65538: 17} | without(base, -65537, -65538), "keys are unordered")
    bad("private claims descending", without(base, -65537, -65538) | {-65538: 17, -65537: 3}, "keys are unordered")
    encoded = dumps(base)
    bad(
        "duplicate claim, same value",
        b"\xa8" + encoded[1:] + bytes.fromhex("3a0001000111"),
        "claim -65538 stands twice",
    )
    bad("duplicate claim, other value", b"\xa8\x01\x60" + encoded[1:], "claim 1 stands twice")
    bad("indefinite map", b"\xbf" + encoded[1:] + b"\xff", "lengths are definite")
    bad(
        "indefinite text",
        encoded.replace(bstr_text("Warung Bu Sri"), b"\x7f" + bstr_text("Warung Bu Sri") + b"\xff"),
        "lengths are definite",
    )
    bad("trailing byte in the claims", encoded + b"\x00", "nothing follows the map")
    bad("map head not shortest", b"\xb8\x07" + encoded[1:], "the map's length is in its head byte")
    bad("exp as a float", {**base, 4: float(NOW_S)}, "no floats")
    bad("exp as a tagged time", {**base, 4: cbor2.CBORTag(1, NOW_S)}, "no tags")
    bad("exp negative", {**base, 4: -1}, "time is unsigned")
    bad("iat of 65 bits", {**base, 6: UINT64 + 1}, "time is at most 64 bits")
    bad("role 0", {**base, -65537: 0}, "roles are 1..5")
    bad("role 6", {**base, -65537: 6}, "roles are 1..5")
    bad("role true", {**base, -65537: True}, "a boolean is no integer")
    bad("number negative", {**base, -65538: -1}, "number is unsigned")
    bad("number of 65 bits", {**base, -65538: UINT64 + 1}, "number is at most 64 bits")
    bad("terminal number of 33 bits", {**base, -65538: UINT32 + 1}, "a terminal's number is at most 32 bits")
    bad("sub of 41 bytes", {**base, 2: "x" * 41}, "names are at most 40 bytes")
    bad("sub of 21 two-byte letters", {**base, 2: "é" * 21}, "names are at most 40 bytes of UTF-8")
    bad("sub as bytes", {**base, 2: b"Warung"}, "sub is text")
    bad("sub not UTF-8", encoded.replace(b"Warung", b"Wa\xff\xfeng"), "text is UTF-8")
    bad("sub is a surrogate", encoded.replace(b"Warung", b"Wa\xed\xa0\x80g"), "text is UTF-8")
    bad("sub is null", {**base, 2: None}, "sub is text")
    for role, what in ((1, "issuer"), (4, "technician"), (5, "reconciler")):
        bad(f"{what} with a number", {**base, -65537: role}, "number is 0 for people and issuers")
    bad("card without limits", without(card, -65539), "a card has limits", ISSUER)
    bad("terminal with limits", {**base, -65539: [360, 1, 1]}, "only a card has limits")
    bad("card limits of two", {**card, -65539: [360, 1]}, "limits are three", ISSUER)
    bad("card limits of four", {**card, -65539: [360, 1, 1, 1]}, "limits are three", ISSUER)
    bad("card currency 1000", {**card, -65539: [1000, 1, 1]}, "currency is 0..999", ISSUER)
    bad("card payment 0", {**card, -65539: [360, 0, 1]}, "an amount is at least 1", ISSUER)
    bad("card allowance of 33 bits", {**card, -65539: [360, 1, UINT32 + 1]}, "an amount is at most 32 bits", ISSUER)
    bad("card limits null", {**card, -65539: None}, "limits are an array", ISSUER)
    refused_keys(bad, base)
    long = {**base, 1: "N" * 40, 2: "W" * 40, -65540: b"x" * 200}
    bad("more than 400 bytes", long, "a certificate is at most 400 bytes")


def bstr_text(text: str) -> bytes:
    return dumps(text)


def refused_keys(bad: Callable[[str, object, str], None], base: dict[Any, Any]) -> None:
    """Confirmation keys that are none (RFC 9053 section 7.1.1)."""
    x, y = TERMINAL.x, TERMINAL.y
    off = (int.from_bytes(y, "big") ^ 1).to_bytes(32, "big")
    prime = P256_PRIME.to_bytes(32, "big")

    def key(name: str, value: object, why: str) -> None:
        bad(name, {**base, 8: value}, why)

    key("curve P-384", {1: {1: 2, -1: 2, -2: x, -3: y}}, "the curve is P-256")
    key("curve secp256k1", {1: {1: 2, -1: 8, -2: x, -3: y}}, "the curve is P-256")
    key("key type OKP", {1: {1: 1, -1: 1, -2: x, -3: y}}, "the key type is EC2")
    key("key type symmetric", {1: {1: 4, -1: x}}, "the key type is EC2")
    key("key type missing", {1: {-1: 1, -2: x, -3: y}}, "the key type is EC2")
    key("x of 31 bytes", cnf(x[1:], y), "x is 32 bytes")
    key("x of 33 bytes", cnf(b"\0" + x, y), "x is 32 bytes")
    key("y missing", {1: {1: 2, -1: 1, -2: x}}, "y is 32 bytes")
    key("y as a sign bit", cnf(x, True), "y is 32 bytes, not a compressed point")
    key("point not on the curve", cnf(x, off), "y squared is not what the curve says")
    key("point is zero", cnf(bytes(32), bytes(32)), "the point is not on the curve")
    key("x is the field prime", cnf(prime, y), "x is below the field prime")
    key("x and y swapped", cnf(y, x), "the point is not on the curve")
    key("key with an algorithm", {1: {1: 2, 3: -7, -1: 1, -2: x, -3: y}}, "no further key parameters")
    key("key parameters unordered", {1: {1: 2, -1: 1, -3: y, -2: x}}, "keys are unordered")
    key("private key inside", {1: {1: 2, -1: 1, -2: x, -3: y, -4: bytes(32)}}, "no further key parameters")
    key("cnf with a key id", {1: cnf(x, y)[1], 3: TERMINAL.kid}, "no further confirmation methods")  # pyright: ignore[reportArgumentType]
    key("cnf with a key id alone", {3: TERMINAL.kid}, "the key itself must be there")
    key("cnf as bytes", TERMINAL.public, "cnf is a map")
    key("cnf empty", {}, "the key itself must be there")


# ---- entries


def entry(kind: int, body: object, /, **changes: Any) -> list[Any]:
    """The items of an entry."""
    fields: JSON = {
        "form": 1,
        "kind": kind,
        "terminal": 17,
        "sequence": 42,
        "previous": sha256(b"the entry before").digest(),
        "turnover": 123_456_700,
        "time": NOW_S + 3600,
        "trust": 2,
        "boot": 3,
        "uptime": 7_260,
        "power": 34,
        "charge": 87,
        "body": body,
    }
    return list((fields | changes).values())


ENTRY_FIELDS = ["kind", "terminal", "sequence", "previous", "turnover_minor", "time_s", "trust", "boot", "uptime_s"]
ENTRY_FIELDS += ["power", "charge", "body"]


def accept_entry(name: str, items: list[Any]) -> bytes:
    return accept(name, "entry", dumps(items), TERMINAL, dict(zip(ENTRY_FIELDS, items[1:], strict=True)))


def sale_body(
    items: list[Any],
    card: bytes,
    amount: int = 2_500_000,
    counter: int = 12,
    spent: int = 7_500_000,
    currency: int = 360,
) -> list[Any]:
    """A sale's body with the card's own signature over its place in the chain."""
    payload = dumps([2, *items[2:5], amount, currency, counter, spent])
    return [card, amount, currency, counter, spent, CARD.sign(to_be_signed(PLAIN, payload))]


def sale(card: bytes, changes: JSON | None = None, **body: int) -> list[Any]:
    items = entry(4, None, **(changes or {}))
    items[12] = sale_body(items, card, **body)
    return items


LARGEST: JSON = {
    "terminal": UINT32,
    "sequence": UINT32,
    "previous": b"\xff" * 32,
    "turnover": TOTAL_MAX,
    "time": UINT64,
}
LARGEST |= {"boot": UINT32, "uptime": UINT32, "power": 63, "charge": 100}


def entries(terminal_certificate: bytes, card_certificate: bytes) -> None:
    """Valid entries of every kind."""
    card = sha256(card_certificate).digest()[:8]
    genesis = {
        "sequence": 0,
        "previous": sha256(terminal_certificate).digest(),
        "turnover": 0,
        "time": 0,
        "trust": 0,
        "boot": 1,
        "uptime": 1,
    }
    accept_entry("genesis", entry(0, [terminal_certificate], **genesis, power=17, charge=100))
    accept_entry("boot", entry(1, [1, "0.1.0", 2, 1], trust=1))
    accept_entry("outage_began", entry(2, []))
    accept_entry("outage_ended", entry(3, [21_600, 200, 500_000_000], power=17))
    accept_entry("sale", sale(card))
    accept_entry("void", entry(5, [42, 2_500_000], sequence=43))
    accept_entry("shift_closed", entry(6, [200, 500_000_000, 1, 2_500_000]))
    accept_entry("policy_applied", entry(7, [7, sha256(b"policy").digest()]))
    accept_entry("clock_set", entry(8, [0, NOW_S]))
    accept_entry("receipt_applied", entry(9, [41, sha256(b"head").digest()]))
    accept_entry("card_seen", entry(10, [card_certificate]))
    accept_entry("fault", entry(11, [3, "gauge silent"]))
    accept_entry("declined, card known", entry(12, [11, 2_500_000, card]))
    accept_entry("declined, card unknown", entry(12, [15, UINT32, None]))
    accept_entry(
        "smallest sale",
        sale(
            card,
            {
                "terminal": 0,
                "sequence": 1,
                "turnover": 1,
                "time": 0,
                "trust": 0,
                "boot": 0,
                "uptime": 0,
                "power": 0,
                "charge": 0,
            },
            amount=1,
            counter=0,
            spent=1,
            currency=0,
        ),
    )
    largest = accept_entry(
        "largest sale", sale(b"\xff" * 8, LARGEST, amount=UINT32, counter=UINT32, spent=UINT32, currency=999)
    )
    if len(largest) != 249:
        raise SystemExit(f"the largest sale has {len(largest)} bytes, the format's budget says 249")
    accept_entry("charge unknown", entry(2, [], charge=None))
    accept_entry("largest outage_ended", entry(3, [UINT64, UINT64, TOTAL_MAX], **LARGEST))
    accept_entry("boot with an empty version", entry(1, [0, "", 0, 0]))
    accept_entry("fault with 40 bytes of detail", entry(11, [UINT64, "é" * 20]))
    resigned_entries()


def resigned_entries() -> None:
    """The same entry with s and with the order less s: ES256 takes both."""
    items = entry(5, [41, 1])
    parts = Parts.make(dumps(items), TERMINAL, PLAIN)
    r, s = parts.signature[:32], int.from_bytes(parts.signature[32:], "big")
    for name, other in (("low s", min(s, P256_ORDER - s)), ("high s", max(s, P256_ORDER - s))):
        twin = Parts(PLAIN, parts.payload, r + other.to_bytes(32, "big"))
        fields = dict(zip(ENTRY_FIELDS, items[1:], strict=True))
        add_valid(f"void, {name}", "entry", bytes.fromhex(twin.hex()), twin, TERMINAL, fields, resigned=other != s)


def refused_entry_fields() -> None:
    def bad(name: str, items: object, why: str) -> None:
        refuse_payload(f"entry: {name}", "entry", items, TERMINAL, why)

    def field(name: str, why: str, **changes: Any) -> None:
        bad(name, entry(2, [], **changes), why)

    for form in (0, 2, 3, 7):
        field(f"form {form}", "the form of an entry is 1", form=form)
    field("form true", "a boolean is no integer", form=True)
    field("form as a float", "no floats", form=1.0)
    field("kind 13", "kinds are 0..12", kind=13)
    field("kind negative", "kinds are 0..12", kind=-1)
    field("kind as text", "kind is an integer", kind="sale")
    field("kind null", "kind is an integer", kind=None)
    field("terminal of 33 bits", "terminal is at most 32 bits", terminal=UINT32 + 1)
    field("terminal negative", "terminal is unsigned", terminal=-1)
    field("sequence of 33 bits", "sequence is at most 32 bits", sequence=UINT32 + 1)
    field("sequence true", "a boolean is no integer", sequence=True)
    field("previous of 31 bytes", "a hash is 32 bytes", previous=bytes(31))
    field("previous of 33 bytes", "a hash is 32 bytes", previous=bytes(33))
    field("previous as text", "a hash is bytes", previous="0" * 32)
    field("previous null", "a hash is bytes", previous=None)
    field("turnover of 54 bits", "a total is below 2^53", turnover=TOTAL_MAX + 1)
    field("turnover negative", "a total is unsigned", turnover=-1)
    field("turnover as a float", "no floats", turnover=1.5)
    field("turnover as a bignum", "no tags", turnover=cbor2.CBORTag(2, b"\x01"))
    field("time negative", "time is unsigned", time=-1)
    field("time of 65 bits", "time is at most 64 bits", time=UINT64 + 1)
    field("time tagged", "no tags", time=cbor2.CBORTag(1, NOW_S))
    field("time as text", "time is an integer", time="2026-07-25T17:20:00Z")
    field("trust 3", "trust is 0..2", trust=3)
    field("trust false", "a boolean is no integer", trust=False)
    field("boot of 33 bits", "boot is at most 32 bits", boot=UINT32 + 1)
    field("uptime of 33 bits", "uptime is at most 32 bits", uptime=UINT32 + 1)
    field("power 64", "power is 0..63", power=64)
    field("power negative", "power is 0..63", power=-1)
    field("charge 101", "charge is 0..100 or null", charge=101)
    field("charge negative", "charge is 0..100 or null", charge=-1)
    field("charge false", "charge is 0..100 or null", charge=False)
    field("charge undefined", "undefined is no value of ours", charge=cbor2.undefined)
    field("charge simple value", "simple values are none of ours", charge=cbor2.CBORSimpleValue(87))
    field("body null", "body is an array", body=None)
    field("body a map", "body is an array", body={})
    bad("body missing", entry(2, [])[:12], "an entry has 13 items")
    bad("an item too many", [*entry(2, []), 0], "an entry has 13 items")
    bad("a map", dict(enumerate(entry(2, []))), "an entry is an array")
    bad("an integer", 1, "an entry is an array")
    bad("empty array", [], "an entry has 13 items")
    bad("empty payload", b"", "an entry is an array")
    bad("nested seven deep", entry(2, [[[[[[[]]]]]]]), "nesting is at most 6 deep")
    bad("nested two hundred deep", dumps(entry(2, None))[:-1] + b"\x81" * 200 + b"\x00", "nesting is at most 6 deep")
    bad("more than 768 bytes", entry(0, [bytes(700)]), "an entry is at most 768 bytes")


def refused_bodies(card: bytes) -> None:
    digest = sha256(b"hash").digest()
    sound = sale_body(entry(4, None), card)

    def bad(name: str, kind: int, body: object, why: str) -> None:
        refuse_payload(f"entry: {name}", "entry", entry(kind, body), TERMINAL, why)

    def sale_with(name: str, place: int, value: object, why: str) -> None:
        bad(f"sale with {name}", 4, [*sound[:place], value, *sound[place + 1 :]], why)

    sale_with("card of 7 bytes", 0, card[:7], "a card is 8 bytes")
    sale_with("card null", 0, None, "a card is 8 bytes")
    sale_with("amount 0", 1, 0, "an amount is at least 1")
    sale_with("amount of 33 bits", 1, UINT32 + 1, "an amount is at most 32 bits")
    sale_with("amount negative", 1, -2_500_000, "an amount is at least 1")
    sale_with("amount true", 1, True, "a boolean is no integer")
    sale_with("amount as a float", 1, 2_500_000.0, "no floats")
    sale_with("amount as text", 1, "2500000", "an amount is an integer")
    sale_with("amount as a bignum", 1, cbor2.CBORTag(2, b"\x26\x25\xa0"), "no tags")
    sale_with("currency 1000", 2, 1000, "currency is 0..999")
    sale_with("currency as text", 2, "IDR", "currency is an integer")
    sale_with("counter of 33 bits", 3, UINT32 + 1, "counter is at most 32 bits")
    sale_with("spent 0", 4, 0, "spent is at least 1")
    sale_with("spent of 33 bits", 4, UINT32 + 1, "spent is at most 32 bits")
    sale_with("signature of 63 bytes", 5, sound[5][:63], "a signature is 64 bytes")
    sale_with("signature of 65 bytes", 5, sound[5] + b"\0", "a signature is 64 bytes")
    bad("sale without signature", 4, sound[:5], "a sale has 6 items")
    bad("sale with an item too many", 4, [*sound, 0], "a sale has 6 items")
    bad("sale with an empty body", 4, [], "a sale has 6 items")
    bad("genesis with text", 0, ["certificate"], "the certificate is bytes")
    bad("genesis with an empty body", 0, [], "genesis has 1 item")
    bad("boot with a version of 41 bytes", 1, [1, "x" * 41, 0, 0], "names are at most 40 bytes")
    bad("boot with a version in bytes", 1, [1, b"0.1.0", 0, 0], "the version is text")
    bad("boot with a negative cause", 1, [-1, "0.1.0", 0, 0], "cause is unsigned")
    bad("boot with three items", 1, [1, "0.1.0", 0], "boot has 4 items")
    bad("outage_began with an item", 2, [0], "outage_began has no items")
    bad("outage_ended with a value of 54 bits", 3, [1, 1, TOTAL_MAX + 1], "a total is below 2^53")
    bad("outage_ended with seconds of 65 bits", 3, [UINT64 + 1, 1, 1], "seconds is at most 64 bits")
    bad("outage_ended with two items", 3, [1, 1], "outage_ended has 3 items")
    bad("void with amount 0", 5, [41, 0], "an amount is at least 1")
    bad("void without amount", 5, [41], "a void has 2 items")
    bad("void with a sale of 33 bits", 5, [UINT32 + 1, 1], "sequence is at most 32 bits")
    bad("shift_closed with three items", 6, [1, 1, 1], "shift_closed has 4 items")
    bad("shift_closed with voided of 54 bits", 6, [1, 1, 1, TOTAL_MAX + 1], "a total is below 2^53")
    bad("policy_applied with a hash of 31 bytes", 7, [1, digest[1:]], "a hash is 32 bytes")
    bad("policy_applied with a version in text", 7, ["1", digest], "version is an integer")
    bad("clock_set with a negative time", 8, [-1, NOW_S], "time is unsigned")
    bad("clock_set with null", 8, [None, NOW_S], "time is an integer")
    bad("receipt_applied with a hash of 33 bytes", 9, [1, digest + b"\0"], "a hash is 32 bytes")
    bad("receipt_applied with a sequence of 33 bits", 9, [UINT32 + 1, digest], "sequence is at most 32 bits")
    bad("card_seen with null", 10, [None], "the certificate is bytes")
    bad("card_seen with two certificates", 10, [b"1", b"2"], "card_seen has 1 item")
    bad("fault with a detail of 41 bytes", 11, [1, "x" * 41], "names are at most 40 bytes")
    bad("declined with reason 16", 12, [16, 1, None], "reasons are 0..15")
    bad("declined with a card of 7 bytes", 12, [1, 1, card[:7]], "a card is 8 bytes or null")
    bad("declined with a card false", 12, [1, 1, False], "a card is 8 bytes or null")
    bad("declined with amount 0", 12, [1, 0, None], "an amount is at least 1")
    bad("body of another kind", 5, [b"certificate"], "a void has 2 items")


def refused_encodings() -> None:
    """An entry's payload in CBOR that is not deterministic, signed as it stands."""
    payload = dumps(entry(5, [41, 300]))

    def bad(name: str, data: bytes, why: str) -> None:
        if data == payload:
            raise SystemExit(f"vector {name} does not differ from the sound payload")
        refuse_payload(f"entry: {name}", "entry", data, TERMINAL, why)

    bad("kind not shortest", payload[:2] + b"\x18\x05" + payload[3:], "5 is one byte")
    bad("form in nine bytes", payload[:1] + b"\x1b" + (1).to_bytes(8, "big") + payload[2:], "1 is one byte")
    bad("amount in five bytes", payload[:-3] + b"\x1a\x00\x00\x01\x2c", "300 is three bytes")
    bad("previous with a long head", payload.replace(b"\x58\x20", b"\x59\x00\x20", 1), "a length below 256 is one byte")
    bad("array head not shortest", b"\x98\x0d" + payload[1:], "13 is in the head byte")
    bad("indefinite array", b"\x9f" + payload[1:] + b"\xff", "lengths are definite")
    bad("indefinite body", payload[:-6] + b"\x9f" + payload[-5:] + b"\xff", "lengths are definite")
    previous = payload.index(b"\x58\x20")
    chunk = payload[previous : previous + 34]
    bad("previous in chunks", payload.replace(chunk, b"\x5f" + chunk + b"\xff"), "lengths are definite")
    bad("trailing byte in the payload", payload + b"\x00", "nothing follows the array")
    bad("second array in the payload", payload + payload, "nothing follows the array")
    bad("last byte of the payload missing", payload[:-1], "the array ends early")
    bad("payload tagged", b"\xc1" + payload, "no tags")
    bad("self-described CBOR", bytes.fromhex("d9d9f7") + payload, "no tags")
    bad("reserved additional information", payload[:2] + b"\x1c" + payload[3:], "28 is reserved")
    bad("break without a start", payload[:2] + b"\xff" + payload[3:], "a break ends nothing here")
    bad("array longer than its bytes", b"\x9b" + b"\xff" * 8 + payload[1:], "the array ends early")
    bad("bytes longer than there are", payload[:previous] + b"\x5b" + b"\x7f" + b"\xff" * 7, "the bytes end early")
    detail = dumps(entry(11, [1, "gauge"]))
    refuse_payload(
        "entry: fault with a detail not UTF-8",
        "entry",
        detail.replace(b"gauge", b"ga\xff\xfee"),
        TERMINAL,
        "text is UTF-8",
    )
    bad("shared value", b"\xd8\x1c" + payload, "no tags")


# ---- envelopes


def refused_envelopes(card: bytes, policy_payload: bytes) -> None:
    payload = dumps(sale(card))
    sound = Parts.make(payload, TERMINAL, PLAIN)

    def bad(
        name: str, text: str, why: str, fault: str = "structure", document: str = "entry", signer: Key = TERMINAL
    ) -> None:
        refuse(f"envelope: {name}", document, text, signer, why, fault)

    def header(
        name: str, protected: bytes, why: str, unprotected: str = "a0", document: str = "entry", signer: Key = TERMINAL
    ) -> None:
        content = payload if document == "entry" else policy_payload
        bad(
            name,
            Parts.make(content, signer, protected).hex(unprotected=unprotected),
            why,
            document=document,
            signer=signer,
        )

    header("protected header emptied", b"", "the algorithm is protected")
    header("protected header an empty map", b"\xa0", "the algorithm is protected")
    header("algorithm unprotected", b"", "the algorithm is protected", "a10126")
    header("algorithm in both headers", PLAIN, "the unprotected header is empty", "a10126")
    header("key id unprotected", PLAIN, "the unprotected header is empty", "a10448" + TERMINAL.kid.hex())
    header("unprotected header an array", PLAIN, "the unprotected header is an empty map", "80")
    header("unprotected header null", PLAIN, "the unprotected header is an empty map", "f6")
    header("algorithm twice", bytes.fromhex("a201260126"), "the algorithm stands twice")
    header("algorithm ES384", bytes.fromhex("a1013822"), "the algorithm is ES256")
    header("algorithm ES512", bytes.fromhex("a1013823"), "the algorithm is ES256")
    header("algorithm EdDSA", bytes.fromhex("a10127"), "the algorithm is ES256")
    header("algorithm HMAC", bytes.fromhex("a10105"), "the algorithm is ES256")
    header("algorithm ES256K", bytes.fromhex("a101382e"), "the algorithm is ES256")
    header("algorithm in text", bytes.fromhex("a101654553323536"), "the algorithm is a number")
    header("algorithm null", bytes.fromhex("a101f6"), "the algorithm is ES256")
    header("algorithm not shortest", bytes.fromhex("a1013806"), "-7 is one byte")
    header("header key not shortest", bytes.fromhex("a1180126"), "1 is one byte")
    header("header map indefinite", bytes.fromhex("bf0126ff"), "lengths are definite")
    header("header with a trailing byte", PLAIN + b"\0", "nothing follows the map")
    header("header with crit", bytes.fromhex("a20126028101"), "no further header parameters")
    header("header with a content type", bytes.fromhex("a201260300"), "no further header parameters")
    header("header an array", bytes.fromhex("820126"), "the header is a map")
    header("key id on an entry", named(TERMINAL), "an entry names no signer")
    header("no key id on a policy", PLAIN, "a policy names its signer", document="policy", signer=ROOT)
    swapped = b"\xa2\x04\x48" + ROOT.kid + b"\x01\x26"
    header("header keys re-ordered", swapped, "keys are unordered", document="policy", signer=ROOT)
    header(
        "key id of 7 bytes",
        bytes.fromhex("a201260447") + ROOT.kid[:7],
        "a key id is 8 bytes",
        document="policy",
        signer=ROOT,
    )
    header(
        "key id of 9 bytes",
        bytes.fromhex("a201260449") + ROOT.kid + b"\0",
        "a key id is 8 bytes",
        document="policy",
        signer=ROOT,
    )
    header(
        "key id in text",
        bytes.fromhex("a20126046861616161") + b"aaaa",
        "a key id is bytes",
        document="policy",
        signer=ROOT,
    )
    twice = b"\xa3\x01\x26\x04\x48" + ROOT.kid + b"\x04\x48" + ROOT.kid
    header("key id twice", twice, "the key id stands twice", document="policy", signer=ROOT)
    stranger = Parts.make(policy_payload, ROOT, named(STRANGER)).hex()
    bad("key id of another key", stranger, "the key id is not the signer's", "signature", "policy", ROOT)

    bad("protected header not wrapped", sound.hex(protected="a10126"), "the protected header is bytes")
    bad("protected header null", sound.hex(protected="f6"), "the protected header is bytes")
    bad("protected head not shortest", sound.hex(protected="5803a10126"), "3 is in the head byte")
    bad("no tag", sound.hex(head="84"), "the document is tagged 18")
    bad("tag not shortest", sound.hex(head="d81284"), "18 is one byte")
    bad("tag twice", sound.hex(head="d2d284"), "the document is tagged once")
    bad("tag COSE_Mac0", sound.hex(head="d184"), "the document is tagged 18")
    bad("tag COSE_Sign", sound.hex(head="d86284"), "the document is tagged 18")
    bad("tagged as a CWT", sound.hex(head="d83dd284"), "the document is tagged 18 alone")
    bad("array of three", sound.hex(head="d283", signature=""), "COSE_Sign1 has 4 items")
    bad("array of five", sound.hex(head="d285", tail="00"), "COSE_Sign1 has 4 items")
    bad("array indefinite", sound.hex(head="d29f", tail="ff"), "lengths are definite")
    bad("array head not shortest", sound.hex(head="d29804"), "4 is in the head byte")
    bad("array as a map", sound.hex(head="d2a2"), "COSE_Sign1 is an array")
    bad("payload detached", sound.hex(payload="f6"), "the payload is inside")
    bad("payload empty", sound.hex(payload="40"), "the payload is not empty")
    bad("payload not wrapped", sound.hex(payload=payload.hex()), "the payload is bytes")
    bad("payload in text", sound.hex(payload="63616263"), "the payload is bytes")
    bad(
        "payload head not shortest",
        sound.hex(payload="59" + len(payload).to_bytes(2, "big").hex() + payload.hex()),
        "a length below 256 is one byte",
    )
    bad("payload in chunks", sound.hex(payload="5f" + bstr(payload).hex() + "ff"), "lengths are definite")
    bad("signature head not shortest", sound.hex(signature="590040" + sound.signature.hex()), "64 is one byte")
    bad("signature in chunks", sound.hex(signature="5f5840" + sound.signature.hex() + "ff"), "lengths are definite")
    bad("signature empty", sound.hex(signature="40"), "a signature is 64 bytes")
    bad("signature null", sound.hex(signature="f6"), "a signature is 64 bytes")
    bad("signature of 63 bytes", sound.hex(signature=bstr(sound.signature[:63]).hex()), "a signature is 64 bytes")
    bad("signature of 65 bytes", sound.hex(signature=bstr(sound.signature + b"\0").hex()), "a signature is 64 bytes")
    r, s = (int.from_bytes(half, "big") for half in (sound.signature[:32], sound.signature[32:]))
    bad(
        "signature in DER",
        sound.hex(signature=bstr(utils.encode_dss_signature(r, s)).hex()),
        "a signature is r and s, 64 bytes",
    )
    bad(
        "signature as an array",
        sound.hex(signature="82" + (bstr(sound.signature[:32]) + bstr(sound.signature[32:])).hex()),
        "a signature is bytes",
    )
    bad("trailing byte", sound.hex(tail="00"), "nothing follows the document")
    bad("document twice", sound.hex() * 2, "nothing follows the document")
    bad("leading byte", "00" + sound.hex(), "the document is tagged 18")
    bad("last byte missing", sound.hex()[:-2], "the document ends early")
    bad("half the document", sound.hex()[: len(sound.hex()) // 4 * 2], "the document ends early")
    bad("one byte", "d2", "the document ends early")
    bad("empty", "", "the document is empty")
    bad("all zero bytes", "00" * 100, "the document is tagged 18")
    refused_signatures(bad, sound, payload)


def refused_signatures(bad: Callable[..., None], sound: Parts, payload: bytes) -> None:
    """Sound structure, a signature that is not the signer's over it."""
    r, s = sound.signature[:32], sound.signature[32:]
    order = P256_ORDER.to_bytes(32, "big")

    def forged(name: str, signature: bytes, why: str) -> None:
        bad(name, Parts(PLAIN, payload, signature).hex(), why, "signature")

    forged("r and s swapped", s + r, "r comes first")
    forged("r and s little endian", r[::-1] + s[::-1], "r and s are big endian")
    forged("signature all zeros", bytes(64), "r and s are at least 1")
    forged("r zero", bytes(32) + s, "r is at least 1")
    forged("s zero", r + bytes(32), "s is at least 1")
    forged("r is the order", order + s, "r is below the order")
    forged("s is the order", r + order, "s is below the order")
    forged("signature all ones", b"\xff" * 64, "r and s are below the order")
    forged("r one bit off", bytes([r[0] ^ 0x80]) + r[1:] + s, "the signature does not verify")
    forged("s one bit off", r + s[:31] + bytes([s[31] ^ 1]), "the signature does not verify")
    forged("another key", STRANGER.sign(to_be_signed(PLAIN, payload)), "the signer is another")
    forged("payload signed bare", TERMINAL.sign(payload), "the Sig_structure is signed")
    forged(
        "signed with external data",
        TERMINAL.sign(SIGNATURE1 + bstr(PLAIN) + b"\x41\x00" + bstr(payload)),
        "no external data",
    )
    context = dumps(["Signature", PLAIN, b"", payload])
    forged("signed in the context of COSE_Sign", TERMINAL.sign(context), "the context is Signature1")
    forged("signed under another header", TERMINAL.sign(to_be_signed(named(TERMINAL), payload)), "the header is signed")
    digest = sha256(to_be_signed(PLAIN, payload)).digest()
    forged("hashed twice", TERMINAL.sign(digest), "the hash is taken once")
    changed = dumps([*cbor2.loads(payload)[:5], 123_456_701, *cbor2.loads(payload)[6:]])
    bad(
        "payload changed after signing",
        Parts(PLAIN, changed, sound.signature).hex(),
        "the payload is signed",
        "signature",
    )


# ---- authorization, policy, receipt, login, key request


def authorization_fields(**changes: Any) -> JSON:
    fields: JSON = {
        "terminal": 17,
        "sequence": 42,
        "previous": sha256(b"the entry before").digest(),
        "amount_minor": 2_500_000,
    }
    return fields | {"currency": 360, "counter": 12, "spent_minor": 7_500_000} | changes


def authorizations() -> None:
    sound = authorization_fields()
    accept("authorization", "authorization", dumps([2, *sound.values()]), CARD, sound)
    largest = authorization_fields(terminal=UINT32, sequence=UINT32, previous=b"\xff" * 32, amount_minor=UINT32)
    largest |= {"currency": 999, "counter": UINT32, "spent_minor": UINT32}
    accept("largest authorization", "authorization", dumps([2, *largest.values()]), CARD, largest)

    def bad(name: str, payload: bytes, why: str, signer: Key = CARD) -> None:
        parts = Parts.make(payload, signer, PLAIN)
        more = {"fields": in_json(sound), "signature": parts.signature.hex()}
        refuse(f"authorization: {name}", "authorization", parts.hex(), CARD, why, "signature", **more)

    def other(name: str, **changes: Any) -> None:
        bad(f"for another {name}", dumps([2, *authorization_fields(**changes).values()]), f"the {name} is signed")

    other("terminal", terminal=18)
    other("sequence", sequence=43)
    other("previous", previous=bytes(32))
    other("amount", amount_minor=2_500_001)
    other("currency", currency=840)
    other("counter", counter=13)
    other("spent", spent_minor=7_500_001)
    bad("form of an entry", dumps([1, *sound.values()]), "the form of an authorization is 2")
    bad("by another card", dumps([2, *sound.values()]), "the signer is another", STRANGER)


POLICY: JSON = {
    "form": 3,
    "version": 7,
    "issued": NOW_S,
    "issuers": [[ISSUER.kid, ISSUER.public]],
    "limits": [50_000_000, 100_000_000, 2_000_000_000, 500, 72],
    "minimum_charge": 10,
    "sales_when": 1,
    "money": [360, "Rp", 2, 0, "."],
    "language": 0,
    "denied": [3, 17, 6_200_000_000_000_018],
}


def policy_fields(data: bytes, items: list[Any]) -> JSON:
    _, version, issued, issuers, limits, minimum_charge, sales_when, money, language, denied = items
    fields: JSON = {"version": version, "issued_s": issued, "issuers": issuers}
    fields |= dict(
        zip(("payment_minor", "card_minor", "stored_value_minor", "stored_count", "hours"), limits, strict=True)
    )
    fields |= {"minimum_charge": minimum_charge, "sales_when": sales_when}
    fields |= dict(zip(("currency", "prefix", "exponent", "shown", "separator"), money, strict=True))
    return fields | {"language": language, "denied": denied, "digest": sha256(data).digest()}


def policies() -> bytes:
    """Valid policies; returns the payload of the ordinary one."""
    eight = [[key.kid, key.public] for key in ISSUERS[:8]]
    largest = POLICY | {
        "version": UINT32,
        "issued": UINT64,
        "issuers": eight,
        "limits": [UINT32, UINT32, TOTAL_MAX, UINT64, UINT64],
    }
    largest |= {"minimum_charge": 100, "money": [999, "p" * 40, 4, 4, "s" * 40], "language": 1}
    largest |= {"denied": [CARD_NUMBER_MAX - 199 + place for place in range(200)]}
    smallest = POLICY | {"version": 1, "issued": 0, "limits": [1, 1, 0, 0, 0], "minimum_charge": 0, "sales_when": 0}
    smallest |= {"money": [0, "", 0, 0, ""], "denied": []}
    for name, policy in (("policy", POLICY), ("largest policy", largest), ("smallest policy", smallest)):
        items = list(policy.values())
        parts = Parts.make(dumps(items), ROOT, named(ROOT))
        data = bytes.fromhex(parts.hex())
        add_valid(name, "policy", data, parts, ROOT, policy_fields(data, items))
    return dumps(list(POLICY.values()))


def refused_policies() -> None:
    def bad(name: str, why: str, **changes: Any) -> None:
        refuse_payload(f"policy: {name}", "policy", list((POLICY | changes).values()), ROOT, why)

    def limit(name: str, place: int, value: object, why: str) -> None:
        sound = POLICY["limits"]
        bad(name, why, limits=[*sound[:place], value, *sound[place + 1 :]])

    def money(name: str, place: int, value: object, why: str) -> None:
        sound = POLICY["money"]
        bad(name, why, money=[*sound[:place], value, *sound[place + 1 :]])

    bad("form 4", "the form of a policy is 3", form=4)
    bad("version 0", "versions start at 1", version=0)
    bad("version of 33 bits", "version is at most 32 bits", version=UINT32 + 1)
    bad("issued negative", "time is unsigned", issued=-1)
    bad("no issuers", "issuers are 1 to 8", issuers=[])
    bad("nine issuers", "issuers are 1 to 8", issuers=[[key.kid, key.public] for key in ISSUERS])
    bad(
        "issuer key of 63 bytes",
        "a public key is 64 bytes",
        issuers=[[sha256(ISSUER.public[:63]).digest()[:8], ISSUER.public[:63]]],
    )
    bad("issuer key with its 04 prefix", "a public key is 64 bytes", issuers=[[ISSUER.kid, b"\x04" + ISSUER.public]])
    bad("issuer key id of 7 bytes", "a key id is 8 bytes", issuers=[[ISSUER.kid[:7], ISSUER.public]])
    bad("issuer key id of another key", "a key id is the hash of its key", issuers=[[STRANGER.kid, ISSUER.public]])
    bad("issuer without key", "an issuer is a key id and a key", issuers=[[ISSUER.kid]])
    bad("issuers a map", "issuers are an array", issuers={ISSUER.kid: ISSUER.public})
    bad("four limits", "limits are five", limits=POLICY["limits"][:4])
    bad("six limits", "limits are five", limits=[*POLICY["limits"], 1])
    limit("payment limit 0", 0, 0, "an amount is at least 1")
    limit("payment limit of 33 bits", 0, UINT32 + 1, "an amount is at most 32 bits")
    limit("card limit 0", 1, 0, "an amount is at least 1")
    limit("stored value of 54 bits", 2, TOTAL_MAX + 1, "a total is below 2^53")
    limit("stored count negative", 3, -1, "stored-count is unsigned")
    limit("hours as a float", 4, 1.5, "no floats")
    bad("minimum charge 101", "percent is at most 100", minimum_charge=101)
    bad("minimum charge null", "minimum-charge is an integer", minimum_charge=None)
    bad("sales_when 2", "sales-when is 0 or 1", sales_when=2)
    bad("sales_when true", "a boolean is no integer", sales_when=True)
    money("currency 1000", 0, 1000, "currency is 0..999")
    money("prefix of 41 bytes", 1, "p" * 41, "names are at most 40 bytes")
    money("prefix in bytes", 1, b"Rp", "prefix is text")
    money("exponent 5", 2, 5, "exponent is 0..4")
    money("shown 5", 3, 5, "shown is 0..4")
    money("separator null", 4, None, "separator is text")
    bad("money of four", "money is five", money=POLICY["money"][:4])
    bad("language 2", "language is 0 or 1", language=2)
    bad("denied unsorted", "denied cards ascend", denied=[17, 3])
    bad("denied twice", "denied cards ascend", denied=[3, 3])
    bad("denied negative", "card numbers are unsigned", denied=[-1, 3])
    bad("denied 201 cards", "at most 200 denied cards", denied=list(range(201)))
    bad("denied in text", "card numbers are integers", denied=["17"])
    bad("denied null", "denied is an array", denied=None)
    refuse_payload("policy: an item missing", "policy", list(POLICY.values())[:9], ROOT, "a policy has 10 items")
    refuse_payload("policy: an item too many", "policy", [*POLICY.values(), 0], ROOT, "a policy has 10 items")
    refuse_payload(
        "policy: more than 3072 bytes",
        "policy",
        [*POLICY.values(), bytes(3000)],
        ROOT,
        "a policy is at most 3,072 bytes",
    )
    payload = dumps(list(POLICY.values()))
    refuse(
        "policy: by an issuer",
        "policy",
        Parts.make(payload, ISSUER, named(ISSUER)).hex(),
        ROOT,
        "the operator signs policies",
        "signature",
    )
    forged = Parts.make(payload, STRANGER, named(ROOT)).hex()
    refuse("policy: by another key in the root's name", "policy", forged, ROOT, "the signer is another", "signature")


def small_documents() -> None:
    """Receipts, logins and key requests, valid and refused."""
    head = sha256(b"head").digest()
    receipt: JSON = {
        "terminal": 17,
        "sequence": 42,
        "head": head,
        "count": 31,
        "turnover_minor": 123_456_700,
        "time_s": NOW_S + 90_000,
    }
    accept("receipt", "receipt", dumps([4, *receipt.values()]), RECONCILER, receipt)
    largest = {
        "terminal": UINT32,
        "sequence": UINT32,
        "head": head,
        "count": UINT64,
        "turnover_minor": TOTAL_MAX,
        "time_s": UINT64,
    }
    accept("largest receipt", "receipt", dumps([4, *largest.values()]), RECONCILER, largest)
    challenge = sha256(b"challenge").digest()
    login: JSON = {"terminal": 17, "challenge": challenge}
    accept("login", "login", dumps([5, 17, challenge]), TECHNICIAN, login)
    nonce = sha256(b"nonce").digest()[:16]
    accept(
        "key request",
        "key_request",
        dumps([6, 17, TERMINAL.public, nonce]),
        TERMINAL,
        {"terminal": 17, "public": TERMINAL.public, "nonce": nonce},
    )

    def bad(document: str, signer: Key, name: str, items: list[Any], why: str) -> None:
        refuse_payload(f"{document}: {name}", document, items, signer, why)

    sound = [4, *receipt.values()]
    bad("receipt", RECONCILER, "form 1", [1, *sound[1:]], "the form of a receipt is 4")
    bad("receipt", RECONCILER, "head of 31 bytes", [*sound[:3], head[1:], *sound[4:]], "a hash is 32 bytes")
    bad("receipt", RECONCILER, "count negative", [*sound[:4], -1, *sound[5:]], "count is unsigned")
    bad("receipt", RECONCILER, "turnover of 54 bits", [*sound[:5], TOTAL_MAX + 1, sound[6]], "a total is below 2^53")
    bad(
        "receipt",
        RECONCILER,
        "sequence of 33 bits",
        [*sound[:2], UINT32 + 1, *sound[3:]],
        "sequence is at most 32 bits",
    )
    bad("receipt", RECONCILER, "time missing", sound[:6], "a receipt has 7 items")
    bad("receipt", RECONCILER, "an item too many", [*sound, 0], "a receipt has 7 items")
    bad("login", TECHNICIAN, "form 4", [4, 17, challenge], "the form of a login is 5")
    bad("login", TECHNICIAN, "challenge of 31 bytes", [5, 17, challenge[1:]], "a challenge is 32 bytes")
    bad("login", TECHNICIAN, "challenge of 33 bytes", [5, 17, challenge + b"\0"], "a challenge is 32 bytes")
    bad("login", TECHNICIAN, "challenge in text", [5, 17, "x" * 32], "a challenge is bytes")
    bad("login", TECHNICIAN, "terminal of 33 bits", [5, UINT32 + 1, challenge], "terminal is at most 32 bits")
    bad("login", TECHNICIAN, "an item too many", [5, 17, challenge, 0], "a login has 3 items")
    forged = Parts.make(dumps([5, 17, challenge]), STRANGER, named(TECHNICIAN)).hex()
    refuse("login: by another key", "login", forged, TECHNICIAN, "the signer is another", "signature")
    bad("key_request", TERMINAL, "form 5", [5, 17, TERMINAL.public, nonce], "the form of a key request is 6")
    bad("key_request", TERMINAL, "nonce of 15 bytes", [6, 17, TERMINAL.public, nonce[1:]], "a nonce is 16 bytes")
    bad("key_request", TERMINAL, "key of 63 bytes", [6, 17, TERMINAL.public[1:], nonce], "a public key is 64 bytes")
    bad(
        "key_request",
        TERMINAL,
        "key not on the curve",
        [6, 17, TERMINAL.y + TERMINAL.x, nonce],
        "the point is not on the curve",
    )
    bad("key_request", TERMINAL, "an item missing", [6, 17, TERMINAL.public], "a key request has 4 items")
    forged = Parts.make(dumps([6, 17, TERMINAL.public, nonce]), STRANGER, PLAIN).hex()
    refuse("key_request: by another key", "key_request", forged, TERMINAL, "the requested key signs", "signature")


def build() -> str:
    """The whole file as text."""
    valid.clear()
    invalid.clear()
    terminal_certificate, card_certificate = certificates()
    card = sha256(card_certificate).digest()[:8]
    entries(terminal_certificate, card_certificate)
    authorizations()
    policy_payload = policies()
    refused_certificates()
    refused_entry_fields()
    refused_bodies(card)
    refused_encodings()
    refused_envelopes(card, policy_payload)
    refused_policies()
    small_documents()
    names = [vector["name"] for vector in valid + invalid]
    if len(names) != len(set(names)):
        raise SystemExit(f"vectors with one name: {sorted(name for name in set(names) if names.count(name) > 1)}")
    lines = ["{", f' "about": {json.dumps(ABOUT, indent=2)},', ' "keys": {']
    lines.append(",\n".join(f"  {json.dumps(key.name)}: {json.dumps(key.json())}" for key in KEYS))
    for title, vectors in (("valid", valid), ("invalid", invalid)):
        lines += [" }," if title == "valid" else " ],", f' "{title}": [']
        lines.append(",\n".join("  " + json.dumps(vector, ensure_ascii=True) for vector in vectors))
    return "\n".join([*lines, " ]", "}", ""])


def main() -> None:
    text = build()
    if "--check" in sys.argv[1:]:
        raise SystemExit(0 if VECTORS.read_text() == text else 1)
    VECTORS.write_text(text)
    print(f"{len(valid)} valid and {len(invalid)} invalid documents, {len(text)} bytes")


if __name__ == "__main__":
    main()
