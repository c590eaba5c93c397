"""The policy: what the operator allows offline, signed by the root key; its version never goes back."""

import hashlib
from array import array

from voucher import DocumentError, cbor, cose, fields
from wire.entry import CARD_NUMBER_MAX, DENIED_CARDS_MAX, FORM_POLICY, ISSUERS_MAX, POLICY_BYTES_MAX

_FIELDS = ("policy-version", "issued", "minimum-charge", "sales-when", "language")
_LIMITS = ("payment-limit", "card-limit", "value", "count", "hours")
_MONEY = ("currency", "prefix", "exponent", "shown", "separator")


class Policy:
    """What a policy says.

    version: from 1; issued_s: since 1970; issuers: key id -> public key; payment_minor, card_minor, stored_value_minor,
    stored_count, hours: the limits of one payment, of one card's payments, of all stored vouchers, of their number, of
    the time without a receipt; minimum_charge: percent; sales_when: 0 on battery only, 1 always; currency: ISO 4217
    number; prefix, exponent, shown, separator: how amounts are shown; language: 0 Indonesian, 1 English; denied: card
    numbers, ascending; digest: SHA-256 of the document.
    """

    def __init__(self, values: list, denied: "array[int]", digest: bytes) -> None:
        self.version, self.issued_s, issuers, limits = values[:4]
        self.minimum_charge, self.sales_when, money, self.language = values[4:]
        fields.check("policy", _FIELDS, values[:2] + values[4:6] + values[7:])
        fields.check("policy limits", _LIMITS, limits)
        fields.check("policy money", _MONEY, money)
        self.issuers = _issuers(issuers)
        self.payment_minor, self.card_minor, self.stored_value_minor, self.stored_count, self.hours = limits
        self.currency, self.prefix, self.exponent, self.shown, self.separator = money
        self.denied = denied
        self.digest = digest

    def denies(self, number: int) -> bool:
        """True when the card `number` stands on the deny list."""
        low = 0
        high = len(self.denied)
        while low < high:
            middle = (low + high) // 2
            if self.denied[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low < len(self.denied) and self.denied[low] == number


def parse(data: bytes) -> Policy:
    """Return the policy in `data`, its signature not checked. Raises DocumentError."""
    payload = cose.open_named("policy", data, POLICY_BYTES_MAX).payload
    if payload[:2] != bytes((0x8A, FORM_POLICY)):
        raise DocumentError("policy: must be an array of 10 fields, the first of them %d" % FORM_POLICY)
    # Field by field: 200 denied cards as a list of big integers would take four times the room of this array.
    values = []
    at = 2
    for _ in range(8):
        value, at = cbor.read_item(payload, at, cbor.DEPTH_MAX - 1)
        values.append(value)
    denied, at = _denied(payload, at)
    if at != len(payload):
        raise cbor.TrailingBytes(at)
    return Policy(values, denied, hashlib.sha256(data).digest())


def verify(data: bytes, root_public: bytes, table: "bytes | None" = None) -> Policy:
    """Return the policy in `data`, signed by the operator's root key. Raises BadSignature, DocumentError.

    Whether its version goes forward is for the caller to check.
    """
    cose.open_signed(data, POLICY_BYTES_MAX).verify(root_public, table)
    return parse(data)


def _denied(payload: bytes, at: int) -> tuple:
    major, count, at = cbor.read_head(payload, at)
    if major != 4 or count > DENIED_CARDS_MAX:
        raise DocumentError("policy: denied must be an array of at most %d card numbers" % DENIED_CARDS_MAX)
    denied = array("Q", bytes(8 * count))
    last = -1
    for index in range(count):
        major, number, at = cbor.read_head(payload, at)
        if major or not last < number <= CARD_NUMBER_MAX:
            raise DocumentError("policy: denied must be card numbers in ascending order")
        denied[index] = last = number
    return denied, at


def _issuers(pairs: object) -> "dict[bytes, bytes]":
    if not isinstance(pairs, list) or not 1 <= len(pairs) <= ISSUERS_MAX:
        raise DocumentError("policy: issuers must be an array of 1 to %d" % ISSUERS_MAX)
    issuers = {}
    for pair in pairs:
        fields.check("policy issuer", ("key-id", "public-key"), pair)
        name, public = pair
        if name != cose.key_id(public):
            raise DocumentError("policy issuer: key-id must be the one of its public key")
        cose.check_public(public)
        issuers[name] = public
    return issuers
