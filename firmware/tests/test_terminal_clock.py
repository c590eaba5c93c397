"""Time, trust, uptime and boot number."""

from expect import raises
from terminal.clock import Clock, ClockBehind
from wire.entry import TRUST_LOWER_BOUND, TRUST_NONE, TRUST_SET

_NOW_S = 1800000000
_UNSET_S = 946684800  # an ESP32's RTC after power-on: 2000-01-01
_WRAP_MS = 1 << 30


class _Rtc:
    def __init__(self, seconds=_UNSET_S):
        self.time_s = seconds

    def seconds(self):
        return self.time_s

    def set(self, seconds):
        self.time_s = seconds


class _World:
    """An RTC and ticks that go together; the ticks wrap at 2^30 as on the ESP32."""

    def __init__(self, seconds=_UNSET_S, ticks=0):
        self.rtc = _Rtc(seconds)
        self.ticks = ticks
        self.clock = Clock(self.rtc, lambda: self.ticks)

    def pass_s(self, seconds):
        self.ticks = (self.ticks + seconds * 1000) % _WRAP_MS
        self.rtc.time_s += seconds


def test_uptime_survives_the_wrap_of_the_ticks_at_every_phase():
    for before_ms in (1, 999, 1000, 1001, 500000):
        world = _World(ticks=_WRAP_MS - before_ms)
        world.pass_s(3)
        assert world.clock.uptime_s() == 3
        world.pass_s(1000)
        assert world.clock.uptime_s() == 1003


def test_uptime_of_a_hundred_days_loses_no_second():
    world = _World()
    for _ in range(100 * 24):
        world.pass_s(3600)
        world.clock.uptime_s()
    assert world.clock.uptime_s() == 100 * 86400


def test_uptime_loses_nothing_to_rounding():
    world = _World()
    for _ in range(1000):
        world.ticks += 999
        world.clock.uptime_s()
    assert world.clock.uptime_s() == 999


def test_a_clock_never_set_says_zero():
    world = _World()
    world.pass_s(500)
    assert (world.clock.now_s(), world.clock.trust, world.clock.boot) == (0, TRUST_NONE, 1)
    world.clock.resume(4, 0)
    assert (world.clock.now_s(), world.clock.trust, world.clock.boot) == (0, TRUST_NONE, 5)


def test_setting_the_clock_makes_it_trusted():
    world = _World()
    world.clock.set(_NOW_S)
    world.pass_s(60)
    assert (world.clock.now_s(), world.clock.trust) == (_NOW_S + 60, TRUST_SET)


def test_after_a_power_loss_the_last_entry_is_the_lower_bound_and_uptime_goes_on_from_it():
    world = _World()
    world.pass_s(7)  # finding the end of the journal took a while
    world.clock.resume(3, _NOW_S)
    assert (world.clock.now_s(), world.clock.trust, world.clock.boot) == (_NOW_S, TRUST_LOWER_BOUND, 4)
    world.pass_s(3600)
    assert world.clock.now_s() == _NOW_S + 3600
    world.clock.set(_NOW_S + 9000)
    assert (world.clock.now_s(), world.clock.trust) == (_NOW_S + 9000, TRUST_SET)


def test_an_rtc_that_went_on_through_a_reset_is_still_trusted():
    world = _World(seconds=_NOW_S + 50)
    world.clock.resume(3, _NOW_S)
    assert (world.clock.now_s(), world.clock.trust) == (_NOW_S + 50, TRUST_SET)


def test_an_rtc_behind_the_chain_is_not_believed():
    world = _World(seconds=_NOW_S - 1)
    world.clock.resume(3, _NOW_S)
    assert (world.clock.now_s(), world.clock.trust) == (_NOW_S, TRUST_LOWER_BOUND)


def test_time_never_runs_back_behind_an_entry():
    world = _World(seconds=_NOW_S)
    world.clock.wrote(_NOW_S + 5)
    assert world.clock.now_s() == _NOW_S + 5
    raises(ClockBehind, world.clock.set, _NOW_S + 4)
    world.clock.set(_NOW_S + 5)
    raises(ClockBehind, Clock(_Rtc()).set, _UNSET_S)


def test_seconds_since_count_uptime_within_a_boot_and_time_across_boots():
    world = _World(seconds=_NOW_S)
    began = (1, 0, _NOW_S)
    world.pass_s(100)
    world.rtc.time_s += 100000  # set by the host meanwhile: uptime knows better
    assert world.clock.seconds_since(began) == 100
    again = _World()
    again.clock.resume(1, _NOW_S + 100)
    again.pass_s(20)
    assert again.clock.seconds_since(began) == 120
    unset = _World()
    unset.clock.resume(1, 0)
    unset.pass_s(20)
    assert unset.clock.seconds_since((1, 5, 0)) == 20
