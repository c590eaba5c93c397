"""The ESP32's real-time clock. It runs while the chip has power and starts at 2000-01-01 without it."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import RTC

# Ports count seconds from 1970 or from 2000; time.gmtime() tells which.
_EPOCH_2000_S = 946684800


class Esp32Rtc:
    """The wall clock (hardware.Rtc) over a machine.RTC, in UTC."""

    def __init__(self, rtc: "RTC") -> None:
        self._rtc = rtc

    def seconds(self) -> int:
        """Seconds since 1970 UTC; a date in 2000 when the clock was not set since power-on."""
        year, month, day, _, hour, minute, second, _ = self._rtc.datetime()
        return ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second

    def set(self, seconds: int) -> None:
        epoch_s = _EPOCH_2000_S if time.gmtime(0)[0] == 2000 else 0
        year, month, day, hour, minute, second, weekday = time.gmtime(seconds - epoch_s)[:7]
        self._rtc.datetime((year, month, day, weekday, hour, minute, second, 0))


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of the Gregorian calendar. time.mktime() would think in a local time zone."""
    if month <= 2:  # count years from March, so that the leap day comes last
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 1 - 719468
