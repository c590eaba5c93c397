"""The cards since the last receipt, in one buffer: which entry holds a card's certificate, what is stored of it."""

import struct

from micropython import const

CARDS_MAX = 256

_FINGERPRINT_BYTES = const(8)
_ROW = ">8sII"  # fingerprint, sequence of its card_seen entry, stored total in minor units
_ROW_BYTES = const(16)
_UNSEEN = const(0xFFFFFFFF)
_TOTAL_MAX = const(0xFFFFFFFF)


class CardsFull(Exception):
    """Every row holds money of another card: read the terminal out before taking a new card."""


class Cards:
    """A table of at most CARDS_MAX rows; a row without stored money makes room for a new card, the oldest first."""

    def __init__(self) -> None:
        self._rows = bytearray(CARDS_MAX * _ROW_BYTES)
        self._used = 0

    def clear(self) -> None:
        self._used = 0

    def seen(self, fingerprint: bytes) -> "int | None":
        """Sequence of the card's card_seen entry, None when it was not seen."""
        at = self._find(fingerprint)
        if at < 0:
            return None
        sequence = struct.unpack_from(_ROW, self._rows, at)[1]
        return None if sequence == _UNSEEN else sequence

    def total_minor(self, fingerprint: bytes) -> int:
        """What is stored of this card."""
        at = self._find(fingerprint)
        return 0 if at < 0 else struct.unpack_from(_ROW, self._rows, at)[2]

    def room(self, fingerprint: bytes) -> bool:
        """Whether this card has a row or one can be made."""
        return self._find(fingerprint) >= 0 or self._used < CARDS_MAX or self._idle_row() >= 0

    def note_seen(self, fingerprint: bytes, sequence: int) -> None:
        """The card's certificate is in entry `sequence`. Without a free row it is simply not remembered."""
        if self.room(fingerprint):
            at = self._row(fingerprint)
            self._put(at, fingerprint, sequence, struct.unpack_from(_ROW, self._rows, at)[2])

    def add(self, fingerprint: bytes, amount_minor: int) -> None:
        """Count `amount_minor` (negative: voided) to the card. Raises CardsFull."""
        at = self._row(fingerprint)
        _, sequence, total_minor = struct.unpack_from(_ROW, self._rows, at)
        self._put(at, fingerprint, sequence, min(max(0, total_minor + amount_minor), _TOTAL_MAX))

    def _put(self, at: int, fingerprint: bytes, sequence: int, total_minor: int) -> None:
        struct.pack_into(_ROW, self._rows, at, fingerprint, sequence, total_minor)

    def _find(self, fingerprint: bytes) -> int:
        at = self._rows.find(fingerprint, 0, self._used * _ROW_BYTES)
        while at >= 0 and at % _ROW_BYTES:
            at = self._rows.find(fingerprint, at + 1, self._used * _ROW_BYTES)
        return at

    def _row(self, fingerprint: bytes) -> int:
        """Offset of the card's row, a new one if need be."""
        at = self._find(fingerprint)
        if at >= 0:
            return at
        if self._used < CARDS_MAX:
            at = self._used * _ROW_BYTES
            self._used += 1
        else:
            at = self._idle_row()
            if at < 0:
                raise CardsFull("all %d rows hold stored payments" % CARDS_MAX)
        self._put(at, fingerprint, _UNSEEN, 0)
        return at

    def _idle_row(self) -> int:
        for at in range(0, self._used * _ROW_BYTES, _ROW_BYTES):
            if not struct.unpack_from(_ROW, self._rows, at)[2]:
                return at
        return -1
