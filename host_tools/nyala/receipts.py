"""Making receipts: the host's signed word that it holds a chain, which alone lets a terminal prune.

A receipt is made from the ledger and nothing else, so what it covers is on disk; it goes no further than the chain is
whole, signed by the terminal and free of contradiction.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nyala.bookkeeping import chains_of
from nyala.documents import cose, receipt
from nyala.documents.receipt import Receipt
from nyala.errors import InputError, LedgerError, PortError
from nyala.inbox import Inbox
from nyala.keys import Staff
from nyala.ledger import Ledger
from nyala.wire.entry import ROLE_RECONCILER

if TYPE_CHECKING:
    from nyala.link.client import Client


@dataclass(frozen=True, slots=True)
class MadeReceipt:
    """A receipt and its signed document. new: it was made just now, not for an earlier run."""

    receipt: Receipt
    document: bytes
    new: bool


def make(ledger: Ledger, staff: Staff, terminal: int, *, now_s: int) -> MadeReceipt:
    """Make the receipt for all of `terminal`'s chain that can be covered, and keep it in the ledger.

    Made once: asked again while nothing has been added, it returns the one it made before, as long as the same key
    signed it. InputError when `staff` is no reconciler, LedgerError when there is nothing to cover.
    """
    if staff.role != ROLE_RECONCILER:
        raise InputError(f"{staff.name} is no reconciler; only a reconciler's receipt counts for a terminal.")
    with ledger.writing("receipt") as book:
        chains = chains_of(book, terminal)
        chain = chains[-1] if chains else None
        if chain is None:
            raise LedgerError(f"The ledger holds nothing of terminal {terminal}; read and reconcile it first.")
        sound_to = chain.sound_to
        if sound_to is None:
            raise LedgerError(f"Nothing of terminal {terminal}'s chain can be covered; see `nyala verify` for why.")
        signer = cose.key_id(cose.public_bytes(staff.key))
        for made, document in reversed(book.receipts(terminal)):
            if made.head == sound_to.digest and cose.open_named(document, len(document))[1] == signer:
                return MadeReceipt(made, document, False)
        made = Receipt(
            terminal,
            sound_to.entry.sequence,
            sound_to.digest,
            chain.vouchers_to_there,
            sound_to.entry.turnover_minor,
            now_s,
        )
        document = receipt.sign(made, staff.key)
        book.add_receipt(document)
    return MadeReceipt(made, document, True)


def hand_over(ledger: Ledger, client: "Client", staff: Staff, *, now_s: int, inbox: Inbox | None = None) -> MadeReceipt:
    """Make the receipt for the terminal at `client`, keep it (in `inbox` too), and give it to the terminal.

    May be repeated; an interrupted one is finished by doing it again. Raises as `make`, and PortError, RefusedError.
    """
    terminal = client.hello().terminal
    if terminal is None:
        raise PortError(f"The terminal at {client.port} is not provisioned; there is nothing to acknowledge.")
    client.login(staff)
    made = make(ledger, staff, terminal, now_s=now_s)
    if inbox is not None and made.document not in inbox.receipts(terminal):
        inbox.add_receipt(terminal, made.document)
    client.receipt(made.document)
    return made
