"""The policy's checks, in the order in which a sale meets them. Each answers with a reason of wire.entry, or None.

Clock doubt: a card is refused as expired once the time is past its end for certain. A clock that lost power is a lower
bound, so it never refuses a good card; what it lets through is told by the entry's `trust`. A clock that was never set
knows nothing, and then every card is refused: setting it is part of provisioning, and a terminal without a time would
take cards that expired years ago.
"""

from power.payments_left import RECORDS_A_PAYMENT
from wire.entry import (
    BAD_CERTIFICATE,
    BATTERY_TOO_LOW,
    CARD_DENIED,
    CARD_EXPIRED,
    FSD,
    JOURNAL_FULL,
    LB,
    MAINS_PRESENT,
    OFFLINE_TOO_LONG,
    OVER_ALLOWANCE,
    OVER_CARD_LIMIT,
    OVER_PAYMENT_LIMIT,
    ROLE_CARD,
    STORED_COUNT_FULL,
    STORED_VALUE_FULL,
    TRUST_NONE,
    UNKNOWN_ISSUER,
    WRONG_CURRENCY,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal.journal import Journal
    from power.ups import Ups
    from terminal.clock import Clock
    from terminal.identity import Identity
    from terminal.tallies import Tallies
    from voucher.certificate import Certificate
    from voucher.policy import Policy

_ALWAYS = 1  # policy.sales_when


class Checks:
    """Asks the policy in force; holds no state of its own."""

    def __init__(
        self, identity: "Identity", ups: "Ups", journal: "Journal", tallies: "Tallies", clock: "Clock"
    ) -> None:
        self._identity = identity
        self._ups = ups
        self._journal = journal
        self._tallies = tallies
        self._clock = clock

    @property
    def policy(self) -> "Policy":
        """The one in force: the till does nothing without it."""
        policy = self._identity.policy
        assert policy is not None
        return policy

    def standing(self) -> "int | None":
        """Why no sale can be taken now, whatever its amount."""
        policy = self.policy
        ups = self._ups
        if policy.sales_when != _ALWAYS and not ups.on_battery:
            return MAINS_PRESENT
        if ups.status & (LB | FSD) or not ups.safe_to_write():
            return BATTERY_TOO_LOW
        if ups.charge is not None and ups.charge < policy.minimum_charge:
            return BATTERY_TOO_LOW
        if self._journal.room() < RECORDS_A_PAYMENT:
            return JOURNAL_FULL
        if self._tallies.stored_count >= policy.stored_count:
            return STORED_COUNT_FULL
        since = self._tallies.offline_since()
        if since is not None and self._clock.seconds_since(since) > policy.hours * 3600:
            return OFFLINE_TOO_LONG
        return None

    def amount(self, amount_minor: int) -> "int | None":
        """Why no sale of this amount can be taken now."""
        policy = self.policy
        reason = self.standing()
        if reason is not None:
            return reason
        if amount_minor > policy.payment_minor:
            return OVER_PAYMENT_LIMIT
        if self._tallies.stored_minor + amount_minor > policy.stored_value_minor:
            return STORED_VALUE_FULL
        return None

    def issuer(self, certificate: "Certificate") -> "int | None":
        """Why nobody vouches for this card: checked before its signature is, by the key of the issuer it names."""
        return None if certificate.kid in self.policy.issuers else UNKNOWN_ISSUER

    def card(self, certificate: "Certificate", amount_minor: int) -> "int | None":
        """Why this card, whose certificate is genuine, may not pay this amount."""
        policy = self.policy
        cards = self._tallies.cards
        if certificate.role != ROLE_CARD:
            return BAD_CERTIFICATE
        if self._clock.trust == TRUST_NONE or certificate.expired(self._clock.now_s()):
            return CARD_EXPIRED
        if policy.denies(certificate.number):
            return CARD_DENIED
        if certificate.currency != policy.currency:
            return WRONG_CURRENCY
        if amount_minor > certificate.payment_minor:
            return OVER_CARD_LIMIT
        if amount_minor > certificate.allowance_minor:
            return OVER_ALLOWANCE
        if cards.total_minor(certificate.fingerprint) + amount_minor > policy.card_minor:
            return OVER_CARD_LIMIT
        if not cards.room(certificate.fingerprint):
            return STORED_COUNT_FULL
        return None
