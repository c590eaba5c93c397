"""The key matrix driver against emulated switches, bounce and ghosts included."""

import asyncio

from bench_wires import Deadlock, Pin, at, clock, run
from drivers.matrix_keypad import MatrixKeypad
from expect import raises
from parts.keypad_matrix import KeypadMatrixPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEYS = "123A456B789C*0#D"


class Bench:
    def __init__(self) -> None:
        self.rows: "Any" = [Pin() for _ in range(4)]
        self.columns: "Any" = [Pin() for _ in range(4)]
        self.part = KeypadMatrixPart(self.rows, self.columns)
        self.keypad = MatrixKeypad(self.rows, self.columns)

    def tap(self, key: str, delay_ms: int, held_ms: int = 60) -> None:
        at(delay_ms, lambda: self.part.press(key))
        at(delay_ms + held_ms, lambda: self.part.release(key))

    async def keys(self, count: int, pause_ms: int = 0) -> str:
        pressed = ""
        for _ in range(count):
            pressed += await self.keypad.key()
            await asyncio.sleep_ms(pause_ms)
        return pressed

    async def keys_until(self, last: str) -> str:
        pressed = ""
        while not pressed.endswith(last):
            pressed += await self.keypad.key()
        return pressed


def test_each_of_the_sixteen_keys_is_known() -> None:
    bench = Bench()
    for number, key in enumerate(KEYS):
        bench.tap(key, 100 + 200 * number)
    assert run(bench.keys(16)) == KEYS


def test_a_key_held_for_long_counts_once() -> None:
    bench = Bench()
    bench.tap("5", 10, 5000)
    bench.tap("6", 6000)
    assert run(bench.keys(2)) == "56"


def test_the_same_key_pressed_twice_counts_twice() -> None:
    bench = Bench()
    bench.tap("0", 10)
    bench.tap("0", 130)
    assert run(bench.keys(2)) == "00"


def test_a_bouncing_switch_counts_once() -> None:
    bench = Bench()
    for bounce_ms in range(0, 6):
        at(10 + bounce_ms, lambda bounce_ms=bounce_ms: (bench.part.release if bounce_ms & 1 else bench.part.press)("7"))
    at(16, lambda: bench.part.press("7"))
    at(80, lambda: bench.part.release("7"))
    at(82, lambda: bench.part.press("7"))
    at(84, lambda: bench.part.release("7"))
    bench.tap("8", 500)
    assert run(bench.keys(2)) == "78"


def test_a_spike_shorter_than_the_debounce_is_no_key() -> None:
    bench = Bench()
    bench.tap("9", 10, held_ms=3)
    bench.tap("1", 500)
    assert run(bench.keys(1)) == "1"


def test_the_next_key_pressed_before_the_first_is_released_counts() -> None:
    for first, second in ("12", "14", "15", "58", "3D"):
        bench = Bench()
        bench.tap(first, 10, 200)
        bench.tap(second, 110, 200)
        assert run(bench.keys(2)) == first + second


def test_three_keys_at_once_press_nothing_that_was_not_pressed() -> None:
    for ghost in "1245":
        bench = Bench()
        for key in "1245".replace(ghost, ""):
            bench.tap(key, 10, 300)
        bench.tap("0", 1000)
        assert run(bench.keys_until("0")) == "0", ghost


def test_two_keys_rolling_over_a_held_third_wait_until_there_is_no_doubt() -> None:
    bench = Bench()
    bench.tap("1", 10, 1000)
    bench.tap("2", 200, 200)
    bench.tap("5", 300, 400)
    bench.tap("0", 2000)
    assert run(bench.keys_until("0")) == "1250"


def test_spikes_of_two_keys_one_after_the_other_are_no_key() -> None:
    bench = Bench()
    bench.tap("1", 10, held_ms=3)
    bench.tap("6", 19, held_ms=3)
    bench.tap("0", 1000)
    assert run(bench.keys_until("0")) == "0"


def test_a_key_pressed_while_nobody_asks_is_not_kept_for_later() -> None:
    bench = Bench()

    async def story() -> str:
        bench.tap("1", 10)
        bench.tap("C", 300)
        bench.tap("2", 1000)
        first = await bench.keypad.key()
        await asyncio.sleep_ms(500)
        return first + await bench.keypad.key()

    assert run(story()) == "12"


def test_nothing_is_polled_while_no_key_is_down() -> None:
    bench = Bench()
    scans = len(bench.rows[0].levels)
    raises(Deadlock, run, bench.keypad.key())  # no timer at all is pending
    assert len(bench.rows[0].levels) == scans


def test_a_key_is_reported_within_30_ms() -> None:
    bench = Bench()
    began_ms = clock.now_ms
    bench.tap("A", 1000, 500)
    assert run(bench.keypad.key()) == "A"
    assert clock.now_ms - began_ms <= 1030


def test_a_key_already_down_at_the_start_is_reported() -> None:
    bench = Bench()
    bench.part.press("B")
    assert run(bench.keypad.key()) == "B"
