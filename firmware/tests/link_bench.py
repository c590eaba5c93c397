"""A terminal of `link_rig` on this process's standard streams: what the host's tests of the link talk to.

    micropython firmware/tests/link_bench.py [sales=N] [selling=N]

sales: how many stand in its chain as soon as it is provisioned; selling: how many more are sold while it is read.
"""

import asyncio
import sys
import time

import link_rig
from drivers.serial_line import SerialLine
from link.service import serve
from parts.nor_flash import NorFlash

_SECTORS = 512


class Terminal(link_rig.Terminal):
    """Sells on its own; its clock runs."""

    def __init__(self, sales, selling):
        super().__init__(flash=NorFlash(None, _SECTORS))
        self._sales = sales
        self._selling = selling
        self._ticks = time.ticks_ms()

    async def enrolled(self):
        await super().enrolled()
        for _ in range(self._sales):
            link_rig.sell(self)

    def sell_meanwhile(self):
        if self._selling and self.chain.started:
            self._selling -= 1
            link_rig.sell(self)


class Line(SerialLine):
    """The terminal's line; whenever a frame has gone out, there is a sale."""

    terminal = None

    async def write(self, data):
        await super().write(data)
        if len(data) > 200 and self.terminal is not None:
            self.terminal.sell_meanwhile()


def main():
    options = {"sales": 0, "selling": 0}
    for argument in sys.argv[1:]:
        name, _, value = argument.partition("=")
        options[name] = int(value)
    terminal = Terminal(options["sales"], options["selling"])
    line = Line(sys.stdin.buffer, sys.stdout.buffer)
    line.terminal = terminal
    sys.stdout.write("link bench\r\n")
    asyncio.run(serve(line, terminal))


main()
