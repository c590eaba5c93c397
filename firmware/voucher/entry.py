"""Entries of the terminal's chain: each signed by the terminal, each holding the hash of the one before."""

import hashlib
from collections import namedtuple

from voucher import DocumentError, cbor, cose, fields
from wire.entry import ENTRY_BYTES_MAX, FORM_ENTRY, GENESIS, KIND_NAMES, TRUST_NONE

# kind: number in wire.entry; terminal, sequence: 0..2^32-1; previous: SHA-256 of the entry before (32 bytes);
# turnover_minor: sales less voids, this entry included; time_s: since 1970; trust: TRUST_* in wire.entry; boot: from 1;
# uptime_s: since that boot; power: UPS state bits; charge: percent or None; body: list of the fields BODIES[kind].
Entry = namedtuple(
    "Entry",
    (
        "kind",
        "terminal",
        "sequence",
        "previous",
        "turnover_minor",
        "time_s",
        "trust",
        "boot",
        "uptime_s",
        "power",
        "charge",
        "body",
    ),
)

_HEADER = (
    "kind",
    "terminal",
    "sequence",
    "previous",
    "turnover",
    "time",
    "trust",
    "boot",
    "uptime",
    "power",
    "charge/null",
)
BODIES = (  # by kind
    ("certificate",),
    ("cause", "firmware", "rebuilt", "closed"),
    (),
    ("seconds", "payments", "value"),
    ("card", "amount", "currency", "counter", "spent", "signature"),
    ("sale", "amount"),
    ("sales", "value", "voids", "voided"),
    ("version", "hash"),
    ("before", "after"),
    ("sequence", "head"),
    ("certificate",),
    ("code", "detail"),
    ("reason", "amount", "card/null"),
)

_PLAIN_HEAD = b"\xd2\x84\x43\xa1\x01\x26\xa0\x58"  # up to the length of the payload, when that is 24..255
_RECEIPT_CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"  # Crockford base 32, and five more for the check character


def encode(entry: Entry) -> bytes:
    """Return the payload of `entry`, the bytes of cbor.encode([1, *entry]). Raises DocumentError, naming the field."""
    _check(entry)
    return fields.write(FORM_ENTRY, entry[:11], entry.body)


def seal(entry: Entry, private: bytes, entropy: bytes) -> bytes:
    """Return `entry` signed by the terminal's key. Raises DocumentError, naming the field that is out of bounds."""
    return cose.sign(encode(entry), private, entropy)


def parse(data: bytes) -> Entry:
    """Return the entry in `data`, every field checked, the signature not (cose.open_signed(data).verify does that)."""
    payload = cose.open_plain("entry", data, ENTRY_BYTES_MAX).payload
    entry = Entry(*fields.read("entry", FORM_ENTRY, 12, payload))
    _check(entry)
    return entry


def peek(data: bytes) -> "tuple[int, int]":
    """Return (kind, sequence) of an entry that is known to be one; looks at no more than that."""
    at = 9 if data.startswith(_PLAIN_HEAD) else 10
    if data[at : at + 2] != b"\x8d\x01":  # array of 13, FORM_ENTRY
        raise DocumentError("entry: does not begin as one")
    _, kind, at = cbor.read_head(data, at + 2)
    _, _, at = cbor.read_head(data, at)
    return kind, cbor.read_head(data, at)[1]


def digest(data: bytes) -> bytes:
    """Return the hash of a whole entry, signature included: the `previous` of the next one."""
    return hashlib.sha256(data).digest()


def receipt_code(digest: bytes) -> str:
    """Return XXXX-XXXX for an entry's digest: its first 35 bits in Crockford base 32, and the check character."""
    number = int.from_bytes(digest[:5], "big") >> 5
    code = _RECEIPT_CODE[number % 37]
    for place in range(7):
        code = _RECEIPT_CODE[number >> 5 * place & 31] + code
    return code[:4] + "-" + code[4:]


def _check(entry: Entry) -> None:
    fields.check("entry", _HEADER, entry[:11])
    fields.check(KIND_NAMES[entry.kind], BODIES[entry.kind], entry.body)
    if (entry.kind == GENESIS) != (entry.sequence == 0):
        raise DocumentError("entry: sequence 0 is the genesis, and only that")
    if entry.trust == TRUST_NONE and entry.time_s:
        raise DocumentError("entry: time must be 0 while the clock was never set")
