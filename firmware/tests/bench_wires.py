"""What driver tests are wired with: virtual time, pins, and buses that lead to the simulator's parts."""

import asyncio
import asyncio.core as core  # pyright: ignore[reportMissingImports]
import time

import drivers.ina219
import drivers.pn532
import drivers.pn532_frames
import parts.ina219

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _VirtualTime:
    """What drivers and parts use of the `time` module, with a clock that jumps."""

    now_ms = 1 << 40  # above any real tick count: what asyncio's C code stamps with the real one is always due

    ticks_add = time.ticks_add
    ticks_diff = time.ticks_diff

    def ticks_ms(self) -> int:
        return self.now_ms


clock = _VirtualTime()
timekeepers: "Any" = (drivers.ina219, drivers.pn532, drivers.pn532_frames, parts.ina219)
for module in timekeepers:
    module.time = clock

_events: "list[Any]" = []  # (when_ms, order, call) of things that will happen by themselves
_order = [0]


class Deadlock(Exception):
    """Every task waits for something that nobody will ever do."""


def at(delay_ms: int, call: "Callable[[], object]") -> None:
    """Call `call()` after so much virtual time."""
    _order[0] += 1
    _events.append((clock.now_ms + delay_ms, _order[0], call))
    _events.sort()


def wait(ms: int) -> None:
    """Let virtual time pass, without tasks."""
    _advance(clock.now_ms + ms)


def _advance(until_ms: int) -> None:
    while _events and _events[0][0] <= until_ms:
        when_ms, _, call = _events.pop(0)
        clock.now_ms = max(clock.now_ms, when_ms)
        call()
    clock.now_ms = max(clock.now_ms, until_ms)


_really_poll = core.IOQueue.wait_io_event


def _runnable() -> bool:
    task = core._task_queue.peek()
    return task is not None and core.ticks_diff(task.ph_key, clock.now_ms) <= 0


def _wait_io_event(queue: object, delay_ms: int) -> None:
    due_ms = clock.now_ms + delay_ms if delay_ms >= 0 else None
    _really_poll(queue, 0)
    while not _runnable():
        next_ms = due_ms
        if _events and (next_ms is None or _events[0][0] < next_ms):
            next_ms = _events[0][0]
        if next_ms is None:
            raise Deadlock
        _advance(next_ms)
        _really_poll(queue, 0)


def run(coroutine: "Any") -> "Any":
    """Run a coroutine in virtual time, with no task left over from the run before; return its result."""
    real = core.ticks, core.IOQueue.wait_io_event
    core.ticks, core.IOQueue.wait_io_event = clock.ticks_ms, _wait_io_event
    asyncio.new_event_loop()
    try:
        return asyncio.run(coroutine)
    finally:
        core.ticks, core.IOQueue.wait_io_event = real
        asyncio.new_event_loop()


class Uart:
    """A machine.UART whose other end is a part."""

    def __init__(self) -> None:
        self.part: "Any" = None
        self.written = bytearray()
        self._received = bytearray()
        del _events[:]

    def deliver(self, data: "bytes | bytearray", delay_ms: int) -> None:
        at(delay_ms, lambda: self._received.extend(data))

    def write(self, data: bytes) -> int:
        self.written.extend(data)
        if self.part is not None:
            self.part.feed(bytes(data))
        return len(data)

    def any(self) -> int:
        return len(self._received)

    def readinto(self, buffer: bytearray) -> "int | None":
        count = min(len(buffer), len(self._received))
        buffer[:count] = self._received[:count]
        self._received = self._received[count:]
        return count or None


class I2c:
    """A machine.I2C with parts by address; `log` keeps what was written."""

    def __init__(self, address: int, part: "Any") -> None:
        self._parts = {address: part}
        self.log: list = []

    def _part(self, address: int) -> "Any":
        if address not in self._parts:
            raise OSError(19)
        return self._parts[address]

    def unplug(self) -> None:
        self._parts = {}

    def plug(self, address: int, part: "Any") -> None:
        self._parts[address] = part

    def writeto(self, address: int, data: bytes) -> int:
        self.log.append(bytes(data))
        self._part(address).write(bytes(data))
        return len(data)

    def readfrom_mem_into(self, address: int, register: int, buffer: bytearray) -> None:
        self._part(address).write(bytes((register,)))
        buffer[:] = self._part(address).read(len(buffer))


class Pin:
    """A machine.Pin."""

    IN, OUT, OPEN_DRAIN, PULL_UP, IRQ_FALLING = 1, 3, 7, 2, 2

    def __init__(self, level: int = 0) -> None:
        self.source: "Any" = None
        self.watch: "Any" = None
        self.levels: list = []
        self._driven = level
        self._seen = 1
        self._handler: "Any" = None

    def init(self, mode: int, pull: "int | None" = None, value: "int | None" = None) -> None:
        if value is not None:
            self.value(value)

    def value(self, level: "int | None" = None) -> "Any":
        if level is None:
            return self.source() if self.source is not None else self._driven
        self._driven = level
        self.levels.append(level)
        if self.watch is not None:
            self.watch(level)
        return None

    def irq(self, handler: "Any", trigger: int) -> None:
        self._handler = handler
        self._seen = self.value()

    def changed(self) -> None:
        before, self._seen = self._seen, self.value()
        if before and not self._seen and self._handler is not None:
            self._handler(self)


class Panel:
    """A bench panel: `said` keeps the events; `answers` maps an asked line to its answer (a call, for a card)."""

    def __init__(self, answer: "Any" = None) -> None:
        self.said: list = []
        self._answer = answer

    def say(self, line: str) -> None:
        self.said.append(line)

    def ask(self, line: str) -> str:
        self.say(line)
        return self._answer(line)
