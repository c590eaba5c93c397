"""The journal as its callers see it."""

from expect import raises
from journal.journal import (
    RESERVE_PAGES,
    Journal,
    JournalError,
    JournalFault,
    JournalFull,
    NoSuchEntry,
    UnsafeVoltage,
)
from journal_world import Day, entry_of
from parts.nor_flash import ERASE, NorFlash, PowerLost

_SALE = 235


def _journal(sectors: int = 24) -> tuple:
    flash = NorFlash(None, sectors)
    journal = Journal(flash)
    assert journal.recover() == (0, 0, True)
    return journal, flash


def _fill(journal: Journal, until: "int | None" = None) -> None:
    while until is None or journal.next_sequence < until:
        while journal.tidy():
            pass
        journal.append(journal.next_sequence, entry_of(journal.next_sequence, _SALE))


def test_a_blank_partition_is_an_empty_journal() -> None:
    journal, _ = _journal()
    assert journal.last() is None
    assert (journal.first_sequence, journal.next_sequence) == (0, 0)
    assert list(journal.entries(0)) == []
    raises(NoSuchEntry, journal.entry, 0)


def test_what_was_appended_is_read_back_after_a_restart() -> None:
    journal, flash = _journal()
    sizes = (1, 234, 235, 249, 250, 251, 500, 768)
    for sequence, size in enumerate(sizes):
        journal.append(sequence, entry_of(sequence, size))
    for reader in (journal, Journal(flash)):
        if reader is not journal:
            reader.recover()
        assert reader.last() == (7, entry_of(7, 768))
        assert list(reader.entries(3)) == [(n, entry_of(n, sizes[n])) for n in range(3, 8)]
        assert reader.entry(5) == entry_of(5, 251)  # backwards too
        assert reader.entry(1) == entry_of(1, 234)


def test_a_gap_or_a_repeated_sequence_is_refused() -> None:
    journal, flash = _journal()
    raises(ValueError, journal.append, 1, b"late")
    journal.append(0, b"genesis")
    programs = flash.programs
    raises(ValueError, journal.append, 0, b"again")
    raises(ValueError, journal.append, 2, b"late")
    assert flash.programs == programs


def test_an_entry_outside_its_bounds_is_refused() -> None:
    journal, _ = _journal()
    raises(ValueError, journal.append, 0, b"")
    raises(ValueError, journal.append, 0, bytes(769))
    journal.append(0, bytes(768))
    assert journal.entry(0) == bytes(768)


def test_a_sale_is_one_page_program_in_each_half_and_never_an_erase() -> None:
    journal, flash = _journal()
    most = 0
    while journal.next_sequence < 100:
        while journal.tidy():
            pass
        before = (flash.programs, flash.erases)
        journal.append(journal.next_sequence, entry_of(journal.next_sequence, 249))
        assert flash.erases == before[1]
        opened = journal.next_sequence % 15 == 1
        assert flash.programs - before[0] == (4 if opened else 2), journal.next_sequence
        most = max(most, flash.programs - before[0])
    assert most == 4  # a new sector's header comes with its first record


def test_small_records_share_a_page() -> None:
    journal, flash = _journal()
    programmed = flash.bytes_programmed
    for sequence in range(8):
        journal.append(sequence, bytes(20))
    assert journal._halves[0]._offset == 16 + 8 * 26
    assert flash.bytes_programmed - programmed == 2 * (8 + 8 * 26)


def test_appending_before_recovering_is_refused() -> None:
    raises(JournalFault, Journal(NorFlash(None, 8)).append, 0, b"genesis")


def test_a_full_journal_refuses_before_it_writes_and_goes_on_once_pruned() -> None:
    journal, flash = _journal(12)
    raises(JournalFull, _fill, journal)
    kept = journal.next_sequence
    assert kept == 6 * 15 == journal._halves[0].sectors * 15
    programs, erases = flash.programs, flash.erases
    raises(JournalFull, journal.append, kept, entry_of(kept, _SALE))
    assert (flash.programs, flash.erases) == (programs, erases)
    assert Journal(flash).recover() == (0, 0, True)
    journal.prune(20)
    _fill(journal, kept + 15)
    assert [data for _, data in journal.entries(21)] == [entry_of(n, _SALE) for n in range(21, kept + 15)]


def test_room_counts_the_sales_that_fit_and_keeps_a_reserve() -> None:
    journal, _ = _journal(40)
    room = journal.room()
    assert room == 20 * 15 - RESERVE_PAGES
    _fill(journal, room)
    assert journal.room() == 0
    _fill(journal, room + RESERVE_PAGES)  # the reserve is there for what must still be written
    raises(JournalFull, journal.append, journal.next_sequence, entry_of(0, _SALE))
    journal.prune(journal.next_sequence - 1)
    assert journal.room() == 19 * 15 - RESERVE_PAGES


def test_unsafe_voltage_writes_nothing() -> None:
    safe = [True]
    flash = NorFlash(None, 12)
    journal = Journal(flash, lambda: safe[0])
    journal.recover()
    for sequence in range(5):
        journal.append(sequence, entry_of(sequence, _SALE))
    flash.flip(256 * 3 + 40, 2)  # something to repair
    safe[0] = False
    programs, erases = flash.programs, flash.erases
    raises(UnsafeVoltage, journal.append, 5, entry_of(5, _SALE))
    assert not journal.tidy()
    again = Journal(flash, lambda: safe[0])
    raises(UnsafeVoltage, again.recover)
    assert (flash.programs, flash.erases) == (programs, erases)
    assert [data for _, data in again.entries(0)] == [entry_of(n, _SALE) for n in range(5)]  # reading always works
    raises(JournalFault, again.append, 5, entry_of(5, _SALE))
    safe[0] = True
    assert again.recover().trusted
    again.append(5, entry_of(5, _SALE))


def test_every_refusal_of_the_journal_is_a_journal_error() -> None:
    for error in (JournalFault, JournalFull, NoSuchEntry, UnsafeVoltage):
        assert issubclass(error, JournalError)


def test_pruned_entries_go_sector_by_sector_and_the_last_one_always_stays() -> None:
    journal, flash = _journal(12)
    _fill(journal, 80)
    journal.prune(79)
    _fill(journal, 81)
    assert journal.first_sequence == 79
    raises(NoSuchEntry, journal.entry, 78)  # given up, though not erased yet
    again = Journal(flash)
    again.recover()
    assert again.first_sequence == 30  # two sectors were to be erased ahead, and were
    again.prune(1000)
    while again.tidy():
        pass
    assert again.last() == (80, entry_of(80, _SALE))


def test_the_last_entry_stays_though_pruned_when_a_cut_left_the_newest_sector_empty() -> None:
    journal, flash = _journal(6)
    _fill(journal, 30)
    flash.cut(2, 0)  # the first record of the third sector, which is the last; its header is there
    raises(PowerLost, journal.append, 30, entry_of(30, _SALE))
    again = Journal(flash)
    assert again.recover().trusted
    again.prune(29)
    while again.tidy():
        pass
    third = Journal(flash)
    third.recover()
    assert third.last() == (29, entry_of(29, _SALE))
    assert third.next_sequence == 30


def test_reading_goes_on_while_entries_are_appended_and_pruned() -> None:
    journal, _ = _journal(12)
    _fill(journal, 60)
    seen = []
    for sequence, data in journal.entries(10):
        assert data == entry_of(sequence, _SALE)
        seen.append(sequence)
        if sequence < 50:
            journal.prune(sequence)
            _fill(journal, journal.next_sequence + 1)
    assert seen == list(range(10, 100))


def test_thirty_sales_without_idle_time_wait_for_no_erase_and_the_next_one_for_one_in_each_half() -> None:
    journal, flash = _journal()
    _fill(journal, 15)  # ends with a full sector
    while journal.tidy():
        pass
    erased = []
    flash.before = lambda kind, address, data: erased.append(address) if kind == ERASE else None
    for sequence in range(15, 45):
        journal.append(sequence, entry_of(sequence, 249))
    assert not erased
    journal.append(45, entry_of(45, 249))
    assert len(erased) == 2


def test_sectors_wear_evenly_over_many_laps() -> None:
    day = Day(14)
    day.start()
    day.run(900)
    assert min(day.flash.wear) > 10
    assert max(day.flash.wear) - min(day.flash.wear) <= 2, day.flash.wear
    assert day.flash.violations == 0


def test_what_another_program_left_in_the_partition_is_not_touched() -> None:
    flash = NorFlash(None, 12)
    for sector in (0, 1):
        flash.program(sector * 4096, b"\x01\x00\x00\x00\xf0\x0f\xff\xf7littlefs")
    journal = Journal(flash)
    assert not journal.recover().trusted
    raises(JournalFault, journal.append, 0, b"genesis")
    assert not journal.tidy()
    assert flash.programs == 2
    assert flash.erases == 0


def test_a_journal_of_another_size_is_not_touched() -> None:
    day = Day(14)
    day.start()
    day.run(40)
    flash = NorFlash(None, 12)
    page = bytearray(256)
    for address in range(0, 12 * 4096, 256):
        day.flash.read(address, page)
        flash.program(address, bytes(page))
    flash.reset_counters()
    assert not Journal(flash).recover().trusted
    assert flash.programs == flash.erases == 0
