"""The mains line, debounced: a state counts only when it has lasted."""

import asyncio

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Mains

_STEADY_MS = const(200)
_LOOK_MS = const(40)


class DebouncedMains:
    """`present` is the state that has lasted; `settle()` brings it up to date."""

    def __init__(self, mains: "Mains") -> None:
        self._mains = mains
        self.present = mains.present()

    async def settle(self) -> bool:
        """Look at the line; return whether the state has changed for good. Takes 200 ms when it seems to have."""
        if self._mains.present() == self.present:
            return False
        for _ in range(_STEADY_MS // _LOOK_MS):
            await asyncio.sleep_ms(_LOOK_MS)
            if self._mains.present() == self.present:
                return False
        self.present = not self.present
        return True
