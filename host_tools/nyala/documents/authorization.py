"""Authorizations: what a card signs for one payment. Only the signature travels; the rest is rebuilt from the sale."""

from dataclasses import dataclass

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import bodies, cbor, cose, fields
from nyala.documents.entry import Entry
from nyala.wire import entry as wire

_ITEMS = 8
_BYTES_MAX = 200


@dataclass(frozen=True, slots=True)
class Authorization:
    """One payment at one place in one chain."""

    terminal: int
    sequence: int  # of the sale
    previous: bytes  # of the sale
    amount_minor: int
    currency: int  # ISO 4217 number
    counter: int  # the card's count, this one included
    spent_minor: int  # all that the card has authorized, this payment included


def of_sale(entry: Entry) -> Authorization:
    """What the card must have signed for this sale. The entry must be one."""
    sale = _sale(entry)
    return Authorization(
        entry.terminal, entry.sequence, entry.previous, sale.amount_minor, sale.currency, sale.counter, sale.spent_minor
    )


def payload(authorization: Authorization) -> bytes:
    """The signed array, encoded."""
    a = authorization
    return _encoded(a.terminal, a.sequence, a.previous, a.amount_minor, a.currency, a.counter, a.spent_minor)


def sign(authorization: Authorization, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The card's signature, r || s."""
    return cose.sign_payload(payload(authorization), private_key)


def verify(authorization: Authorization, signature: bytes, public: bytes) -> None:
    """BadSignature unless the card's `public` key signed exactly this."""
    cose.verify_payload(public, payload(authorization), signature)


def verify_sale(entry: Entry, public: bytes) -> None:
    """BadSignature unless the card's `public` key authorized this sale at this place. The entry must be a sale."""
    sale = _sale(entry)
    encoded = _encoded(
        entry.terminal, entry.sequence, entry.previous, sale.amount_minor, sale.currency, sale.counter, sale.spent_minor
    )
    cose.verify_payload(public, encoded, sale.signature)


def document(authorization: Authorization, signature: bytes) -> bytes:
    """The whole COSE_Sign1, as evidence that any COSE library can check."""
    return cose.assemble(payload(authorization), signature)


def parse(data: bytes) -> Authorization:
    """Reads a whole authorization strictly, without checking its signature; DocumentError names what is wrong."""
    value = cbor.loads(cose.open_plain(data, _BYTES_MAX).payload, _BYTES_MAX)
    items = fields.array(value, "authorization", _ITEMS)
    fields.form(items, "authorization", wire.FORM_AUTHORIZATION)
    _, terminal, sequence, previous, amount, currency, counter, spent = items
    return Authorization(
        fields.uint(terminal, "authorization.terminal", wire.TERMINAL_MAX),
        fields.uint(sequence, "authorization.sequence", wire.SEQUENCE_MAX),
        fields.octets(previous, "authorization.previous", fields.HASH_BYTES),
        fields.amount(amount, "authorization.amount"),
        fields.uint(currency, "authorization.currency", fields.CURRENCY_MAX),
        fields.uint(counter, "authorization.counter", fields.UINT32_MAX),
        fields.amount(spent, "authorization.spent"),
    )


def _sale(entry: Entry) -> bodies.Sale:
    if not isinstance(entry.body, bodies.Sale):
        raise fields.FieldError("entry.body", f"that of a sale, not of {entry.kind_name}")
    return entry.body


def _encoded(
    terminal: int, sequence: int, previous: bytes, amount_minor: int, currency: int, counter: int, spent_minor: int
) -> bytes:
    # Straight to cbor2: there is no map to put in order, and one of these is made for every sale that is verified.
    items = [wire.FORM_AUTHORIZATION, terminal, sequence, previous, amount_minor, currency, counter, spent_minor]
    return cbor2.dumps(items)
