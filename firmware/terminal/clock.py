"""Time as far as it can be trusted (docs/voucher-format.md: time, trust, boot, uptime)."""

import time

from micropython import const

from wire.entry import TRUST_LOWER_BOUND, TRUST_NONE, TRUST_SET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware import Rtc

_TICKS_MASK = const(0x3FFFFFFF)  # ticks_ms wraps at 2^30 on the ESP32: after 12.4 days
_SET_SINCE_S = const(1420070400)  # 2015-01-01: an RTC that says less was not set since power-on


class ClockBehind(ValueError):
    """The time to set is before the chain's last entry."""


class Clock:
    """Wall clock, uptime and boot number. Ask it at least once in twelve days, or the uptime loses a turn."""

    def __init__(self, rtc: "Rtc", ticks_ms: "Callable[[], int]" = time.ticks_ms) -> None:  # pyright: ignore[reportArgumentType]
        self._rtc = rtc
        self._ticks_ms = ticks_ms
        self._ticks = ticks_ms()
        self._uptime_s = 0
        self._uptime_ms = 0  # the part of a second
        self._bound_s = 0  # with TRUST_LOWER_BOUND: the time at uptime 0, no earlier than this
        self._last_s = 0  # time of the chain's last entry; this clock never says less
        self.boot = 1
        self.trust = TRUST_SET if rtc.seconds() >= _SET_SINCE_S else TRUST_NONE

    def resume(self, boot: int, last_s: int) -> None:
        """Go on after the chain's last entry, written in boot `boot` at `last_s` (0: at a time it did not know)."""
        self.boot = boot + 1
        self._last_s = last_s
        if self._rtc.seconds() >= max(last_s, _SET_SINCE_S):
            self.trust = TRUST_SET
        elif last_s:
            self.trust = TRUST_LOWER_BOUND
            self._bound_s = last_s - self.uptime_s()
        else:
            self.trust = TRUST_NONE

    def uptime_s(self) -> int:
        """Seconds since this boot."""
        ticks = self._ticks_ms()
        passed_ms = self._uptime_ms + ((ticks - self._ticks) & _TICKS_MASK)
        self._ticks = ticks
        self._uptime_s += passed_ms // 1000
        self._uptime_ms = passed_ms % 1000
        return self._uptime_s

    def now_s(self) -> int:
        """Seconds since 1970 UTC as far as `trust` goes; 0 when it was never set. Never before the last entry."""
        if self.trust == TRUST_NONE:
            return 0
        now_s = self._rtc.seconds() if self.trust == TRUST_SET else self._bound_s + self.uptime_s()
        return max(now_s, self._last_s)

    def set(self, seconds: int) -> None:
        """Set the clock to Unix time `seconds`. Raises ClockBehind when that is before the chain's last entry."""
        if seconds < max(self._last_s, _SET_SINCE_S):
            raise ClockBehind("time: %d is before the last entry, or before 2015" % seconds)
        self._rtc.set(seconds)
        self.trust = TRUST_SET

    def wrote(self, time_s: int) -> None:
        """An entry with this time is in the chain: no later entry may be earlier."""
        self._last_s = max(self._last_s, time_s)

    def seconds_since(self, moment: tuple) -> int:
        """Seconds since `moment` (boot, uptime_s, time_s); after a power loss at least so many have passed."""
        boot, uptime_s, time_s = moment
        if boot == self.boot:
            return max(0, self.uptime_s() - uptime_s)
        now_s = self.now_s()
        # Without a time on both ends only this boot's uptime is known to have passed.
        return max(0, now_s - time_s) if now_s and time_s else self.uptime_s()
