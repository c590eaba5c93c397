"""Starting: after power cuts in the middle of a sale, on a bad battery, with a broken journal, with a new identity."""

import asyncio

import till_rig
import virtual_time
from expect import raises
from journal.journal import UnsafeVoltage
from link_rig import NOW_S, Vault
from parts.nor_flash import NorFlash, PowerLost
from screens import texts
from terminal.chain import ChainBroken
from till_rig import Card, entries, kinds, pay, play, press, until
from voucher import entry
from wire.entry import BOOT, CARD_SEEN, DECLINED, GENESIS, OUTAGE_BEGAN, POLICY_APPLIED, RECEIPT_APPLIED, SALE


def _sell(machine, card):
    async def course():
        assert await pay(machine, "25000", card) == "approved"

    play(machine, course())


def _cut_in_a_sale(operation, after_bytes, new_card):
    """Lose power in that flash operation of a sale; return (machine, card, whether APPROVED was seen, cut at all)."""
    machine = till_rig.terminal()
    card = Card()
    if not new_card:
        _sell(machine, card)
    machine.board.log.clear()
    machine.board.flash.cut(operation, after_bytes)
    cut = False
    try:
        _sell(machine, card)
    except PowerLost:
        cut = True
    return machine, card, "green 1" in machine.board.log, cut


def _check_after(machine, card, approved):
    """I1, I2 and I3 after a cut; returns whether the voucher is there."""
    sales_before = machine.tallies.stored_count if not approved else machine.tallies.stored_count - 1
    again = till_rig.start(machine.board.next_start())
    sales = kinds(again).count(SALE)
    there = sales > sales_before
    assert not approved or there
    previous = entry.digest(again.identity.certificate)
    for sequence, data in again.journal.entries(0):
        parsed = entry.parse(data)
        assert (parsed.sequence, parsed.previous) == (sequence, previous)
        previous = entry.digest(data)
    assert (again.state == "completed") == bool(sales)
    if there:
        assert again.till._about[0][1] == 2500000
    # The next payment of that card works whatever it had signed, and it is charged once for each voucher.
    _sell(again, card)
    assert kinds(again).count(SALE) == sales + 1
    assert card.spent_minor <= (sales + 2) * 2500000
    return there


def test_power_cut_at_any_flash_operation_of_a_sale_keeps_every_approved_voucher_and_tells_of_every_other():
    for new_card in (False, True):
        outcomes = {}
        operation = 0
        cut = True
        while cut:
            operation += 1
            for after_bytes in (0, 1, 100, 254, 4096):
                machine, card, approved, cut = _cut_in_a_sale(operation, after_bytes, new_card)
                if cut:
                    assert not approved
                there = _check_after(machine, card, approved)
                outcomes[there] = outcomes.get(there, 0) + 1
        assert operation >= 3
        assert sorted(outcomes) == [False, True], outcomes


def test_the_merchant_is_told_the_amount_and_the_code_of_the_last_payment():
    machine = till_rig.terminal()
    _sell(machine, Card())
    code = entry.receipt_code(entry.digest(machine.journal.last()[1]))
    again = till_rig.start(machine.board.next_start())

    async def course():
        assert "Last payment was" in till_rig.lines(again)
        assert "Code " + code in till_rig.lines(again)
        await asyncio.sleep_ms(200000)
        assert again.state == "completed"  # until somebody has seen it
        await press(again, "#")
        assert again.state == "ready"

    play(again, course())


def test_a_payment_that_the_merchant_has_gone_on_from_is_not_told_again():
    machine = till_rig.terminal()

    async def course():
        assert await pay(machine, "25000") == "approved"
        assert await pay(machine, "9999999") == "declined"

    play(machine, course())
    assert till_rig.start(machine.board.next_start()).state == "ready"


def test_a_card_that_signed_before_the_cut_is_charged_again_only_for_a_new_voucher():
    machine, card, approved, cut = _cut_in_a_sale(1, 0, False)
    assert cut
    assert not approved
    assert card.counter == 2
    again = till_rig.start(machine.board.next_start())
    assert kinds(again).count(SALE) == 1  # the first sale; the second is not there, the card knows that it signed


def test_a_start_on_an_unsafe_battery_waits_and_goes_on_when_it_is_safe():
    machine = till_rig.terminal()
    _sell(machine, Card())
    board = machine.board.next_start()
    board.gauge.mv = 3000
    board.mains.on = False
    operations = board.flash.programs + board.flash.erases
    again = till_rig.start(board)

    async def course():
        await asyncio.sleep_ms(10000)
        assert again.state == "stopped"
        assert board.flash.programs + board.flash.erases == operations  # I8
        board.gauge.mv = 3800
        board.mains.on = True
        await until(again, "completed", 20000)
        await press(again, "#")
        await asyncio.sleep_ms(10000)  # until the gauge's jump is believed
        assert await pay(again) == "approved"

    play(again, course())
    assert kinds(again).count(BOOT) == 2


def test_a_journal_that_cannot_be_trusted_stops_sales_and_can_still_be_read():
    machine = till_rig.terminal()
    _sell(machine, Card())
    board = machine.board.next_start()
    flash = board.flash
    last = machine.journal.next_sequence - 1
    # Both copies of the second entry, wherever they are.
    data = machine.journal.entry(1)
    buffer = bytearray(4096)
    spoiled = 0
    for sector in range(flash.sectors):
        flash.read(sector * 4096, buffer)
        at = buffer.find(data)
        if at >= 0:
            flash.flip(sector * 4096 + at + 50, 3)
            spoiled += 1
    assert spoiled == 2
    again = till_rig.start(board)
    assert again.state == "stopped"
    assert again.journal.entry(last) == machine.journal.entry(last)

    async def course():
        await press(again, "5000#")
        assert again.state == "stopped"

    play(again, course())


def test_an_outage_that_began_before_the_cut_goes_on_after_it():
    machine = till_rig.terminal()

    async def course():
        machine.board.mains.on = False
        await asyncio.sleep_ms(5000)
        assert await pay(machine) == "approved"

    play(machine, course())
    again = till_rig.start(machine.board.next_start())

    async def later():
        await asyncio.sleep_ms(20000)
        again.board.mains.on = True
        await asyncio.sleep_ms(20000)

    play(again, later())
    assert kinds(again).count(OUTAGE_BEGAN) == 1
    seconds, payments, value_minor = entries(again)[-1][1]
    assert (payments, value_minor) == (1, 2500000)
    assert 15 <= seconds <= 40, seconds


def test_a_cut_between_install_and_genesis_is_made_good_at_the_next_start():
    board = till_rig.Board()
    till_rig.enrol(board)
    board.rtc.set(NOW_S)
    machine = till_rig.start(board)

    async def course():
        await asyncio.sleep_ms(10)

    play(machine, course())
    assert kinds(machine) == [GENESIS, BOOT, POLICY_APPLIED]


def _reidentify(machine):
    """Install another identity in the vault, as a technician's install does."""
    virtual_time.sleep(1000)
    till_rig.enrol(machine.board)
    machine.identity._load()


def test_a_new_identity_begins_a_new_chain_when_all_vouchers_have_their_receipt():
    for cut in (False, True):
        machine = till_rig.terminal()
        _sell(machine, Card())
        sequence, data = machine.journal.last()
        machine.chain.append(RECEIPT_APPLIED, [sequence, entry.digest(data)])
        _reidentify(machine)
        if cut:
            machine = till_rig.start(machine.board.next_start(rtc_kept=True))
        else:
            virtual_time.run(machine.enrolled())
        assert kinds(machine)[:2] == [GENESIS, BOOT]
        assert CARD_SEEN not in kinds(machine)
        assert machine.state == "ready"
        assert machine.tallies.stored_count == 0
        _sell(machine, Card("budi"))
        assert entry.parse(machine.journal.entry(0)).body == [machine.identity.certificate]


def _round_the_ring():
    """A terminal whose journal has gone round, every voucher with its receipt."""
    machine = till_rig.terminal()
    for _ in range(5):
        for _ in range(30):
            machine.chain.append(SALE, [b"cardcard", 500, 360, 1, 500, b"s" * 64], 500)
            machine.journal.tidy()
        sequence, data = machine.journal.last()
        machine.chain.append(RECEIPT_APPLIED, [sequence, entry.digest(data)])
        machine.journal.prune(sequence)
        while machine.journal.tidy():
            pass
    assert machine.journal.first_sequence > 60
    return machine


def test_power_cut_at_any_erase_for_a_new_identity_ends_with_its_new_chain():
    round_the_ring = _round_the_ring()
    operation = 0
    cut = True
    while cut:
        operation += 1
        board = round_the_ring.board.next_start(rtc_kept=True)
        board.flash = board.flash.fork()
        board.vault = Vault()
        board.vault.values.update(round_the_ring.board.vault.values)
        machine = till_rig.start(board)
        _reidentify(machine)
        machine.board.flash.cut(operation, 2000)
        cut = False
        try:
            virtual_time.run(machine.enrolled())
        except PowerLost:
            cut = True
        again = till_rig.start(machine.board.next_start(rtc_kept=True))
        assert kinds(again)[:2] == [GENESIS, BOOT], operation
        assert again.state == "ready"
        _sell(again, Card("budi"))
        previous = entry.digest(again.identity.certificate)
        for _, data in again.journal.entries(0):
            assert entry.parse(data).previous == previous
            previous = entry.digest(data)
    assert operation > 5


def _large():
    """A terminal with room for some hundred sales."""
    board = till_rig.Board(flash=NorFlash(None, 60))
    till_rig.enrol(board, till_rig.policy(stored_count=100000))
    board.rtc.set(NOW_S)
    return till_rig.start(board)


def test_a_start_gives_up_again_what_the_last_receipt_covers():
    machine = _large()
    empty = machine.journal.room()
    for _ in range(100):
        machine.chain.append(SALE, [b"cardcard", 500, 360, 1, 500, b"s" * 64], 500)
        machine.journal.tidy()
    sequence, data = machine.journal.last()
    machine.chain.append(RECEIPT_APPLIED, [sequence, entry.digest(data)])
    full = machine.journal.room()
    assert full < empty - 90
    assert till_rig.start(machine.board.next_start()).journal.room() > full + 60


def test_nothing_is_erased_for_a_new_identity_at_an_unsafe_voltage():
    machine = till_rig.terminal()
    _reidentify(machine)
    machine.board.gauge.mv = 3000
    erases = machine.board.flash.erases
    try:
        virtual_time.run(machine.enrolled())
    except UnsafeVoltage:
        assert machine.board.flash.erases == erases
    else:
        raise AssertionError("it was erased")
    machine.board.gauge.mv = 3900
    # Until it is done, the new key signs nothing for the old chain.
    raises(ChainBroken, machine.chain.append, DECLINED, [0, 1, None])

    async def course():
        await until(machine, "ready", 5000)
        assert await pay(machine) == "approved"

    play(machine, course())
    assert entries(machine)[0] == (GENESIS, [machine.identity.certificate])


def test_a_flash_full_of_noise_is_taken_over_by_the_first_identity():
    board = till_rig.Board()
    for sector in range(board.flash.sectors):
        for page in range(16):
            board.flash.program(sector * 4096 + page * 256, board.entropy.read(256))
    machine = till_rig.start(board)
    assert machine.state == "not_provisioned"
    till_rig.enrol(board)
    machine.clock.set(NOW_S)
    machine.identity._load()
    virtual_time.run(machine.enrolled())
    assert machine.state == "ready"
    _sell(machine, Card())
    assert till_rig.start(board.next_start()).state == "completed"


def test_a_foreign_chain_with_money_in_it_is_never_erased():
    machine = till_rig.terminal()
    _sell(machine, Card())
    _reidentify(machine)
    before = entries(machine)
    again = till_rig.start(machine.board.next_start())
    assert again.state == "stopped"
    assert again.till._about == (texts.STOPPED_JOURNAL, "ForeignChain")
    assert entries(again) == before


def test_a_full_journal_starts_without_reading_it_twice():
    machine = _large()
    sales = 0
    while machine.journal.room() >= 4:
        machine.chain.append(SALE, [b"card%04d" % (sales % 100), 500, 360, 1, 500, b"s" * 64], 500)
        while machine.journal.tidy():
            pass
        sales += 1
    next_board = machine.board.next_start()
    next_board.flash.reset_counters()
    again = till_rig.start(next_board)
    assert again.tallies.stored_count == sales
    assert sales > 300
    # Each kept page about once: finding the end, the pass of the tallies, the copy to verify.
    assert next_board.flash.bytes_read < 3 * 60 // 2 * 4096, next_board.flash.bytes_read
