"""Verdicts on vouchers, differences from a settlement, postings: what reconciling speaks in (docs/verdicts.md)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from nyala.facts import Fact, Finding, Problem


class Verdict(StrEnum):
    """What reconciling says of one voucher. The worst first: a voucher gets the first that applies."""

    FORGED = "forged"
    UNVERIFIED = "unverified"
    FORKED = "forked"
    DUPLICATE = "duplicate"
    UNAUTHORIZED = "unauthorized"
    DOUBLE_SPENT = "double_spent"
    POLICY_UNKNOWN = "policy_unknown"
    TERMINAL_EXPIRED = "terminal_expired"
    CARD_DENIED = "card_denied"
    CARD_EXPIRED = "card_expired"
    OVER_ALLOWANCE = "over_allowance"
    POLICY_BREACH = "policy_breach"
    BAD_VOID = "bad_void"
    VOIDED = "voided"
    CLOCK_DOUBT = "clock_doubt"
    ACCEPTED = "accepted"

    @property
    def pays(self) -> bool:
        """Whether a voucher with this verdict is posted: a sale to the merchant's credit, a void to the payer's."""
        return self in (Verdict.ACCEPTED, Verdict.CLOCK_DOUBT, Verdict.VOIDED)


OF_PROBLEM: Mapping[Problem, Verdict] = {
    Problem.TERMINAL_SIGNATURE: Verdict.FORGED,
    Problem.TERMINAL_UNKNOWN: Verdict.UNVERIFIED,
    Problem.TERMINAL_EXPIRED: Verdict.TERMINAL_EXPIRED,
    Problem.FORKED: Verdict.FORKED,
    Problem.SAME_AGAIN: Verdict.DUPLICATE,
    Problem.CARD_UNKNOWN: Verdict.UNAUTHORIZED,
    Problem.CARD_CERTIFICATE: Verdict.UNAUTHORIZED,
    Problem.CARD_ISSUER: Verdict.UNAUTHORIZED,
    Problem.CARD_SIGNATURE: Verdict.UNAUTHORIZED,
    Problem.CARD_EXPIRED: Verdict.CARD_EXPIRED,
    Problem.CARD_EXPIRY_IN_DOUBT: Verdict.CLOCK_DOUBT,
    Problem.CARD_DENIED: Verdict.CARD_DENIED,
    Problem.OVER_ALLOWANCE: Verdict.OVER_ALLOWANCE,
    Problem.COUNTER_TWICE: Verdict.DOUBLE_SPENT,
    Problem.SPENT_CONTRADICTS: Verdict.DOUBLE_SPENT,
    Problem.POLICY_MISSING: Verdict.POLICY_UNKNOWN,
    Problem.WRONG_CURRENCY: Verdict.POLICY_BREACH,
    Problem.OVER_PAYMENT_LIMIT: Verdict.POLICY_BREACH,
    Problem.OVER_CARD_PAYMENT_LIMIT: Verdict.POLICY_BREACH,
    Problem.OVER_CARD_LIMIT: Verdict.POLICY_BREACH,
    Problem.STORED_VALUE_FULL: Verdict.POLICY_BREACH,
    Problem.STORED_COUNT_FULL: Verdict.POLICY_BREACH,
    Problem.OFFLINE_TOO_LONG: Verdict.POLICY_BREACH,
    Problem.MAINS_PRESENT: Verdict.POLICY_BREACH,
    Problem.VOID_OF_NOTHING: Verdict.BAD_VOID,
    Problem.VOID_TWICE: Verdict.BAD_VOID,
    Problem.VOID_AMOUNT: Verdict.BAD_VOID,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A voucher and what was made of it. due_minor: what it moves to the merchant; negative for a void."""

    fact: Fact
    amount_minor: int
    currency: int
    verdict: Verdict
    problems: tuple[Problem, ...]
    due_minor: int

    @property
    def owed_minor(self) -> int:
        """What the other side should settle for this payment: nothing for a void, nor for a sale that has one."""
        return self.due_minor if self.fact.sale is not None and self.verdict != Verdict.VOIDED else 0


class DifferenceKind(StrEnum):
    """How the other side's settlement differs from ours."""

    MISSING_THERE = "missing_there"  # we hold a good payment, they have not settled it
    MISSING_HERE = "missing_here"  # they settled a payment that no terminal's chain holds
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    TWICE_THERE = "twice_there"  # they settled one payment several times
    NOT_DUE = "not_due"  # they settled a voucher that by its verdict is not to be paid


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement about the voucher `sequence` of `terminal`. theirs_minor: the sum of their rows."""

    kind: DifferenceKind
    terminal: int
    sequence: int
    currency: int
    ours_minor: int = 0
    theirs_minor: int = 0
    settled_at_s: int | None = None  # of their last row
    verdict: Verdict | None = None  # ours, where it explains the difference


@dataclass(frozen=True, slots=True)
class Posting:
    """Money moved in the ledger for one voucher: its `turn`-th movement, from 0."""

    digest: bytes
    turn: int
    terminal: int
    sequence: int
    amount_minor: int
    currency: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was made of everything held. postings: those still to be made, none when nothing has changed."""

    vouchers: tuple[Judged, ...] = ()
    differences: tuple[Difference, ...] = ()
    findings: tuple[Finding, ...] = ()
    postings: tuple[Posting, ...] = ()

    @property
    def due_minor(self) -> dict[int, int]:
        """By currency, what is to be paid to merchants in all."""
        sums: defaultdict[int, int] = defaultdict(int)
        for voucher in self.vouchers:
            sums[voucher.currency] += voucher.due_minor
        return dict(sums)
