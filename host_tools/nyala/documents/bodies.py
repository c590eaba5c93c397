"""The thirteen bodies that an entry may have, one dataclass a kind, in the order of the wire.

The fields of each class stand in the order in which they are encoded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from nyala.documents import fields
from nyala.documents.cbor import Item
from nyala.wire import entry as wire

_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Genesis:
    """The first entry of a chain."""

    certificate: bytes  # the terminal's


@dataclass(frozen=True, slots=True)
class Boot:
    """The terminal started."""

    cause: int  # reset cause as the board numbers it
    firmware: str  # version
    rebuilt: int  # records copied from the journal's other half
    closed: int  # torn tails closed


@dataclass(frozen=True, slots=True)
class OutageBegan:
    """Mains went away."""


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """Mains came back."""

    duration_s: int
    payments: int  # sales since it began
    value_minor: int  # of those sales


@dataclass(frozen=True, slots=True)
class Sale:
    """A payment, with the card's own signature over its place in the chain."""

    card: bytes  # fingerprint of the card's certificate
    amount_minor: int
    currency: int  # ISO 4217 number
    counter: int  # the card's count of authorizations
    spent_minor: int  # all that the card has authorized under this certificate, this payment included
    signature: bytes  # r || s of the authorization


@dataclass(frozen=True, slots=True)
class Void:
    """A sale taken back whole."""

    sale: int  # its sequence
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ShiftClosed:
    """The merchant closed the shift; totals since the shift before."""

    sales: int
    value_minor: int
    voids: int
    voided_minor: int


@dataclass(frozen=True, slots=True)
class PolicyApplied:
    """A policy came into force."""

    version: int
    digest: bytes  # SHA-256 of the policy document


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The host set the clock."""

    before_s: int  # seconds since 1970; 0 when it had never been set
    after_s: int


@dataclass(frozen=True, slots=True)
class ReceiptApplied:
    """The host proved that it holds the chain up to here."""

    sequence: int
    head: bytes  # SHA-256 of that entry


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card's certificate, stored once before its first sale."""

    certificate: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something broke."""

    code: int
    detail: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A payment that was not taken."""

    reason: int  # index into REASON_NAMES of nyala.wire.entry
    amount_minor: int
    card: bytes | None  # fingerprint, where the card had been read

    @property
    def reason_name(self) -> str:
        return wire.REASON_NAMES[self.reason]


Body: TypeAlias = (
    Genesis
    | Boot
    | OutageBegan
    | OutageEnded
    | Sale
    | Void
    | ShiftClosed
    | PolicyApplied
    | ClockSet
    | ReceiptApplied
    | CardSeen
    | Fault
    | Declined
)
# The index is the kind on the wire.
CLASSES: tuple[type[Body], ...] = (
    Genesis,
    Boot,
    OutageBegan,
    OutageEnded,
    Sale,
    Void,
    ShiftClosed,
    PolicyApplied,
    ClockSet,
    ReceiptApplied,
    CardSeen,
    Fault,
    Declined,
)
KINDS: dict[type[Body], int] = {body: kind for kind, body in enumerate(CLASSES)}


def parse(kind: int, value: Item) -> Body:
    """The body of an entry of `kind` (0..12); FieldError names the field that is wrong."""
    return _PARSERS[kind](value)


def items(body: Body) -> list[Item]:
    """The body as it is encoded."""
    return [getattr(body, field) for field in body.__slots__]


def _genesis(value: Item) -> Genesis:
    (certificate,) = fields.array(value, "genesis", 1)
    return Genesis(fields.blob(certificate, "genesis.certificate"))


def _boot(value: Item) -> Boot:
    cause, firmware, rebuilt, closed = fields.array(value, "boot", 4)
    return Boot(
        fields.uint(cause, "boot.cause"),
        fields.name(firmware, "boot.firmware"),
        fields.uint(rebuilt, "boot.rebuilt"),
        fields.uint(closed, "boot.closed"),
    )


def _outage_began(value: Item) -> OutageBegan:
    fields.array(value, "outage_began", 0)
    return OutageBegan()


def _outage_ended(value: Item) -> OutageEnded:
    seconds, payments, total = fields.array(value, "outage_ended", 3)
    return OutageEnded(
        fields.uint(seconds, "outage_ended.seconds"),
        fields.uint(payments, "outage_ended.payments"),
        fields.total(total, "outage_ended.value"),
    )


def _sale(value: Item) -> Sale:
    card, amount, currency, counter, spent, signature = fields.array(value, "sale", 6)
    return Sale(
        fields.octets(card, "sale.card", fields.CARD_BYTES),
        fields.amount(amount, "sale.amount"),
        fields.uint(currency, "sale.currency", fields.CURRENCY_MAX),
        fields.uint(counter, "sale.counter", fields.UINT32_MAX),
        fields.amount(spent, "sale.spent"),
        fields.octets(signature, "sale.signature", _SIGNATURE_BYTES),
    )


def _void(value: Item) -> Void:
    sale, amount = fields.array(value, "void", 2)
    return Void(fields.uint(sale, "void.sale", wire.SEQUENCE_MAX), fields.amount(amount, "void.amount"))


def _shift_closed(value: Item) -> ShiftClosed:
    sales, total, voids, voided = fields.array(value, "shift_closed", 4)
    return ShiftClosed(
        fields.uint(sales, "shift_closed.sales"),
        fields.total(total, "shift_closed.value"),
        fields.uint(voids, "shift_closed.voids"),
        fields.total(voided, "shift_closed.voided"),
    )


def _policy_applied(value: Item) -> PolicyApplied:
    version, digest = fields.array(value, "policy_applied", 2)
    return PolicyApplied(
        fields.uint(version, "policy_applied.version"),
        fields.octets(digest, "policy_applied.hash", fields.HASH_BYTES),
    )


def _clock_set(value: Item) -> ClockSet:
    before, after = fields.array(value, "clock_set", 2)
    return ClockSet(fields.uint(before, "clock_set.before"), fields.uint(after, "clock_set.after"))


def _receipt_applied(value: Item) -> ReceiptApplied:
    sequence, head = fields.array(value, "receipt_applied", 2)
    return ReceiptApplied(
        fields.uint(sequence, "receipt_applied.sequence", wire.SEQUENCE_MAX),
        fields.octets(head, "receipt_applied.head", fields.HASH_BYTES),
    )


def _card_seen(value: Item) -> CardSeen:
    (certificate,) = fields.array(value, "card_seen", 1)
    return CardSeen(fields.blob(certificate, "card_seen.certificate"))


def _fault(value: Item) -> Fault:
    code, detail = fields.array(value, "fault", 2)
    return Fault(fields.uint(code, "fault.code"), fields.name(detail, "fault.detail"))


def _declined(value: Item) -> Declined:
    reason, amount, card = fields.array(value, "declined", 3)
    return Declined(
        fields.uint(reason, "declined.reason", len(wire.REASON_NAMES) - 1),
        fields.amount(amount, "declined.amount"),
        None if card is None else fields.octets(card, "declined.card", fields.CARD_BYTES),
    )


_PARSERS: tuple[Callable[[Item], Body], ...] = (
    _genesis,
    _boot,
    _outage_began,
    _outage_ended,
    _sale,
    _void,
    _shift_closed,
    _policy_applied,
    _clock_set,
    _receipt_applied,
    _card_seen,
    _fault,
    _declined,
)
