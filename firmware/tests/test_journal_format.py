"""The bytes in flash are those of docs/journal-format.md."""

import struct
from binascii import crc32

from journal.journal import Journal
from parts.nor_flash import NorFlash

# The example of docs/journal-format.md.
_EXAMPLE = "4e594a310000000000000000d802a611070067656e65736973b52f437c0400626f6f74863070f0ffffffffff"


def _read(flash: NorFlash, address: int, count: int) -> bytes:
    buffer = bytearray(count)
    flash.read(address, buffer)
    return bytes(buffer)


def test_the_documented_example_is_what_stands_in_flash() -> None:
    flash = NorFlash(None, 8)
    journal = Journal(flash)
    journal.recover()
    journal.append(0, b"genesis")
    journal.append(1, b"boot")
    expected = bytes.fromhex(_EXAMPLE)
    for half in (0, 4):
        assert _read(flash, half * 4096, len(expected)) == expected
        assert _read(flash, (half + 1) * 4096, 16) == b"NYJ1\x01\x00\x00\x00" + b"\xff" * 8  # ready
        assert _read(flash, (half + 3) * 4096, 16) == b"\xff" * 16  # not needed yet


def test_a_record_that_fits_a_page_never_leaves_it_and_a_longer_one_starts_it() -> None:
    flash = NorFlash(None, 8)
    journal = Journal(flash)
    journal.recover()
    places = []
    flash.before = lambda kind, address, data: places.append((address, len(data))) if address < 4096 else None
    for sequence, size in enumerate((234, 235, 7, 8, 10, 250, 251, 100, 768)):
        journal.append(sequence, bytes(size))
    assert places == [
        (8, 8),  # the header is completed
        (16, 240),  # exactly the rest of the first page
        (256, 241),
        (497, 13),
        (512, 14),  # two bytes were left
        (526, 16),
        (768, 256),
        (1024, 256),
        (1280, 1),
        (1281, 106),
        (1536, 256),
        (1792, 256),
        (2048, 256),
        (2304, 6),
    ]


def test_a_reader_of_ten_lines_finds_every_record() -> None:
    flash = NorFlash(None, 8)
    journal = Journal(flash)
    journal.recover()
    entries = [bytes([n]) * (40 * n + 1) for n in range(18)]
    for sequence, entry in enumerate(entries[:8]):
        journal.append(sequence, entry)
    sector = _read(flash, 4 * 4096, 4096)
    magic, generation, sequence, crc = struct.unpack("<4sIII", sector[:16])
    assert (magic, generation, crc) == (b"NYJ1", 0, crc32(sector[:12]))
    found = []
    offset = 16
    while offset < 4096:
        (length,) = struct.unpack_from("<H", sector, offset) if offset % 256 < 250 else (0xFFFF,)
        if length == 0xFFFF:
            offset += 256 - offset % 256
            continue
        framed = sector[offset : offset + 2 + length]
        assert struct.unpack_from("<I", sector, offset + 2 + length)[0] == crc32(struct.pack("<I", sequence) + framed)
        found.append(framed[2:])
        sequence += 1
        offset += length + 6
    assert found == entries[:8]
