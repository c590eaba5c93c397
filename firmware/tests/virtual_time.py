"""Time for tests: asyncio's clock is virtual, and jumps to the next task instead of waiting."""

import asyncio
import asyncio.core as core

# Above any real tick count: what asyncio's C code stamps with the real one is always due.
now_ms = 1 << 40


def ticks_ms() -> int:
    return now_ms


def sleep(ms: int) -> None:
    """Let time pass without running anything."""
    global now_ms
    now_ms += ms


class Stuck(Exception):
    """Every task waits for something that will never happen."""


def _wait_io_event(queue: object, delay_ms: int) -> None:
    if delay_ms < 0:
        raise Stuck("every task waits")
    sleep(delay_ms)


def run(task: object) -> object:
    """Run one coroutine to its end in virtual time and forget whatever tasks it leaves; return what it returns."""
    real = core.ticks, core.IOQueue.wait_io_event
    core.ticks, core.IOQueue.wait_io_event = ticks_ms, _wait_io_event
    try:
        return asyncio.run(task)
    finally:
        core.ticks, core.IOQueue.wait_io_event = real
        asyncio.new_event_loop()
