"""Verify one terminal's entries: every signature, every link, every rule. A pure function of its arguments.

What is wrong with one entry goes into its `Fact`; what is wrong with the chain is a `Finding`. Nothing in the entries
raises: bytes that are no entry are a finding too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from nyala.checks.links import Item, Links
from nyala.checks.sales import Rules
from nyala.checks.walk import Walk
from nyala.documents import certificate, cose, entry, policy
from nyala.documents.bodies import CardSeen, Genesis
from nyala.documents.certificate import Certificate
from nyala.documents.entry import Entry
from nyala.documents.policy import Policy
from nyala.documents.receipt import Receipt
from nyala.errors import DocumentError
from nyala.facts import Chain, Fact, Finding, FindingKind, Problem
from nyala.wire.entry import ENTRY_BYTES_MAX, ROLE_TERMINAL

_NOTHING_HELD: Mapping[bytes, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a beginning that was pruned and is not held: the terminal's and the cards' certificates, and the
    digest of the policy in force."""

    certificate: bytes | None = None
    cards: tuple[bytes, ...] = ()
    policy: bytes | None = None


def verify_terminal(
    terminal: int,
    documents: Iterable[bytes],
    roots: Sequence[bytes],
    policies: Iterable[bytes],
    receipts: Iterable[Receipt] = (),
    *,
    before: Before = Before(),
    held_s: Mapping[bytes, int] = _NOTHING_HELD,
) -> tuple[Chain, ...]:
    """Check all that is held of `terminal`: one chain, or several when it was given a new identity, the oldest first.

    documents: entries as read, in any order, repeated or not. roots: the operator's public keys (x || y). policies:
    policy documents; one that no root signed is passed over. receipts: made for this terminal before. held_s: when
    (seconds since 1970) an entry, by its digest, was first held: it was signed no later.
    """
    findings: list[Finding] = []
    parsed = _parse(terminal, documents, findings)
    owners = _certificates(terminal, parsed, roots, before, findings)
    groups, unsigned = _by_signer(parsed, owners)
    if not owners:
        if parsed and not any(finding.kind == FindingKind.BAD_CERTIFICATE for finding in findings):
            findings.append(Finding(FindingKind.NO_CERTIFICATE, terminal))
        facts = tuple(_unproven(item, Problem.TERMINAL_UNKNOWN) for item in unsigned)
        return (Chain(terminal, facts, _merged(findings)),) if facts or findings else ()
    known = _trusted(policies, roots)
    made = [receipt for receipt in receipts if receipt.terminal == terminal]
    chains: list[Chain] = []
    for place, (document, own) in enumerate(owners):
        until_s = owners[place + 1][1].issued_s if place + 1 < len(owners) else None
        mine = _receipts_of(own, groups[place], made, until_s)
        links = Links(terminal, groups[place] + unsigned, mine)
        rules = Rules(known)
        if before.certificate in (None, document):
            rules.begin(before.policy, before.cards)
        walk = Walk(links, own, known, held_s, rules)
        found = _merged(links.findings + walk.findings)
        count = walk.vouchers_to_there(mine)
        chains.append(
            Chain(terminal, tuple(walk.facts), found, own, document, walk.sound_to, count, walk.money, walk.policy)
        )
    findings += [Finding(FindingKind.FORGED, terminal, i.entry.sequence, i.entry.sequence) for i in unsigned]
    forged = [_unproven(item, Problem.TERMINAL_SIGNATURE) for item in unsigned]
    # What belongs to no chain is told with the one in use.
    last = chains[-1]
    facts = tuple(sorted((*last.facts, *forged), key=lambda fact: (fact.entry.sequence, fact.digest)))
    chains[-1] = replace(last, facts=facts, findings=_merged([*findings, *last.findings]))
    return tuple(chains)


def before(chain: Chain) -> Before:
    """What to keep of a chain whose entries are given up, so that what follows it can still be verified."""
    cards = [fact.entry.body.certificate for fact in chain.facts if isinstance(fact.entry.body, CardSeen)]
    return Before(chain.certificate_document, tuple(dict.fromkeys(cards)), chain.policy)


_Parsed = dict[bytes, tuple[bytes, Entry]]  # by digest: document and entry


def _parse(terminal: int, documents: Iterable[bytes], findings: list[Finding]) -> _Parsed:
    parsed: _Parsed = {}
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


def _certificates(
    terminal: int, parsed: _Parsed, roots: Sequence[bytes], before: Before, findings: list[Finding]
) -> list[tuple[bytes, Certificate]]:
    """The certificates that the operator gave this terminal, the oldest first."""
    candidates = {one.body.certificate for _, one in parsed.values() if isinstance(one.body, Genesis)}
    if before.certificate is not None:
        candidates.add(before.certificate)
    good: list[tuple[bytes, Certificate]] = []
    for document in sorted(candidates):
        try:
            own = certificate.verify(document, _root_of(certificate.parse(document).kid, roots))
        except DocumentError as error:
            findings.append(Finding(FindingKind.BAD_CERTIFICATE, terminal, 0, 0, str(error)))
            continue
        if own.role == ROLE_TERMINAL and own.number == terminal:
            good.append((document, own))
        else:
            detail = f"It is of {own.role_name} {own.number}."
            findings.append(Finding(FindingKind.BAD_CERTIFICATE, terminal, 0, 0, detail))
    good.sort(key=lambda pair: (pair[1].issued_s, pair[0]))
    return good


def _root_of(kid: bytes, roots: Sequence[bytes]) -> bytes:
    for root in roots:
        if cose.key_id(root) == kid:
            return root
    raise DocumentError(f"It is signed by the key {kid.hex()}, which is not the operator's.")


def _by_signer(parsed: _Parsed, owners: Sequence[tuple[bytes, Certificate]]) -> tuple[list[list[Item]], list[Item]]:
    """Entries by the certificate whose key signed them, and those that none signed."""
    groups: list[list[Item]] = [[] for _ in owners]
    unsigned: list[Item] = []
    for digest, (data, one) in sorted(parsed.items(), key=lambda pair: (pair[1][1].sequence, pair[0])):
        signed = cose.open_plain(data, ENTRY_BYTES_MAX)
        for group, (document, own) in zip(groups, owners, strict=True):
            if one.sequence == 0 and one.previous != cose.digest(document):
                continue
            try:
                signed.verify(own.public)
            except DocumentError:
                continue
            group.append(Item(digest, one, True))
            break
        else:
            unsigned.append(Item(digest, one, False))
    return groups, unsigned


def _receipts_of(
    own: Certificate, items: Sequence[Item], receipts: Sequence[Receipt], until_s: int | None
) -> list[Receipt]:
    """Those made for the chain under this certificate: by their head or, when that is missing, by their time."""
    heads = {item.digest for item in items} | {item.entry.previous for item in items}
    return [
        receipt
        for receipt in receipts
        if receipt.head in heads or (receipt.time_s >= own.issued_s and (until_s is None or receipt.time_s < until_s))
    ]


def _unproven(item: Item, problem: Problem) -> Fact:
    """An entry that nobody vouches for: what it says, its time included, is worth nothing."""
    return Fact(item.digest, item.entry, 0, None, None, (problem,))


def _trusted(policies: Iterable[bytes], roots: Sequence[bytes]) -> dict[bytes, Policy]:
    known: dict[bytes, Policy] = {}
    for document in policies:
        try:
            signed, kid = cose.open_named(document, cose.SIGNED_BYTES_MAX)
            signed.verify(_root_of(kid, roots))
            known[cose.digest(document)] = policy.parse(document)
        except DocumentError:
            continue  # not the operator's: if the chain means it, the chain says that it is missing
    return known


def _merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """In a fixed order, runs of the same finding, one sequence after another, as one."""

    def place(finding: Finding) -> tuple[int, int]:
        return -1 if finding.first is None else finding.first, finding.last or 0

    merged: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.kind, f.detail, *place(f))):
        last = merged[-1] if merged else None
        if last is not None and (last.kind, last.detail) == (finding.kind, finding.detail):
            if last == finding:
                continue
            if last.last is not None and finding.first is not None and finding.first <= last.last + 1:
                merged[-1] = replace(last, last=max(last.last, finding.last or 0))
                continue
        merged.append(finding)
    return tuple(sorted(merged, key=lambda f: (*place(f), f.kind, f.detail)))
