"""The serial line to the host over the console's streams: UART 0 belongs to MicroPython and cannot be opened."""

import asyncio
import select

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_READ_BYTES_MAX = const(64)
_WRITE_BYTES = const(64)  # half the UART's FIFO: a write that has to wait for it holds up every task
_CLOSED_MS = const(100)


class SerialLine:
    """The line (hardware.Line) over `sys.stdin.buffer` and `sys.stdout.buffer`."""

    def __init__(self, stdin_buffer: "Any", stdout_buffer: "Any") -> None:
        self._stdin = stdin_buffer
        self._reader = asyncio.StreamReader(stdin_buffer)
        self._writer = asyncio.StreamWriter(stdout_buffer, {})
        self._waiting = select.poll()
        self._waiting.register(stdin_buffer, select.POLLIN)
        self._buffer = bytearray(_READ_BYTES_MAX)
        self._view = memoryview(self._buffer)

    async def read(self) -> bytes:
        """Wait for bytes from the host; return at least one.

        The console's read blocks until it has all the bytes it was asked for, so it is asked for one at a time.
        """
        while not await self._reader.readinto(self._view[:1]):
            await asyncio.sleep_ms(_CLOSED_MS)  # the other end is closed; it may be opened again
        count = 1
        while count < _READ_BYTES_MAX and self._waiting.poll(0):
            if not self._stdin.readinto(self._view[count : count + 1]):
                break
            count += 1
        return bytes(self._view[:count])

    async def write(self, data: bytes) -> None:
        """Write all of `data`, in pieces, letting other tasks run in between."""
        view = memoryview(data)
        for start in range(0, len(view), _WRITE_BYTES):
            self._writer.write(view[start : start + _WRITE_BYTES])
            await self._writer.drain()
