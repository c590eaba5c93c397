"""Texts fit, amounts are shown the local way, and every screen draws in both languages."""

import framebuf

from screens import money, texts
from screens.stage import COLUMNS
from wire.entry import AMOUNT_MINOR_MAX, REASON_NAMES, TURNOVER_MINOR_MAX

_LARGEST = {
    texts.STORED: (9999,),
    texts.PAYMENTS_LEFT: (9999,),
    texts.RUNTIME: (99, 59),
    texts.CODE: ("XXXX-XXXX",),
    texts.SALES: (999999,),
    texts.VOIDS: (999999,),
}


class _Policy:
    prefix = "Rp"
    exponent = 2
    shown = 0
    separator = "."
    language = texts.INDONESIAN


def _policy(prefix, exponent, shown, separator):
    policy = _Policy()
    policy.prefix, policy.exponent, policy.shown, policy.separator = prefix, exponent, shown, separator
    return policy


def test_every_text_fits_the_display_in_both_languages():
    for table in texts.TEXTS:
        assert len(table) == texts.STARTING + 1
        for number, text in enumerate(table):
            if "%" in text:
                text = text % _LARGEST[number]
            assert len(text.split("\n")) <= 4, text
            for line in text.split("\n"):
                assert 0 < len(line) <= COLUMNS, line
                assert all(32 <= ord(character) < 127 for character in line), line
                assert line == line.strip(), line


def test_both_languages_ask_for_the_same_values():
    for indonesian, english in zip(texts.TEXTS[0], texts.TEXTS[1]):
        for code in ("%d", "%s"):
            assert indonesian.count(code) == english.count(code), english


def test_every_reason_has_its_text_and_the_numbers_name_each_text_once():
    names = [
        name
        for name in dir(texts)
        if name.isupper() and name not in ("INDONESIAN", "ENGLISH", "TEXTS") and name[0] != "_"
    ]
    numbers = sorted([getattr(texts, name) for name in names])
    assert numbers == list(range(len(REASON_NAMES), len(texts.TEXTS[0])))


def test_amounts_are_grouped_and_cut_as_the_policy_says():
    for amount_minor, policy, shown in (
        (2500000, _Policy, "Rp25.000"),
        (100, _Policy, "Rp1"),
        (99, _Policy, "Rp0"),
        (99900, _Policy, "Rp999"),
        (100000, _Policy, "Rp1.000"),
        (AMOUNT_MINOR_MAX, _Policy, "Rp42.949.672"),
        (123456, _policy("$", 2, 2, ","), "$1,234.56"),
        (5, _policy("$", 2, 2, ","), "$0.05"),
        (123456, _policy("", 2, 2, "."), "1.234,56"),
        (1234567, _policy("Y", 0, 0, ","), "Y1,234,567"),
        (TURNOVER_MINOR_MAX, _Policy, "90071992547409"),
    ):
        assert money.price(amount_minor, policy) == shown, money.price(amount_minor, policy)


def test_no_price_is_wider_than_the_display():
    for prefix in ("", "Rp", "IDR", "0123456789012345678901234567890123456789"):
        for separator in ("", ".", " "):
            for shown in range(3):
                amount_minor = 1
                while amount_minor <= TURNOVER_MINOR_MAX:
                    assert len(money.price(amount_minor, _policy(prefix, 2, shown, separator))) <= COLUMNS
                    amount_minor *= 7


def test_one_keyed_digit_is_the_last_shown_one():
    assert money.keyed_unit_minor(_Policy) == 100
    assert money.keyed_unit_minor(_policy("$", 2, 2, ",")) == 1
    assert money.keyed_unit_minor(_policy("", 0, 4, ",")) == 1


class _Display:
    def __init__(self):
        self.frame = bytearray(1024)
        self.canvas = framebuf.FrameBuffer(self.frame, 128, 64, framebuf.MONO_VLSB)
        self.shows = 0

    def show(self):
        self.shows += 1


class _Ups:
    on_battery = True
    charge = 100
    runtime_s = 359999


class _Tallies:
    stored_count = 123456
    stored_minor = 1 << 52


class _Identity:
    policy = _Policy


_SALE = (4, AMOUNT_MINOR_MAX, b"cardcard", bytes(range(32)))
_TOTALS = (999999, 1 << 52, 999999, 1 << 52)
_ABOUT = {
    "starting": [("0.1.0",)],
    "not_provisioned": [()],
    "ready": [(None, 12345, _Tallies, _Ups)] + [(reason, 0, _Tallies, _Ups) for reason in range(len(REASON_NAMES))],
    "amount": [(100,), (2500000,), (AMOUNT_MINOR_MAX,)],
    "tap": [(2500000, text) for text in (texts.TAP, texts.TAP_AGAIN, texts.TAP_OTHER)],
    "working": [(AMOUNT_MINOR_MAX,)],
    "approved": [(AMOUNT_MINOR_MAX, "XXXX-XXXX")],
    "declined": [(reason,) for reason in range(texts.CLOCK_NOT_SET + 1)],
    "void": [(None,), (_SALE,)],
    "voided": [(AMOUNT_MINOR_MAX,)],
    "shift": [(_TOTALS, False)],
    "shift_closed": [(_TOTALS, True)],
    "completed": [(_SALE,)],
    "stopped": [(text, "a task with a long name") for text in range(texts.STOPPED_TASK, texts.STOPPED_READER + 1)],
}


def test_every_screen_draws_the_largest_values_in_both_languages_and_shows_once():
    from screens import DRAW
    from screens.stage import Stage
    from terminal.keys import STATES

    display = _Display()
    stage = Stage(display, _Ups, _Tallies, _Identity)
    drawn = set()
    for _ in range(2):
        for state in STATES:
            for about in _ABOUT[state]:
                display.frame[:] = bytes(1024)
                display.shows = 0
                DRAW[state](stage, *about)
                assert display.shows == 1, state
                drawn.add(bytes(display.frame))
        stage.switch_language()
    assert len(drawn) > 70
    assert stage.language == texts.INDONESIAN
