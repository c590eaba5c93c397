"""install: take on the identity of the pending key, with the operator's root key and first policy, in one step."""

import asyncio

from crypto.ecdsa import BadKey
from journal.journal import UnsafeVoltage
from link.refusal import Refusal
from terminal.chain import PlaceTaken
from terminal.identity import OldPolicy
from voucher import DocumentError, entry
from wire.entry import RECEIPT_APPLIED, SALE, VOID
from wire.link import (
    BAD_DOCUMENT,
    OLD_POLICY,
    SLOT_POLICY,
    SLOT_ROOT_KEY,
    SLOT_TERMINAL_CERTIFICATE,
    UNRECEIPTED_ENTRIES,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from journal.journal import Journal
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    terminal = link.terminal
    if terminal.chain.reserved:
        raise PlaceTaken()
    if not terminal.ups.safe_to_write():
        raise UnsafeVoltage()  # now, not between the identity and its genesis
    root, certificate, policy = link.uploads.take(SLOT_ROOT_KEY, SLOT_TERMINAL_CERTIFICATE, SLOT_POLICY)
    voucher = await _last_unreceipted(terminal.journal)
    if voucher is not None:
        raise Refusal(UNRECEIPTED_ENTRIES, "up to %d" % voucher)
    try:
        terminal.identity.install(root, certificate, policy)
    except (DocumentError, BadKey) as error:
        raise Refusal(BAD_DOCUMENT, str(error))
    except OldPolicy as error:
        raise Refusal(OLD_POLICY, str(error))
    link.session.end()  # it was with the identity before
    await terminal.enrolled()
    terminal.identity.note_policy()
    return ()


async def _last_unreceipted(journal: "Journal") -> "int | None":
    """Sequence of the last voucher that no receipt covers, None when there is none."""
    voucher = receipted = -1
    for sequence, data in journal.entries(journal.first_sequence):
        kind = entry.peek(data)[0]
        if kind in (SALE, VOID):
            voucher = sequence
        elif kind == RECEIPT_APPLIED:
            receipted = entry.parse(data).body[0]
        await asyncio.sleep(0)
    return voucher if voucher > receipted else None
