"""Every key in every state."""

import asyncio

import till_rig
from screens import texts
from terminal import keys
from till_rig import Card, kinds, pay, play, press, until
from voucher import entry
from wire.entry import AMOUNT_MINOR_MAX, RECEIPT_APPLIED, SHIFT_CLOSED, VOID

_DIGITS = "123456789"
_SAME = None  # the state stays as it is

# What each key must lead to; a digit is 1-9, and 0 is looked at by itself.
_RESULT = {"digit": "amount", "0": _SAME, "A": "void", "B": "shift", "C": _SAME, "D": _SAME, "*": "ready", "#": "ready"}
_EXPECTED = {
    "starting": {"digit": _SAME, "0": _SAME, "A": _SAME, "B": _SAME, "C": _SAME, "D": _SAME, "*": _SAME, "#": _SAME},
    "not_provisioned": {
        "digit": _SAME,
        "0": _SAME,
        "A": _SAME,
        "B": _SAME,
        "C": _SAME,
        "D": _SAME,
        "*": _SAME,
        "#": _SAME,
    },
    "ready": {
        "digit": "amount",
        "0": _SAME,
        "A": "void",
        "B": "shift",
        "C": _SAME,
        "D": _SAME,
        "*": _SAME,
        "#": _SAME,
    },
    "amount": {
        "digit": _SAME,
        "0": _SAME,
        "A": _SAME,
        "B": _SAME,
        "C": _SAME,
        "D": _SAME,
        "*": "ready",
        "#": "tap",
    },
    "tap": {"digit": _SAME, "0": _SAME, "A": _SAME, "B": _SAME, "C": _SAME, "D": _SAME, "*": "ready", "#": _SAME},
    "working": {"digit": _SAME, "0": _SAME, "A": _SAME, "B": _SAME, "C": _SAME, "D": _SAME, "*": _SAME, "#": _SAME},
    "approved": _RESULT,
    "declined": _RESULT,
    "void": {
        "digit": _SAME,
        "0": _SAME,
        "A": _SAME,
        "B": _SAME,
        "C": _SAME,
        "D": _SAME,
        "*": "ready",
        "#": "voided",
    },
    "voided": _RESULT,
    "shift": {
        "digit": _SAME,
        "0": _SAME,
        "A": _SAME,
        "B": _SAME,
        "C": _SAME,
        "D": _SAME,
        "*": "ready",
        "#": "shift_closed",
    },
    "shift_closed": _RESULT,
    "completed": _RESULT,
    "stopped": {"digit": _SAME, "0": _SAME, "A": _SAME, "B": _SAME, "C": _SAME, "D": _SAME, "*": _SAME, "#": _SAME},
}


async def _bring_to(machine, state):
    """Have the till in `state`, by the way that leads there."""
    if state == "completed" or state in ("approved", "void", "voided"):
        assert await pay(machine) == "approved"
    if state in ("void", "voided"):
        await press(machine, "A")
    elif state in ("shift", "shift_closed"):
        await press(machine, "B")
    elif state in ("amount", "tap"):
        await press(machine, "25" + ("#" if state == "tap" else ""))
    elif state == "declined":
        await pay(machine, "9999999")
    elif state == "working":
        machine.board.reader.here = card = Card()

        async def slow(apdu):
            await asyncio.sleep_ms(5000)
            return b"\x6a\x82"

        card.transceive = slow
        await press(machine, "25#")
    elif state == "stopped":
        machine.till.stop(45, "power")
    elif state == "starting":
        machine.till._go(keys.STARTING, "0.1.0")
    if state in ("voided", "shift_closed"):
        await press(machine, "#")
    await until(machine, state, 3000)


def _machine(state):
    if state == "not_provisioned":
        return till_rig.start(till_rig.Board())
    machine = till_rig.terminal()
    if state == "completed":

        async def course():
            await pay(machine)

        play(machine, course())
        machine = till_rig.start(machine.board.next_start(rtc_kept=True))
    return machine


def test_every_key_in_every_state_leads_where_it_should():
    pairs = 0
    assert sorted(_EXPECTED) == sorted(keys.STATES)
    for state in keys.STATES:
        for key in keys.KEYS:
            machine = _machine(state)
            play(machine, _press_in(machine, state, key))
            assert not machine.chain.reserved or state == "working"
            pairs += 1
    assert pairs == len(keys.STATES) * 16


async def _press_in(machine, state, key):
    if state != "completed":
        await _bring_to(machine, state)
    assert machine.state == state, (machine.state, state)
    await press(machine, key)
    await asyncio.sleep_ms(1000)
    expected = _EXPECTED[state]["digit" if key in _DIGITS else key] or state
    assert machine.state == expected, (state, key, machine.state)


def test_an_unknown_key_does_nothing():
    for state in keys.STATES:
        for key in ("E", "x", "", " "):
            assert keys.action(state, key) == keys.NOTHING, (state, key)


def test_amounts_are_keyed_erased_and_bounded():
    machine = till_rig.terminal()
    largest = AMOUNT_MINOR_MAX // 100

    async def course():
        await press(machine, "0025")
        assert machine.till._about == (2500,)
        await press(machine, "0C3")
        assert machine.till._about == (25300,)
        await press(machine, "CCC")
        assert machine.state == "ready"
        await press(machine, "9" * 30)
        assert machine.till._about[0] // 100 <= largest
        assert len(str(machine.till._about[0] // 100)) == len(str(largest)) - 1
        await press(machine, "*")
        await press(machine, str(largest))
        assert machine.till._about == (largest * 100,)

    play(machine, course())


def test_each_state_that_waits_for_the_merchant_goes_home_by_itself():
    for state in ("amount", "approved", "declined", "void", "voided", "shift", "shift_closed", "tap"):
        machine = till_rig.terminal()
        play(machine, _left_alone(machine, state))


async def _left_alone(machine, state):
    await _bring_to(machine, state)
    await asyncio.sleep_ms(90000)
    assert machine.state == "ready", state
    assert not machine.board.lights.is_green
    assert not machine.board.lights.is_red


def test_declined_lights_red_and_beeps_three_times():
    machine = till_rig.terminal()

    async def course():
        assert await pay(machine, "9999999") == "declined"
        assert machine.board.lights.is_red
        assert not machine.board.lights.is_green
        assert [what for what in machine.board.log if what.startswith("beep")] == ["beep 120"] * 3
        assert "Amount too high." in till_rig.lines(machine)
        await press(machine, "5")
        assert not machine.board.lights.is_red

    play(machine, course())


def test_a_terminal_without_a_time_blames_its_clock_and_not_the_card():
    board = till_rig.Board()
    till_rig.enrol(board)
    machine = till_rig.start(board)

    async def course():
        assert await pay(machine) == "declined"
        assert "Clock is not set" in till_rig.lines(machine)

    play(machine, course())


def test_the_ready_screen_tells_what_a_merchant_needs():
    machine = till_rig.terminal()

    async def course():
        machine.board.mains.on = False
        await asyncio.sleep_ms(3000)
        await pay(machine)
        await until(machine, "ready")
        lines = till_rig.lines(machine)
        assert lines[0].startswith("Battery 7")
        assert lines[0].endswith("% " + lines[0][12:])
        assert lines[0].endswith(" 1")
        assert lines[1:5] == ["Key the amount,", "then press #", "Stored: 1", "Rp25.000"]
        assert lines[5].startswith("Can take: ")
        assert lines[6].startswith("Battery 1")

    play(machine, course())


def test_the_ready_screen_says_why_no_payment_can_be_taken():
    machine = till_rig.terminal(sales_when=0)

    async def course():
        await asyncio.sleep_ms(100)
        assert "Mains are on." in till_rig.lines(machine)
        machine.board.mains.on = False
        await asyncio.sleep_ms(3000)
        assert "Key the amount," in till_rig.lines(machine)

    play(machine, course())


def test_the_language_is_the_policys_until_it_is_switched():
    machine = till_rig.terminal(language=0)

    async def course():
        await asyncio.sleep_ms(100)
        assert "Ketik jumlah," in till_rig.lines(machine)
        await press(machine, "D")
        assert "Key the amount," in till_rig.lines(machine)
        await press(machine, "5D")
        assert "Jumlah" in till_rig.lines(machine)

    play(machine, course())


def test_a_void_or_a_shift_that_cannot_be_written_is_declined_and_can_be_tried_again():
    machine = till_rig.terminal()

    async def course():
        await pay(machine)
        machine.board.gauge.mv = 3000
        await press(machine, "A#")
        await until(machine, "declined")
        await until(machine, "ready")
        await press(machine, "B#")
        await until(machine, "declined")
        machine.board.gauge.mv = 3900
        await until(machine, "ready")
        await press(machine, "A#")
        assert machine.state == "voided"
        await press(machine, "B#")
        assert machine.state == "shift_closed"

    play(machine, course())
    assert kinds(machine)[-2:] == [VOID, SHIFT_CLOSED]


def test_a_fault_during_a_sale_lets_the_card_finish_and_stops_after_the_result():
    machine = till_rig.terminal()

    async def course():
        machine.board.reader.here = Card()
        await press(machine, "25000#")
        await until(machine, "working")
        machine.till.stop(45, "link")
        await until(machine, "approved", 3000)
        await until(machine, "stopped", 10000)
        assert not machine.board.lights.is_green

    play(machine, course())


def test_after_a_fault_during_a_sale_no_key_leads_past_the_stop():
    for key in keys.KEYS:
        machine = till_rig.terminal()
        play(machine, _press_after_a_fault(machine, key))


async def _press_after_a_fault(machine, key):
    machine.board.reader.here = Card()
    await press(machine, "25000#")
    await until(machine, "working")
    machine.till.stop(45, "link")
    await until(machine, "approved", 3000)
    await asyncio.sleep_ms(1000)
    await press(machine, key)
    assert machine.state == "stopped", key


def test_flash_is_tidied_only_while_nobody_is_at_the_till():
    machine = till_rig.terminal()
    tidied = []
    machine.journal.tidy = lambda: tidied.append(machine.state)

    async def course():
        await press(machine, "25")
        await asyncio.sleep_ms(20000)
        await press(machine, "#")
        await asyncio.sleep_ms(20000)
        assert not tidied
        await press(machine, "*")
        await asyncio.sleep_ms(10000)
        assert len(tidied) >= 3

    play(machine, course())


def test_a_receipt_shows_at_once():
    machine = till_rig.terminal()

    async def course():
        await pay(machine)
        await press(machine, "#")
        assert "Stored: 1" in till_rig.lines(machine)
        sequence, data = machine.journal.last()
        machine.chain.append(RECEIPT_APPLIED, [sequence, entry.digest(data)])
        assert "Stored: 0" in till_rig.lines(machine)

    play(machine, course())


def test_the_first_fault_is_the_one_that_is_told():
    machine = till_rig.terminal()
    machine.till.stop(texts.STOPPED_BATTERY)
    machine.till.stop(texts.STOPPED_JOURNAL, "first")
    machine.till.stop(texts.STOPPED_TASK, "second")
    machine.till.stop(texts.STOPPED_BATTERY)
    assert machine.till._about == (texts.STOPPED_JOURNAL, "first")
    machine.till.resume(texts.STOPPED_BATTERY)
    assert machine.state == "stopped"


def test_a_fault_while_waiting_for_a_card_ends_the_sale():
    machine = till_rig.terminal()

    async def course():
        await press(machine, "25000#")
        await until(machine, "tap")
        machine.till.stop(45, "link")
        await until(machine, "stopped", 1500)
        machine.board.reader.here = Card()
        await asyncio.sleep_ms(2000)
        assert machine.state == "stopped"

    play(machine, course())
