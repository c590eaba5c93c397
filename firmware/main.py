"""Open the board, run the terminal."""

import asyncio

from board import open_board

from terminal.terminal import Terminal

asyncio.run(Terminal(open_board()).run())
