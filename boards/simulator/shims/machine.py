"""`machine` of the simulated ESP32: pins, buses and the RTC, with emulated parts attached from outside.

Only what the drivers use is here. Parts are attached by boot.py: `I2C(0).attach(address, part)`,
`UART(2).attach(part)`, `Pin(n).source`, `Pin(n).watch`.
"""

from umachine import *  # noqa: F403
import sys

import uos as _os
from clock import clock as _clock

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_EXIT_RESET = 32
_ENODEV = 19


def reset_cause() -> int:
    return int(_os.getenv("NYALA_SIM_RESET_CAUSE") or PWRON_RESET)


def reset() -> None:
    sys.exit(_EXIT_RESET)


def freq(hz: "int | None" = None) -> "int | None":
    return 240_000_000 if hz is None else None


def unique_id() -> bytes:
    return b"\x02nyala"  # locally administered, as a MAC address


class Pin:
    """`Pin(n)` is the same pin wherever it is asked for."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_UP, PULL_DOWN = 2, 1
    IRQ_RISING, IRQ_FALLING = 1, 2
    _pins: dict = {}

    def __new__(
        cls, number: int, mode: "int | None" = None, pull: "int | None" = None, value: "int | None" = None
    ) -> "Pin":
        pin = cls._pins.get(number)
        if pin is None:
            pin = cls._pins[number] = super().__new__(cls)
            pin.number = number
            pin.source = None  # callable: the level an outside part puts on the pin
            pin.watch = None  # callable: told the level the firmware drives
            pin._handler = None
            pin._trigger = 0
            pin._driven = 0
            pin._seen = 0
            pin._mode = cls.IN
            pin._pull = None
        pin.init(mode, pull, value)
        return pin

    def __init__(self, number: int, mode: object = None, pull: object = None, value: object = None) -> None:
        pass

    def init(self, mode: "int | None" = None, pull: "int | None" = None, value: "int | None" = None) -> None:
        if mode is not None:
            self._mode = mode
        if pull is not None:
            self._pull = pull
        if value is not None:
            self.value(value)
        self._seen = self._level()

    def _level(self) -> int:
        if self._mode != Pin.IN:
            return self._driven
        if self.source is not None:
            return self.source()
        return 1 if self._pull == Pin.PULL_UP else 0

    def value(self, level: "int | None" = None) -> "int | None":
        if level is None:
            return self._level()
        self._driven = 1 if level else 0
        if self.watch is not None:
            self.watch(self._driven)
        return None

    __call__ = value

    def on(self) -> None:
        self.value(1)

    def off(self) -> None:
        self.value(0)

    def irq(self, handler: object = None, trigger: int = 3, **_: object) -> None:
        self._handler = handler
        self._trigger = trigger
        self._seen = self._level()

    def changed(self) -> None:
        """A part outside may have changed the level: fire the interrupt on a matching edge."""
        level = self._level()
        edge = level - self._seen
        self._seen = level
        if self._handler is None or not edge:
            return
        if self._trigger & (Pin.IRQ_RISING if edge > 0 else Pin.IRQ_FALLING):
            self._handler(self)


class I2C:
    """Buses by number; the same object for the same number."""

    _buses: dict = {}

    def __new__(cls, number: int = 0, **_: object) -> "I2C":
        bus = cls._buses.get(number)
        if bus is None:
            bus = cls._buses[number] = super().__new__(cls)
            bus._parts = {}
        return bus

    def __init__(self, number: int = 0, **_: object) -> None:
        pass

    def attach(self, address: int, part: object) -> None:
        self._parts[address] = part

    def _part(self, address: int) -> object:
        part = self._parts.get(address)
        if part is None:
            raise OSError(_ENODEV)
        return part

    def scan(self) -> list:
        return sorted(self._parts)

    def writeto(self, address: int, data: bytes, stop: bool = True) -> int:
        self._part(address).write(bytes(data))
        return len(data)

    def writevto(self, address: int, vector: list, stop: bool = True) -> int:
        return self.writeto(address, b"".join(bytes(part) for part in vector))

    def readfrom(self, address: int, count: int, stop: bool = True) -> bytes:
        return self._part(address).read(count)

    def readfrom_into(self, address: int, buffer: bytearray, stop: bool = True) -> None:
        buffer[:] = self.readfrom(address, len(buffer))

    def writeto_mem(self, address: int, register: int, data: bytes, addrsize: int = 8) -> None:
        self.writeto(address, bytes((register,)) + bytes(data))

    def readfrom_mem(self, address: int, register: int, count: int, addrsize: int = 8) -> bytes:
        self.writeto(address, bytes((register,)))
        return self.readfrom(address, count)

    def readfrom_mem_into(self, address: int, register: int, buffer: bytearray, addrsize: int = 8) -> None:
        buffer[:] = self.readfrom_mem(address, register, len(buffer))


class UART:
    """Ports by number. A part is fed what the firmware writes and delivers its answer after a while."""

    _ports: dict = {}

    def __new__(cls, number: int, baudrate: int = 115200, **_: object) -> "UART":
        if number == 0:
            raise ValueError("UART(0) is the REPL's")  # as the ESP32 port does
        port = cls._ports.get(number)
        if port is None:
            port = cls._ports[number] = super().__new__(cls)
            port._part = None
            port._received = bytearray()
        return port

    def __init__(self, number: int, baudrate: int = 115200, **_: object) -> None:
        pass

    def init(self, baudrate: int = 115200, **_: object) -> None:
        pass

    def attach(self, part: object) -> None:
        self._part = part

    def deliver(self, data: bytes, delay_ms: int) -> None:
        def arrive() -> None:
            self._received.extend(data)

        _clock.at(delay_ms, arrive)

    def any(self) -> int:
        return len(self._received)

    def read(self, count: int = -1) -> "bytes | None":
        if not self._received:
            return None
        if count < 0:
            count = len(self._received)
        data = bytes(self._received[:count])
        self._received = self._received[count:]
        return data

    def readinto(self, buffer: bytearray, count: "int | None" = None) -> "int | None":
        data = self.read(len(buffer) if count is None else min(count, len(buffer)))
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: bytes) -> int:
        if self._part is not None:
            self._part.feed(bytes(data))
        return len(data)


class PWM:
    """`PWM(pin)`: a tone generator; `watch(hz, on)` on the pin's object is told when it starts and stops."""

    def __init__(self, pin: Pin, freq: int = 1000, duty_u16: int = 0, **_: object) -> None:
        self._pin = pin
        self._hz = freq
        self._duty = 0
        self.duty_u16(duty_u16)

    def freq(self, hz: "int | None" = None) -> "int | None":
        if hz is None:
            return self._hz
        self._hz = hz
        return None

    def duty_u16(self, duty: "int | None" = None) -> "int | None":
        if duty is None:
            return self._duty
        if bool(duty) != bool(self._duty) and self._pin.watch is not None:
            self._pin.watch(self._hz if duty else 0)
        self._duty = duty
        return None

    def deinit(self) -> None:
        self.duty_u16(0)


class RTC:
    """Counts from 2000-01-01 after power-on, like the ESP32's."""

    def datetime(self, when: "tuple | None" = None) -> "tuple | None":
        import time

        if when is None:
            year, month, day, hour, minute, second, weekday, _ = time.gmtime()
            return (year, month, day, weekday, hour, minute, second, 0)
        year, month, day, _, hour, minute, second, _ = when
        _clock.set_rtc(time.mktime((year, month, day, hour, minute, second, 0, 0)))
        return None


class WDT:
    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        pass

    def feed(self) -> None:
        pass
