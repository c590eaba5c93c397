"""The UPS: NUT's words, mains debounced, low battery with hysteresis, and what a silent gauge means."""

import asyncio

import virtual_time
from power.mains import DebouncedMains
from power.ups import SAFE_WRITE_MV, Ups
from till_rig import Gauge, Mains
from wire.entry import CHRG, DISCHRG, FSD, LB, OB, OL


class _Clock:
    now_s = 100

    def uptime_s(self):
        return self.now_s


def _ups(mains=True, millivolts=3900, milliamps=-150):
    gauge, line, clock = Gauge(), Mains(), _Clock()
    gauge.mv, gauge.ma, line.on = millivolts, milliamps, mains
    return Ups(gauge, line, clock, 3000), gauge, line, clock


def _seconds(ups, clock, count):
    for _ in range(count):
        clock.now_s += 1
        ups.read()


def test_status_speaks_nuts_words():
    assert _ups(True, 3900, 400)[0].words() == "OL CHRG"
    assert _ups(True, 4180, 3)[0].words() == "OL"
    assert _ups(False)[0].words() == "OB DISCHRG"
    ups, gauge, _, clock = _ups(False)
    gauge.mv = 3450
    _seconds(ups, clock, 600)
    assert ups.status == OB | LB | DISCHRG
    assert ups.words() == "OB LB DISCHRG"


def test_low_battery_has_hysteresis_and_is_only_said_on_battery():
    ups, gauge, _, clock = _ups(False, 3530)
    turns = 0
    was_low = False
    for turn in range(1000):
        gauge.mv = 3465 + turn % 2 * 12  # noise around the threshold
        _seconds(ups, clock, 1)
        if bool(ups.status & LB) != was_low:
            was_low = not was_low
            turns += 1
    assert turns == 1
    assert was_low
    ups, _, _, _ = _ups(True, 3400)
    assert not ups.status & LB


def test_a_gauge_silent_on_battery_counts_as_low_battery_after_a_moment():
    ups, gauge, _, clock = _ups(False)
    gauge.silent = True
    _seconds(ups, clock, 3)
    assert not ups.status & LB
    assert ups.charge is not None
    _seconds(ups, clock, 5)
    assert ups.status & LB
    assert ups.charge is None
    assert ups.runtime_s is None
    assert ups.millivolts is None
    assert ups.fault
    gauge.silent = False
    _seconds(ups, clock, 1)
    assert not ups.status & LB
    assert ups.charge is not None
    assert ups.fault is None


def test_a_gauge_silent_on_mains_is_no_low_battery():
    ups, gauge, _, clock = _ups(True)
    gauge.silent = True
    _seconds(ups, clock, 60)
    assert ups.status == OL
    assert ups.charge is None


def test_under_the_safe_write_voltage_nothing_may_be_written():
    ups, gauge, _, _ = _ups(False)
    for millivolts in range(2900, 3300):
        gauge.mv = millivolts
        assert ups.safe_to_write() == (millivolts >= SAFE_WRITE_MV)


def test_a_silent_gauge_lets_write_on_mains_only():
    for mains in (True, False):
        ups, gauge, _, _ = _ups(mains)
        gauge.silent = True
        assert ups.safe_to_write() == mains


def test_forced_shutdown_needs_three_readings_and_lasts_until_mains():
    ups, gauge, line, clock = _ups(False, 3150)
    gauge.mv = 3090
    _seconds(ups, clock, 2)
    gauge.mv = 3120
    _seconds(ups, clock, 1)
    gauge.mv = 3090
    _seconds(ups, clock, 2)
    assert not ups.status & FSD
    _seconds(ups, clock, 1)
    assert ups.status & FSD
    gauge.mv = 3400  # without its load the cell comes back, for a moment
    _seconds(ups, clock, 10)
    assert ups.status & FSD
    line.on = True

    async def course():
        await ups._mains.settle()
        ups.read()

    virtual_time.run(course())
    assert not ups.status & FSD


def test_mains_count_only_after_two_hundred_milliseconds():
    for flicker_ms, counts in ((20, False), (150, False), (400, True)):
        assert virtual_time.run(_flicker(flicker_ms)) == counts, flicker_ms


async def _flicker(flicker_ms):
    """Whether mains that are away for so long count as lost."""
    line = Mains()
    mains = DebouncedMains(line)
    line.on = False
    settling = asyncio.create_task(mains.settle())
    await asyncio.sleep_ms(flicker_ms)
    line.on = True
    return await settling


def test_changes_are_told_once_and_noise_of_the_current_is_not_one():
    ups, gauge, line, clock = _ups(True, 4100, 0)
    told = []

    async def course():
        running = asyncio.create_task(ups.run(lambda before, after: told.append((before, after))))
        for turn in range(20):
            gauge.ma = turn % 2 * 40
            clock.now_s += 1
            await asyncio.sleep_ms(1000)
        assert told == []
        line.on = False
        gauge.ma = -150
        await asyncio.sleep_ms(5000)
        line.on = True
        await asyncio.sleep_ms(5000)
        running.cancel()

    virtual_time.run(course())
    assert [(before & (OL | OB), after & (OL | OB)) for before, after in told] == [(OL, OB), (OB, OL)]
    assert told[0][1] & DISCHRG
    assert not told[0][1] & CHRG


def test_six_hours_of_polling_read_the_gauge_once_a_second_and_no_more():
    ups, gauge, _, _ = _ups(False)
    reads = [0]
    millivolts = gauge.millivolts

    def counted():
        reads[0] += 1
        return millivolts()

    gauge.millivolts = counted

    async def course():
        running = asyncio.create_task(ups.run(lambda before, after: None))
        await asyncio.sleep_ms(6 * 3600 * 1000)
        running.cancel()

    virtual_time.run(course())
    assert reads[0] == 6 * 3600 + 1 or reads[0] == 6 * 3600, reads
