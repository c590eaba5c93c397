"""The journal: entries appended one by one, kept twice on raw NOR flash (docs/journal-format.md, journal-design.md)."""

from collections import namedtuple

from micropython import const

from journal.errors import JournalError, JournalFault, JournalFull, NoSuchEntry, UnsafeVoltage
from journal.half import READY_SECTORS, SECTOR_PAGES, Half
from journal.sectors import BUFFER_BYTES, FRAME_BYTES, PAGE_BYTES, SECTOR_BYTES
from wire.entry import ENTRY_BYTES_MAX, SEQUENCE_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hardware import Flash

__all__ = ["Journal", "JournalError", "JournalFault", "JournalFull", "NoSuchEntry", "Recovery", "UnsafeVoltage"]

# Kept free by room() for what is not a sale: boots, the end of an outage, the receipt that lets the journal be pruned.
RESERVE_PAGES = 4 * SECTOR_PAGES

_CHECKS_A_SECTOR = const(8)  # sectors read through for each one that is filled
_SECTORS_MIN = const(3)  # in a half: the newest, one erased ahead, one being pruned

# `rebuilt`: records copied from the other half; `closed`: torn tails; not `trusted`: read it out, it takes no more.
Recovery = namedtuple("Recovery", ("rebuilt", "closed", "trusted"))


class Journal:
    """`flash`: an even number of sectors. `safe()`: True while the supply permits to write flash; None: always.

    recover() comes first. Sequences run from 0 without a gap. One task uses the journal; no call waits.
    """

    def __init__(self, flash: "Flash", safe: "Callable[[], bool] | None" = None) -> None:
        if flash.sector_bytes != SECTOR_BYTES or flash.sectors % 2 or flash.sectors < 2 * _SECTORS_MIN:
            raise ValueError("flash: the journal wants an even number of 4096-byte sectors, six or more")
        buffer = bytearray(BUFFER_BYTES)
        page = bytearray(PAGE_BYTES)
        sectors = flash.sectors // 2
        self._halves = (Half(flash, 0, sectors, buffer, page), Half(flash, sectors, sectors, buffer, page))
        self._safe = safe or (lambda: True)
        self._fault = "call recover() first"
        self._pruned_before = 0
        self._checked = self._checks_due = self._filled = 0
        self.next_sequence = 0
        self.mended = 0  # records that went bad in one copy and were written anew from the other, since start

    # -- start

    def recover(self) -> Recovery:
        """Find out what flash holds, close torn tails, give each half what only the other has. Never formats.

        Raises UnsafeVoltage before anything that it would have to write; reading works then, call again to append.
        """
        self._fault = "recover() has not finished: call it again"
        self._pruned_before = self.next_sequence = 0
        known = [half.scan() for half in self._halves]
        first, second = self._halves
        closed = first.torn + second.torn
        if not all(known):
            return self._distrust("there are sectors that another journal wrote", 0, closed)
        if first.newest < 0 and second.newest < 0 and first.strange() + second.strange() > 1:
            # One strange sector is what a cut leaves in the journal's first moments.
            return self._distrust("the partition holds something else", 0, 0)
        # A half whose erase failed learns from the other one how far pruning had come.
        self._pruned_before = max(first.pruned_before, second.pruned_before)
        self.next_sequence = max(first.end, second.end)
        seen = max(first.seen, second.seen)
        if seen > self.next_sequence:
            self.next_sequence = seen
            return self._distrust("both copies of a record are damaged", 0, closed)
        return self._repair(closed)

    def _repair(self, closed: int) -> Recovery:
        rebuilt = 0
        first, second = self._halves
        for half, other in ((first, second), (second, first)):
            copied = self._level(half, other)
            if copied < 0:
                return self._distrust("both copies of a record are gone", rebuilt, closed)
            rebuilt += copied
        for half, other in ((first, second), (second, first)):
            for generation, start, stop in half.lost(other):
                if not all(other.load(sequence) for sequence in range(start, stop)):
                    return self._distrust("both copies of a record are gone", rebuilt, closed)
                self._must_be_safe()
                if half.rewrite(generation, start, stop, other):
                    rebuilt += stop - start
            # In a new journal this also redoes, before anything else is written, the one erase that was cut.
            while half.ready() < READY_SECTORS:
                self._must_be_safe()
                if not half.prepare(self._pruned_before):
                    break
        self._checks_due = 2 * first.sectors
        self._filled = first.newest + second.newest
        self._fault = ""
        return Recovery(rebuilt, closed, True)

    def _level(self, half: Half, other: Half) -> int:
        """Copy to `half` what follows its end in `other`; return how many records, -1 when one cannot be read."""
        if half.newest >= 0 and half.end < other.first:
            return -1
        first = max(half.end, other.first)
        for sequence in range(first, other.end):
            if not other.load(sequence):
                return -1
            self._must_be_safe()
            while not half.put(sequence, other.records.size):
                if not half.prepare(self._pruned_before):
                    return sequence - first  # no room: append() says so, tidy() tries again
        return max(other.end - first, 0)

    def _distrust(self, why: str, rebuilt: int, closed: int) -> Recovery:
        self._fault = why
        return Recovery(rebuilt, closed, False)

    def _must_be_safe(self) -> None:
        if not self._safe():
            raise UnsafeVoltage("the supply is too low to write flash")

    # -- writing

    def append(self, sequence: int, entry: bytes) -> None:
        """Write `entry` as number `sequence`, which must be `next_sequence`. On return both copies have been read back.

        Raises JournalFull, UnsafeVoltage (nothing was written), JournalFault (a copy may be there: recover() decides).
        """
        if self._fault:
            raise JournalFault(self._fault)
        if sequence != self.next_sequence or sequence > SEQUENCE_MAX:
            raise ValueError("sequence: %d is not next, %d is" % (sequence, self.next_sequence))
        if not 1 <= len(entry) <= ENTRY_BYTES_MAX:
            raise ValueError("entry: %d bytes, 1 to %d fit" % (len(entry), ENTRY_BYTES_MAX))
        self._must_be_safe()
        self._make_room(sequence, len(entry))
        size = self._halves[0].records.frame(sequence, entry)
        for half in self._halves:
            # The second copy is not begun before the first one has been read back: at most one sector is in doubt.
            while not half.put(sequence, size):
                # Every sector erased ahead has just failed.
                if not half.prepare(self._pruned_before):
                    self._fault = "the flash takes no more: every sector tried reads back wrong"
                    raise JournalFault(self._fault)
        self.next_sequence = sequence + 1

    def _make_room(self, sequence: int, entry_bytes: int) -> None:
        """Nothing to do when tidy() was called in time; otherwise erase now rather than refuse a sale."""
        first, second = self._halves
        if first.end != second.end and (self._level(first, second) < 0 or self._level(second, first) < 0):
            self._fault = "both copies of a record are gone"
            raise JournalFault(self._fault)
        for half in self._halves:
            while half.end != sequence or not half.fits(entry_bytes + FRAME_BYTES):
                if half.end != sequence or not half.prepare(self._pruned_before):
                    raise JournalFull("no room for %d bytes: read the journal out, then prune" % entry_bytes)

    def prune(self, through_sequence: int) -> None:
        """Give up all entries up to this one; tidy() erases them in its time. Not remembered: say it after each start.

        The last entry always stays.
        """
        self._pruned_before = max(self._pruned_before, min(through_sequence + 1, self.next_sequence - 1))

    def tidy(self) -> bool:
        """When idle: erase a sector ahead of need (45 ms), or read one through. False: nothing is due or allowed."""
        if self._fault or not self._safe():
            return False
        first, second = self._halves
        if first.ready() > second.ready():
            first, second = second, first
        if first.prepare(self._pruned_before) or second.prepare(self._pruned_before):
            return True
        if first.end != second.end:
            try:
                return self._level(first, second) + self._level(second, first) > 0
            except UnsafeVoltage:
                return False  # it fell while we were at it
        return self._check_next()

    def _check_next(self) -> bool:
        """Read the next sector through: bits that flip unseen must not wait there until the other copy is needed."""
        filled = self._halves[0].newest + self._halves[1].newest
        self._checks_due += _CHECKS_A_SECTOR * (filled - self._filled)
        self._filled = filled
        while self._checks_due > 0:
            self._checks_due -= 1
            self._checked += 1
            half = self._checked % 2
            position = self._checked // 2 % self._halves[0].sectors
            mended = self._halves[half].mend(position, self._halves[1 - half])
            if mended >= 0:
                self.mended += mended
                return True
        return False

    def room(self) -> int:
        """How many records of a page (a sale is one, a card seen first up to three) fit beside the reserve."""
        if self._fault or self._halves[0].end != self._halves[1].end:
            return 0
        pages = min(half.room(self._pruned_before) for half in self._halves)
        return max(pages - RESERVE_PAGES, 0)

    # -- reading

    @property
    def first_sequence(self) -> int:
        """The oldest entry that is kept; `next_sequence` when there is none. What is pruned is not given out any more,
        erased or not."""
        held = min((half.first for half in self._halves if half.newest >= 0), default=self.next_sequence)
        return max(held, self._pruned_before)

    def entry(self, sequence: int) -> bytes:
        """Return one entry. Raises NoSuchEntry, and JournalFault when neither copy can be read."""
        if not self.first_sequence <= sequence < self.next_sequence:
            raise NoSuchEntry("sequence: %d is not in the journal" % sequence)
        for half in self._halves:
            if half.load(sequence):
                return half.records.entry()
        self._fault = "both copies of entry %d are damaged" % sequence
        raise JournalFault(self._fault)

    def entries(self, first: int) -> "Iterator[tuple[int, bytes]]":
        """Yield (sequence, entry) from `first` on, also what is appended meanwhile. Raises as entry() does."""
        sequence = first
        while sequence < self.next_sequence:
            yield sequence, self.entry(sequence)
            sequence += 1

    def last(self) -> "tuple[int, bytes] | None":
        """(sequence, entry) of the newest entry; None when the journal is empty."""
        return (self.next_sequence - 1, self.entry(self.next_sequence - 1)) if self.next_sequence else None
