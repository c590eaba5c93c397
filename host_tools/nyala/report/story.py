"""What happened in an outage, as numbers: the same for every language and every form in which it is told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nyala.bookkeeping import Outcome
from nyala.documents.bodies import OutageBegan, OutageEnded
from nyala.errors import InputError
from nyala.facts import Chain, Fact, Problem
from nyala.money import Money
from nyala.report.matters import Matter, gather
from nyala.verdicts import Judged, Verdict
from nyala.wire.entry import FSD, LB, OB

# Outages that follow each other within so long are told as one.
_SAME_OUTAGE_S = 3600
# So long before and after it the battery is still part of the story.
_MARGIN_S = 1800


@dataclass(frozen=True, slots=True)
class Outage:
    """One terminal without mains. ended_s: None while it goes on; exact: both times are certain, not bounds."""

    terminal: int
    began_s: int
    ended_s: int | None
    seconds: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """The battery at one moment."""

    at_s: int
    percent: int
    on_battery: bool
    low: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour by the clock: what came in and what did not."""

    begins_s: int
    payments: int
    value_minor: int
    voids: int
    declined: int


@dataclass(frozen=True, slots=True)
class Story:
    """The last outage, or everything there is when there was none. Payments, voids and declines in order of time."""

    terminals: tuple[tuple[int, str], ...]  # number, merchant
    chains: tuple[Chain, ...]
    outages: tuple[Outage, ...]
    began_s: int
    ended_s: int
    going: bool  # at least one terminal had no mains yet when it was read
    exact: bool  # both times are certain, not bounds
    payments: tuple[Judged, ...]
    voids: tuple[tuple[Judged, Judged | None], ...]  # with the sale that each takes back
    declines: tuple[Fact, ...]
    matters: tuple[Matter, ...]
    charges: dict[int, tuple[Charge, ...]]  # by terminal
    money: Money
    settled_rows: int | None  # of these payments; None: the other side has told nothing
    settled_minor: int = 0

    @property
    def without_mains_s(self) -> int:
        """By the longest a terminal was: two terminals in the dark at once are one dark stall."""
        by_terminal: Counter[int] = Counter()
        for outage in self.outages:
            by_terminal[outage.terminal] += outage.seconds
        return max(by_terminal.values(), default=0)

    @property
    def taken_minor(self) -> int:
        return self._sum(self.payments)

    @property
    def voided_minor(self) -> int:
        return self._sum(payment for payment in self.payments if payment.verdict == Verdict.VOIDED)

    @property
    def held_minor(self) -> int:
        return self._sum(payment for payment in self.payments if not payment.verdict.pays)

    @property
    def due_minor(self) -> int:
        return sum(p.owed_minor for p in self.payments if p.currency == self.money.currency)

    @property
    def declined_minor(self) -> int:
        return sum(fact.declined.amount_minor for fact in self.declines if fact.declined is not None)

    @property
    def reasons(self) -> list[tuple[str, int, int]]:
        """(reason, how often, value in minor units) of the declined payments, the most frequent first."""
        counts: Counter[str] = Counter()
        values: Counter[str] = Counter()
        for fact in self.declines:
            if fact.declined is not None:
                counts[fact.declined.reason_name] += 1
                values[fact.declined.reason_name] += fact.declined.amount_minor
        return [(name, n, values[name]) for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]

    @property
    def battery(self) -> tuple[int, int, int] | None:
        """(first, last, lowest) percent, of the terminal whose battery came lowest."""
        known = [charges for charges in self.charges.values() if charges]
        if not known:
            return None
        charges = min(known, key=lambda line: min(charge.percent for charge in line))
        inside = [c for c in charges if self.began_s <= c.at_s <= self.ended_s] or list(charges)
        return inside[0].percent, inside[-1].percent, min(charge.percent for charge in inside)

    def hours(self, begins: Iterable[int]) -> list[Hour]:
        """What fell between each two of these moments (seconds since 1970, ascending)."""
        hours: list[Hour] = []
        for first, last in pairwise(begins):
            inside = [p for p in self.payments if first <= (p.fact.at_s or 0) < last]
            voids = sum(first <= (void.fact.at_s or 0) < last for void, _ in self.voids)
            declined = sum(first <= (fact.at_s or 0) < last for fact in self.declines)
            hours.append(Hour(first, len(inside), self._sum(inside), voids, declined))
        return hours

    def _sum(self, payments: Iterable[Judged]) -> int:
        return sum(p.amount_minor for p in payments if p.currency == self.money.currency)


def tell(outcome: Outcome, terminal: int | None = None) -> Story:
    """The story of the last outage in what was reconciled; of one terminal, or of all that were in the dark together.

    InputError when there is nothing to tell.
    """
    chains = [chain for chain in outcome.chains if chain.facts and terminal in (None, chain.terminal)]
    if not chains:
        which = "any terminal" if terminal is None else f"terminal {terminal}"
        raise InputError(f"There is nothing of {which} to report on; read it and reconcile first.")
    outages = [(chain, sequence, outage) for chain in chains for sequence, outage in _outages(chain)]
    chosen = _last_together(outages)
    if chosen:
        chains = [chain for chain in chains if any(chain is other for other, _, _ in chosen)]
        marks = {(id(chain), sequence) for chain, sequence, _ in chosen}
        facts = [fact for chain in chains for fact in chain.facts if (id(chain), fact.outage) in marks]
        began_s = min(outage.began_s for _, _, outage in chosen)
        ended_s = max(
            outage.began_s + outage.seconds if outage.ended_s is None else outage.ended_s for *_, outage in chosen
        )
    else:
        facts = [fact for chain in chains for fact in chain.facts]
        known = [fact.at_s for fact in facts if fact.at_s]
        began_s, ended_s = (min(known), max(known)) if known else (0, 0)
    return _tell(outcome, chains, tuple(outage for *_, outage in chosen), facts, (began_s, ended_s))


def _tell(
    outcome: Outcome,
    chains: Sequence[Chain],
    outages: tuple[Outage, ...],
    facts: Sequence[Fact],
    period: tuple[int, int],
) -> Story:
    digests = {fact.digest for fact in facts}
    payments = [v for v in outcome.result.vouchers if v.fact.digest in digests and v.fact.sale is not None]
    sales = {(v.fact.entry.terminal, v.fact.entry.sequence): v for v in payments}
    voids = [
        (void, sales.get((void.fact.entry.terminal, void.fact.void.sale)))
        for void in outcome.result.vouchers
        if void.fact.void is not None
    ]
    # A void belongs to its payment's story, even when it came after the power did.
    voids = [(void, sale) for void, sale in voids if sale is not None or void.fact.digest in digests]
    declines = [fact for fact in facts if fact.declined is not None and not fact.problems]
    settled = None
    if outcome.settlement is not None:
        settled = [row for row in outcome.settlement if (row.terminal, row.sequence) in sales]
    money = outcome.money
    return Story(
        terminals=tuple(dict.fromkeys((chain.terminal, chain.merchant) for chain in chains)),
        chains=tuple(chains),
        outages=outages,
        began_s=period[0],
        ended_s=period[1],
        going=any(outage.ended_s is None for outage in outages),
        exact=all(outage.exact for outage in outages),
        payments=tuple(sorted(payments, key=lambda payment: _when(payment.fact))),
        voids=tuple(sorted(voids, key=lambda pair: _when(pair[0].fact))),
        declines=tuple(sorted(declines, key=_when)),
        matters=gather(outcome, chains, [*payments, *(void for void, _ in voids)]),
        charges={chain.terminal: _charges(chain, period) for chain in chains},
        money=money,
        settled_rows=None if settled is None else len(settled),
        settled_minor=sum(row.amount_minor for row in settled or () if row.currency == money.currency),
    )


def _when(fact: Fact) -> tuple[int, int, int]:
    return fact.at_s or 0, fact.entry.terminal, fact.entry.sequence


def _outages(chain: Chain) -> Iterable[tuple[int, Outage]]:
    """The chain's outages by the sequence of their beginning."""
    good = [fact for fact in chain.facts if Problem.TERMINAL_SIGNATURE not in fact.problems]
    for began in good:
        if not isinstance(began.entry.body, OutageBegan) or Problem.TERMINAL_UNKNOWN in began.problems:
            continue
        sequence = began.entry.sequence
        began_s = began.at_s or 0
        inside = [fact for fact in good if fact.outage == sequence]
        ended = next((fact for fact in inside if isinstance(fact.entry.body, OutageEnded)), None)
        if ended is not None and isinstance(ended.entry.body, OutageEnded):
            ended_s = ended.at_s or began_s
            exact = began.time_is_exact and ended.time_is_exact
            # The terminal itself counts at least this long; its clock may have stood still in between.
            seconds = ended_s - began_s if exact else max(ended.entry.body.duration_s, ended_s - began_s)
            yield sequence, Outage(chain.terminal, began_s, ended_s, seconds, exact)
        else:
            last = max(inside, key=lambda fact: fact.at_s or 0, default=began)
            seconds = max(0, (last.at_s or 0) - began_s)
            yield sequence, Outage(chain.terminal, began_s, None, seconds, began.time_is_exact and last.time_is_exact)


def _last_together(outages: list[tuple[Chain, int, Outage]]) -> list[tuple[Chain, int, Outage]]:
    """The last outage, and those of the same or other terminals that overlap it or follow each other closely."""
    group: list[tuple[Chain, int, Outage]] = []
    until_s = 0
    for one in sorted(outages, key=lambda o: (o[2].began_s, o[2].terminal, o[1])):
        if group and one[2].began_s > until_s + _SAME_OUTAGE_S:
            group, until_s = [], 0
        group.append(one)
        until_s = max(until_s, one[2].began_s + one[2].seconds)
    return group


def _charges(chain: Chain, period: tuple[int, int]) -> tuple[Charge, ...]:
    first_s, last_s = period[0] - _MARGIN_S, period[1] + _MARGIN_S
    return tuple(
        Charge(fact.at_s, fact.entry.charge, bool(fact.entry.power & OB), bool(fact.entry.power & (LB | FSD)))
        for fact in chain.facts
        if fact.entry.charge is not None and fact.at_s is not None and first_s <= fact.at_s <= last_s
    )
