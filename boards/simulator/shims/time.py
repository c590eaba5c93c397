"""`time` on the simulator's virtual clock; the rest is the interpreter's own module."""

from utime import *  # noqa: F403  ticks_add, ticks_diff, mktime
import utime as _real

from clock import clock as _clock

# The ESP32 counts from 2000-01-01, the interpreter this runs on from 1970-01-01.
_EPOCH_2000_S = 946684800


def ticks_ms() -> int:
    return _clock.now_ms


def ticks_us() -> int:
    return _clock.now_ms * 1000


def time() -> int:
    """Seconds since 2000-01-01 as the RTC counts them."""
    return _clock.rtc_s()


def sleep_ms(ms: int) -> None:
    _clock.sleep(ms)


def sleep_us(us: int) -> None:
    _clock.sleep((us + 999) // 1000)


def sleep(seconds: float) -> None:
    _clock.sleep(int(seconds * 1000))


def gmtime(seconds: "int | None" = None) -> tuple:
    return _real.gmtime((time() if seconds is None else seconds) + _EPOCH_2000_S)[:8]  # the ESP32 has no ninth


localtime = gmtime


def mktime(when: tuple) -> int:
    return int(_real.mktime(when)) - _EPOCH_2000_S
