"""Open the board, run the terminal."""

import asyncio

from board import open_board  # pyright: ignore[reportMissingImports]  (each board brings its own)

from terminal.terminal import Terminal

asyncio.run(Terminal(open_board()).run())
