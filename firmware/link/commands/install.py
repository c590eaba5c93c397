"""install: take on the identity of the pending key, with the operator's root key and first policy, in one step."""

import asyncio

from crypto.ecdsa import BadKey
from link.refusal import Refusal
from terminal.identity import OldPolicy
from voucher import DocumentError, entry
from voucher.certificate import parse
from wire.entry import RECEIPT_APPLIED, SALE, TRUST_NONE, VOID
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
    voucher = await _last_unreceipted(terminal.journal)
    if voucher is not None:
        raise Refusal(UNRECEIPTED_ENTRIES, "up to %d" % voucher)
    # From here to the identity nothing waits: no sale gets in between.
    link.check_writable()
    root, certificate, policy = link.uploads.take(SLOT_ROOT_KEY, SLOT_TERMINAL_CERTIFICATE, SLOT_POLICY)
    try:
        # With a clock that is wrong now nobody could log in to set it right.
        if terminal.clock.trust != TRUST_NONE and parse(certificate).expired(terminal.clock.now_s()):
            raise Refusal(BAD_DOCUMENT, "certificate: expired by the clock here")
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
