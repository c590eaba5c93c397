"""The chain's only writer: places, queue, start, and when it refuses."""

import till_rig
from expect import raises
from journal.journal import JournalFull, UnsafeVoltage
from link_rig import NOW_S, TERMINAL
from terminal import faults
from terminal.chain import ChainBroken, PlaceTaken
from till_rig import Card, entries, kinds
from voucher import entry
from wire.entry import (
    BOOT,
    DECLINED,
    FAULT,
    GENESIS,
    OUTAGE_BEGAN,
    OUTAGE_ENDED,
    SALE,
    SHIFT_CLOSED,
    TRUST_LOWER_BOUND,
    VOID,
)


def _sale(amount_minor=500):
    return [b"cardcard", amount_minor, 360, 1, amount_minor, b"s" * 64]


def test_a_new_chain_begins_with_genesis_over_the_certificate_and_boot():
    machine = till_rig.terminal()
    (_, genesis), (_, boot) = list(machine.journal.entries(0))
    genesis, boot = entry.parse(genesis), entry.parse(boot)
    assert (genesis.kind, genesis.terminal, genesis.sequence) == (GENESIS, TERMINAL, 0)
    assert genesis.previous == entry.digest(machine.identity.certificate)
    assert genesis.body == [machine.identity.certificate]
    assert (boot.kind, boot.boot, boot.body[0]) == (BOOT, 1, 1)


def test_a_restart_goes_on_where_the_journal_ends():
    machine = till_rig.terminal()
    machine.chain.append(SALE, _sale(700), 700)
    again = till_rig.start(machine.board.next_start())
    assert again.chain.turnover_minor == 700
    boot = entry.parse(again.journal.last()[1])
    assert (boot.kind, boot.boot, boot.trust, boot.turnover_minor) == (BOOT, 2, TRUST_LOWER_BOUND, 700)
    assert boot.previous == machine.chain.head
    previous = entry.digest(again.identity.certificate)
    for sequence, data in again.journal.entries(0):
        parsed = entry.parse(data)
        assert (parsed.sequence, parsed.previous) == (sequence, previous)
        previous = entry.digest(data)


def test_a_reserved_place_is_nobody_elses_and_events_follow_in_order():
    machine = till_rig.terminal()
    chain = machine.chain
    with chain.reserve() as place:
        sequence, previous = place.sequence, place.previous
        chain.post(OUTAGE_BEGAN, [])
        chain.post(OUTAGE_ENDED, lambda: [machine.tallies.stored_count, 0, 0])
        machine.fault(faults.READER_FAULT, "x" * 100)
        raises(PlaceTaken, chain.append, DECLINED, [0, 1, None])
        raises(PlaceTaken, chain.reserve)
        assert (place.sequence, place.previous) == (sequence, previous)
        place.append(SALE, _sale(), 500)
        assert place.sequence == sequence + 1
    assert [kind for kind, _ in entries(machine)[2:]] == [SALE, OUTAGE_BEGAN, OUTAGE_ENDED, FAULT]
    assert entries(machine)[4][1][0] == 1  # the body was made when its turn came
    assert entries(machine)[5][1] == [faults.READER_FAULT, "x" * 40]
    assert chain.waiting == 0


def test_a_place_is_given_back_whatever_happens():
    machine = till_rig.terminal()

    def fail():
        with machine.chain.reserve():
            raise OSError(5)

    raises(OSError, fail)
    assert not machine.chain.reserved


def test_too_many_events_are_bounded_and_their_loss_is_told():
    machine = till_rig.terminal()
    with machine.chain.reserve():
        for _ in range(100):
            machine.chain.post(SHIFT_CLOSED, [0, 0, 0, 0])
        assert machine.chain.waiting == 16
    assert entries(machine)[2:17] == [(SHIFT_CLOSED, [0, 0, 0, 0])] * 15
    assert entries(machine)[17:] == [(FAULT, [faults.EVENTS_LOST, ""])]


def test_an_event_whose_body_is_gone_is_dropped():
    machine = till_rig.terminal()
    before = kinds(machine)
    machine.chain.post(OUTAGE_ENDED, lambda: None)
    assert kinds(machine) == before
    assert machine.chain.waiting == 0


def test_what_waits_comes_before_what_is_new():
    machine = till_rig.terminal()
    append = machine.journal.append
    errors = [UnsafeVoltage("low"), JournalFull("full")]

    def failing(sequence, data):
        raise errors[0]

    machine.journal.append = failing
    for error in list(errors):
        errors[0] = error
        machine.chain.post(OUTAGE_BEGAN, [])
        raises(type(error), machine.chain.append, DECLINED, [0, 1, None])
        raises(type(error), machine.chain.reserve)
        assert not machine.chain.reserved
        assert not machine.chain.broken
    machine.journal.append = append
    machine.chain.append(DECLINED, [0, 1, None])
    assert kinds(machine)[2:] == [OUTAGE_BEGAN, OUTAGE_BEGAN, DECLINED]


def test_an_unexpected_error_in_the_journal_breaks_the_chain_too():
    machine = till_rig.terminal()

    def failing(sequence, data):
        raise OSError(5)

    machine.journal.append = failing
    raises(OSError, machine.chain.append, DECLINED, [0, 1, None])
    assert machine.chain.broken
    assert machine.state == "stopped"
    raises(ChainBroken, machine.chain.reserve)
    machine.chain.post(OUTAGE_BEGAN, [])
    assert machine.chain.waiting == 0


def test_turnover_never_goes_below_zero_or_over_its_field():
    machine = till_rig.terminal()
    raises(ValueError, machine.chain.append, VOID, [1, 500], -500)
    machine.chain.turnover_minor = (1 << 53) - 1
    raises(ValueError, machine.chain.append, SALE, _sale(), 1)


def _recheck(machine, mangle):
    """Check the kept chain again, with `mangle(sequence, data)` in between."""
    from terminal.chain import Chain

    chain = Chain(machine.journal, machine.identity, machine.clock, machine.ups, machine.board.entropy)
    for sequence, data in machine.journal.entries(0):
        chain.check(*mangle(sequence, data))
    return chain


def test_a_kept_chain_that_does_not_continue_is_noticed():
    machine = till_rig.terminal()
    for _ in range(3):
        machine.chain.append(SALE, _sale(), 500)
    kept = dict(machine.journal.entries(0))
    assert _recheck(machine, lambda sequence, data: (sequence, data)).head == machine.chain.head
    # An entry of another place, one changed in its signature, a gap.
    raises(ChainBroken, _recheck, machine, lambda sequence, data: (sequence, kept[2] if sequence == 3 else data))
    raises(
        ChainBroken,
        _recheck,
        machine,
        lambda sequence, data: (sequence, data[:-1] + bytes([data[-1] ^ 1]) if sequence == 3 else data),
    )
    raises(ChainBroken, _recheck, machine, lambda sequence, data: (sequence + (sequence > 2), data))


def test_no_entry_is_earlier_than_the_one_before_it():
    machine = till_rig.terminal()
    machine.chain.append(DECLINED, [0, 1, None])
    machine.board.rtc.set(NOW_S - 100000)  # a clock chip gone mad
    machine.chain.append(DECLINED, [0, 1, None])
    times = [entry.parse(data).time_s for _, data in machine.journal.entries(0)]
    assert times == sorted(times)
    assert times[-1] == NOW_S


def test_the_faults_of_a_boot_are_bounded():
    machine = till_rig.terminal()
    for _ in range(200):
        machine.fault(faults.GAUGE_FAULT, "gauge silent")
        machine.journal.tidy()
    assert kinds(machine).count(FAULT) == 50


def test_a_sale_costs_one_page_and_every_entry_is_signed_with_fresh_entropy():
    machine = till_rig.terminal()
    drawn = []
    read = machine.board.entropy.read

    def counted(count):
        drawn.append(read(count))
        return drawn[-1]

    machine.board.entropy.read = counted
    data = machine.chain.append(SALE, _sale(0xFFFFFFFF), 0xFFFFFFFF)
    machine.chain.append(DECLINED, [0, 1, None])
    assert len(data) + 6 <= 256
    assert [len(one) for one in drawn] == [32, 32]
    assert drawn[0] != drawn[1]


def test_a_card_seen_and_its_sale_take_two_places():
    machine = till_rig.terminal()
    chain = machine.chain
    with chain.reserve() as place:
        before = place.sequence
        place.append(10, [Card().certificate])
        place.append(SALE, _sale(), 500)
    assert chain.next_sequence == before + 2
