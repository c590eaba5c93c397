"""Read a terminal's screen from its pixels: as text, by the glyphs of the interpreter's own 8x8 font, and as a
picture of block characters."""

import subprocess
from functools import lru_cache
from typing import TypeAlias

from nyala.world.simulated_terminal import find_micropython

WIDTH, HEIGHT = 128, 64
FRAME_BYTES = WIDTH * HEIGHT // 8
GLYPH = 8
SCALES = (3, 2, 1)  # large first: what a large glyph covers is not looked at again

_PRINT_FONT = """
import framebuf
b = bytearray(8)
f = framebuf.FrameBuffer(b, 8, 8, framebuf.MONO_VLSB)
for c in range(32, 127):
    f.fill(0)
    f.text(chr(c), 0, 0, 1)
    print(b.hex())
"""

Pixels: TypeAlias = list[list[bool]]  # [y][x]


@lru_cache
def glyphs() -> dict[bytes, str]:
    """Column bytes of each character (bit 0 on top), as framebuf draws it."""
    printed = subprocess.run([find_micropython(), "-c", _PRINT_FONT], capture_output=True, text=True, check=True)
    return {bytes.fromhex(line): chr(32 + index) for index, line in enumerate(printed.stdout.split())}


def pixels(frame: bytes) -> Pixels:
    """A frame of 1,024 bytes in SSD1306 page order as rows of pixels."""
    if len(frame) != FRAME_BYTES:
        raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
    return [[bool(frame[(y // 8) * WIDTH + x] >> (y % 8) & 1) for x in range(WIDTH)] for y in range(HEIGHT)]


def _columns(image: Pixels, scale: int, left: int, top: int) -> list[int]:
    """The image sampled at 1/scale from an origin: one integer a column, bit 0 on top."""
    rows = image[top::scale]
    return [sum(1 << y for y, row in enumerate(rows) if row[x]) for x in range(left, WIDTH, scale)]


def _is_scaled(image: Pixels, scale: int, x: int, y: int) -> bool:
    """Whether every block of the glyph at (x, y) is of one colour."""
    if x + GLYPH * scale > WIDTH or y + GLYPH * scale > HEIGHT:
        return False
    return all(
        image[y + j][x + i] == image[y + j - j % scale][x + i - i % scale]
        for j in range(GLYPH * scale)
        for i in range(GLYPH * scale)
    )


def _find(image: Pixels, scale: int) -> list[tuple[int, int, str]]:
    """Every glyph at this scale as (y, x, character)."""
    known = glyphs()
    found: list[tuple[int, int, str]] = []
    for left in range(scale):
        for top in range(scale):
            columns = _columns(image, scale, left, top)
            rows = (HEIGHT - top) // scale
            for row in range(rows - GLYPH + 1):
                strip = bytes(column >> row & 0xFF for column in columns)
                if not any(strip):
                    continue
                for column in range(len(strip) - GLYPH + 1):
                    character = known.get(strip[column : column + GLYPH])
                    if character is None or character == " ":
                        continue
                    x, y = left + column * scale, top + row * scale
                    if scale == 1 or _is_scaled(image, scale, x, y):
                        found.append((y, x, character))
    return found


def _words(found: list[tuple[int, int, str]], scale: int) -> list[tuple[int, int, str]]:
    """Join glyphs that stand in one row at the font's pitch into (y, x, text). A lone letter is a piece of something
    larger."""
    lines: list[tuple[int, int, str]] = []
    open_ends: dict[tuple[int, int], int] = {}  # (y, next x) -> index into lines
    for y, x, character in sorted(found):
        for gap in range(4):  # up to three blanks within a line
            index = open_ends.pop((y, x - gap * GLYPH * scale), None)
            if index is not None:
                break
        else:
            gap, index = 0, len(lines)
            lines.append((y, x, ""))
        start_y, start_x, text = lines[index]
        lines[index] = (start_y, start_x, text + " " * gap + character)
        open_ends[(y, x + GLYPH * scale)] = index
    return [line for line in lines if any(_says_something(word) for word in line[2].split())]


def _says_something(word: str) -> bool:
    return word.isdigit() or (len(word) > 1 and any(character.isalnum() for character in word))


@lru_cache(maxsize=256)
def text(frame: bytes) -> tuple[str, ...]:
    """The lines of text on the screen, from top to bottom, whatever their size or colour."""
    image = pixels(frame)
    lines: list[tuple[int, int, str]] = []
    for inverted in (False, True):
        for scale in SCALES:
            here = [[pixel != inverted for pixel in row] for row in image]
            for y, x, words in _words(_find(here, scale), scale):
                lines.append((y, x, words))
                for row in range(y, y + GLYPH * scale):  # read: blank it, so that no smaller glyph is seen within
                    for column in range(x, x + GLYPH * scale * len(words)):
                        image[row][column] = inverted
    return tuple(words for _, _, words in sorted(lines))


def quadrants(frame: bytes) -> list[str]:
    """The screen as 32 rows of 64 quadrant blocks, four pixels a character."""
    image = pixels(frame)
    signs = " \u2598\u259d\u2580\u2596\u258c\u259e\u259b\u2597\u259a\u2590\u259c\u2584\u2599\u259f\u2588"
    return [
        "".join(
            signs[image[y][x] | image[y][x + 1] << 1 | image[y + 1][x] << 2 | image[y + 1][x + 1] << 3]
            for x in range(0, WIDTH, 2)
        )
        for y in range(0, HEIGHT, 2)
    ]


def braille(frame: bytes) -> list[str]:
    """The screen as 16 rows of 64 braille characters, eight pixels a character: for low windows."""
    image = pixels(frame)
    dots = ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))  # (down, right) of bits 0..7
    return [
        "".join(
            chr(0x2800 + sum(image[y + down][x + right] << bit for bit, (down, right) in enumerate(dots)))
            for x in range(0, WIDTH, 2)
        )
        for y in range(0, HEIGHT, 4)
    ]
