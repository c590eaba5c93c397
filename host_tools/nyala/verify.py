"""Verify one terminal's entries: every signature, every link, every rule. A pure function of its arguments.

What is wrong with one entry goes into its `Fact`; what is wrong with the chain is a `Finding`. Nothing in the entries
raises: bytes that are no entry are a finding too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from nyala.checks.links import Item, Links
from nyala.checks.sales import Rules
from nyala.checks.times import Bounds, bounds, went_back
from nyala.documents import certificate, cose, entry, policy
from nyala.documents.bodies import CardSeen, Genesis, PolicyApplied, Sale, Void
from nyala.documents.certificate import Certificate
from nyala.documents.entry import Entry
from nyala.documents.policy import Policy
from nyala.documents.receipt import Receipt
from nyala.errors import DocumentError
from nyala.facts import Chain, Fact, Finding, FindingKind, Problem
from nyala.money import Money
from nyala.wire.entry import ENTRY_BYTES_MAX, ROLE_TERMINAL

_NOTHING_HELD: Mapping[bytes, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a chain whose beginning was pruned: the terminal's certificate, the cards' and the policy in force."""

    certificate: bytes | None = None
    cards: tuple[bytes, ...] = ()
    policy: bytes | None = None  # digest


def verify_chain(
    terminal: int,
    documents: Iterable[bytes],
    root_public: bytes,
    policies: Iterable[bytes],
    receipts: Sequence[Receipt] = (),
    *,
    before: Before | None = None,
    held_s: Mapping[bytes, int] = _NOTHING_HELD,
) -> Chain:
    """Check all that is held of `terminal`.

    documents: entries as read, in any order, repeated or not. policies: policy documents; those that the operator's root did not
    sign are passed over. receipts: made for this terminal before. held_s: by digest of an entry, when (seconds since
    1970) it was first held: it was signed no later.
    """
    findings: list[Finding] = []
    parsed = _parse(terminal, documents, findings)
    own = _certificate(terminal, parsed, root_public, before, findings)
    items = [_item(digest, data, one, own) for digest, (data, one) in sorted(parsed.items())]
    if own is None:
        if items and not any(finding.kind == FindingKind.BAD_CERTIFICATE for finding in findings):
            findings.append(Finding(FindingKind.NO_CERTIFICATE, terminal))
        facts = tuple(_unproven(item, Problem.TERMINAL_UNKNOWN) for item in sorted(items, key=_place))
        return Chain(terminal, facts, tuple(findings))
    unsigned = [item for item in items if not item.signed]
    findings += [Finding(FindingKind.FORGED, terminal, i.entry.sequence, i.entry.sequence) for i in unsigned]
    links = Links(terminal, items, [receipt for receipt in receipts if receipt.terminal == terminal])
    findings += links.findings
    walk = _Walk(terminal, links, own, _trusted(policies, root_public), held_s, before)
    facts = walk.facts + [_unproven(item, Problem.TERMINAL_SIGNATURE) for item in unsigned]
    facts.sort(key=lambda fact: (fact.entry.sequence, fact.digest))
    sound_to = walk.sound_to
    return Chain(
        terminal,
        tuple(facts),
        _merged(findings + walk.findings),
        own,
        _document_of(own, parsed, before),
        sound_to,
        _count(sound_to, links, receipts) if sound_to is not None else 0,
        walk.money,
    )


def peek(data: bytes) -> Entry:
    """The entry in `data`, nothing verified. DocumentError when it is none."""
    return entry.parse(data)


Parsed = dict[bytes, tuple[bytes, Entry]]  # by digest: document and entry


def _parse(terminal: int, documents: Iterable[bytes], findings: list[Finding]) -> Parsed:
    parsed: Parsed = {}
    wrong: dict[bytes, Finding] = {}
    for data in documents:
        digest = cose.digest(data)
        if digest in parsed or digest in wrong:
            continue
        try:
            one = entry.parse(data)
        except DocumentError as error:
            wrong[digest] = Finding(FindingKind.UNREADABLE, terminal, detail=f"{digest.hex()[:16]}: {error}")
            continue
        if one.terminal == terminal:
            parsed[digest] = data, one
        else:
            detail = f"terminal {one.terminal}"
            wrong[digest] = Finding(FindingKind.FOREIGN, terminal, one.sequence, one.sequence, detail)
    findings += [wrong[digest] for digest in sorted(wrong)]
    return parsed


def _certificate(
    terminal: int, parsed: Parsed, root_public: bytes, before: Before | None, findings: list[Finding]
) -> Certificate | None:
    """The terminal's certificate, signed by the operator: of genesis, or the one known before."""
    candidates = [one.body.certificate for _, (_, one) in sorted(parsed.items()) if isinstance(one.body, Genesis)]
    if before is not None and before.certificate is not None:
        candidates.append(before.certificate)
    good: list[tuple[bytes, Certificate]] = []
    for document in candidates:
        try:
            own = certificate.verify(document, root_public)
            if own.role != ROLE_TERMINAL or own.number != terminal:
                raise DocumentError(f"It is of {own.role_name} {own.number}.")
        except DocumentError as error:
            findings.append(Finding(FindingKind.BAD_CERTIFICATE, terminal, 0, 0, str(error)))
        else:
            good.append((document, own))
    for document, own in good:
        # The genesis that is really in use signs itself; a stray copy of a certificate proves nothing.
        if any(_item(digest, data, one, own).signed for digest, (data, one) in parsed.items() if one.sequence == 0):
            return own
    return good[-1][1] if good else None


def _document_of(own: Certificate, parsed: Parsed, before: Before | None) -> bytes | None:
    known = [one.body.certificate for _, one in parsed.values() if isinstance(one.body, Genesis)]
    if before is not None and before.certificate is not None:
        known.append(before.certificate)
    return next((document for document in known if cose.fingerprint(document) == own.fingerprint), None)


def _item(digest: bytes, data: bytes, one: Entry, own: Certificate | None) -> Item:
    if own is None:
        return Item(digest, one, False)
    try:
        cose.open_plain(data, ENTRY_BYTES_MAX).verify(own.public)
    except DocumentError:
        return Item(digest, one, False)
    return Item(digest, one, True)


def _place(item: Item) -> tuple[int, bytes]:
    return item.entry.sequence, item.digest


def _unproven(item: Item, problem: Problem) -> Fact:
    """An entry that nobody vouches for: what it says, its time included, is worth nothing."""
    return Fact(item.digest, item.entry, 0, None, None, (problem,))


def _trusted(policies: Iterable[bytes], root_public: bytes) -> dict[bytes, Policy]:
    known: dict[bytes, Policy] = {}
    for document in policies:
        try:
            known[cose.digest(document)] = policy.verify(document, root_public)
        except DocumentError:
            continue  # not the operator's: the chain cannot mean it, and says so if it does
    return known


class _Walk:
    """Along the chain, entry by entry, with the rules as they stood then."""

    def __init__(
        self,
        terminal: int,
        links: Links,
        own: Certificate,
        policies: Mapping[bytes, Policy],
        held_s: Mapping[bytes, int],
        before: Before | None,
    ) -> None:
        self.facts: list[Fact] = []
        self.findings: list[Finding] = []
        self.sound_to: Fact | None = None
        self.money: Money | None = None
        self._terminal = terminal
        self._links = links
        self._own = own
        self._policies = policies
        self._rules = Rules(policies)
        self._version = 0
        if before is not None:
            self._rules.begin(before.policy, before.cards)
        mains = [place[0] for place in links.places]
        times = bounds([item.entry for item in mains], [held_s.get(item.digest) for item in mains])
        self.findings += [
            Finding(FindingKind.CLOCK_WENT_BACK, terminal, mains[index].entry.sequence, mains[index].entry.sequence)
            for index in went_back([item.entry for item in mains])
        ]
        last: Item | None = None
        for index, (place, at) in enumerate(zip(links.places, times, strict=True)):
            for item in place:
                self.facts.append(self._fact(item, at))
            self._check_turnover(last, place[0])
            self._take_policy(place[0].entry)
            self._rules.take(place[0].entry, at)
            last = place[0]
            if index == links.sound - 1:
                main = place[0].digest
                self.sound_to = next(fact for fact in reversed(self.facts) if fact.digest == main)

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
        return Fact(
            item.digest,
            item.entry,
            *at,
            self._rules.outage,
            tuple(problems),
            card.number if card is not None else None,
        )

    def _check_turnover(self, last: Item | None, item: Item) -> None:
        if last is None:
            expected = 0 if item.entry.sequence == 0 else item.entry.turnover_minor
        elif item.digest in self._links.follows:
            match item.entry.body:
                case Sale(amount_minor=amount_minor):
                    expected = last.entry.turnover_minor + amount_minor
                case Void(amount_minor=amount_minor):
                    expected = last.entry.turnover_minor - amount_minor
                case _:
                    expected = last.entry.turnover_minor
        else:
            return
        if item.entry.turnover_minor != expected:
            sequence = item.entry.sequence
            detail = f"{item.entry.turnover_minor} instead of {expected}"
            self.findings.append(Finding(FindingKind.TURNOVER_MISMATCH, self._terminal, sequence, sequence, detail))

    def _take_policy(self, one: Entry) -> None:
        if not isinstance(one.body, PolicyApplied):
            return
        known = self._policies.get(one.body.digest)
        if known is None:
            detail = f"version {one.body.version}, {one.body.digest.hex()[:16]}"
            self.findings.append(
                Finding(FindingKind.POLICY_MISSING, self._terminal, one.sequence, one.sequence, detail)
            )
        else:
            self.money = Money(known.currency, known.prefix, known.exponent, known.shown, known.separator)
        if one.body.version < self._version:
            detail = f"version {one.body.version} after {self._version}"
            self.findings.append(
                Finding(FindingKind.POLICY_WENT_BACK, self._terminal, one.sequence, one.sequence, detail)
            )
        self._version = one.body.version


def _count(sound_to: Fact, links: Links, receipts: Sequence[Receipt]) -> int:
    """Sales and voids up to `sound_to`; those of a pruned beginning are counted in the receipt that let it be pruned."""
    mains = [place[0] for place in links.places if place[0].entry.sequence <= sound_to.entry.sequence]
    first = mains[0].entry
    held = 0
    after = -1
    if first.sequence:
        heads = {item.digest for item in mains} | {first.previous}
        known = [receipt for receipt in receipts if receipt.head in heads]
        receipt = max(known, key=lambda r: r.sequence, default=None)
        if receipt is not None:
            held, after = receipt.count, receipt.sequence
    return held + sum(isinstance(m.entry.body, Sale | Void) for m in mains if m.entry.sequence > after)


def _merged(findings: list[Finding]) -> tuple[Finding, ...]:
    """Runs of the same finding, one sequence after another, as one."""
    findings.sort(key=lambda f: (f.kind, -1 if f.first is None else f.first, f.last or 0, f.detail))
    merged: list[Finding] = []
    for finding in findings:
        last = merged[-1] if merged else None
        if (
            last is not None
            and (last.kind, last.detail) == (finding.kind, finding.detail)
            and last.last is not None
            and finding.first is not None
            and finding.first <= last.last + 1
        ):
            end = max(last.last, finding.last or 0)
            merged[-1] = Finding(last.kind, last.terminal, last.first, end, last.detail)
        elif finding not in merged:
            merged.append(finding)
    return tuple(merged)


def card_documents(facts: Iterable[Fact]) -> tuple[bytes, ...]:
    """The cards' certificates that a chain holds: `Before.cards` of what follows it."""
    return tuple(dict.fromkeys(f.entry.body.certificate for f in facts if isinstance(f.entry.body, CardSeen)))
