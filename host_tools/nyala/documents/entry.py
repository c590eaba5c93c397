"""Entries: the items of a terminal's chain, signed by the terminal. Sales and voids among them are the vouchers."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import bodies, cbor, cose, fields
from nyala.documents.bodies import Body
from nyala.wire import entry as wire

_ITEMS = 13
_KIND_MAX = len(wire.KIND_NAMES) - 1
_POWER_MAX = 63
_PERCENT_MAX = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a terminal's chain, in the order in which it is encoded."""

    kind: int  # index into KIND_NAMES of nyala.wire.entry
    terminal: int
    sequence: int  # genesis is 0
    previous: bytes  # SHA-256 of the document before; genesis: of the terminal's certificate
    turnover_minor: int  # sales less voids, this entry included
    time_s: int  # seconds since 1970; 0 when the clock was never set
    trust: int  # TRUST_* of nyala.wire.entry
    boot: int  # number of the start, from 1
    uptime_s: int  # since that start
    power: int  # OL | OB | ... of nyala.wire.entry
    charge: int | None  # percent; None when the gauge does not answer
    body: Body

    @property
    def kind_name(self) -> str:
        return wire.KIND_NAMES[self.kind]


def parse(data: bytes) -> Entry:
    """Reads an entry strictly, without checking its signature; DocumentError names what is wrong."""
    return _entry(cose.open_plain(data, wire.ENTRY_BYTES_MAX).payload)


def verify(data: bytes, public: bytes) -> Entry:
    """parse, and BadSignature unless the terminal's `public` key signed it. For the card's own signature in a sale see
    `authorization.verify_sale`."""
    signed = cose.open_plain(data, wire.ENTRY_BYTES_MAX)
    entry = _entry(signed.payload)
    signed.verify(public)
    return entry


def sign(entry: Entry, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The entry as a document, signed with the terminal's key."""
    data = cose.sign1(_payload(entry), private_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def digest(data: bytes) -> bytes:
    """SHA-256 of the whole document: the next entry's `previous`."""
    return cose.digest(data)


def _entry(payload: bytes) -> Entry:
    value = cbor.loads(payload, wire.ENTRY_BYTES_MAX)
    items = fields.array(value, "entry", _ITEMS)
    fields.form(items, "entry", wire.FORM_ENTRY)
    _, kind, terminal, sequence, previous, turnover, time, trust, boot, uptime, power, charge, body = items
    number = fields.uint(kind, "entry.kind", _KIND_MAX)
    if (number == wire.GENESIS) != (sequence == 0):
        raise fields.FieldError("entry.sequence", "0 for genesis and for no other kind")
    if trust == wire.TRUST_NONE and time != 0:
        raise fields.FieldError("entry.time", "0 as long as the clock was never set")
    return Entry(
        number,
        fields.uint(terminal, "entry.terminal", wire.TERMINAL_MAX),
        fields.uint(sequence, "entry.sequence", wire.SEQUENCE_MAX),
        fields.octets(previous, "entry.previous", fields.HASH_BYTES),
        fields.total(turnover, "entry.turnover"),
        fields.uint(time, "entry.time"),
        fields.uint(trust, "entry.trust", wire.TRUST_SET),
        fields.uint(boot, "entry.boot", fields.UINT32_MAX),
        fields.uint(uptime, "entry.uptime", fields.UINT32_MAX),
        fields.uint(power, "entry.power", _POWER_MAX),
        None if charge is None else fields.uint(charge, "entry.charge", _PERCENT_MAX),
        bodies.parse(number, body),
    )


def _payload(entry: Entry) -> bytes:
    if bodies.KINDS[type(entry.body)] != entry.kind:
        raise fields.FieldError("entry.body", f"that of {entry.kind_name}, not {type(entry.body).__name__}")
    e = entry
    head = [e.kind, e.terminal, e.sequence, e.previous, e.turnover_minor, e.time_s, e.trust, e.boot, e.uptime_s]
    return cbor.dumps([wire.FORM_ENTRY, *head, e.power, e.charge, bodies.items(e.body)])
