"""receipt: the host holds the chain up to here, so that part may leave the flash. Nothing else lets a voucher go."""

import asyncio

from journal.journal import JournalFull

from link.refusal import Refusal
from voucher import DocumentError, entry, receipt
from wire.entry import RECEIPT_APPLIED
from wire.link import BAD_DOCUMENT, BAD_RECEIPT, NO_SUCH_ENTRY, SLOT_RECEIPT


async def run(link: object, arguments: list) -> tuple:
    terminal = link.terminal
    (document,) = link.uploads.take(SLOT_RECEIPT)
    try:
        claim = receipt.verify(document, link.session.public)
    except DocumentError as error:
        raise Refusal(BAD_DOCUMENT, str(error))
    if claim.terminal != terminal.identity.terminal:
        raise Refusal(BAD_RECEIPT, "for terminal %d" % claim.terminal)
    if not await _applied(terminal.journal, claim):
        _compare(terminal.journal, claim)
        _apply(terminal, claim)
    # A repeated receipt too: power may have been cut between the entry and this.
    terminal.journal.prune(claim.sequence)
    return (claim.sequence,)


async def _applied(journal: object, claim: receipt.Receipt) -> bool:
    """True when the chain tells of this very receipt. Raises Refusal when it tells of another head at that sequence."""
    first = max(journal.first_sequence, claim.sequence + 1)
    if first < journal.next_sequence:
        for _, data in journal.entries(first):
            if entry.peek(data)[0] == RECEIPT_APPLIED:
                sequence, head = entry.parse(data).body
                if sequence == claim.sequence:
                    if head != claim.head:
                        raise Refusal(BAD_RECEIPT, "head at %d" % sequence)
                    return True
            await asyncio.sleep(0)
    return False


def _compare(journal: object, claim: receipt.Receipt) -> None:
    """Raise Refusal unless the journal's own entry is the one that the receipt speaks of."""
    if claim.sequence >= journal.next_sequence:
        raise Refusal(BAD_RECEIPT, "the chain ends at %d" % (journal.next_sequence - 1))
    if claim.sequence < journal.first_sequence:
        raise Refusal(NO_SUCH_ENTRY, "the first kept is %d" % journal.first_sequence)
    own = journal.entry(claim.sequence)
    if entry.digest(own) != claim.head:
        raise Refusal(BAD_RECEIPT, "head at %d" % claim.sequence)
    if entry.parse(own).turnover_minor != claim.turnover_minor:
        raise Refusal(BAD_RECEIPT, "turnover at %d" % claim.sequence)


def _apply(terminal: object, claim: receipt.Receipt) -> None:
    body = [claim.sequence, claim.head]
    try:
        terminal.chain.append(RECEIPT_APPLIED, body)
    except JournalFull:
        # Full to the brim: what the receipt covers makes the room in which to say so.
        terminal.journal.prune(claim.sequence)
        while terminal.journal.tidy():
            pass
        terminal.chain.append(RECEIPT_APPLIED, body)
