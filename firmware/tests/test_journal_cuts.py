"""Power cuts at every flash operation of a journal's life, singly and in pairs."""

from expect import raises
from journal.journal import Journal
from journal_world import FULL, Cuts, Day, entry_of, question, random_cuts
from parts.nor_flash import NorFlash, PowerLost


def test_a_cut_at_any_operation_of_a_day_keeps_every_approved_entry() -> None:
    day = Day()
    cuts = Cuts(day)
    day.start()
    day.run(600 if FULL else 75)
    assert not cuts.wrong, (cuts.wrong, cuts.first_wrong)
    assert cuts.cuts > 900
    assert min(day.flash.wear) >= 1  # the day went all around the ring


def _second_cut(flash: NorFlash, day: Day) -> str:
    """Start again after a cut, and cut that start and the first entries after it at every operation too."""
    again = Day(flash=flash)
    again.approved = list(day.approved)
    again.pruned_through = day.pruned_through
    # The entry in flight may turn out to be there; until the next one is appended it is still in flight.
    again.in_flight = day.in_flight
    cuts = Cuts(again)
    again.start()
    if again.journal.next_sequence > len(again.approved):
        again.approved.append(day.in_flight)
    again.in_flight = None
    again.receipt(day.pruned_through)
    again.take(233)
    again.idle()
    return str(cuts.first_wrong or "")


def test_a_second_cut_while_recovering_from_the_first_loses_nothing_either() -> None:
    day = Day()
    day.start()
    day.run(50)  # around the ring, so that there are receipts, torn erases and old records
    cuts = Cuts(day, shards=1 if FULL else 3, then=_second_cut)
    day.run(40 if FULL else 6)
    assert not cuts.wrong, (cuts.wrong, cuts.first_wrong)
    assert cuts.cuts > 20


def test_three_cuts_at_random_in_one_life_lose_nothing() -> None:
    wrong = [(seed, random_cuts(seed, 3)) for seed in range(400 if FULL else 40)]
    assert not [answer for answer in wrong if answer[1]], wrong


def test_cuts_in_a_blank_partition_s_first_moments_leave_an_empty_journal_that_works() -> None:
    day = Day(8)
    cuts = Cuts(day, shards=1 if FULL else 2, then=_second_cut)
    day.start()
    day.idle()
    day.take(400)
    assert not cuts.wrong, (cuts.wrong, cuts.first_wrong)
    assert cuts.cuts > 25


def test_a_cut_while_a_lost_sector_is_rebuilt_only_delays_it() -> None:
    for lost in (0, 1, 2, 7, 8):
        day = Day(14, kept=20)
        day.start()
        day.run(30)
        day.flash.tear_erase(lost, 4000)
        again = Day(flash=day.flash)
        again.approved = day.approved
        again.pruned_through = day.pruned_through
        cuts = Cuts(again)
        again.start()
        assert not cuts.wrong, (lost, cuts.wrong, cuts.first_wrong)
        assert cuts.cuts > 25


def test_the_process_that_dies_in_an_append_finds_the_entry_whole_or_not_at_all() -> None:
    # The sweeps above tear copies of the flash. This one dies for real, so that both ways are known to agree.
    outcomes = set()
    for operation in range(1, 5):
        for after_bytes in (0, 100, 241):
            flash = NorFlash(None, 8)
            journal = Journal(flash)
            journal.recover()
            for sequence in range(3):
                journal.append(sequence, entry_of(sequence, 235))
            flash.cut(operation, after_bytes)
            done = 3
            try:
                while True:
                    journal.append(done, entry_of(done, 235))
                    done += 1
            except PowerLost:
                pass
            again = Journal(flash)
            recovery = again.recover()
            assert recovery.trusted
            assert again.next_sequence - done in (0, 1)
            assert again.last() == (again.next_sequence - 1, entry_of(again.next_sequence - 1, 235))
            outcomes.add((again.next_sequence - done, recovery.rebuilt, recovery.closed))
    assert outcomes == {(0, 0, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1), (1, 0, 0)}, outcomes


def test_the_same_entry_in_flight_is_reported_once() -> None:
    flash = NorFlash(None, 8)
    journal = Journal(flash)
    journal.recover()
    journal.append(0, entry_of(0, 300))
    flash.cut(3, 0)  # the second copy's first program
    raises(PowerLost, journal.append, 1, entry_of(1, 400))
    assert Journal(flash).recover() == (1, 0, True)
    assert Journal(flash).recover() == (0, 0, True)


def test_the_sweep_notices_a_journal_that_returns_too_early() -> None:
    day = Day(8)
    day.start()
    day.run(5)
    day.approved.append(entry_of(5, 235))  # approved, though nothing was written
    assert question(day.flash.fork(), day) == "lost"
    day.approved.pop()
    day.approved.pop()
    assert question(day.flash.fork(), day) == "duplicated"
