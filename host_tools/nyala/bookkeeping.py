"""What `nyala verify` and `nyala reconcile` do: entries in, verdicts out, and the ledger brought up to date.

Everything is worked out from the raw entries each time, so running any of this again changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nyala.documents import cose, entry, receipt
from nyala.errors import DocumentError
from nyala.facts import Chain
from nyala.inbox import Inbox
from nyala.ledger import Book, HeldEntry, Ledger
from nyala.money import Money
from nyala.reconcile import reconcile
from nyala.settlement import SettlementRow
from nyala.verdicts import Posting, Reconciliation
from nyala.verify import verify_terminal


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was read from one terminal: its entries, and the receipts it was given."""

    entries: Sequence[bytes]
    receipts: Sequence[bytes] = ()


def delivered(inbox: Inbox) -> dict[int, Delivered]:
    """All that an inbox holds, by terminal, with the entries that contradict a chain."""
    return {
        terminal: Delivered([*inbox.entries(terminal), *inbox.contradictions(terminal)], inbox.receipts(terminal))
        for terminal in inbox.terminals()
    }


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
        """How amounts are shown: as the last policy in the last chain says."""
        shown = [chain.money for chain in self.chains if chain.money is not None]
        if shown:
            return shown[-1]
        return Money.plain(next((voucher.currency for voucher in self.result.vouchers), 0))


def verify(read: Mapping[int, Delivered], roots: Sequence[bytes], policies: Sequence[bytes]) -> Outcome:
    """Check what was read without a ledger: nothing is kept, nothing is posted."""
    chains = tuple(
        chain
        for terminal in sorted(read)
        for chain in verify_terminal(
            terminal, read[terminal].entries, roots, policies, map(receipt.parse, read[terminal].receipts)
        )
    )
    return Outcome(chains, reconcile(chains))


def post(
    ledger: Ledger,
    read: Mapping[int, Delivered],
    roots: Sequence[bytes],
    policies: Sequence[bytes],
    settlement: Iterable[SettlementRow] = (),
    *,
    now_s: int,
) -> Outcome:
    """Take what was read and what was settled into the ledger, judge all of it anew, and post what is due.

    One transaction: all of it is in the ledger on return, or LedgerError and nothing is. now_s: the host's clock;
    entries that are new here were signed before it.
    """
    with ledger.writing("reconcile") as book:
        book.own(roots)
        book.add_policies(policies)
        for documents in read.values():
            for document in documents.receipts:
                book.add_receipt(document)
        new_entries = book.add_entries(_new(book, read, now_s))
        new_rows = book.add_settlement(settlement)
        known = _judge(book, read)
        postings = known.result.postings
        book.keep_chains(known.chains)
        book.keep_verdicts(known.result.vouchers)
        if new_entries or new_rows or postings:
            run = book.add_run(
                "reconcile", now_s, entries=new_entries, postings=len(postings), settlement_rows=new_rows
            )
            book.add_postings(postings, run)
    return Outcome(known.chains, known.result, known.settlement, new_entries, postings, new_rows)


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


def _judge(book: Book, read: Mapping[int, Delivered]) -> Outcome:
    chains: list[Chain] = []
    for terminal in sorted({*book.terminals(), *read}):
        # What is no entry at all is not in the ledger, but has to be told.
        more = read[terminal].entries if terminal in read else ()
        chains += chains_of(book, terminal, more)
    settlement = book.settlement()
    result = reconcile(chains, settlement, book.postings())
    return Outcome(tuple(chains), result, None if settlement is None else tuple(settlement))


def _new(book: Book, read: Mapping[int, Delivered], now_s: int) -> Iterable[HeldEntry]:
    """What was read and is not in the ledger yet. What is no entry at all has no place there."""
    for terminal, documents in read.items():
        held = book.digests(terminal)
        for document in documents.entries:
            if cose.digest(document) in held:
                continue
            try:
                one = entry.parse(document)
            except DocumentError:
                continue
            yield HeldEntry(one.terminal, one.sequence, one.kind, document, now_s)
