"""Receipts: a reconciler's signed word that the host holds a chain up to one entry. Only this lets a terminal prune."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import cbor, cose, fields
from nyala.wire import entry as wire
from nyala.wire import link

_ITEMS = 7
_BYTES_MAX = link.SLOT_BYTES_MAX[link.SLOT_RECEIPT]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The chain of `terminal` is held up to and including `sequence`."""

    terminal: int
    sequence: int
    head: bytes  # SHA-256 of the entry with that sequence
    count: int  # sales and voids up to there
    turnover_minor: int  # as that entry says
    time_s: int  # seconds since 1970, the host's clock


def parse(data: bytes) -> Receipt:
    """Reads a receipt strictly, without checking its signature; DocumentError names what is wrong."""
    signed, _ = cose.open_named(data, _BYTES_MAX)
    return _receipt(signed.payload)


def verify(data: bytes, public: bytes) -> Receipt:
    """parse, and BadSignature unless the reconciler's `public` key signed it."""
    signed, _ = cose.open_named(data, _BYTES_MAX)
    receipt = _receipt(signed.payload)
    signed.verify(public)
    return receipt


def sign(receipt: Receipt, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The receipt as a document, signed with a reconciler's key."""
    r = receipt
    items = [wire.FORM_RECEIPT, r.terminal, r.sequence, r.head, r.count, r.turnover_minor, r.time_s]
    data = cose.sign_named(cbor.dumps(items), private_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def _receipt(payload: bytes) -> Receipt:
    items = fields.array(cbor.loads(payload, _BYTES_MAX), "receipt", _ITEMS)
    fields.form(items, "receipt", wire.FORM_RECEIPT)
    _, terminal, sequence, head, count, turnover, time = items
    return Receipt(
        fields.uint(terminal, "receipt.terminal", wire.TERMINAL_MAX),
        fields.uint(sequence, "receipt.sequence", wire.SEQUENCE_MAX),
        fields.octets(head, "receipt.head", fields.HASH_BYTES),
        fields.uint(count, "receipt.count"),
        fields.total(turnover, "receipt.turnover"),
        fields.uint(time, "receipt.time"),
    )
