"""Along one chain, entry by entry, with the rules as they stood when each was signed."""

from collections.abc import Mapping, Sequence

from nyala.checks.links import Item, Links
from nyala.checks.sales import Rules
from nyala.checks.times import Bounds, bounds, went_back
from nyala.documents.bodies import PolicyApplied, Sale, Void
from nyala.documents.certificate import Certificate
from nyala.documents.entry import Entry
from nyala.documents.policy import Policy
from nyala.documents.receipt import Receipt
from nyala.facts import Fact, Finding, FindingKind, Problem
from nyala.money import Money


class Walk:
    """facts: of every signed entry; findings; sound_to: the last one up to which nothing is missing or contradicted;
    money: how the last policy shows amounts; policy: digest of the policy last in force."""

    def __init__(
        self,
        links: Links,
        own: Certificate,
        policies: Mapping[bytes, Policy],
        held_s: Mapping[bytes, int],
        rules: Rules,
    ) -> None:
        self.facts: list[Fact] = []
        self.findings: list[Finding] = []
        self.sound_to: Fact | None = None
        self.money: Money | None = None
        self._links = links
        self._own = own
        self._policies = policies
        self._rules = rules
        self._version = 0
        self.policy: bytes | None = None
        mains = [place[0] for place in links.places]
        for index in went_back([item.entry for item in mains]):
            self._find(FindingKind.CLOCK_WENT_BACK, mains[index].entry)
        times = bounds([item.entry for item in mains], [held_s.get(item.digest) for item in mains])
        last: Item | None = None
        for index, (place, at) in enumerate(zip(links.places, times, strict=True)):
            main, *others = place
            fact = self._fact(main, at)
            self.facts.append(fact)
            self.facts += [self._fact(other, at) for other in others]
            self._check_turnover(last, main)
            self._take_policy(main.entry)
            self._rules.take(main.entry, at)
            last = main
            if index == links.sound - 1:
                self.sound_to = fact

    def vouchers_to_there(self, receipts: Sequence[Receipt]) -> int:
        """Sales and voids up to `sound_to`; those of a pruned beginning are in a receipt's count."""
        mains = [place[0] for place in self._links.places[: self._links.sound]]
        if not mains:
            return 0
        count, after = 0, -1
        if mains[0].entry.sequence:
            heads = {item.digest for item in mains} | {mains[0].entry.previous}
            for receipt in receipts:
                if receipt.head in heads and receipt.sequence > after:
                    count, after = receipt.count, receipt.sequence
        return count + sum(isinstance(m.entry.body, Sale | Void) for m in mains if m.entry.sequence > after)

    def _fact(self, item: Item, at: Bounds) -> Fact:
        problems = list(dict.fromkeys(self._rules.problems(item.entry, at)))
        if self._own.expired(at[0]):
            problems.append(Problem.TERMINAL_EXPIRED)
        if item.digest in self._links.forked:
            problems.append(Problem.FORKED)
        if item.digest in self._links.again:
            problems.append(Problem.SAME_AGAIN)
        body = item.entry.body
        card = self._rules.card(body.card) if isinstance(body, Sale) else None
        number = card.number if card is not None else None
        return Fact(item.digest, item.entry, *at, self._rules.outage, tuple(problems), number)

    def _check_turnover(self, last: Item | None, item: Item) -> None:
        if last is not None and item.digest not in self._links.follows:
            return
        before_minor = last.entry.turnover_minor if last is not None else 0
        match item.entry.body:
            case Sale(amount_minor=amount_minor):
                expected = before_minor + amount_minor
            case Void(amount_minor=amount_minor):
                expected = before_minor - amount_minor
            case _:
                expected = before_minor
        if last is None and item.entry.sequence:
            return  # what came before was pruned
        if item.entry.turnover_minor != expected:
            detail = f"{item.entry.turnover_minor} instead of {expected}"
            self._find(FindingKind.TURNOVER_MISMATCH, item.entry, detail)

    def _take_policy(self, one: Entry) -> None:
        if not isinstance(one.body, PolicyApplied):
            return
        self.policy = one.body.digest
        known = self._policies.get(one.body.digest)
        if known is None:
            detail = f"version {one.body.version}, {one.body.digest.hex()[:16]}"
            self._find(FindingKind.POLICY_MISSING, one, detail)
        else:
            self.money = Money(known.currency, known.prefix, known.exponent, known.shown, known.separator)
        if one.body.version < self._version:
            self._find(FindingKind.POLICY_WENT_BACK, one, f"version {one.body.version} after {self._version}")
        self._version = max(self._version, one.body.version)

    def _find(self, kind: FindingKind, one: Entry, detail: str = "") -> None:
        self.findings.append(Finding(kind, one.terminal, one.sequence, one.sequence, detail))
