"""What the till must know and only the chain can tell: taken entry by entry, at start from the journal, then as they
are appended. Both ways are one, so a restart changes nothing.
"""

import hashlib
import struct

from micropython import const

from terminal.cards import Cards
from voucher import entry
from wire.entry import (
    CARD_SEEN,
    DECLINED,
    OUTAGE_BEGAN,
    OUTAGE_ENDED,
    RECEIPT_APPLIED,
    SALE,
    SHIFT_CLOSED,
    VOID,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware import Vault
    from journal.journal import Journal

DECLINES_STORED_MAX = 200  # `declined` entries between receipts: nobody fills the journal by tapping a denied card

# What a receipt lets the journal forget, kept in the vault: sequence of the receipt_applied entry, the shift's sales,
# value, voids, voided, and the outage's flag, boot, uptime, time, payments, value.
_CARRIED = ">IIQIQBIIQIQ"
_CARRIED_NAME = const("tallies")
_NEW_SHIFT = (0, 0, 0, 0)


class Outage:
    """An outage in progress: `began` is (boot, uptime_s, time_s); payments and value_minor are of the sales since."""

    def __init__(self, began: tuple, payments: int = 0, value_minor: int = 0) -> None:
        self.began = began
        self.payments = payments
        self.value_minor = value_minor


class Tallies:
    """Vouchers without a receipt (`stored_*`, `cards`, `declines`), the shift, the outage, the last payment.

    shift is (sales, value_minor, voids, voided_minor) since it began.
    stored_count counts sales and voids, as a receipt does; stored_minor is sales less voids. `last_sale` is (sequence,
    amount_minor, card, digest) of the last sale that can be voided: of this shift, without a receipt, not voided.
    `unfinished` is the same tuple when a sale is the last thing the till did: at start, whether the merchant saw its
    APPROVED is not known.
    """

    def __init__(self, journal: "Journal", vault: "Vault") -> None:
        self._journal = journal
        self._vault = vault
        self.cards = Cards()
        self._recovering = False
        self.forget()

    def forget(self) -> None:
        """Begin with a new chain."""
        self.shift = _NEW_SHIFT
        self.outage = None
        self.receipted = None  # the sequence up to which the host has given a receipt
        self._receipt_at = None  # when the last receipt came, if the outage in progress is older
        self._forget_stored()

    def _forget_stored(self) -> None:
        self.stored_count = 0
        self.stored_minor = 0
        self.declines = 0
        self.last_sale = None
        self.unfinished = None
        self._first_stored = None
        self.cards.clear()

    # -- taking entries

    def recover(self, check: "Callable[[int, bytes], None]") -> None:
        """Take every kept entry, the oldest first; `check(sequence, data)` sees each before it counts."""
        self._recovering = True
        for sequence, data in self._journal.entries(self._journal.first_sequence):
            check(sequence, data)
            self.take(sequence, entry.peek(data)[0], data)
        self._recovering = False

    def take(self, sequence: int, kind: int, data: bytes) -> None:
        """Count one entry of the chain; they come in order."""
        if kind == RECEIPT_APPLIED:
            self._take_receipt(sequence, entry.parse(data))
            return
        moved_minor = self._take_stored(sequence, kind, data)
        sales, value_minor, voids, voided_minor = self.shift
        if kind == SALE:
            self.shift = (sales + 1, value_minor + moved_minor, voids, voided_minor)
            if self.outage is not None:
                self.outage.payments += 1
                self.outage.value_minor += moved_minor
        elif kind == VOID:
            self.shift = (sales, value_minor, voids + 1, voided_minor - moved_minor)
        elif kind == SHIFT_CLOSED:
            self.shift = _NEW_SHIFT
        elif kind == OUTAGE_BEGAN:
            self.outage = Outage(_moment(entry.parse(data)))
            self._receipt_at = None
        elif kind == OUTAGE_ENDED:
            self.outage = None

    def _take_stored(self, sequence: int, kind: int, data: bytes) -> int:
        """Count what a receipt takes back; return how much money the entry moves, negative when it is voided."""
        if kind == SALE:
            sale = entry.parse(data)
            card, amount_minor = sale.body[:2]
            self.last_sale = self.unfinished = (sequence, amount_minor, card, entry.digest(data))
            self._store(sale, amount_minor)
            self.cards.add(card, amount_minor)
            return amount_minor
        if kind == VOID:
            void = entry.parse(data)
            voided, amount_minor = void.body
            self._store(void, -amount_minor)
            if self.last_sale is not None and self.last_sale[0] == voided:
                self.cards.add(self.last_sale[2], -amount_minor)
            self.last_sale = self.unfinished = None
            return -amount_minor
        if kind == CARD_SEEN:
            fingerprint = hashlib.sha256(entry.parse(data).body[0]).digest()[:8]
            self.cards.note_seen(fingerprint, sequence)
        elif kind == DECLINED:
            self.declines += 1
            self.unfinished = None
        elif kind == SHIFT_CLOSED:
            self.last_sale = self.unfinished = None
        return 0

    def _store(self, voucher: entry.Entry, amount_minor: int) -> None:
        self.stored_count += 1
        self.stored_minor += amount_minor
        if self._first_stored is None:
            self._first_stored = _moment(voucher)

    # -- receipts

    def _take_receipt(self, sequence: int, receipt_applied: entry.Entry) -> None:
        """Count anew what came after the receipt's own sequence; the shift and the outage go on."""
        self._forget_stored()
        first = max(receipt_applied.body[0] + 1, self._journal.first_sequence)
        for later, data in self._journal.entries(first):
            if later >= sequence:
                break
            self._take_stored(later, entry.peek(data)[0], data)
        self.receipted = receipt_applied.body[0]
        self._receipt_at = _moment(receipt_applied)
        if self._recovering:
            self._recall(sequence)
        else:
            self._carry(sequence)

    def _carry(self, sequence: int) -> None:
        outage = self.outage
        fields = (0, 0, 0, 0, 0, 0) if outage is None else (1,) + outage.began + (outage.payments, outage.value_minor)
        self._vault.put(_CARRIED_NAME, struct.pack(_CARRIED, *((sequence,) + self.shift + fields)))

    def _recall(self, sequence: int) -> None:
        """The entries before this receipt may be gone: go on from what was carried over when it came."""
        carried = self._vault.get(_CARRIED_NAME)
        if carried is None or len(carried) != struct.calcsize(_CARRIED):
            return
        values = struct.unpack(_CARRIED, carried)
        # Carried at another receipt: power was cut before this one was, and so before anything was pruned.
        if values[0] != sequence:
            return
        self.shift = values[1:5]
        self.outage = Outage(values[6:9], values[9], values[10]) if values[5] else None

    # -- questions

    def offline_since(self) -> "tuple | None":
        """(boot, uptime_s, time_s) since when payments are kept without news from the operator; None: they are not.

        In an outage: its beginning; otherwise: the first stored voucher; a receipt starts either anew.
        """
        if self.outage is None:
            return self._first_stored
        return self._receipt_at or self.outage.began


def _moment(data: entry.Entry) -> tuple:
    return data.boot, data.uptime_s, data.time_s
