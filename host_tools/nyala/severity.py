"""How much a verdict, a difference or a finding matters. docs/verdicts.md holds the same table for people."""

from collections.abc import Mapping
from enum import IntEnum

from nyala.facts import FindingKind
from nyala.verdicts import DifferenceKind, Verdict


class Severity(IntEnum):
    """The greater, the more urgent."""

    FINE = 0  # nothing to do
    NOTE = 1  # look when there is time
    CHECK = 2  # money waits until somebody has looked
    ALARM = 3  # somebody lied, or something broke: act today


VERDICTS: Mapping[Verdict, Severity] = {
    Verdict.ACCEPTED: Severity.FINE,
    Verdict.VOIDED: Severity.FINE,
    Verdict.CLOCK_DOUBT: Severity.NOTE,
    Verdict.DUPLICATE: Severity.NOTE,
    Verdict.BAD_VOID: Severity.CHECK,
    Verdict.POLICY_BREACH: Severity.CHECK,
    Verdict.POLICY_UNKNOWN: Severity.CHECK,
    Verdict.OVER_ALLOWANCE: Severity.CHECK,
    Verdict.CARD_EXPIRED: Severity.CHECK,
    Verdict.CARD_DENIED: Severity.CHECK,
    Verdict.TERMINAL_EXPIRED: Severity.CHECK,
    Verdict.UNAUTHORIZED: Severity.CHECK,
    Verdict.UNVERIFIED: Severity.CHECK,
    Verdict.DOUBLE_SPENT: Severity.ALARM,
    Verdict.FORKED: Severity.ALARM,
    Verdict.FORGED: Severity.ALARM,
}

DIFFERENCES: Mapping[DifferenceKind, Severity] = {
    DifferenceKind.MISSING_THERE: Severity.CHECK,
    DifferenceKind.MISSING_HERE: Severity.CHECK,
    DifferenceKind.AMOUNT_DIFFERS: Severity.CHECK,
    DifferenceKind.CURRENCY_DIFFERS: Severity.CHECK,
    DifferenceKind.TWICE_THERE: Severity.CHECK,
    DifferenceKind.NOT_DUE: Severity.CHECK,
}

FINDINGS: Mapping[FindingKind, Severity] = {
    FindingKind.UNREADABLE: Severity.NOTE,
    FindingKind.FOREIGN: Severity.NOTE,
    FindingKind.NO_CERTIFICATE: Severity.CHECK,
    FindingKind.BAD_CERTIFICATE: Severity.ALARM,
    FindingKind.FORGED: Severity.ALARM,
    FindingKind.GAP: Severity.CHECK,
    FindingKind.FORK: Severity.ALARM,
    FindingKind.BROKEN_LINK: Severity.ALARM,
    FindingKind.ROLLED_BACK: Severity.ALARM,
    FindingKind.TURNOVER_MISMATCH: Severity.ALARM,
    FindingKind.CLOCK_WENT_BACK: Severity.NOTE,
    FindingKind.POLICY_WENT_BACK: Severity.ALARM,
    FindingKind.POLICY_MISSING: Severity.CHECK,
}
