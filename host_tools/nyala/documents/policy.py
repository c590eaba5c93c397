"""Policies: the operator's rules for every terminal."""

from dataclasses import dataclass
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import cbor, cose, fields
from nyala.documents.cbor import Item
from nyala.documents.fields import FieldError
from nyala.wire import entry as wire

ON_BATTERY_ONLY = 0
ALWAYS = 1
INDONESIAN = 0
ENGLISH = 1

_ITEMS = 10
_VERSION_MAX = 0xFFFFFFFF
_EXPONENT_MAX = 4
_PERCENT_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What terminals may take, and how they show it."""

    version: int  # never goes back
    issued_s: int  # seconds since 1970
    issuers: dict[bytes, bytes]  # key id to public key of who may sign card certificates, 1 to 8
    payment_minor: int  # most that one payment may be
    card_minor: int  # most that one card may spend at a terminal between receipts
    stored_value_minor: int  # most that a terminal may hold without a receipt
    stored_count: int
    hours: int  # longest that a terminal may sell without the host
    minimum_charge: int  # percent of battery below which no sale is taken
    sales_when: int  # ON_BATTERY_ONLY or ALWAYS
    currency: int  # ISO 4217 number
    prefix: str  # "Rp"
    exponent: int  # decimals of the minor unit
    shown: int  # decimals shown on a price tag
    separator: str  # between thousands
    language: int  # INDONESIAN or ENGLISH
    denied: tuple[int, ...] = ()  # card numbers, ascending

    def denies(self, card_number: int) -> bool:
        """Whether the card is on the deny list."""
        return card_number in self.denied


def parse(data: bytes) -> Policy:
    """Reads a policy strictly, without checking its signature; DocumentError names what is wrong."""
    signed, _ = cose.open_named(data, wire.POLICY_BYTES_MAX)
    return _policy(signed.payload)


def verify(data: bytes, root_public: bytes) -> Policy:
    """parse, and BadSignature unless the operator's root key signed it."""
    signed, _ = cose.open_named(data, wire.POLICY_BYTES_MAX)
    policy = _policy(signed.payload)
    signed.verify(root_public)
    return policy


def sign(policy: Policy, root_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The policy as a document, signed with the operator's root key."""
    data = cose.sign_named(_payload(policy), root_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def _policy(payload: bytes) -> Policy:
    items = fields.array(cbor.loads(payload, wire.POLICY_BYTES_MAX), "policy", _ITEMS)
    fields.form(items, "policy", wire.FORM_POLICY)
    _, version, issued, issuers, limits, minimum_charge, sales_when, money, language, denied = items
    payment, card, stored_value, stored_count, hours = fields.array(limits, "policy.limits", 5)
    currency, prefix, exponent, shown, separator = fields.array(money, "policy.money", 5)
    return Policy(
        version=fields.uint(version, "policy.version", _VERSION_MAX, 1),
        issued_s=fields.uint(issued, "policy.issued"),
        issuers=_issuers(issuers),
        payment_minor=fields.amount(payment, "policy.payment"),
        card_minor=fields.amount(card, "policy.card"),
        stored_value_minor=fields.total(stored_value, "policy.stored-value"),
        stored_count=fields.uint(stored_count, "policy.stored-count"),
        hours=fields.uint(hours, "policy.hours"),
        minimum_charge=fields.uint(minimum_charge, "policy.minimum-charge", _PERCENT_MAX),
        sales_when=fields.uint(sales_when, "policy.sales-when", ALWAYS),
        currency=fields.uint(currency, "policy.currency", fields.CURRENCY_MAX),
        prefix=fields.name(prefix, "policy.prefix"),
        exponent=fields.uint(exponent, "policy.exponent", _EXPONENT_MAX),
        shown=fields.uint(shown, "policy.shown", _EXPONENT_MAX),
        separator=fields.name(separator, "policy.separator"),
        language=fields.uint(language, "policy.language", ENGLISH),
        denied=_denied(denied),
    )


def _issuers(value: Item) -> dict[bytes, bytes]:
    if not isinstance(value, list) or not 1 <= len(value) <= wire.ISSUERS_MAX:
        raise FieldError("policy.issuers", f"an array of 1 to {wire.ISSUERS_MAX}")
    issuers: dict[bytes, bytes] = {}
    for item in value:
        kid, public = fields.array(item, "policy.issuers", 2)
        key = fields.public_key(public, "policy.issuers key")
        key_id = fields.octets(kid, "policy.issuers key id", cose.KEY_ID_BYTES)
        if key_id != cose.key_id(key):
            raise FieldError("policy.issuers key id", "the hash of its key")
        issuers[key_id] = key
    return issuers


def _denied(value: Item) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > wire.DENIED_CARDS_MAX:
        raise FieldError("policy.denied", f"an array of at most {wire.DENIED_CARDS_MAX}")
    numbers = [fields.uint(item, "policy.denied", wire.CARD_NUMBER_MAX) for item in value]
    if any(after <= before for before, after in pairwise(numbers)):
        raise FieldError("policy.denied", "card numbers in ascending order, each once")
    return tuple(numbers)


def _payload(policy: Policy) -> bytes:
    p = policy
    return cbor.dumps(
        [
            wire.FORM_POLICY,
            p.version,
            p.issued_s,
            [[key_id, public] for key_id, public in p.issuers.items()],
            [p.payment_minor, p.card_minor, p.stored_value_minor, p.stored_count, p.hours],
            p.minimum_charge,
            p.sales_when,
            [p.currency, p.prefix, p.exponent, p.shown, p.separator],
            p.language,
            p.denied,
        ]
    )
