"""What the journal's tests and its sweep share: a day of a journal's life, and the question asked after every cut."""

import os

from micropython import const

from journal.journal import Journal
from journal.sectors import LIVE
from parts.nor_flash import ERASE, NorFlash, PowerLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SECTORS = const(10)
FULL = os.getenv("NYALA_SWEEP") == "full"  # the long way: before a release

_RECEIPT_EVERY = const(11)

# Sizes of the day's entries in turn: boot, sale, the largest sale, a card seen first and its sale, the bounds of all.
_SIZES = (148, 232, 249, 512, 235, 250, 251, 170, 234, 768, 233, 1, 249, 600)


def entry_of(sequence: int, size: int) -> bytes:
    """An entry like no other: noise that depends on its place."""
    state = sequence * 2654435761 + 1 & 0xFFFFFFFF
    data = bytearray(size)
    for index in range(size):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        data[index] = state >> 16 & 0xFF
    return bytes(data)


class Day:
    """A journal in use: entries of all sizes, receipts, idle time. `approved`: entries whose append returned.

    A receipt covers all but the last `kept` entries.
    """

    def __init__(self, sectors: int = SECTORS, flash: "NorFlash | None" = None, kept: int = 8) -> None:
        self.flash = flash or NorFlash(None, sectors)
        self.approved = []
        self.in_flight = None  # the entry being appended
        self.pruned_through = -1
        self._kept = kept
        self.journal = Journal(self.flash)

    def start(self) -> None:
        self.journal.recover()

    def take(self, size: "int | None" = None) -> None:
        """Append one entry."""
        sequence = len(self.approved)
        self.in_flight = entry_of(sequence, size or _SIZES[sequence % len(_SIZES)])
        self.journal.append(sequence, self.in_flight)
        self.approved.append(self.in_flight)
        self.in_flight = None

    def idle(self) -> None:
        while self.journal.tidy():
            pass

    def receipt(self, through: int) -> None:
        self.pruned_through = max(self.pruned_through, through)
        self.journal.prune(through)

    def run(self, entries: int) -> None:
        for _ in range(entries):
            self.take()
            if len(self.approved) % _RECEIPT_EVERY == 0:
                self.receipt(len(self.approved) - self._kept)
            self.idle()

    def go_on(self) -> None:
        """Start again after a power cut; an entry that was in flight and is there counts as approved from now on."""
        self.journal = Journal(self.flash)
        self.journal.recover()
        if self.in_flight is not None and self.journal.next_sequence > len(self.approved):
            self.approved.append(self.in_flight)
        self.in_flight = None
        self.receipt(self.pruned_through)


def random_cuts(seed: int, cuts: int) -> str:
    """Lose power so often in one life, at moments that `seed` chooses, in a start as well as in an append; "", or what
    is wrong at the end."""
    day = Day(flash=NorFlash(None, SECTORS, seed=seed + 1))
    state = seed * 2654435761 + 97 & 0x7FFFFFFF
    for number in range(cuts):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        # The first moment falls anywhere in two laps of the ring, the others also into the start just after a cut.
        operations = 1 + (state >> 8) % (400 if number == 0 else 30)
        day.flash.cut(operations, (state >> 4) % 4097 if state & 8 else (state >> 4) % 257)
        try:
            day.go_on()
            while True:
                day.run(1)
        except PowerLost:
            pass
    return question(day.flash, day)


def question(flash: NorFlash, day: Day, go_on: int = 2, twice: bool = True) -> str:
    """Start a journal on what a cut left of `day`, let it go on; "", or what is wrong: lost, duplicated, corrupt.

    `twice`: every record must stand in both halves again, as it must when no sector is beyond use.
    """
    journal = Journal(flash)
    recovery = journal.recover()
    approved = len(day.approved)
    if not recovery.trusted or journal.next_sequence < approved or journal.first_sequence > day.pruned_through + 1:
        return "lost"
    expected = day.approved
    if journal.next_sequence > approved:
        if day.in_flight is None or journal.next_sequence > approved + 1:
            return "duplicated"
        expected = day.approved + [day.in_flight]
    wrong = _compare(journal, expected)
    if wrong or flash.violations:
        return wrong or "corrupt"
    if journal._halves[0].end != journal._halves[1].end:
        # A ring full of what may not be erased before prune() has its missing records copied afterwards.
        journal.prune(day.pruned_through)
        while journal.tidy():
            pass
    if twice:
        wrong = _both_halves(journal, flash, max(journal.first_sequence, day.pruned_through + 1))
    return wrong or _goes_on(journal, flash, expected, day.pruned_through, go_on)


def _compare(journal: Journal, expected: list) -> str:
    sequence = journal.first_sequence
    for found, data in journal.entries(sequence):
        if found != sequence:
            return "duplicated"
        if data != expected[sequence]:
            return "corrupt"
        sequence += 1
    return "" if sequence == len(expected) else "lost"


def _both_halves(journal: Journal, flash: NorFlash, first: int) -> str:
    """Recovery gives every record back its second copy, and uses no sector whose erase was cut."""
    for half, base in zip(journal._halves, (0, flash.sectors // 2)):
        for sequence in range(first, journal.next_sequence):
            if not half.load(sequence):
                return "lost"
        for position in range(half.sectors):
            if half._kinds[position] == LIVE and base + position in flash.weak:
                return "corrupt"
    return ""


def _goes_on(journal: Journal, flash: NorFlash, expected: list, pruned_through: int, entries: int) -> str:
    """Take more entries, start again: nothing is reported a second time and everything is still there."""
    expected = list(expected)
    journal.prune(pruned_through)
    for _ in range(entries):
        while journal.tidy():
            pass
        expected.append(entry_of(len(expected), 235))
        journal.append(len(expected) - 1, expected[-1])
    again = Journal(flash)
    recovery = again.recover()
    if entries and (recovery.rebuilt or recovery.closed or not recovery.trusted):
        return "duplicated"
    return _compare(again, expected)


class Cuts:
    """Asks at every program and erase of a day what a power cut there would leave. `wrong` counts the answers.

    Each cut tears a copy of the flash, so that one day serves for all of them.
    """

    def __init__(
        self,
        day: Day,
        shard: int = 0,
        shards: int = 1,
        then: "Callable[[NorFlash, Day], str]" = question,
        dense: bool = FULL,
    ) -> None:
        self.day = day
        self.wrong = {}
        self.first_wrong = None
        self.cuts = 0
        self._shard = shard
        self._shards = shards
        self._operation = 0
        self._then = then
        self._dense = dense
        day.flash.before = self._cut

    def _cut(self, kind: int, address: int, data: "bytes | memoryview") -> None:
        self._operation += 1
        if self._operation % self._shards != self._shard:
            return
        size = 4096 if kind == ERASE else len(data)
        for after_bytes in (0, 1, 2, size // 3, size // 2, size - 1, size) if self._dense else (1, size // 3, size):
            flash = self.day.flash.fork()
            if kind == ERASE:
                flash.tear_erase(address // 4096, after_bytes)
            else:
                flash.tear_program(address, data, after_bytes)
            self.cuts += 1
            wrong = self._then(flash, self.day)
            if wrong:
                self.wrong[wrong] = self.wrong.get(wrong, 0) + 1
                self.first_wrong = self.first_wrong or (wrong, self._operation, kind, address, after_bytes)
