"""read: entries in order, one a response, as many as the host can take; a sale goes on meanwhile."""

import asyncio

from link.refusal import Refusal
from wire.link import BAD_REQUEST, NO_SUCH_ENTRY, READ_CREDIT_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    first, credit = arguments
    if not 1 <= credit <= READ_CREDIT_MAX:
        raise Refusal(BAD_REQUEST, "credit must be 1..%d" % READ_CREDIT_MAX)
    journal = link.terminal.journal
    if first < journal.first_sequence:
        raise Refusal(NO_SUCH_ENTRY, "the first kept is %d" % journal.first_sequence)
    sequence = first
    # What is appended meanwhile is for the next read: the end must not run away.
    end = min(first + credit, journal.next_sequence)
    if first < end:
        for sequence, entry in journal.entries(first):
            await link.more(sequence, entry)
            sequence += 1
            if sequence >= end:
                break
            await asyncio.sleep(0)
    return sequence, journal.next_sequence - 1
