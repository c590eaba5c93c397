"""Commands that read the chain or write to it: read, head, receipt, set_clock, policy."""

import asyncio

import link_rig
from journal.journal import JournalFull
from voucher import entry
from wire import entry as wire_entry
from wire import link as wire


def _kinds(terminal):
    return [entry.parse(data).kind for _, data in terminal.journal.entries(terminal.journal.first_sequence)]


def _last(terminal):
    return entry.parse(terminal.journal.last()[1])


def _reader(sales=0):
    """A reconciler's session at a terminal with so many sales; genesis, boot and policy_applied come before them."""
    host = link_rig.provisioned()
    for _ in range(sales):
        link_rig.sell(host.terminal)
    host.login(link_rig.reconciler())
    return host


def _read(host, first, credit):
    """(sequences, entries as they stand in the journal, results of `done`)."""
    *more, (status, end) = host.responses(wire.READ, first, credit)
    assert status == wire.DONE
    assert all(status == wire.MORE for status, _ in more)
    for _, (sequence, data) in more:
        assert host.terminal.journal.entry(sequence) == data
    return [results[0] for _, results in more], end


# -- read and head


def test_every_start_and_credit_reads_the_entries_there_are():
    host = _reader(sales=6)
    last = 8
    for first in range(last + 3):
        for credit in (1, 2, 3, 8, 9, 10, 64):
            until = max(first, min(first + credit, last + 1))
            assert _read(host, first, credit) == (list(range(first, until)), [until, last]), (first, credit)


def test_credit_is_one_to_sixty_four():
    host = _reader()
    for credit in (0, 65, 1 << 40):
        assert host.refused(wire.READ, 0, credit) == wire.BAD_REQUEST


def test_reading_far_past_the_end_reads_nothing():
    assert _read(_reader(), (1 << 64) - 1, 64) == ([], [(1 << 64) - 1, 2])


def test_a_sale_goes_on_while_the_chain_is_read():
    host = _reader(sales=20)
    order = []

    async def write(data):
        order.append("read")

    async def sell():
        for _ in range(3):
            link_rig.sell(host.terminal)
            order.append("sold")
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(host.link.answer(b"\x84\x09\x06\x00\x18\x40"), sell())

    host.link._line.write = write
    asyncio.run(both())
    assert order.count("read") == 24
    assert "sold" in order[:6]
    assert _last(host.terminal).turnover_minor == 23 * 5000


def test_what_is_sold_during_a_read_comes_with_the_next_one():
    host = _reader(sales=2)
    line_write = host.write

    async def write(data):
        link_rig.sell(host.terminal)
        await line_write(data)

    host.link._line.write = write
    sequences, end = _read(host, 0, 64)
    assert sequences == [0, 1, 2, 3, 4]
    assert end == [5, 9]


def test_a_pruned_entry_is_named_with_the_first_one_kept():
    host = _reader()
    terminal = host.terminal
    while terminal.journal.first_sequence == 0:
        for _ in range(40):
            link_rig.sell(terminal)
        terminal.journal.prune(terminal.journal.next_sequence - 2)
        while terminal.journal.tidy():
            pass
    status, (detail,) = host.ask(wire.READ, 0, 1)
    assert status == wire.NO_SUCH_ENTRY
    assert detail.endswith(" %d" % terminal.journal.first_sequence)
    assert _read(host, terminal.journal.first_sequence, 2)[0][0] == terminal.journal.first_sequence


def test_head_is_the_last_entry_and_the_turnover():
    host = _reader(sales=3)
    sequence, data = host.terminal.journal.last()
    assert host.done(wire.HEAD) == [sequence, entry.digest(data), 0, 15000]


# -- receipt


def _give(host, sequence, head, turnover_minor, staff=None, terminal=link_rig.TERMINAL):
    document = (staff or link_rig.reconciler()).receipt(sequence, head, turnover_minor, terminal)
    host.upload(wire.SLOT_RECEIPT, document)
    return host.ask(wire.RECEIPT)


def _facts(host, sequence):
    """Head and turnover of an entry, as an honest host would say."""
    data = host.terminal.journal.entry(sequence)
    return entry.digest(data), entry.parse(data).turnover_minor


def test_a_receipt_is_written_to_the_chain_and_lets_the_terminal_prune():
    host = _reader(sales=3)
    pruned = []
    host.terminal.journal.prune = pruned.append
    for sequence in (3, 5):
        before = host.terminal.journal.next_sequence
        assert _give(host, sequence, *_facts(host, sequence)) == (wire.DONE, [sequence])
        assert host.terminal.journal.next_sequence == before + 1
        last = _last(host.terminal)
        assert last.kind == wire_entry.RECEIPT_APPLIED
        assert last.body == [sequence, _facts(host, sequence)[0]]
        assert last.turnover_minor == 15000
        assert pruned[-1] == sequence


def test_a_receipt_that_differs_in_anything_is_refused_and_changes_nothing():
    host = _reader(sales=3)
    head, turnover_minor = _facts(host, 4)
    before = host.terminal.journal.next_sequence
    host.terminal.journal.prune = None  # calling it would fail
    for position in range(32):
        wrong = bytearray(head)
        wrong[position] ^= 1
        assert _give(host, 4, bytes(wrong), turnover_minor)[0] == wire.BAD_RECEIPT
    assert _give(host, 4, head, turnover_minor + 1)[0] == wire.BAD_RECEIPT
    assert _give(host, 4, head, turnover_minor - 1)[0] == wire.BAD_RECEIPT
    assert _give(host, 3, head, turnover_minor)[0] == wire.BAD_RECEIPT
    assert _give(host, before, head, turnover_minor)[0] == wire.BAD_RECEIPT
    assert _give(host, 0xFFFFFFFF, head, turnover_minor)[0] == wire.BAD_RECEIPT
    assert _give(host, 4, head, turnover_minor, terminal=8)[0] == wire.BAD_RECEIPT
    assert _give(host, 4, head, turnover_minor, link_rig.technician())[0] == wire.BAD_DOCUMENT
    assert _give(host, 4, head, turnover_minor, link_rig.root())[0] == wire.BAD_DOCUMENT
    host.upload(wire.SLOT_RECEIPT, b"\x00")
    assert host.ask(wire.RECEIPT)[0] == wire.BAD_DOCUMENT
    assert host.terminal.journal.next_sequence == before


def test_the_same_receipt_again_is_harmless_and_writes_no_second_entry():
    host = _reader(sales=3)
    facts = _facts(host, 5)
    assert _give(host, 5, *facts)[0] == wire.DONE
    link_rig.sell(host.terminal)
    kinds = _kinds(host.terminal)
    for _ in range(3):
        assert _give(host, 5, *facts) == (wire.DONE, [5])
    assert _kinds(host.terminal) == kinds
    again = link_rig.Host(link_rig.Terminal(host.terminal.vault, host.terminal.flash))
    again.login(link_rig.reconciler())
    pruned = []
    again.terminal.journal.prune = pruned.append
    assert _give(again, 5, *facts) == (wire.DONE, [5])
    assert pruned == [5]  # what a restart forgot is said again
    assert again.terminal.journal.next_sequence == host.terminal.journal.next_sequence + 1  # its boot


def test_the_same_receipt_is_known_after_what_it_covers_is_gone():
    host = _reader(sales=40)
    terminal = host.terminal
    facts = _facts(host, 42)
    assert _give(host, 42, *facts)[0] == wire.DONE
    while terminal.journal.first_sequence <= 1:
        link_rig.sell(terminal)
    count = terminal.journal.next_sequence
    assert _give(host, 42, *facts) == (wire.DONE, [42])
    assert _give(host, 42, b"x" * 32, facts[1])[0] == wire.BAD_RECEIPT
    assert _give(host, 1, b"x" * 32, 0)[0] == wire.NO_SUCH_ENTRY
    assert terminal.journal.next_sequence == count


def test_an_older_receipt_after_a_newer_one_writes_nothing():
    host = _reader(sales=3)
    older, newer = _facts(host, 3), _facts(host, 5)
    assert _give(host, 5, *newer)[0] == wire.DONE
    kinds = _kinds(host.terminal)
    assert _give(host, 3, *older) == (wire.NO_SUCH_ENTRY, ["there is a receipt for 5"])
    assert _kinds(host.terminal) == kinds


def test_a_receipt_while_a_card_is_asked_waits():
    host = _reader(sales=1)
    facts = _facts(host, 3)
    with host.terminal.chain.reserve():
        assert _give(host, 3, *facts)[0] == wire.BUSY
    assert _give(host, 3, *facts) == (wire.DONE, [3])


def test_a_journal_full_to_the_brim_takes_a_receipt():
    host = _reader()
    terminal = host.terminal
    try:
        while True:
            link_rig.sell(terminal)
    except JournalFull:
        pass
    last = terminal.journal.next_sequence - 1
    assert _give(host, last, *_facts(host, last)) == (wire.DONE, [last])
    assert _last(terminal).kind == wire_entry.RECEIPT_APPLIED
    link_rig.sell(terminal)


# -- set_clock


def test_setting_the_clock_is_told_by_the_chain():
    host = _reader()
    later = link_rig.NOW_S + 1000
    assert host.done(wire.SET_CLOCK, later) == [1000]
    last = _last(host.terminal)
    assert (last.kind, last.body, last.time_s) == (wire_entry.CLOCK_SET, [link_rig.NOW_S, later], later)
    assert host.terminal.clock.trust == wire_entry.TRUST_SET


def test_a_clock_that_is_right_to_the_second_is_left_alone():
    host = _reader()
    before = host.terminal.journal.next_sequence
    for moved in (-1, 0, 1):
        assert host.done(wire.SET_CLOCK, link_rig.NOW_S + moved) == [moved]
    assert host.terminal.journal.next_sequence == before
    assert host.terminal.rtc.time_s == link_rig.NOW_S
    host.done(wire.SET_CLOCK, link_rig.NOW_S + 2)
    assert host.terminal.journal.next_sequence == before + 1


def test_the_clock_never_goes_behind_the_last_entry():
    host = _reader()
    host.terminal.rtc.time_s += 5000
    host.done(wire.SET_CLOCK, link_rig.NOW_S + 3000)  # back, but not behind
    for time_s in (0, link_rig.NOW_S, link_rig.NOW_S + 2990):
        assert host.refused(wire.SET_CLOCK, time_s) == wire.BAD_CLOCK
    assert host.terminal.rtc.time_s == link_rig.NOW_S + 3000


def test_the_clock_is_not_set_past_the_end_of_the_certificate_that_sets_it():
    host = _reader()
    for time_s in (link_rig.FAR_S, link_rig.FAR_S + 1, 1 << 34, (1 << 64) - 1):
        assert host.refused(wire.SET_CLOCK, time_s) == wire.BAD_CLOCK
    host.done(wire.SET_CLOCK, link_rig.FAR_S - 1)
    host.login(link_rig.reconciler())
    unprovisioned = link_rig.Host(link_rig.Terminal())
    assert unprovisioned.refused(wire.SET_CLOCK, 1 << 33) == wire.BAD_CLOCK
    unprovisioned.done(wire.SET_CLOCK, (1 << 33) - 1)


def test_before_provisioning_anyone_sets_the_clock_and_no_entry_tells():
    host = link_rig.Host(link_rig.Terminal())
    assert host.done(wire.SET_CLOCK, link_rig.NOW_S) == [link_rig.NOW_S]
    assert host.terminal.clock.now_s() == link_rig.NOW_S
    assert host.terminal.journal.last() is None


def test_the_clock_waits_while_a_card_is_asked_or_the_battery_is_too_low():
    host = _reader()
    with host.terminal.chain.reserve():
        assert host.refused(wire.SET_CLOCK, link_rig.NOW_S + 100) == wire.BUSY
    host.terminal.ups.safe = False
    assert host.refused(wire.SET_CLOCK, link_rig.NOW_S + 100) == wire.BUSY
    assert host.terminal.rtc.time_s == link_rig.NOW_S


# -- policy


def _apply(host, document):
    host.upload(wire.SLOT_POLICY, document)
    return host.ask(wire.POLICY)


def test_a_newer_policy_needs_no_session_and_is_told_by_the_chain():
    host = link_rig.provisioned()
    assert _apply(host, link_rig.root().policy(2, range(200))) == (wire.DONE, [2])
    last = _last(host.terminal)
    assert (last.kind, last.body) == (wire_entry.POLICY_APPLIED, [2, host.terminal.identity.policy_digest])
    assert host.terminal.identity.policy.version == 2


def test_the_policy_in_force_may_come_again_and_writes_nothing():
    host = link_rig.provisioned()
    before = host.terminal.journal.next_sequence
    assert _apply(host, link_rig.root().policy(1)) == (wire.DONE, [1])
    assert host.terminal.journal.next_sequence == before


def test_an_old_or_foreign_policy_is_refused():
    host = link_rig.provisioned()
    _apply(host, link_rig.root().policy(5))
    before = host.terminal.journal.next_sequence
    assert _apply(host, link_rig.root().policy(4))[0] == wire.OLD_POLICY
    assert _apply(host, link_rig.root().policy(5, [1]))[0] == wire.OLD_POLICY
    assert _apply(host, link_rig.reconciler().policy(6))[0] == wire.BAD_DOCUMENT
    assert _apply(host, link_rig.root().policy(6)[:-1])[0] == wire.BAD_DOCUMENT
    assert host.terminal.journal.next_sequence == before
    assert host.terminal.identity.policy.version == 5


def test_a_policy_waits_while_a_card_is_asked():
    host = link_rig.provisioned()
    with host.terminal.chain.reserve():
        assert _apply(host, link_rig.root().policy(2))[0] == wire.BUSY
    assert host.terminal.identity.policy.version == 1
    assert host.ask(wire.POLICY) == (wire.DONE, [2])  # what was uploaded is still there
