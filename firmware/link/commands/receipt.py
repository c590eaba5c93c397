"""receipt: the host holds the chain up to here, so that part may leave the flash. Nothing else lets a voucher go."""

import asyncio

from journal.journal import JournalFull
from link.refusal import Refusal
from voucher import DocumentError, entry, receipt
from wire.entry import RECEIPT_APPLIED
from wire.link import BAD_DOCUMENT, BAD_RECEIPT, NO_SUCH_ENTRY, SLOT_RECEIPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal.journal import Journal
    from link.service import Link
    from terminal.terminal import Terminal


async def run(link: "Link", arguments: list) -> tuple:
    terminal = link.terminal
    (document,) = link.uploads.take(SLOT_RECEIPT)
    try:
        claim = receipt.verify(document, link.session.public)
    except DocumentError as error:
        raise Refusal(BAD_DOCUMENT, str(error))
    if claim.terminal != terminal.identity.terminal:
        raise Refusal(BAD_RECEIPT, "for terminal %d" % claim.terminal)
    applied = await _applied(terminal.journal, claim.sequence)
    if applied is None:
        _compare(terminal.journal, claim)
        _apply(terminal, claim)
    elif applied[0] != claim.sequence:
        raise Refusal(NO_SUCH_ENTRY, "there is a receipt for %d" % applied[0])
    elif applied[1] != claim.head:
        raise Refusal(BAD_RECEIPT, "head at %d" % claim.sequence)
    # A repeated receipt too: power may have been cut between the entry and this.
    terminal.journal.prune(claim.sequence)
    return (claim.sequence,)


async def _applied(journal: "Journal", sequence: int) -> "list | None":
    """[sequence, head] of the first receipt in the chain for `sequence` or a later one; None when there is none."""
    for _, data in journal.entries(max(journal.first_sequence, sequence + 1)):
        if entry.peek(data)[0] == RECEIPT_APPLIED:
            body = entry.parse(data).body
            if body[0] >= sequence:
                return body
        await asyncio.sleep(0)
    return None


def _compare(journal: "Journal", claim: receipt.Receipt) -> None:
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


def _apply(terminal: "Terminal", claim: receipt.Receipt) -> None:
    body = [claim.sequence, claim.head]
    try:
        terminal.chain.append(RECEIPT_APPLIED, body)
    except JournalFull:
        # Full to the brim: what the receipt covers makes the room in which to say so.
        terminal.journal.prune(claim.sequence)
        terminal.chain.append(RECEIPT_APPLIED, body)
