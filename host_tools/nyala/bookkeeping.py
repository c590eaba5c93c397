"""What `nyala verify` and `nyala reconcile` do: entries in, verdicts out, and the ledger brought up to date.

Everything is worked out from the raw entries each time, so running any of this again changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nyala.documents import cose, entry
from nyala.errors import DocumentError
from nyala.facts import Chain
from nyala.ledger import Book, HeldEntry, Ledger
from nyala.money import Money
from nyala.reconcile import Posting, Reconciliation, reconcile
from nyala.settlement import SettlementRow
from nyala.verify import verify_terminal

Inboxes = Mapping[int, Iterable[bytes]]  # by terminal, the entries read from it


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is known after a run. `settlement` is None while the other side has told nothing.

    The counts say what this run added to the ledger; all are 0 when it ran before on the same things.
    """

    chains: tuple[Chain, ...]
    result: Reconciliation
    settlement: tuple[SettlementRow, ...] | None = None
    new_entries: int = 0
    new_postings: tuple[Posting, ...] = ()
    new_settlement_rows: int = 0

    @property
    def money(self) -> Money:
        """How the operator's policies show amounts: as the last chain has it."""
        shown = [chain.money for chain in self.chains if chain.money is not None]
        if shown:
            return shown[-1]
        return Money.plain(next((voucher.currency for voucher in self.result.vouchers), 360))


def verify(inboxes: Inboxes, roots: Sequence[bytes], policies: Sequence[bytes]) -> Outcome:
    """Check entries without a ledger: nothing is kept, nothing is posted."""
    chains = tuple(
        chain
        for terminal in sorted(inboxes)
        for chain in verify_terminal(terminal, inboxes[terminal], roots, policies)
    )
    return Outcome(chains, reconcile(chains))


def post(
    ledger: Ledger,
    inboxes: Inboxes,
    roots: Sequence[bytes],
    policies: Sequence[bytes],
    settlement: Iterable[SettlementRow] = (),
    *,
    now_s: int,
) -> Outcome:
    """Take entries and settlement rows into the ledger, judge everything in it, and post what is due: all in one transaction.

    now_s: the host's clock; entries that are new were signed before it.
    """
    with ledger.writing("reconcile") as book:
        book.own(roots)
        book.add_policies(policies)
        new_entries = book.add_entries(_readable(inboxes, now_s))
        new_rows = book.add_settlement(settlement)
        outcome = _judge(book, inboxes)
        postings = outcome.result.postings
        book.keep_chains(outcome.chains)
        book.keep_verdicts(outcome.result.vouchers)
        if new_entries or new_rows or postings:
            run = book.add_run(
                "reconcile", now_s, entries=new_entries, postings=len(postings), settlement_rows=new_rows
            )
            book.add_postings(postings, run)
    return Outcome(outcome.chains, outcome.result, outcome.settlement, new_entries, postings, new_rows)


def look(ledger: Ledger) -> Outcome:
    """What the ledger holds, judged anew. Changes nothing."""
    with ledger.reading() as book:
        return _judge(book, {})


def chains_of(book: Book, terminal: int, more: Iterable[bytes] = ()) -> tuple[Chain, ...]:
    """A terminal's chains, verified from the ledger's raw entries (and `more`, which is not in it)."""
    held = book.entries(terminal)
    return verify_terminal(
        terminal,
        [*(one.document for one in held), *more],
        book.roots,
        book.policies(),
        [made for made, _ in book.receipts(terminal)],
        held_s={cose.digest(one.document): one.held_s for one in held},
    )


def _judge(book: Book, inboxes: Inboxes) -> Outcome:
    chains: list[Chain] = []
    for terminal in sorted({*book.terminals(), *inboxes}):
        # What is no entry at all is not in the ledger, but has to be told.
        chains += chains_of(book, terminal, inboxes.get(terminal, ()))
    settlement = book.settlement()
    result = reconcile(chains, settlement, book.postings())
    return Outcome(tuple(chains), result, None if settlement is None else tuple(settlement))


def _readable(inboxes: Inboxes, now_s: int) -> Iterable[HeldEntry]:
    for documents in inboxes.values():
        for document in documents:
            try:
                one = entry.parse(document)
            except DocumentError:
                continue
            yield HeldEntry(one.terminal, one.sequence, one.kind, document, now_s)
