"""From checked facts to verdicts, differences and postings. Pure: the same input gives the same output, in any order.

docs/verdicts.md says what each verdict and each difference means and what to do about it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from nyala.documents.bodies import Sale
from nyala.facts import Chain, Fact, Problem
from nyala.settlement import SettlementRow
from nyala.verdicts import OF_PROBLEM, Difference, DifferenceKind, Judged, Posting, Reconciliation, Verdict

_WORST_FIRST = tuple(Verdict)


def reconcile(
    chains: Iterable[Chain], settlement: Iterable[SettlementRow] | None = None, posted: Iterable[Posting] = ()
) -> Reconciliation:
    """Judge every voucher of all chains together, compare with the other side, and say what is still to be posted.

    settlement: None when the other side has told nothing yet; an empty one means that it settled nothing.
    """
    chains = sorted(chains, key=lambda chain: (chain.terminal, chain.certificate_document or b""))
    clones = _clones(fact for chain in chains for fact in chain.facts)
    vouchers = [judged for chain in chains for judged in _judge(chain, clones)]
    vouchers.sort(key=_order)
    differences = () if settlement is None else tuple(_differences(vouchers, settlement))
    findings = tuple(finding for chain in chains for finding in chain.findings)
    return Reconciliation(tuple(vouchers), differences, findings, tuple(_postings(vouchers, posted)))


def _order(judged: Judged) -> tuple[int, int, bytes]:
    return judged.fact.entry.terminal, judged.fact.entry.sequence, judged.fact.digest


# -- verdicts

_UNPROVEN = frozenset(
    (
        Problem.TERMINAL_SIGNATURE,
        Problem.TERMINAL_UNKNOWN,
        Problem.CARD_UNKNOWN,
        Problem.CARD_CERTIFICATE,
        Problem.CARD_ISSUER,
        Problem.CARD_SIGNATURE,
        Problem.SAME_AGAIN,
    )
)


def _clones(facts: Iterable[Fact]) -> dict[bytes, Problem]:
    """Digests of sales that prove, two by two, that a card exists twice.

    Only sales that the card provably signed count, so nobody can make a card look cloned without its key.
    """
    by_card: defaultdict[bytes, list[tuple[Sale, Fact]]] = defaultdict(list)
    for fact in facts:
        sale = fact.sale
        if sale is not None and _UNPROVEN.isdisjoint(fact.problems):
            by_card[sale.card].append((sale, fact))
    found: dict[bytes, Problem] = {}
    for sales in by_card.values():
        groups: defaultdict[int, list[tuple[Sale, Fact]]] = defaultdict(list)
        for sale, fact in sales:
            groups[sale.counter].append((sale, fact))
        counters = sorted(groups)
        for counter in counters:
            if len({_authorized(fact) for _, fact in groups[counter]}) > 1:
                found |= {fact.digest: Problem.COUNTER_TWICE for _, fact in groups[counter]}
        for before, after in pairwise(counters):
            for digest in _contradicting(groups[before], groups[after]):
                found.setdefault(digest, Problem.SPENT_CONTRADICTS)
    return found


def _contradicting(before: list[tuple[Sale, Fact]], after: list[tuple[Sale, Fact]]) -> set[bytes]:
    """Of two neighbouring counters of a card, the sales that no sale of the other counter adds up with."""
    fits = {(fact.digest, later.digest) for sale, fact in before for next_, later in after if _adds_up(sale, next_)}
    return {fact.digest for _, fact in before + after} - {digest for pair in fits for digest in pair}


def _authorized(fact: Fact) -> tuple[object, ...]:
    """What the card signed: it may repeat that for the same place without being cloned."""
    sale = fact.sale
    assert sale is not None
    place = fact.entry.terminal, fact.entry.sequence, fact.entry.previous
    return *place, sale.amount_minor, sale.currency, sale.counter, sale.spent_minor


def _adds_up(one: Sale, later: Sale) -> bool:
    """Whether one card can have signed both: what it spent grows by each payment, those unknown to us included."""
    between_minor = later.spent_minor - later.amount_minor - one.spent_minor
    return between_minor == 0 if later.counter == one.counter + 1 else between_minor > 0


def _judge(chain: Chain, clones: Mapping[bytes, Problem]) -> Iterable[Judged]:
    voids = {fact.void.sale for fact in chain.facts if fact.void is not None and not fact.problems}
    due: dict[int, int] = {}
    currencies: dict[int, int] = {}
    for fact in chain.facts:
        if fact.sale is not None:
            judged = _judge_sale(fact, fact.sale, clones.get(fact.digest), fact.entry.sequence in voids)
            if judged.verdict.pays:
                due[fact.entry.sequence] = judged.due_minor
            currencies.setdefault(fact.entry.sequence, judged.currency)
            yield judged
        elif fact.void is not None:
            verdict = _worst(fact.problems, Verdict.ACCEPTED)
            # A void gives back what its sale gave: nothing, when that was never due.
            back_minor = -due.get(fact.void.sale, 0) if verdict.pays else 0
            fallback = chain.money.currency if chain.money is not None else 0
            currency = currencies.get(fact.void.sale, fallback)
            yield Judged(fact, fact.void.amount_minor, currency, verdict, fact.problems, back_minor)


def _judge_sale(fact: Fact, sale: Sale, clone: Problem | None, voided: bool) -> Judged:
    problems = fact.problems if clone is None or clone in fact.problems else (*fact.problems, clone)
    verdict = _worst(problems, Verdict.VOIDED if voided else Verdict.ACCEPTED)
    due_minor = sale.amount_minor if verdict.pays else 0
    return Judged(fact, sale.amount_minor, sale.currency, verdict, problems, due_minor)


def _worst(problems: Sequence[Problem], otherwise: Verdict) -> Verdict:
    return min((otherwise, *(OF_PROBLEM[problem] for problem in problems)), key=_WORST_FIRST.index)


# -- the other side


def _differences(vouchers: Sequence[Judged], settlement: Iterable[SettlementRow]) -> Iterable[Difference]:
    ours: defaultdict[tuple[int, int], list[Judged]] = defaultdict(list)
    for judged in vouchers:
        if judged.fact.sale is not None:
            ours[judged.fact.entry.terminal, judged.fact.entry.sequence].append(judged)
    theirs: defaultdict[tuple[int, int], list[SettlementRow]] = defaultdict(list)
    for row in sorted(set(settlement)):
        theirs[row.terminal, row.sequence].append(row)
    for place in sorted(ours.keys() | theirs.keys()):
        yield from _compare(place, ours.get(place, []), theirs.get(place, []))


def _compare(place: tuple[int, int], ours: list[Judged], theirs: list[SettlementRow]) -> Iterable[Difference]:
    """Explain what differs for one id. It has more than one voucher only in a contradiction or after a new identity."""
    owed = [judged for judged in ours if judged.owed_minor]
    rows = list(theirs)
    # What agrees goes first, so that only what is left has to be explained.
    for judged in list(owed):
        same = [row for row in rows if (row.amount_minor, row.currency) == (judged.owed_minor, judged.currency)]
        if same:
            owed.remove(judged)
            rows.remove(same[0])
    verdict = ours[0].verdict if ours else None
    last_s = max((row.settled_at_s for row in rows), default=None)
    if len(theirs) > max(1, len(ours)):
        kind = DifferenceKind.TWICE_THERE if ours else DifferenceKind.MISSING_HERE
        ours_minor = sum(judged.owed_minor for judged in ours)
        theirs_minor = sum(row.amount_minor for row in theirs)
        yield Difference(kind, *place, theirs[0].currency, ours_minor, theirs_minor, last_s, verdict)
        return
    for judged, row in zip(owed, rows, strict=False):
        same_currency = row.currency == judged.currency
        kind = DifferenceKind.AMOUNT_DIFFERS if same_currency else DifferenceKind.CURRENCY_DIFFERS
        yield Difference(
            kind, *place, row.currency, judged.owed_minor, row.amount_minor, row.settled_at_s, judged.verdict
        )
    for judged in owed[len(rows) :]:
        yield Difference(
            DifferenceKind.MISSING_THERE, *place, judged.currency, judged.owed_minor, verdict=judged.verdict
        )
    for row in rows[len(owed) :]:
        kind = DifferenceKind.NOT_DUE if ours else DifferenceKind.MISSING_HERE
        yield Difference(kind, *place, row.currency, 0, row.amount_minor, row.settled_at_s, verdict)


# -- the ledger


def _postings(vouchers: Sequence[Judged], posted: Iterable[Posting]) -> Iterable[Posting]:
    """What is still to be moved: the difference between what each voucher is due now and what was posted for it.

    So a voucher is posted once however often this runs, and a verdict that changed is set right by one more posting.
    """
    turns: defaultdict[bytes, int] = defaultdict(int)
    moved_minor: defaultdict[bytes, int] = defaultdict(int)
    for posting in posted:
        turns[posting.digest] += 1
        moved_minor[posting.digest] += posting.amount_minor
    for judged in vouchers:
        digest, one = judged.fact.digest, judged.fact.entry
        missing_minor = judged.due_minor - moved_minor[digest]
        if missing_minor:
            yield Posting(
                digest, turns[digest], one.terminal, one.sequence, missing_minor, judged.currency, judged.verdict
            )
