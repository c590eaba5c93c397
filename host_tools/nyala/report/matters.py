"""What does not match in a story, gathered: things of one kind stand together, the urgent first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nyala.bookkeeping import Outcome
from nyala.facts import Chain, Problem
from nyala.severity import DIFFERENCES, FINDINGS, VERDICTS, Severity
from nyala.verdicts import Difference, DifferenceKind, Judged, Verdict


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a matter is about. Amounts are None where there is none."""

    terminal: int
    sequence: int | None
    last: int | None = None
    at_s: int | None = None
    code: str = ""
    card_number: int | None = None
    ours_minor: int | None = None
    theirs_minor: int | None = None
    currency: int = 0
    settled_at_s: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """Things of one kind that do not match. topic: verdict, difference or finding; name: which one."""

    severity: Severity
    topic: str
    name: str
    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    verdict: Verdict | None = None


def gather(outcome: Outcome, chains: Sequence[Chain], vouchers: Sequence[Judged]) -> tuple[Matter, ...]:
    """Of these vouchers, and of these terminals' chains as a whole; the urgent first."""
    grouped: defaultdict[tuple[Severity, str, str, tuple[Problem, ...], Verdict | None], list[Item]] = defaultdict(list)
    known = {(v.fact.entry.terminal, v.fact.entry.sequence): v for v in vouchers if v.fact.sale is not None}
    for judged in vouchers:
        severity = VERDICTS[judged.verdict]
        if severity > Severity.FINE:
            grouped[severity, "verdict", judged.verdict.value, judged.problems, None].append(_of_voucher(judged))
    everywhere = {voucher.fact.entry.terminal for voucher in outcome.result.vouchers}
    here = {chain.terminal for chain in chains}
    for difference in outcome.result.differences:
        place = difference.terminal, difference.sequence
        unknown = difference.kind == DifferenceKind.MISSING_HERE and (
            difference.terminal in here or difference.terminal not in everywhere
        )
        if place in known or unknown:
            verdict = difference.verdict if difference.kind == DifferenceKind.NOT_DUE else None
            key = DIFFERENCES[difference.kind], "difference", difference.kind.value, (), verdict
            grouped[key].append(_of_difference(difference, known.get(place)))
    for chain in chains:
        for finding in chain.findings:
            key = FINDINGS[finding.kind], "finding", finding.kind.value, (), None
            item = Item(finding.terminal, finding.first, finding.last, detail=finding.detail)
            grouped[key].append(item)
    found = [Matter(*key[:3], tuple(items), *key[3:]) for key, items in grouped.items()]
    return tuple(sorted(found, key=lambda m: (-m.severity, m.topic, m.name, m.problems, m.verdict or "")))


def _of_voucher(judged: Judged) -> Item:
    fact = judged.fact
    return Item(
        fact.entry.terminal,
        fact.entry.sequence,
        at_s=fact.at_s,
        code=fact.code,
        card_number=fact.card_number,
        ours_minor=judged.amount_minor,
        currency=judged.currency,
    )


def _of_difference(difference: Difference, judged: Judged | None) -> Item:
    fact = judged.fact if judged is not None else None
    return Item(
        difference.terminal,
        difference.sequence,
        at_s=fact.at_s if fact is not None else None,
        code=fact.code if fact is not None else "",
        card_number=fact.card_number if fact is not None else None,
        ours_minor=judged.amount_minor if judged is not None else None,
        theirs_minor=None if difference.kind == DifferenceKind.MISSING_THERE else difference.theirs_minor,
        currency=difference.currency,
        settled_at_s=difference.settled_at_s if fact is None else None,
    )
