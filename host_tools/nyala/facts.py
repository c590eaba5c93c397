"""What verifying a chain establishes: one `Fact` an entry, and `Finding`s about the chain as a whole."""

from dataclasses import dataclass, field
from enum import StrEnum

from nyala.documents.bodies import Declined, Sale, Void
from nyala.documents.certificate import Certificate
from nyala.documents.entry import Entry
from nyala.documents.voucher_id import receipt_code
from nyala.money import Money


class Problem(StrEnum):
    """What is wrong with one entry. docs/verdicts.md says which verdict each leads to."""

    # the terminal
    TERMINAL_SIGNATURE = "terminal_signature"  # not signed by the terminal's key
    TERMINAL_UNKNOWN = "terminal_unknown"  # no certificate of the terminal at hand
    TERMINAL_EXPIRED = "terminal_expired"
    # the entry's place in the chain
    FORKED = "forked"  # from here on the chain contradicts itself, and no receipt covers this entry
    SAME_AGAIN = "same_again"  # the same content as another entry, under another signature
    # the card
    CARD_UNKNOWN = "card_unknown"  # its certificate is not in the chain
    CARD_CERTIFICATE = "card_certificate"  # malformed, of another role, or not signed by the issuer it names
    CARD_ISSUER = "card_issuer"  # its issuer is not in the policy
    CARD_SIGNATURE = "card_signature"  # the card did not authorize this payment at this place
    CARD_EXPIRED = "card_expired"
    CARD_EXPIRY_IN_DOUBT = "card_expiry_in_doubt"  # the clock does not say whether it had expired
    CARD_DENIED = "card_denied"
    OVER_ALLOWANCE = "over_allowance"
    COUNTER_TWICE = "counter_twice"  # the card signed something else with the same counter
    SPENT_CONTRADICTS = "spent_contradicts"  # what the card says it spent does not add up with its other payments
    # the policy in force
    POLICY_MISSING = "policy_missing"  # the chain names a policy that is not at hand
    WRONG_CURRENCY = "wrong_currency"
    OVER_PAYMENT_LIMIT = "over_payment_limit"
    OVER_CARD_PAYMENT_LIMIT = "over_card_payment_limit"
    OVER_CARD_LIMIT = "over_card_limit"
    STORED_VALUE_FULL = "stored_value_full"
    STORED_COUNT_FULL = "stored_count_full"
    OFFLINE_TOO_LONG = "offline_too_long"
    MAINS_PRESENT = "mains_present"
    # a void
    VOID_OF_NOTHING = "void_of_nothing"  # no sale with that sequence before it
    VOID_TWICE = "void_twice"
    VOID_AMOUNT = "void_amount"  # not the sale's amount


class FindingKind(StrEnum):
    """What is wrong with a chain."""

    UNREADABLE = "unreadable"  # bytes that are no entry
    FOREIGN = "foreign"  # an entry of another terminal among these
    NO_CERTIFICATE = "no_certificate"  # the chain's beginning, with the terminal's certificate, is missing
    BAD_CERTIFICATE = "bad_certificate"  # the certificate in genesis is not the operator's for this terminal
    FORGED = "forged"  # entries that the terminal's key did not sign
    GAP = "gap"
    FORK = "fork"
    BROKEN_LINK = "broken_link"
    ROLLED_BACK = "rolled_back"
    TURNOVER_MISMATCH = "turnover_mismatch"
    CLOCK_WENT_BACK = "clock_went_back"
    POLICY_WENT_BACK = "policy_went_back"
    POLICY_MISSING = "policy_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the chain of `terminal`, from entry `first` to `last` where that can be said."""

    kind: FindingKind
    terminal: int
    first: int | None = None
    last: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry, checked. No problems: it is what it claims to be."""

    digest: bytes  # SHA-256 of the whole document
    entry: Entry
    earliest_s: int  # it was signed no earlier than this; 0 when nothing is known
    latest_s: int | None  # and no later; equal to earliest_s when the clock was right
    outage: int | None  # sequence of the outage_began it falls under
    problems: tuple[Problem, ...]
    card_number: int | None = None  # of a sale whose card's certificate is at hand

    @property
    def at_s(self) -> int | None:
        """The best single time for it; None when the clock was never set."""
        return self.earliest_s or self.latest_s

    @property
    def time_is_exact(self) -> bool:
        return self.earliest_s == self.latest_s

    @property
    def code(self) -> str:
        """The receipt code that the terminal showed."""
        return receipt_code(self.digest)

    @property
    def sale(self) -> Sale | None:
        return self.entry.body if isinstance(self.entry.body, Sale) else None

    @property
    def declined(self) -> Declined | None:
        return self.entry.body if isinstance(self.entry.body, Declined) else None

    @property
    def void(self) -> Void | None:
        return self.entry.body if isinstance(self.entry.body, Void) else None


@dataclass(frozen=True, slots=True)
class Chain:
    """All that is held of one terminal's chain, checked. Facts in order of sequence, contradicting ones included."""

    terminal: int
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    certificate: Certificate | None = None
    certificate_document: bytes | None = field(default=None, repr=False)
    # The last entry up to which nothing is missing, contradicted or unsigned: what a receipt may cover. None: nothing.
    sound_to: Fact | None = None
    vouchers_to_there: int = 0  # sales and voids up to it, of the whole chain
    money: Money | None = None  # how the last policy shows amounts
    policy: bytes | None = None  # digest of the policy last in force

    @property
    def merchant(self) -> str:
        return self.certificate.subject if self.certificate is not None else ""
