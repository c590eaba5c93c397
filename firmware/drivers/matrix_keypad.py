"""4 x 4 key matrix. All rows are driven low while idle, so any key pulls a column low and wakes us: nothing is polled
until a key is down. Rows are open drain: two keys pressed at once must not connect a high row to a low one."""

import asyncio

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import Pin

_KEYS = "123A456B789C*0#D"
_SETTLE_MS = const(10)  # two equal scans this far apart: switches bounce for about 5 ms
_HELD_MS = const(20)  # while a key is down, how often we look for its release and for other keys
_TOGETHER_MAX = const(2)  # from three keys on, a matrix without diodes shows keys that nobody pressed


class MatrixKeypad:
    """The keypad (hardware.Keypad). `rows` and `columns`: four machine.Pin each, in the order of the keys."""

    def __init__(self, rows: "list[Pin]", columns: "list[Pin]") -> None:
        self._rows = rows
        self._columns = columns
        self._held = 0  # keys reported and not released yet, bit 4 * row + column
        self._pressed = asyncio.ThreadSafeFlag()
        for row in rows:
            row.init(row.OPEN_DRAIN, value=0)
        for column in columns:
            column.init(column.IN, column.PULL_UP)
            column.irq(handler=self._on_edge, trigger=column.IRQ_FALLING)

    async def key(self) -> str:
        """Wait for the next key press, debounced: one of 0-9, A-D, * and #. A key held down counts once."""
        while True:
            down = await self._steady()
            self._held &= down
            new = down & ~self._held
            if new and _bits(down) <= _TOGETHER_MAX:
                key = _lowest(new)
                self._held |= 1 << key
                return _KEYS[key]
            if down:
                await asyncio.sleep_ms(_HELD_MS)
            else:
                await self._pressed.wait()

    def _on_edge(self, _: "Pin") -> None:
        self._pressed.set()  # by our own scanning, too: that costs one more look

    def _any_down(self) -> bool:
        return any(not column.value() for column in self._columns)

    async def _steady(self) -> int:
        """Scan until two scans agree. With no key down that is at once."""
        if not self._any_down():
            return 0
        before = self._scan()
        while True:
            await asyncio.sleep_ms(_SETTLE_MS)
            down = self._scan()
            if down == before:
                return down
            before = down

    def _scan(self) -> int:
        """Return the keys that are down, as bits. Leaves all rows low again."""
        for row in self._rows:
            row.value(1)
        down = 0
        for number, row in enumerate(self._rows):
            row.value(0)
            for column_number, column in enumerate(self._columns):
                if not column.value():
                    down |= 1 << (4 * number + column_number)
            row.value(1)
        for row in self._rows:
            row.value(0)
        return down


def _bits(mask: int) -> int:
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


def _lowest(mask: int) -> int:
    position = 0
    while not mask >> position & 1:
        position += 1
    return position
