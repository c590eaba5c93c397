"""THE boundary: what a board must offer. `boards/*/board.py` builds one of each; everything else is handed them.

At run time this module is never imported: it exists for the reader and for pyright.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from framebuf import FrameBuffer
else:
    Protocol = object


class Display(Protocol):
    """128 x 64 pixels, one bit each."""

    canvas: "FrameBuffer"  # MONO_VLSB; draw here, then show()

    def show(self) -> None: ...


class Keypad(Protocol):
    """Four by four keys: 0-9, A-D, * and #."""

    async def key(self) -> str: ...  # waits for the next key press, debounced


class Card(Protocol):
    """A card held to the reader, ISO-DEP activated. Every call raises payer.CardLost when it is gone."""

    uid: bytes

    async def transceive(self, apdu: bytes) -> bytes: ...  # response with its status word


class Reader(Protocol):
    """The contactless reader."""

    async def card(self, timeout_ms: int) -> "Card | None": ...  # waits for a card; None when none came in time

    def release(self) -> None: ...  # stop the field


class Gauge(Protocol):
    """The battery's monitor. Every call raises power.GaugeError when it does not answer or answers nonsense."""

    def millivolts(self) -> int: ...

    def milliamps(self) -> int: ...  # negative: discharging


class Mains(Protocol):
    def present(self) -> bool: ...  # the raw line, not debounced


class Buzzer(Protocol):
    async def beep(self, frequency_hz: int, duration_ms: int) -> None: ...


class Lights(Protocol):
    def green(self, on: bool) -> None: ...

    def red(self, on: bool) -> None: ...


class Flash(Protocol):
    """Raw NOR flash: programming only clears bits, erasing a sector sets them all. Addresses from 0 within the
    partition."""

    sector_bytes: int  # 4096
    sectors: int

    def read(self, address: int, buffer: "bytearray | memoryview") -> None: ...

    def program(self, address: int, data: "bytes | memoryview") -> None: ...  # never crosses a 256-byte page

    def erase(self, sector: int) -> None: ...


class Vault(Protocol):
    """Small named values that survive power cuts. A put is there whole, or the value before it is."""

    def get(self, name: str) -> "bytes | None": ...

    def put(self, name: str, value: bytes) -> None: ...


class Entropy(Protocol):
    """The hardware random number generator. One path, no fallback."""

    def read(self, count: int) -> bytes: ...


class Rtc(Protocol):
    """Wall clock that runs while the chip has power."""

    def seconds(self) -> int: ...  # since 1970 UTC; a date before 2015 when it was not set since power-on

    def set(self, seconds: int) -> None: ...


class Line(Protocol):
    """The serial line to the host, as raw bytes."""

    async def read(self) -> bytes: ...  # waits; at least one byte

    async def write(self, data: "bytes | memoryview") -> None: ...  # returns when all of it is handed to the driver


class Board(Protocol):
    """One of each, wired. Built by a board's `open_board()`."""

    name: str
    reset_cause: int  # machine.reset_cause()
    battery_mah: int  # the cell's capacity
    display: Display
    keypad: Keypad
    reader: Reader
    gauge: Gauge
    mains: Mains
    buzzer: Buzzer
    lights: Lights
    flash: Flash  # the journal's
    table_flash: Flash  # for the tables of long-lived keys: nothing there that cannot be made again
    vault: Vault
    entropy: Entropy
    rtc: Rtc
    line: Line
