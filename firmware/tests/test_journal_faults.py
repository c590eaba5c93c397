"""Flash that lies, sticks, dies or forgets: any one sector may, and no entry is lost."""

from expect import raises
from journal.journal import Journal, JournalFault, UnsafeVoltage
from journal.sectors import LIVE
from journal_world import FULL, Cuts, Day, entry_of, question
from parts.nor_flash import PROGRAM, NorFlash, PowerLost


def _day(entries: int) -> Day:
    day = Day(14, kept=20)
    day.start()
    day.run(entries)
    return day


def _reads_all(journal: Journal, day: Day) -> bool:
    first = journal.first_sequence
    return first <= day.pruned_through + 1 and [data for _, data in journal.entries(first)] == day.approved[first:]


def test_a_program_that_reports_success_and_writes_nothing_is_caught() -> None:
    for lie in range(1, 60):
        day = Day()
        day.start()
        day.flash.lie(lie)
        for sequence in range(25):
            day.take()
            # The copy that was lied to was written again, not left to the other one.
            assert all(half.load(sequence) for half in day.journal._halves), (lie, sequence)
            if sequence % 5 == 0:
                assert Journal(day.flash.fork()).recover() == (0, 0, True), (lie, sequence)
            day.idle()
        assert _reads_all(day.journal, day), lie
        assert not question(day.flash, day), lie


def test_a_sector_whose_header_did_not_take_is_left_alone_until_the_next_start() -> None:
    day = Day()
    opened = []

    def lie_to_the_third_header(kind: int, address: int, data: "bytes | memoryview") -> None:
        if kind == PROGRAM and address % 4096 == 8:
            opened.append(address // 4096)
            if len(opened) == 5:  # both halves open at the same time
                day.flash.lie(1)

    day.flash.before = lie_to_the_third_header
    day.start()
    for _ in range(120):
        day.take()
        again = Journal(day.flash.fork())
        recovery = again.recover()
        assert recovery.trusted, len(day.approved)
        assert not recovery.closed, len(day.approved)
        assert _reads_all(again, day), len(day.approved)
        if len(day.approved) % 10 == 0:
            day.receipt(len(day.approved) - 8)
        day.idle()
        if len(day.approved) == 90:
            assert opened.count(2) == 1  # left alone ...
            day.journal = Journal(day.flash)
            day.start()
            day.receipt(82)
    assert opened[4:6] == [2, 3]
    assert opened.count(2) == 2  # ... until the next start
    assert _reads_all(day.journal, day)


def test_a_sector_that_sticks_at_any_moment_is_left_behind() -> None:
    for sector in range(14) if FULL else range(0, 14, 3):
        for moment in (0, 11, 37):
            day = _day(moment)
            day.flash.stick(sector)
            day.run(80)
            assert _reads_all(day.journal, day), (sector, moment)
            again = Journal(day.flash)
            assert again.recover().trusted, (sector, moment)
            assert _reads_all(again, day), (sector, moment)
            day.journal = again
            again.prune(day.pruned_through)
            day.run(20)
            assert _reads_all(again, day), (sector, moment)


def test_a_sector_that_refuses_its_erase_does_not_come_back_to_life_at_any_restart() -> None:
    for sector in (0, 3, 6, 8) if FULL else (3, 8):
        day = _day(70)
        day.flash.stick(sector)
        for _ in range(100):
            day.run(1)
            answer = question(day.flash.fork(), day, twice=False)
            assert not answer, (answer, sector, len(day.approved))


def test_the_half_that_could_not_erase_learns_from_the_other_what_was_pruned() -> None:
    flash = NorFlash(None, 12)
    journal = Journal(flash)
    journal.recover()
    for sequence in range(90):
        journal.append(sequence, entry_of(sequence, 235))
    journal.prune(40)
    second = journal._halves[1]
    assert second.prepare(30)
    assert second.prepare(30)
    flash.stick(0)  # refuses its erase and keeps its header; the erase of the one after it is cut
    flash.tear_erase(1, 4000)
    unsafe = Journal(flash, lambda: False)
    raises(UnsafeVoltage, unsafe.recover)
    again = Journal(flash)
    assert again.recover().trusted
    for reader in (unsafe, again):
        assert [sequence for sequence, _ in reader.entries(reader.first_sequence)] == list(range(30, 90))


def test_a_cut_while_there_is_a_sector_that_refuses_its_erase_loses_nothing() -> None:
    cuts = 0
    for sector in (2, 9):
        day = _day(70)
        day.flash.stick(sector)
        sweep = Cuts(day, shards=1 if FULL else 3, then=lambda flash, day: question(flash, day, twice=False))
        day.run(70 if FULL else 45)
        assert not sweep.wrong, (sector, sweep.first_wrong)
        cuts += sweep.cuts
    assert cuts > 180


def test_a_sector_whose_erase_leaves_bits_behind_is_never_used() -> None:
    day = _day(40)
    day.flash.wear_out(4)
    before = day.flash.wear[4]
    for _ in range(100):
        day.run(1)
        half = day.journal._halves[0]
        in_use = half.oldest <= half.newest - (half.newest - 4) % 7 and half._kinds[4] == LIVE
        assert not in_use or day.flash.wear[4] == before
    assert day.flash.wear[4] > before
    assert not question(day.flash, day)


def test_a_dead_sector_in_one_copy_costs_no_entry() -> None:
    for entries in (30, 95):
        for sector in range(14) if FULL else range(entries % 2, 14, 2):
            day = _day(entries)
            day.flash.kill(sector)
            assert _reads_all(day.journal, day), (entries, sector)
            again = Journal(day.flash)
            recovery = again.recover()
            assert recovery.trusted, (entries, sector)
            assert _reads_all(again, day), (entries, sector)
            day.journal = again
            again.prune(day.pruned_through)
            day.run(30)
            assert _reads_all(again, day), (entries, sector)


def test_a_sector_that_lost_its_contents_is_rebuilt_from_the_other_copy() -> None:
    rebuilt = 0
    for sector in range(14):
        day = _day(95)
        day.flash.tear_erase(sector, 3000)
        recovery = Journal(day.flash.fork()).recover()
        assert recovery.trusted, sector
        rebuilt += recovery.rebuilt
        assert not question(day.flash, day), sector  # asks that both halves hold everything again
    assert rebuilt > 40


def test_neighbouring_sectors_lost_in_one_half_are_rebuilt_one_by_one() -> None:
    for first in range(4):
        day = Day(12)
        day.start()
        for _ in range(80):
            day.take(235)
        for sector in (first, first + 1, first + 2):
            day.flash.tear_erase(sector, 4000)
        # The newest of them, when it is among them, is not rebuilt in place but copied behind the ones that are left.
        assert Journal(day.flash.fork()).recover() == (45 if first < 3 else 35, 0, True), first
        assert not question(day.flash, day), first


def test_a_half_that_is_gone_altogether_is_rebuilt() -> None:
    for half in (0, 7):
        day = _day(95)
        for sector in range(half, half + 7):
            day.flash.erase(sector)
        assert Journal(day.flash.fork()).recover().rebuilt >= 20
        assert not question(day.flash, day), half


def test_any_single_flipped_bit_in_a_small_journal_changes_nothing() -> None:
    day = Day(6)
    day.start()
    for size in (20, 61, 9, 255):
        day.take(size)
    wrong = []
    for sector in (0, 3) if not FULL else range(6):
        # Every bit of the header and three records, one bit in each byte of the last record, some of what is free.
        for at in range(4096) if FULL else list(range(540)) + list(range(540, 4096, 37)):
            for bit in range(8) if FULL or at < 124 else (at % 8,):
                flash = day.flash.fork()
                flash.flip(sector * 4096 + at, bit)
                answer = question(flash, day, 0)
                if answer and len(wrong) < 5:
                    wrong.append((answer, sector, at, bit))
    assert not wrong, wrong


def test_a_flipped_bit_in_free_space_and_a_cut_are_not_taken_for_a_lost_record() -> None:
    for after_bytes in (1, 100, 200):
        flash = NorFlash(None, 6)
        journal = Journal(flash)
        journal.recover()
        for sequence in range(3):
            journal.append(sequence, entry_of(sequence, 235))
        flash.flip(256 * 12 + 1, 4)  # first half, far behind the last record
        flash.cut(2, after_bytes)  # second half
        raises(PowerLost, journal.append, 3, entry_of(3, 235))
        again = Journal(flash)
        assert again.recover() == (1, 2, True)
        assert again.next_sequence == 4


def test_flipped_bits_in_old_sectors_are_read_around_and_mended_when_idle() -> None:
    day = _day(95)
    day.idle()
    half = day.journal._halves[0]
    for generation in range(half.oldest, half.newest):
        for offset in (16, 17, 20, 300, 513, 1024 + 90):
            flash = day.flash.fork()
            flash.flip(generation % 7 * 4096 + offset, offset % 8)
            journal = Journal(flash)
            assert journal.recover().trusted
            assert _reads_all(journal, day), (generation, offset)
            journal.prune(day.pruned_through)
            while journal.tidy():
                pass
            if journal.mended:
                for sequence in range(half._first(generation), half._first(generation + 1)):
                    assert journal._halves[0].load(sequence), (generation, offset)
                assert not question(flash, day), (generation, offset)


def test_an_oldest_sector_that_cannot_be_mended_is_passed_over() -> None:
    day = _day(70)
    half = day.journal._halves[0]
    oldest = half.oldest
    day.flash.flip(oldest % 7 * 4096 + 40, 3)
    day.flash.stick(oldest % 7)
    day.journal = Journal(day.flash)
    day.start()
    day.receipt(day.pruned_through)
    day.idle()
    assert day.journal.mended == 0
    assert day.journal._halves[0].oldest > oldest
    for _ in range(80):
        day.run(1)
        assert _reads_all(day.journal, day), len(day.approved)


def test_mending_is_seen_to_happen() -> None:
    day = _day(30)
    day.flash.flip(4096 + 600, 0)
    journal = Journal(day.flash)
    journal.recover()
    assert journal.mended == 0
    while journal.tidy():
        pass
    assert journal.mended > 3
    assert day.journal._halves[0].records.load(1, 16, day.journal._halves[0]._first(1)) >= 0


def test_a_record_behind_one_with_a_damaged_length_is_still_found() -> None:
    flash = NorFlash(None, 8)
    journal = Journal(flash)
    journal.recover()
    for sequence in range(20):
        journal.append(sequence, entry_of(sequence, 233))
    for half in (0, 4):  # both copies, so that reading cannot go around
        flash.flip(half * 4096 + 256 * 2, 7 if half else 6)
    again = Journal(flash)
    again.recover()
    for sequence in range(20):
        if sequence == 2:
            raises(JournalFault, again.entry, sequence)
        else:
            assert again.entry(sequence) == entry_of(sequence, 233)


def test_a_damaged_length_at_the_very_end_of_the_partition_is_not_followed() -> None:
    flash = NorFlash(None, 6)
    journal = Journal(flash)
    journal.recover()
    for sequence in range(45):
        journal.append(sequence, entry_of(sequence, 235))
    flash.flip(6 * 4096 - 256 + 1, 1)  # 235 becomes 747
    again = Journal(flash)
    assert again.recover().trusted
    assert again.last() == (44, entry_of(44, 235))


def test_headers_that_contradict_each_other_are_not_trusted() -> None:
    flash = NorFlash(None, 12)
    journal = Journal(flash)
    journal.recover()
    for sequence in range(40):
        journal.append(sequence, entry_of(sequence, 235))
    half = journal._halves[0]
    assert half.newest == 2
    assert half.records.erase(4)
    assert half.records.seal(4, 4, 20)  # newer than a sector that begins with 30
    before = (flash.programs, flash.erases)
    assert not Journal(flash).recover().trusted
    assert (flash.programs, flash.erases) == before


def test_both_copies_of_a_record_gone_stops_appending_but_not_reading() -> None:
    day = Day(8)
    day.start()
    for _ in range(12):
        day.take(233)
    for half in (0, 4):
        day.flash.flip(half * 4096 + 256 * 5 + 30, 1)
    before = (day.flash.programs, day.flash.erases)
    journal = Journal(day.flash)
    recovery = journal.recover()
    assert not recovery.trusted
    assert journal.next_sequence == 12
    raises(JournalFault, journal.append, 12, b"more")
    assert not journal.tidy()
    assert (day.flash.programs, day.flash.erases) == before  # nothing is made worse
    for sequence in range(12):
        if sequence == 5:
            raises(JournalFault, journal.entry, sequence)
        else:
            assert journal.entry(sequence) == day.approved[sequence]


def test_a_damaged_length_in_both_newest_sectors_is_noticed_by_what_stands_behind_it() -> None:
    day = Day(8)
    day.start()
    for _ in range(12):
        day.take(235)
    for half in (0, 4):
        day.flash.flip(half * 4096 + 256 * 4 + 1, 2)
    assert not Journal(day.flash).recover().trusted


def test_a_lost_sector_is_not_rebuilt_below_the_safe_voltage() -> None:
    day = _day(60)
    half = day.journal._halves[0]
    day.flash.tear_erase((half.newest - 1) % 7, 4000)
    before = (day.flash.programs, day.flash.erases)
    raises(UnsafeVoltage, Journal(day.flash, lambda: False).recover)
    assert (day.flash.programs, day.flash.erases) == before
    assert Journal(day.flash, lambda: True).recover().rebuilt


def test_a_page_that_faded_in_both_newest_sectors_is_noticed_at_start() -> None:
    day = Day(8)
    day.start()
    for _ in range(12):
        day.take(235)
    for half in (0, 4):
        day.flash._memory[half * 4096 + 256 * 4 : half * 4096 + 256 * 5] = b"\xff" * 256
    recovery = Journal(day.flash).recover()
    assert not recovery.trusted


def test_both_copies_of_a_sector_gone_is_noticed_at_start() -> None:
    day = _day(60)
    half = day.journal._halves[0]
    middle = (half.oldest + half.newest) // 2 % 7
    day.flash.tear_erase(middle, 4000)
    day.flash.tear_erase(7 + middle, 4000)
    assert not Journal(day.flash).recover().trusted


def test_halves_that_do_not_meet_are_not_joined() -> None:
    flash = NorFlash(None, 12)
    journal = Journal(flash)
    journal.recover()
    for sequence in range(90):
        journal.append(sequence, entry_of(sequence, 235))
    journal.prune(40)
    assert journal._halves[1].prepare(30)
    assert journal._halves[1].prepare(30)
    for sector in range(1, 6):  # the first half is left with 0 to 14, the second one begins with 30
        flash.tear_erase(sector, 4000)
    again = Journal(flash)
    assert not again.recover().trusted
    assert again.entry(89) == entry_of(89, 235)


def test_a_sale_waits_for_an_erase_when_all_that_was_erased_ahead_has_failed() -> None:
    day = _day(20)
    newest = day.journal._halves[0].newest
    for sector in range(newest, newest + 3):
        day.flash.stick(sector)
    erases = day.flash.erases
    day.take(235)
    assert day.flash.erases > erases
    assert day.journal._halves[0].newest == newest + 3
    day.idle()
    assert _reads_all(day.journal, day)
    again = Journal(day.flash)
    assert again.recover().trusted
    assert _reads_all(again, day)


def test_a_half_without_a_working_sector_left_stops_sales_and_keeps_reading() -> None:
    day = _day(20)
    for sector in range(7):
        day.flash.stick(sector)
    raises(JournalFault, day.run, 50)
    assert _reads_all(day.journal, day)
    raises(JournalFault, day.journal.append, len(day.approved), b"more")


class _Failing(NorFlash):
    """Reports an error for one sector, as esp_flash does when the chip does not answer."""

    failing = -1

    def program(self, address: int, data: "bytes | memoryview") -> None:
        if address // 4096 == self.failing:
            raise OSError(5)
        super().program(address, data)

    def erase(self, sector: int) -> None:
        if sector == self.failing:
            raise OSError(5)
        super().erase(sector)

    def read(self, address: int, buffer: "bytearray | memoryview") -> None:
        if address // 4096 == self.failing:
            raise OSError(5)
        super().read(address, buffer)


def test_an_error_that_the_chip_reports_is_a_sector_lost_and_nothing_worse() -> None:
    for sector in range(14):
        flash = _Failing(None, 14)
        day = Day(flash=flash)
        day.start()
        day.run(30)
        flash.failing = sector
        assert _reads_all(day.journal, day), sector
        day.run(60)
        assert _reads_all(day.journal, day), sector
        again = Journal(flash)
        assert again.recover().trusted, sector
        assert _reads_all(again, day), sector
