"""Key presses, kept until the till asks for them."""

import asyncio

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Keypad

_WAITING_MAX = const(8)


class Presses:
    """Run `read` as a task; whatever ends it is raised by `next`."""

    def __init__(self, keypad: "Keypad") -> None:
        self._keypad = keypad
        self._keys = []
        self._come = asyncio.Event()
        self._error = None

    async def read(self) -> None:
        """Collect presses for ever; those of an impatient hand are lost."""
        try:
            while True:
                key = await self._keypad.key()
                if len(self._keys) < _WAITING_MAX:
                    self._keys.append(key)
                self._come.set()
        except Exception as error:  # handed on: without keys the till is as good as dead
            self._error = error
            self._come.set()

    async def next(self, wait_ms: int) -> "str | None":
        """The next key; None when none came in time."""
        if not self._keys:
            self._come.clear()
            if self._error is None:
                try:
                    await asyncio.wait_for_ms(self._come.wait(), wait_ms)
                except asyncio.TimeoutError:
                    return None
            if self._error is not None:
                raise self._error
        return self._keys.pop(0)

    def take_all(self) -> list:
        """Every key that waits; none does afterwards."""
        keys, self._keys = self._keys, []
        return keys
