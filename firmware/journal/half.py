"""One copy of the journal: a ring of sectors in which every record stands once, in order (docs/journal-format.md).

A sector's generation counts up by one with every step around the ring, so `generation % sectors` is its position.
"""

from array import array

from micropython import const

from journal.sectors import DIRTY, HEADER_BYTES, LIVE, PAGE_BYTES, READY, SECTOR_BYTES, Sectors, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardware import Flash

READY_SECTORS = const(2)  # erased ahead: room for 30 sales before tidy() must have run
SECTOR_PAGES = const(15)  # records of a page's size in an empty sector; its first page has the header

_READY_BYTE = b"\x01"
_WORN = const(3)  # beside DIRTY, READY and LIVE: did not take an erase since start; left alone until the next start


class Half:
    """`sectors` sectors from `first_sector`. `end` is the sequence after its last record."""

    def __init__(self, flash: "Flash", first_sector: int, sectors: int, buffer: bytearray, page: bytearray) -> None:
        self.records = Sectors(flash, first_sector, buffer, page)
        self.sectors = sectors
        self._kinds = bytearray(sectors)
        self._firsts = array("I", bytes(4 * sectors))  # first sequences; a gap has that of the sector after it
        self._forget()

    def _forget(self) -> None:
        self.newest = self.oldest = -1  # generations; -1: no sector holds records
        self.end = 0
        self.seen = 0  # more than `end` when records were found, or must have been, beyond one that cannot be read
        self.torn = False  # the newest sector did not end cleanly
        self.pruned_before = 0  # sequences below were pruned: sectors that held them have been erased since
        self._offset = SECTOR_BYTES  # of the next record in the newest sector
        self._next = (-1, 0, 0)  # (sequence, generation, offset) after the record last read: makes reading on cheap
        self._usable = (-1, 0)  # (pruned_before, sectors that may be used) as last counted

    # -- start

    def scan(self) -> bool:
        """Learn from headers and the newest sector what this half holds. False: there are headers that are not ours."""
        self._forget()
        generations = array("I", bytes(4 * self.sectors))
        known = True
        for position in range(self.sectors):
            self._kinds[position] = self.records.header(position)
            generations[position] = self.records.generation
            self._firsts[position] = self.records.first
            if self._kinds[position] == LIVE:
                known = known and self.records.generation % self.sectors == position
                self.newest = max(self.newest, self.records.generation)
        for position in range(self.sectors):
            # A sector that kept an older header was skipped when its turn came: it did not take its erase.
            generation = self.newest - (self.newest - position) % self.sectors
            if self._kinds[position] == READY:
                generation += self.sectors
            if generations[position] != generation:
                self._kinds[position] = DIRTY
        if self.newest >= 0:
            known = self._walk_back() and known
            self.end, self.seen, offset = self._survey(self.newest)
            self.torn = offset < 0
            self._offset = SECTOR_BYTES if self.torn else offset
        return known

    def _walk_back(self) -> bool:
        """Find the oldest sector that counts. False when sequences do not grow with generations."""
        known = True
        generation = self.newest
        lowest = max(generation - self.sectors + 1, 0)
        while generation >= lowest and self._kind(generation) != READY:
            position = generation % self.sectors
            following = self._firsts[(generation + 1) % self.sectors]
            if self._kinds[position] != LIVE:
                self._firsts[position] = following
            else:
                known = known and (generation == self.newest or self._firsts[position] <= following)
                self.oldest = generation
            generation -= 1
        # Sectors are erased in ring order: whatever is older than an erased one was pruned before it.
        if generation >= lowest and self.oldest == generation + 1:
            self.pruned_before = self._first(self.oldest)
        while generation >= lowest:
            if self._kind(generation) == LIVE:
                self._kinds[generation % self.sectors] = DIRTY
            generation -= 1
        return known

    def strange(self) -> int:
        """How many sectors are neither blank nor marked (for a half without records): none or one in a new journal."""
        strange = 0
        for position in range(self.sectors):
            offset = 8 if self._kinds[position] == READY else 0
            strange += not self.records.blank(position, offset)
        return strange

    # -- reading

    @property
    def first(self) -> int:
        """The oldest sequence held here; `end` when there is none."""
        return self._first(self.oldest) if self.oldest >= 0 else self.end

    def load(self, sequence: int) -> bool:
        """Load a record into the buffer; False when this half does not have it, or not whole."""
        expected, generation, offset = self._next
        if expected != sequence or (generation < self.newest and self._first(generation + 1) <= sequence):
            generation = self._find(sequence)
            if generation < 0:
                return False
            expected, offset = self._first(generation), HEADER_BYTES
        position = generation % self.sectors
        while True:
            at = self.records.load(position, offset, expected)
            if expected == sequence or not self.records.size:
                break
            offset = self.records.start + self.records.size
            expected += 1
        if (at < 0 or expected != sequence) and not self.records.search(position, sequence):
            return False
        self._next = (sequence + 1, generation, self.records.start + self.records.size)
        return True

    def _find(self, sequence: int) -> int:
        """The generation of the sector that holds `sequence`, -1 when there is none."""
        low, high = self.oldest, self.newest
        if low < 0 or sequence < self._first(low) or sequence >= max(self.end, self.seen):
            return -1
        while low < high:
            middle = (low + high + 1) >> 1
            if self._first(middle) <= sequence:
                low = middle
            else:
                high = middle - 1
        return low if self._kind(low) == LIVE else -1

    # -- writing

    def fits(self, size: int) -> bool:
        """True when a record of `size` bytes can be put without an erase."""
        return place(self._offset, size) < SECTOR_BYTES or self.ready() > 0

    def put(self, sequence: int, size: int) -> bool:
        """Write the record in the buffer; move on to a fresh sector when it does not read back. False: none is left."""
        while True:
            offset = place(self._offset, size)
            if offset < SECTOR_BYTES:
                if self.records.write(self.newest % self.sectors, offset, size):
                    self._offset = offset + size
                    self.end = self.seen = sequence + 1
                    return True
                self._offset = SECTOR_BYTES  # nothing is put behind a record that did not take
            if not self._open(sequence):
                return False

    def _open(self, first: int) -> bool:
        self._usable = (-1, 0)
        for generation in self._ahead():
            if self._kind(generation) != READY:
                continue
            position = generation % self.sectors
            if self.records.open(position, generation, first):
                for skipped in range(self.newest + 1, generation + 1):
                    self._firsts[skipped % self.sectors] = first
                self._kinds[position] = LIVE
                self.newest = generation
                self.oldest = generation if self.oldest < 0 else self.oldest
                self._offset = HEADER_BYTES
                return True
            self._kinds[position] = _WORN
        return False

    def rewrite(self, generation: int, first: int, stop: int, other: "Half") -> bool:
        """Put the records from `first` up to `stop`, which `other` has, into a sector that lost them. False: failed."""
        if not other.fill_one_sector(first, stop):
            return False
        position = generation % self.sectors
        if generation == self.oldest:
            self._leave_oldest()
        self._next = (-1, 0, 0)
        self._usable = (-1, 0)
        self._kinds[position] = _WORN
        self._firsts[position] = stop
        if not self.records.erase(position):
            return False
        offset = HEADER_BYTES
        for sequence in range(first, stop):
            other.load(sequence)
            offset = place(offset, other.records.size)
            if not self.records.write(position, offset, other.records.size):
                return False
            offset += other.records.size
        # The header comes last: cut before it, the sector is as lost as it was and is rebuilt again.
        if not self.records.seal(position, generation, first):
            return False
        self._kinds[position] = LIVE
        self._firsts[position] = first
        self.oldest = min(self.oldest, generation)
        return True

    # -- room

    def ready(self) -> int:
        """Sectors that are erased ahead."""
        return self._kinds.count(_READY_BYTE)

    def room(self, pruned_before: int) -> int:
        """How many records of a page's size fit, once tidy() has erased what it may."""
        if self._usable[0] != pruned_before:
            sectors = 0
            for generation in self._ahead():
                kind = self._kind(generation)
                if kind == LIVE and not self._pruned(generation - self.sectors, pruned_before):
                    break
                sectors += kind != _WORN
            self._usable = (pruned_before, sectors)
        return (SECTOR_BYTES - self._offset) // PAGE_BYTES + SECTOR_PAGES * self._usable[1]

    def prepare(self, pruned_before: int) -> bool:
        """Erase the next sector of the ring unless enough are erased. False: none is due or none may be erased."""
        ahead = 0
        for generation in self._ahead():
            position = generation % self.sectors
            kind = self._kinds[position]
            if kind == READY:
                ahead += 1
                if ahead == READY_SECTORS:
                    return False
            elif kind != _WORN:
                if kind == LIVE:
                    if not self._pruned(generation - self.sectors, pruned_before):
                        return False
                    self._leave_oldest()
                took = self.records.erase(position) and self.records.mark_ready(position, generation)
                self._kinds[position] = READY if took else _WORN
                self._usable = (-1, 0)
                return True
        return False

    def mend(self, position: int, other: "Half") -> int:
        """Read a sector through; write it anew when a record in it went bad. Returns how many, -1: nothing to read.

        The newest sector is left alone: recover() has read it, append() reads back.
        """
        generation = self.newest - (self.newest - position) % self.sectors
        if self._kinds[position] != LIVE or not self.oldest <= generation < self.newest:
            return -1
        first, stop = self._first(generation), self._first(generation + 1)
        if self._survey(generation)[0] >= stop or not self.rewrite(generation, first, stop, other):
            return 0
        return stop - first

    def lost(self, other: "Half") -> "Iterator[tuple[int, int, int]]":
        """Yield (generation, first, stop) for each sector that lost records, newest first: `other` must have them."""
        for generation in range(self.newest - 1, max(self.newest - self.sectors, -1), -1):
            kind = self._kind(generation)
            if kind == READY:
                return
            if kind != DIRTY:
                continue
            before = generation - 1
            while before >= self.oldest and self._kind(before) != LIVE:
                before -= 1
            first = max(other.first, self._survey(before)[0] if before >= self.oldest else 0)
            stop = self._first(generation + 1)
            if first < stop:
                # As much as one sector of the other half holds: that fits.
                yield generation, max(first, other.first_beside(stop - 1)), stop

    def fill_one_sector(self, first: int, stop: int) -> bool:
        """True when the records from `first` up to `stop` can all be read here and fit into one sector."""
        offset = HEADER_BYTES
        for sequence in range(first, stop):
            if not self.load(sequence):
                return False
            offset = place(offset, self.records.size)
            if offset == SECTOR_BYTES:
                return False
            offset += self.records.size
        return True

    def first_beside(self, sequence: int) -> int:
        """The first sequence in the sector that holds `sequence`; `sequence` itself when none does."""
        generation = self._find(sequence)
        return self._first(generation) if generation >= 0 else sequence

    def _ahead(self) -> range:
        """Generations that the sectors after the newest one will have."""
        return range(self.newest + 1, max(self.newest, 0) + self.sectors)

    def _pruned(self, generation: int, pruned_before: int) -> bool:
        return generation < self.newest and self._first(generation + 1) <= pruned_before

    def _leave_oldest(self) -> None:
        self._next = (-1, 0, 0)
        self._kinds[self.oldest % self.sectors] = DIRTY
        self.oldest += 1
        while self._kind(self.oldest) != LIVE:
            self.oldest += 1

    def _survey(self, generation: int) -> tuple:
        return self.records.survey(generation % self.sectors, self._first(generation))

    def _kind(self, generation: int) -> int:
        return self._kinds[generation % self.sectors]

    def _first(self, generation: int) -> int:
        return self._firsts[generation % self.sectors]
