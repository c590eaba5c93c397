"""Whole sales: real crypto, vouchers, journal, till and screens over played hardware and cards."""

import asyncio
import gc

import till_rig
from till_rig import Card, entries, kinds, pay, play, press, until
from voucher import authorization, certificate, cose, entry
from wire.entry import (
    BOOT,
    CARD_SEEN,
    DECLINED,
    FAULT,
    GENESIS,
    OUTAGE_BEGAN,
    OUTAGE_ENDED,
    POLICY_APPLIED,
    SALE,
    SHIFT_CLOSED,
    VOID,
)

_STARTED = [GENESIS, BOOT, POLICY_APPLIED]


def test_a_sale_with_a_new_card_is_a_voucher_that_anyone_can_verify():
    machine = till_rig.terminal()
    card = Card()

    async def course():
        assert await pay(machine, "25000", card) == "approved"

    play(machine, course())
    assert kinds(machine) == _STARTED + [CARD_SEEN, SALE]
    previous = entry.digest(machine.identity.certificate)
    for _, data in machine.journal.entries(0):
        assert entry.parse(data).previous == previous
        cose.open_signed(data).verify(machine.identity.public)
        previous = entry.digest(data)
    sale = entry.parse(data)
    fingerprint, amount_minor, currency, counter, spent_minor, signature = sale.body
    holder = certificate.verify(entries(machine)[3][1][0], till_rig.root().public)
    assert (fingerprint, holder.public) == (card.fingerprint, card.key.public)
    assert (amount_minor, currency, sale.turnover_minor) == (2500000, 360, 2500000)
    authorization.verify(
        holder.public, signature, sale.terminal, sale.sequence, sale.previous, 2500000, 360, counter, spent_minor
    )


def test_a_card_seen_before_is_not_asked_for_its_certificate_again():
    machine = till_rig.terminal()
    card = Card()

    async def course():
        assert await pay(machine, "25000", card) == "approved"
        asked = len(card.asked)
        assert await pay(machine, "1000", card) == "approved"
        assert card.asked[asked:] == [0xA4, 0xA8]

    play(machine, course())
    assert kinds(machine) == _STARTED + [CARD_SEEN, SALE, SALE]


def test_approved_shows_the_amount_and_the_receipt_code_of_the_entry_in_flash():
    machine = till_rig.terminal()

    async def course():
        await pay(machine, "85000")
        code = entry.receipt_code(entry.digest(machine.journal.last()[1]))
        assert "Code " + code in till_rig.lines(machine)
        assert machine.board.lights.is_green
        assert not machine.board.lights.is_red
        await until(machine, "ready")
        assert not machine.board.lights.is_green

    play(machine, course())


def _watch_order(machine):
    """Log when the sale's append begins and ends, next to what the customer sees and hears."""
    log = machine.board.log
    journal_append = machine.journal.append

    def append(sequence, data):
        log.append("append")
        journal_append(sequence, data)
        log.append("appended")

    machine.journal.append = append


def _check_order(log):
    """I1: nothing that says APPROVED comes before the append of the sale has returned."""
    assert "green 1" in log
    assert "beep 700" in log
    last_append = len(log) - 1 - list(reversed(log)).index("appended")
    assert log.index("green 1") > last_append
    assert log.index("beep 700") > last_append
    # The screen is shown once between the append and the light: APPROVED itself.
    assert log[last_append + 1] == "show"


def _order_of_a_sale(machine):
    _watch_order(machine)

    async def course():
        await pay(machine)

    play(machine, course())
    return machine.board.log


def test_approved_is_shown_only_after_the_append_has_returned():
    _check_order(_order_of_a_sale(till_rig.terminal()))


def test_the_check_of_that_order_notices_an_approval_before_the_append():
    machine = till_rig.terminal()
    sell = machine.till._sale.sell

    async def hasty_sell(amount_minor, progress):
        reserve = machine.chain.write

        def write(kind, body, delta_minor):
            if kind == SALE:
                machine.board.lights.green(True)
            return reserve(kind, body, delta_minor)

        machine.chain.write = write
        return await sell(amount_minor, progress)

    machine.till._sale.sell = hasty_sell
    log = _order_of_a_sale(machine)
    try:
        _check_order(log)
    except AssertionError:
        return
    raise ValueError("the check saw nothing")


async def _approved(machine, card):
    assert await pay(machine, "25000", card) == "approved"


def test_a_torn_tap_is_finished_by_tapping_again_and_counts_once():
    for apdu in range(1, 4):  # select, certificate, authorize: the card leaves after each of them
        machine = till_rig.terminal()
        card = Card()
        card.tear_at = apdu
        play(machine, _approved(machine, card))
        assert not card.tear_at
        assert (card.counter, card.spent_minor) == (1, 2500000)
        assert kinds(machine) == _STARTED + [CARD_SEEN, SALE]


def test_a_torn_tap_asks_to_tap_again_and_another_card_may_take_its_place():
    machine = till_rig.terminal()
    first, second = Card("ayu"), Card("budi")
    first.tear_at = 3

    async def course():
        machine.board.reader.script = [first]
        await press(machine, "5000#")
        await until(machine, "tap")
        await until(machine, "working")
        await until(machine, "tap")
        assert till_rig.lines(machine)[-3:] == ["Card left early.", "Tap it again", "* cancel"]
        machine.board.reader.here = second
        await until(machine, "approved")

    play(machine, course())
    assert kinds(machine) == _STARTED + [CARD_SEEN, CARD_SEEN, SALE]
    assert entries(machine)[-1][1][0] == second.fingerprint


def test_a_card_of_another_system_is_not_a_decline():
    machine = till_rig.terminal()

    async def course():
        machine.board.reader.here = till_rig.OtherCard()
        await press(machine, "5000#")
        await asyncio.sleep_ms(300)
        assert "Not a Nyala" in till_rig.lines(machine)
        machine.board.reader.here = Card()
        await until(machine, "approved")

    play(machine, course())
    assert DECLINED not in kinds(machine)


def test_no_card_in_time_and_a_cancelled_sale_leave_nothing_behind():
    machine = till_rig.terminal()

    async def course():
        await press(machine, "5000#")
        await until(machine, "ready")
        await press(machine, "5000#")
        await until(machine, "tap")
        await press(machine, "*")
        await until(machine, "ready", 2000)

    play(machine, course())
    assert kinds(machine) == _STARTED
    assert not machine.chain.reserved
    assert machine.board.reader.released == 2


def test_keys_while_a_card_is_asked_do_nothing_and_are_not_kept():
    machine = till_rig.terminal()
    card = Card()

    async def course():
        machine.board.reader.here = card
        await press(machine, "5000#")
        await until(machine, "working")
        await press(machine, "*#A9")
        await until(machine, "approved")
        await asyncio.sleep_ms(2000)
        assert machine.state == "approved"

    play(machine, course())


def test_a_power_event_waits_while_a_card_is_asked_and_follows_the_sale():
    machine = till_rig.terminal()
    card = Card()
    card.tear_at = 3

    async def course():
        machine.board.reader.script = [card] + [None] * 8
        machine.board.reader.here = card
        await press(machine, "5000#")
        await until(machine, "working")
        await until(machine, "tap")
        machine.board.mains.on = False
        await asyncio.sleep_ms(2500)
        assert machine.ups.on_battery
        assert machine.chain.waiting == 1
        await until(machine, "approved")

    play(machine, course())
    assert kinds(machine) == _STARTED + [CARD_SEEN, SALE, OUTAGE_BEGAN]


def test_an_outage_counts_its_payments_and_flickering_mains_is_one_outage():
    machine = till_rig.terminal()

    async def course():
        assert await pay(machine, "1000") == "approved"
        machine.board.mains.on = False
        await asyncio.sleep_ms(10000)
        assert await pay(machine, "25000") == "approved"
        for _ in range(3):
            machine.board.mains.on = True
            await asyncio.sleep_ms(2000)
            machine.board.mains.on = False
            await asyncio.sleep_ms(2000)
        assert await pay(machine, "5000") == "approved"
        await asyncio.sleep_ms(600000)
        machine.board.mains.on = True
        await asyncio.sleep_ms(6000)

    play(machine, course())
    assert kinds(machine)[3:] == [CARD_SEEN, SALE, OUTAGE_BEGAN, SALE, SALE, OUTAGE_ENDED], kinds(machine)
    seconds, payments, value_minor = entries(machine)[-1][1]
    assert (payments, value_minor) == (2, 3000000)
    assert 620 <= seconds <= 650, seconds


def test_a_void_takes_back_the_last_sale_of_the_shift_once():
    machine = till_rig.terminal()
    card = Card()

    async def course():
        await pay(machine, "25000", card)
        await press(machine, "A")
        assert machine.state == "void"
        await press(machine, "#")
        assert machine.state == "voided"
        await press(machine, "*A")
        assert "There is nothing" in till_rig.lines(machine)
        await press(machine, "#B")
        assert "Sales: 1" in till_rig.lines(machine)
        assert "Voids: 1" in till_rig.lines(machine)
        await press(machine, "#")
        assert machine.state == "shift_closed"

    play(machine, course())
    assert entries(machine)[-2:] == [(VOID, [4, 2500000]), (SHIFT_CLOSED, [1, 2500000, 1, 2500000])]
    assert machine.chain.turnover_minor == 0
    assert machine.tallies.cards.total_minor(card.fingerprint) == 0


def test_a_dead_task_stops_sales_says_so_and_becomes_a_fault_entry():
    machine = till_rig.terminal()

    async def course():
        machine.board.mains.present = None  # the power task calls it
        await asyncio.sleep_ms(3000)
        assert machine.state == "stopped"
        assert "STOPPED" not in till_rig.lines(machine)  # that one is in large letters
        assert "power" in till_rig.lines(machine)
        await press(machine, "5000#*#")
        assert machine.state == "stopped"

    play(machine, course())
    assert entries(machine)[-1] == (FAULT, [1, "power TypeError"])


def test_a_broken_keypad_stops_the_till_itself():
    machine = till_rig.terminal()

    async def course():
        machine.board.keypad.broken = OSError(5)
        machine.board.keypad.press("1")
        await asyncio.sleep_ms(1000)
        assert machine.state == "stopped"
        assert "till" in till_rig.lines(machine)

    play(machine, course())
    assert entries(machine)[-1] == (FAULT, [1, "till OSError"])


def test_a_silent_reader_is_said_and_can_be_tried_again():
    from payer import ReaderFault

    machine = till_rig.terminal()

    async def course():
        machine.board.reader.fault = ReaderFault("no answer")
        await press(machine, "5000#")
        await until(machine, "stopped")
        assert "Card reader does" in till_rig.lines(machine)
        machine.board.reader.fault = None
        await press(machine, "#")
        assert machine.state == "ready"
        assert await pay(machine) == "approved"

    play(machine, course())


def test_an_empty_battery_stops_sales_and_mains_bring_them_back():
    machine = till_rig.terminal()

    async def course():
        machine.board.mains.on = False
        await asyncio.sleep_ms(3000)
        machine.board.gauge.mv = 3050
        await asyncio.sleep_ms(20000)
        assert machine.state == "stopped", (machine.state, machine.ups.words(), machine.ups.millivolts)
        programs = machine.board.flash.programs
        await press(machine, "5000#B#A#")
        assert machine.board.flash.programs == programs  # I8
        machine.board.gauge.mv = 3700
        machine.board.mains.on = True
        await asyncio.sleep_ms(20000)
        assert machine.state == "ready"

    play(machine, course())
    assert OUTAGE_ENDED in kinds(machine)


def test_the_till_shows_nothing_but_not_provisioned_until_it_is():
    machine = till_rig.start(till_rig.Board())

    async def course():
        assert machine.state == "not_provisioned"
        await press(machine, "5000#A#B#")
        assert machine.state == "not_provisioned"
        till_rig.enrol(machine.board)
        machine.board.rtc.set(till_rig.NOW_S)
        machine.identity._load()
        await machine.enrolled()
        assert machine.state == "ready"

    play(machine, course())
    assert kinds(machine) == _STARTED


def test_the_heap_is_flat_over_hours_of_sales():
    machine = till_rig.terminal(card_minor=100000000)
    card = Card(allowance_minor=100000000)
    used = []

    async def course():
        machine.board.mains.on = False
        for _ in range(4):
            await asyncio.sleep_ms(3600 * 1000)
            for _ in range(3):
                assert await pay(machine, "100", card) == "approved"
                await press(machine, "#")
            await asyncio.sleep_ms(5000)
            for played in (card.answers, card.asked, machine.board.log):
                played.clear()
            gc.collect()
            used.append(gc.mem_alloc())

    play(machine, course())
    assert max(used[1:]) - used[1] < 512, used
