"""SSD1306 display, 128 x 64, on I2C (Solomon Systech SSD1306 rev 1.1, §8.1.5 and §9; charge pump appendix)."""

import framebuf
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C

_START_UP = (
    b"\xae"  # off while it is set up
    b"\xd5\x80"  # clock as after reset
    b"\xa8\x3f"  # 64 rows
    b"\xd3\x00"  # no offset
    b"\x40"  # starting with row 0
    b"\x8d\x14"  # charge pump on: the panel's 7.5 V comes from the 3.3 V
    b"\x20\x00"  # horizontal addressing: the picture is one run of bytes
    b"\xa1"  # column 127 is segment 0: the module is mounted with its connector on top
    b"\xc8"  # and its rows run upwards
    b"\xda\x12"  # alternating row pins
    b"\xd9\xf1"  # pre-charge for the charge pump
    b"\xdb\x40"  # deselect level
    b"\xa4"  # show what is in memory
    b"\xa6"  # a 1 is lit
)
_ON = const(0xAF)
_CONTRAST = const(0x81)
_WHOLE_PICTURE = b"\x21\x00\x7f\x22\x00\x07"  # window of all columns and pages

_PICTURE_BYTES = const(1024)


class SSD1306:
    """The display (hardware.Display). Draw on `canvas`, then show().

    A display that does not answer stops nothing: the terminal must still give away its vouchers. `answers` says so, and
    the next show() sets it up anew.
    """

    def __init__(self, i2c: "I2C", address: int = 0x3C) -> None:
        self._i2c = i2c
        self._address = address
        self._buffer = bytearray(1 + _PICTURE_BYTES)
        self._buffer[0] = 0x40  # control byte: a row of data follows
        self._picture = memoryview(self._buffer)[1:]
        self._shown = bytearray(_PICTURE_BYTES)
        self._contrast = 0x7F
        self.canvas = framebuf.FrameBuffer(self._picture, 128, 64, framebuf.MONO_VLSB)
        self.answers = False
        self.show()

    def show(self) -> None:
        """Bring the canvas to the panel: one data transaction, none when it shows that already."""
        if self.answers and self._picture == self._shown:
            return
        try:
            if not self.answers:
                self._command(_START_UP)
            self._command(_WHOLE_PICTURE)
            self._i2c.writeto(self._address, self._buffer)
            if not self.answers:  # only now: its memory is full of noise after power-on
                self._command(bytes((_CONTRAST, self._contrast, _ON)))
        except OSError:
            self.answers = False
            return
        self.answers = True
        self._shown[:] = self._picture

    def contrast(self, level: int) -> None:
        """Set the brightness, 0 to 255."""
        self._contrast = level & 0xFF
        try:
            self._command(bytes((_CONTRAST, self._contrast)))
        except OSError:
            self.answers = False

    def _command(self, commands: bytes) -> None:
        self._i2c.writeto(self._address, b"\x00" + commands)  # control byte: a row of commands follows
