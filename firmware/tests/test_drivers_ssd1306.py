"""The SSD1306 driver against the emulated display memory."""

from bench_wires import I2c, Panel
from drivers.ssd1306 import SSD1306
from parts.ssd1306 import Ssd1306Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Bench:
    def __init__(self) -> None:
        self.panel = Panel()
        self.part = Ssd1306Part(self.panel)
        self.i2c: "Any" = I2c(0x3C, self.part)
        self.display = SSD1306(self.i2c)

    def data_transactions(self) -> int:
        return len([written for written in self.i2c.log if written[0] == 0x40])


def test_the_display_starts_dark_and_never_shows_the_noise_of_power_on() -> None:
    bench = Bench()
    assert bench.part.lit
    assert bench.part.charge_pump
    assert bench.panel.said == ["frame " + "00" * 1024]


def test_what_is_drawn_is_shown_pixel_by_pixel() -> None:
    bench = Bench()
    for x, y in ((0, 0), (127, 0), (0, 63), (127, 63), (64, 31), (5, 8)):
        bench.display.canvas.fill(0)
        bench.display.canvas.pixel(x, y, 1)
        bench.display.show()
        picture = bench.part.picture()
        assert picture[y // 8 * 128 + x] == 1 << y % 8, (x, y)
        assert sum(picture) == 1 << y % 8
        assert bench.panel.said[-1] == "frame " + picture.hex()


def test_a_picture_is_one_data_transaction_and_an_unchanged_one_is_none() -> None:
    bench = Bench()
    before = bench.data_transactions()
    bench.display.canvas.text("Rp 12.500", 0, 0)
    bench.display.show()
    assert bench.data_transactions() == before + 1
    written = len(bench.i2c.log)
    bench.display.canvas.fill(0)
    bench.display.canvas.text("Rp 12.500", 0, 0)
    bench.display.show()
    assert len(bench.i2c.log) == written
    assert len(bench.panel.said) == 2


def test_a_picture_is_whole_again_after_a_shifted_pointer() -> None:
    bench = Bench()
    bench.part.write(b"\x40\x00\x00\x00")  # noise on the bus: three bytes too many
    bench.display.canvas.fill_rect(0, 0, 4, 8, 1)
    bench.display.show()
    assert bench.part.picture()[:6] == b"\xff\xff\xff\xff\x00\x00"


def test_a_missing_display_stops_nothing_and_is_set_up_when_it_is_back() -> None:
    bench = Bench()
    bench.i2c.unplug()
    bench.display.canvas.fill(1)
    bench.display.show()
    assert not bench.display.answers
    bench.part.power_on()
    bench.i2c.plug(0x3C, bench.part)
    bench.display.show()
    assert bench.display.answers
    assert bench.part.picture() == b"\xff" * 1024


def test_contrast_is_kept_for_a_display_that_is_away() -> None:
    bench = Bench()
    bench.i2c.unplug()
    bench.display.contrast(10)
    bench.part.power_on()
    bench.i2c.plug(0x3C, bench.part)
    bench.display.show()
    assert bench.part.contrast == 10


def test_a_display_missing_from_the_start_is_used_once_it_comes() -> None:
    part = Ssd1306Part(Panel())
    i2c: "Any" = I2c(0x3C, part)
    i2c.unplug()
    display = SSD1306(i2c)
    i2c.plug(0x3C, part)
    display.canvas.fill(1)
    display.show()
    assert part.picture() == b"\xff" * 1024


def test_contrast_reaches_the_display() -> None:
    bench = Bench()
    bench.display.contrast(200)
    assert bench.part.contrast == 200


def test_the_part_knows_page_and_vertical_addressing_too() -> None:
    part = Ssd1306Part(Panel())
    part.write(b"\x00\x8d\x14\xaf\x20\x02\xb3\x05\x12")  # page mode, page 3, column 0x25
    part.write(b"\x40\x01\x02")
    assert part.memory[3 * 128 + 0x25 : 3 * 128 + 0x28] == b"\x01\x02\xaa"
    part.write(b"\x80\x20\x80\x01\x00\x21\x0a\x0b\x22\x02\x03")  # vertical, columns 10-11, pages 2-3; Co bit in use
    part.write(b"\x40\x01\x02\x03\x04\x05")
    assert [part.memory[page * 128 + column] for column in (10, 11) for page in (2, 3)] == [5, 2, 3, 4]
