"""The test bench reads a terminal's screen from its pixels; what it reads must be what was drawn."""

import os
import subprocess

import pytest

from nyala.world import screen
from nyala.world.simulated_terminal import find_micropython

_DRAW = """
import framebuf, os
b = bytearray(1024)
f = framebuf.FrameBuffer(b, 128, 64, framebuf.MONO_VLSB)
{commands}
print(b.hex())
"""
_SCALED = """
g = bytearray(8 * {columns})
s = framebuf.FrameBuffer(g, 8 * {columns}, 8, framebuf.MONO_VLSB)
s.text({text!r}, 0, 0, 1)
for x in range(8 * {columns}):
    for y in range(8):
        if s.pixel(x, y):
            f.fill_rect({x} + x * {scale}, {y} + y * {scale}, {scale}, {scale}, 1)
"""


def drawn(commands: str) -> bytes:
    printed = subprocess.run(
        [find_micropython(), "-c", _DRAW.format(commands=commands)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MICROPYPATH": ".frozen"},
    )
    return bytes.fromhex(printed.stdout)


def scaled(text: str, x: int, y: int, scale: int) -> str:
    return _SCALED.format(columns=len(text), text=text, x=x, y=y, scale=scale)


@pytest.mark.parametrize("y", [0, 3, 11, 56])
def test_small_text_is_read_at_any_height(y: int) -> None:
    assert screen.text(drawn(f"f.text('Kode 7PAV-K95G', 5, {y}, 1)")) == ("Kode 7PAV-K95G",)


@pytest.mark.parametrize(("scale", "x", "y"), [(2, 1, 17), (3, 4, 20), (2, 0, 30)])
def test_large_digits_are_read(scale: int, x: int, y: int) -> None:
    text = "85.00" if scale == 3 else "85.000"
    assert screen.text(drawn(scaled(text, x, y, scale))) == (text,)


def test_text_on_a_dark_bar_is_read() -> None:
    assert screen.text(drawn("f.fill_rect(0, 0, 128, 10, 1)\nf.text('Listrik 98%', 2, 1, 0)")) == ("Listrik 98%",)


def test_an_empty_screen_says_nothing() -> None:
    assert screen.text(bytes(screen.FRAME_BYTES)) == ()


def test_lines_come_from_top_to_bottom() -> None:
    assert screen.text(drawn("f.text('below', 0, 40, 1)\nf.text('above', 30, 4, 1)")) == ("above", "below")


def test_both_pictures_show_every_pixel() -> None:
    frame = drawn("f.pixel(0, 0, 1)\nf.pixel(127, 63, 1)")
    quadrants, braille = screen.quadrants(frame), screen.braille(frame)
    assert (len(quadrants), {len(row) for row in quadrants}) == (32, {64})
    assert (len(braille), {len(row) for row in braille}) == (16, {64})
    assert (quadrants[0][0], quadrants[-1][-1]) == ("▘", "▗")
    assert (braille[0][0], braille[-1][-1]) == ("⠁", "⢀")


def test_a_frame_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="1024 bytes"):
        screen.pixels(b"short")
