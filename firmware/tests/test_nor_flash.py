"""The NOR model keeps to a chip's rules; what the journal's tests prove rests on it."""

import os

from expect import raises
from parts.nor_flash import NorFlash, PowerLost

_PATH = "nor_flash_test.bin"


def _read(flash: NorFlash, address: int, count: int) -> bytes:
    buffer = bytearray(count)
    flash.read(address, buffer)
    return bytes(buffer)


def test_programming_only_clears_bits_and_counts_attempts_to_set_them() -> None:
    flash = NorFlash(None, 2)
    flash.program(5, b"\xf0\x0f")
    assert flash.violations == 0
    flash.program(5, b"\x3c\x0f")
    assert _read(flash, 4, 4) == b"\xff\x30\x0f\xff"
    assert flash.violations == 1
    flash.erase(0)
    assert _read(flash, 0, 4096) == b"\xff" * 4096
    assert flash.wear == [1, 0]


def test_a_program_that_leaves_its_page_or_the_chip_is_an_error() -> None:
    flash = NorFlash(None, 2)
    raises(ValueError, flash.program, 250, bytes(7))
    raises(ValueError, flash.program, 2 * 4096 - 1, bytes(2))
    raises(ValueError, flash.program, 0, b"")
    raises(ValueError, flash.read, -1, bytearray(1))
    raises(ValueError, flash.erase, 2)
    flash.program(250, bytes(6))


def test_time_is_modelled_from_the_data_sheet() -> None:
    flash = NorFlash(None, 2)
    flash.program(0, bytes(256))
    assert flash.elapsed_us == 700
    flash.erase(0)
    assert flash.elapsed_us == 45_700
    _read(flash, 0, 4096)
    assert flash.elapsed_us == 45_700 + 820
    flash.reset_counters()
    flash.program(0, b"\0")
    assert flash.elapsed_us == 32


def test_a_cut_tears_the_operation_it_names() -> None:
    flash = NorFlash(None, 2)
    flash.cut(2, 100)
    flash.program(0, bytes(256))
    raises(PowerLost, flash.program, 256, bytes(256))
    torn = _read(flash, 256, 256)
    assert 100 <= torn.count(b"\0") <= 101
    assert torn[:100] != bytes(100)  # in no particular order
    flash.cut(1, 2000)
    raises(PowerLost, flash.erase, 0)
    torn = _read(flash, 0, 256)
    assert 0 < torn.count(b"\0") < 256
    assert 0 < torn.count(b"\xff") < 256
    assert flash.weak == {0}
    flash.erase(0)
    assert not flash.weak


def test_lies_stuck_and_dead_sectors_and_flips_do_what_they_say() -> None:
    flash = NorFlash(None, 4)
    flash.lie(2)
    for page in range(3):
        flash.program(256 * page, b"\0")
    assert [_read(flash, 256 * page, 1) for page in range(3)] == [b"\0", b"\xff", b"\0"]
    flash.stick(1)
    flash.program(4096, b"\0")
    assert _read(flash, 4096, 1) == b"\xff"
    flash.kill(2)
    assert _read(flash, 2 * 4096, 32) != _read(flash, 2 * 4096, 32)
    assert _read(flash, 3 * 4096, 32) == b"\xff" * 32
    flash.flip(3 * 4096, 4)
    assert _read(flash, 3 * 4096, 1) == b"\xef"
    flash.wear_out(3)
    flash.erase(3)
    assert sorted(_read(flash, 3 * 4096, 4096))[:2] == [0xFB, 0xFF]


def test_a_fork_goes_its_own_way() -> None:
    flash = NorFlash(None, 2)
    flash.program(0, b"\x12")
    twin = flash.fork()
    twin.program(1, b"\x34")
    flash.program(2, b"\x56")
    assert _read(flash, 0, 3) == b"\x12\xff\x56"
    assert _read(twin, 0, 3) == b"\x12\x34\xff"


def test_a_file_keeps_what_was_programmed_without_being_closed() -> None:
    died = []
    try:
        flash = NorFlash(_PATH, 2, lambda: died.append(1))
        flash.program(4096, b"kept")
        flash.cut(1, 1)
        flash.program(4100, b"\0\0")
        assert died
        again = NorFlash(_PATH, 2)
        assert _read(again, 4096, 4) == b"kept"
        assert _read(again, 4100, 2) != b"\0\0"
        assert again.fork().sectors == 2
        raises(ValueError, NorFlash, _PATH, 3)
    finally:
        os.unlink(_PATH)


def test_reading_disturbs_the_sector_read_when_asked_to_and_not_otherwise() -> None:
    flash = NorFlash(None, 2)
    page = bytearray(256)
    for _ in range(100):
        flash.read(0, page)
    assert flash.fork().reads == 0
    assert _cleared_bits(flash) == [0, 0]
    flash.disturb(10)
    for _ in range(100):
        flash.read(256, page)
    flash.disturb(0)
    for _ in range(100):
        flash.read(4096, page)
    assert 8 <= _cleared_bits(flash)[0] <= 10  # a bit may be hit twice
    assert _cleared_bits(flash)[1] == 0


def _cleared_bits(flash: NorFlash) -> list:
    counts = []
    for sector in range(flash.sectors):
        cells = bytearray(4096)
        flash.read(sector * 4096, cells)
        counts.append(sum(bin(cell ^ 0xFF).count("1") for cell in cells if cell != 0xFF))
    return counts
