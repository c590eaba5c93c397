"""Headers and records in the sectors of one half, read and written in place (docs/journal-format.md)."""

import struct
from binascii import crc32

from micropython import const

from wire.entry import ENTRY_BYTES_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Flash

PAGE_BYTES = const(256)
SECTOR_BYTES = const(4096)
HEADER_BYTES = const(16)
FRAME_BYTES = const(6)  # length u16, CRC-32
RECORD_AT = const(4)  # in the buffer: the sequence stands before the record, because the CRC covers both
RECORD_BYTES_MAX = ENTRY_BYTES_MAX + FRAME_BYTES
BUFFER_BYTES = RECORD_AT + RECORD_BYTES_MAX

# What a sector is, by its header.
DIRTY = const(0)  # blank, half erased, half opened or given up: to be erased before use
READY = const(1)  # erased to the end, seen blank, and marked
LIVE = const(2)  # holds records

# What load() finds instead of a record.
FREE = const(-1)
BAD = const(-2)

_MAGIC = b"NYJ1"
_MARK_BYTES = const(8)  # magic and generation: written when erased; the rest of the header when opened
_RECORD_BYTES_MIN = const(7)
_LENGTH_FREE = const(0xFFFF)
_BLANK_PAGE = b"\xff" * 256
_TORN_BYTES = const(1024)  # no torn record reaches farther into the pages that follow
_CONDEMNED = b"\0\0\0\0"


def place(offset: int, size: int) -> int:
    """Where in a sector a record of `size` bytes goes that comes after `offset`; SECTOR_BYTES when it does not fit."""
    into_page = offset % PAGE_BYTES
    if into_page and size > PAGE_BYTES - into_page:
        offset += PAGE_BYTES - into_page
    return offset if offset + size <= SECTOR_BYTES else SECTOR_BYTES


class Sectors:
    """Sectors by position from 0. `buffer` (BUFFER_BYTES) holds the record last loaded, or the one to be written."""

    def __init__(self, flash: "Flash", first_sector: int, buffer: bytearray, page: bytearray) -> None:
        self._flash = flash
        self._first_sector = first_sector
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._page = page
        self._page_view = memoryview(page)
        self._blank = memoryview(_BLANK_PAGE)
        self._header = bytearray(HEADER_BYTES)
        self.start = self.size = 0  # of the record that load() met; size 0: its length makes no sense
        self.generation = self.first = 0  # of the header last read

    # -- the flash. Its errors are not reported here: whoever writes reads back, whoever reads checks a CRC.

    def _read(self, position: int, offset: int, buffer: memoryview) -> None:
        try:
            self._flash.read((self._first_sector + position) * SECTOR_BYTES + offset, buffer)
        except OSError:
            for index in range(len(buffer)):
                buffer[index] = 0  # zeros are neither a record nor a header nor blank

    def _program(self, position: int, offset: int, data: memoryview) -> bool:
        """Program page by page, then read all of it back."""
        address = (self._first_sector + position) * SECTOR_BYTES
        done = 0
        while done < len(data):
            count = min(len(data) - done, PAGE_BYTES - (offset + done) % PAGE_BYTES)
            try:
                self._flash.program(address + offset + done, data[done : done + count])
            except OSError:
                pass
            done += count
        done = 0
        while done < len(data):
            count = min(len(data) - done, PAGE_BYTES)
            self._read(position, offset + done, self._page_view[:count])
            if self._page_view[:count] != data[done : done + count]:
                return False
            done += count
        return True

    def blank(self, position: int, offset: int) -> bool:
        """True when everything from `offset` to the sector's end is 0xFF."""
        while offset < SECTOR_BYTES:
            count = PAGE_BYTES - offset % PAGE_BYTES
            self._read(position, offset, self._page_view[:count])
            if self._page_view[:count] != self._blank[:count]:
                return False
            offset += count
        return True

    # -- headers

    def header(self, position: int) -> int:
        """Read a header: LIVE (`generation` and `first` are set), READY (`generation` is set) or DIRTY."""
        header = self._header
        self._read(position, 0, memoryview(header))
        magic, self.generation, self.first, crc = struct.unpack("<4sIII", header)
        if magic != _MAGIC:
            return DIRTY
        if self.first == crc == 0xFFFFFFFF:
            return READY
        return LIVE if crc == crc32(memoryview(header)[:12]) else DIRTY

    def erase(self, position: int) -> bool:
        """Erase, and see that it is blank."""
        # The header goes first: so a sector whose header holds was never touched by an erase, also by one that was cut.
        address = (self._first_sector + position) * SECTOR_BYTES
        try:
            self._flash.program(address, _CONDEMNED)
            self._flash.erase(self._first_sector + position)
        except OSError:
            return False
        return self.blank(position, 0)

    def mark_ready(self, position: int, generation: int) -> bool:
        """Say that the erase was finished. A sector that merely reads blank may be half erased."""
        struct.pack_into("<4sI", self._header, 0, _MAGIC, generation)
        return self._program(position, 0, memoryview(self._header)[:_MARK_BYTES])

    def open(self, position: int, generation: int, first: int) -> bool:
        """Complete the header of a marked sector."""
        self._fill_header(generation, first)
        if not self._program(position, _MARK_BYTES, memoryview(self._header)[_MARK_BYTES:]):
            return False
        return self.header(position) == LIVE

    def seal(self, position: int, generation: int, first: int) -> bool:
        """Write the whole header of an unmarked sector that already holds its records."""
        self._fill_header(generation, first)
        return self._program(position, 0, memoryview(self._header))

    def _fill_header(self, generation: int, first: int) -> None:
        struct.pack_into("<4sII", self._header, 0, _MAGIC, generation, first)
        struct.pack_into("<I", self._header, 12, crc32(memoryview(self._header)[:12]))

    # -- records

    def frame(self, sequence: int, entry: bytes) -> int:
        """Put the record of `entry` into the buffer; return its size."""
        end = RECORD_AT + 2 + len(entry)
        struct.pack_into("<IH", self._buffer, 0, sequence, len(entry))
        self._buffer[RECORD_AT + 2 : end] = entry
        struct.pack_into("<I", self._buffer, end, crc32(self._view[:end]))
        return len(entry) + FRAME_BYTES

    def write(self, position: int, offset: int, size: int) -> bool:
        """Program the record in the buffer; True when it reads back byte for byte."""
        return self._program(position, offset, self._view[RECORD_AT : RECORD_AT + size])

    def entry(self) -> bytes:
        """The entry of the record in the buffer."""
        return bytes(self._view[RECORD_AT + 2 : RECORD_AT + self.size - 4])

    def load(self, position: int, offset: int, sequence: int) -> int:
        """Load the record that comes after `offset`, which must be number `sequence`, into the buffer.

        Returns its offset, FREE when the next place is free, BAD when it is neither; sets `start` and `size`.
        """
        self.size = 0
        while offset < SECTOR_BYTES:
            rest = PAGE_BYTES - offset % PAGE_BYTES
            if rest >= _RECORD_BYTES_MIN:
                self.start = offset
                self._read(position, offset, self._view[RECORD_AT : RECORD_AT + rest])
                length = self._buffer[RECORD_AT] | self._buffer[RECORD_AT + 1] << 8
                if length != _LENGTH_FREE:
                    return self._complete(position, offset, sequence, length, rest)
                if self._view[RECORD_AT : RECORD_AT + rest] != self._blank[:rest]:
                    return BAD
                if rest == PAGE_BYTES:
                    return FREE
            offset += rest  # a record that did not fit here stands on the next page
        return FREE

    def _complete(self, position: int, offset: int, sequence: int, length: int, rest: int) -> int:
        size = length + FRAME_BYTES
        if not 1 <= length <= ENTRY_BYTES_MAX or place(offset, size) != offset:
            return BAD
        self.size = size
        if size > rest:
            self._read(position, offset + rest, self._view[RECORD_AT + rest : RECORD_AT + size])
        struct.pack_into("<I", self._buffer, 0, sequence)
        end = RECORD_AT + size - 4
        return offset if struct.unpack_from("<I", self._buffer, end)[0] == crc32(self._view[:end]) else BAD

    def survey(self, position: int, sequence: int) -> tuple:
        """Read a sector to its end whose first record is `sequence`.

        Returns (sequence after its good records, sequence after all that were there as far as that shows,
        offset for the next record or -1 when nothing more may be put here).
        """
        offset = HEADER_BYTES
        end = -1
        while True:
            at = self.load(position, offset, sequence)
            if at >= 0:
                sequence += 1
                offset = at + self.size
                continue
            if at == FREE and self.blank(position, offset):
                return (sequence, sequence, offset) if end < 0 else (end, sequence, -1)
            end = sequence if end < 0 else end
            after = self.start + self.size
            if at == BAD and self.size and self.load(position, after, sequence + 1) >= 0:
                sequence += 1  # not the torn tail that a power cut leaves: this record was whole, others follow it
                offset = after
                continue
            beyond = (offset + PAGE_BYTES - 1) // PAGE_BYTES * PAGE_BYTES + _TORN_BYTES
            return end, sequence + (1 if self._lengths(position, beyond) else 0), -1

    def _lengths(self, position: int, offset: int) -> bool:
        """True when a page from `offset` on begins with a possible length: six bits, at least, that were programmed."""
        for page in range(offset, SECTOR_BYTES, PAGE_BYTES):
            self.load(position, page, 0)
            if self.size:
                return True
        return False

    def search(self, position: int, sequence: int) -> bool:
        """Look for a record from every page: the lengths that lead to it are damaged. The CRC tells its number."""
        for page in range(0, SECTOR_BYTES, PAGE_BYTES):
            offset = page or HEADER_BYTES
            while offset < page + PAGE_BYTES:
                if self.load(position, offset, sequence) >= 0:
                    return True
                if not self.size:
                    break
                offset = self.start + self.size
        return False
