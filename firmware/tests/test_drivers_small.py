"""The small drivers: buzzer, lights, mains, clock, vault and serial line."""

import asyncio
import io

from bench_wires import Pin, at, clock, run
from drivers.buzzer import Buzzer
from drivers.lights import Lights
from drivers.mains_sense import MainsSense
from drivers.nvs_vault import NvsVault
from drivers.rtc import Esp32Rtc
from drivers.serial_line import SerialLine
from expect import raises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Pwm:
    def __init__(self) -> None:
        self.log: list = []

    def freq(self, hz: int) -> None:
        self.log.append((clock.now_ms, "freq", hz))

    def duty_u16(self, duty: int) -> None:
        self.log.append((clock.now_ms, "duty", duty))


class RtcChip:
    def __init__(self) -> None:
        self.when = (2000, 1, 1, 5, 0, 0, 7, 123456)

    def datetime(self, when: "tuple | None" = None) -> "tuple | None":
        if when is not None:
            self.when = when
        return self.when


class Nvs:
    """esp32.NVS: what was set is only kept by commit()."""

    def __init__(self) -> None:
        self.kept: dict = {}
        self._set: dict = {}
        self.broken = False

    def get_blob(self, name: str, buffer: bytearray) -> int:
        if self.broken:
            raise OSError(-0x1101)
        if name not in self.kept:
            raise OSError(-0x1102, "ESP_ERR_NVS_NOT_FOUND")
        buffer[: len(self.kept[name])] = self.kept[name]
        return len(self.kept[name])

    def set_blob(self, name: str, value: bytes) -> None:
        if self.broken:
            raise OSError(-0x1105)
        self._set[name] = bytes(value)

    def commit(self) -> None:
        self.kept.update(self._set)
        self._set = {}


class Console(io.IOBase):
    """`sys.stdin.buffer` and `sys.stdout.buffer` of an ESP32: a read blocks until it has all that it was asked for."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.closed = False
        self.written: list = []

    def ioctl(self, request: int, flags: int) -> int:
        if request != 3:  # MP_STREAM_POLL; it has no file number
            return -1
        return flags & ((1 if self.data or self.closed else 0) | 4)

    def readinto(self, buffer: bytearray) -> int:
        if self.closed:
            return 0
        assert len(buffer) <= len(self.data), "this read would block the whole terminal"
        buffer[:] = self.data[: len(buffer)]
        self.data = self.data[len(buffer) :]
        return len(buffer)

    def write(self, data: bytes) -> int:
        self.written.append(bytes(data))
        return len(data)


def test_a_beep_sounds_for_its_time_and_is_then_silent() -> None:
    pwm: "Any" = Pwm()
    began_ms = clock.now_ms
    run(Buzzer(pwm).beep(2700, 80))
    assert pwm.log == [(began_ms, "freq", 2700), (began_ms, "duty", 32768), (began_ms + 80, "duty", 0)]


def test_a_cancelled_beep_is_silent() -> None:
    pwm: "Any" = Pwm()

    async def story() -> None:
        beep = asyncio.create_task(Buzzer(pwm).beep(2700, 1000))
        await asyncio.sleep_ms(10)
        beep.cancel()
        await asyncio.sleep_ms(0)

    run(story())
    assert pwm.log[-1][1:] == ("duty", 0)


def test_lights_start_dark_and_follow() -> None:
    green: "Any" = Pin(1)
    red: "Any" = Pin(1)
    lights = Lights(green, red)
    assert (green.value(), red.value()) == (0, 0)
    lights.green(True)
    assert (green.value(), red.value()) == (1, 0)
    lights.green(False)
    lights.red(True)
    assert (green.value(), red.value()) == (0, 1)


def test_mains_is_the_raw_line() -> None:
    pin: "Any" = Pin(1)
    mains = MainsSense(pin)
    assert mains.present() is True
    pin.value(0)
    assert mains.present() is False


def test_a_clock_never_set_reads_a_date_before_2020() -> None:
    chip: "Any" = RtcChip()
    assert Esp32Rtc(chip).seconds() == 946684807


def test_the_clock_reads_back_what_was_set_every_week_for_a_century() -> None:
    chip: "Any" = RtcChip()
    rtc = Esp32Rtc(chip)
    for day in range(0, 36_525, 7):
        seconds = 1_577_836_800 + 86_400 * day + day % 86_400
        rtc.set(seconds)
        assert rtc.seconds() == seconds, seconds


def test_the_clock_sets_the_date_in_utc() -> None:
    chip: "Any" = RtcChip()
    Esp32Rtc(chip).set(1_564_894_200)  # the outage of 4 August 2019, 11:50 in Jakarta
    assert chip.when == (2019, 8, 4, 6, 4, 50, 0, 0)


def test_a_value_put_is_there_and_one_never_put_is_none() -> None:
    nvs: "Any" = Nvs()
    vault = NvsVault(nvs)
    assert vault.get("policy") is None
    for value in (b"", b"\x00", bytes(3072)):
        vault.put("policy", value)
        assert vault.get("policy") == value
        assert nvs.kept["policy"] == value  # committed


def test_values_and_names_beyond_the_storages_bounds_are_our_own_mistake() -> None:
    nvs: "Any" = Nvs()
    vault = NvsVault(nvs)
    raises(AssertionError, vault.put, "sixteen_letters_", b"")
    raises(AssertionError, vault.put, "policy", bytes(3073))


def test_a_broken_storage_is_an_error_and_not_an_empty_one() -> None:
    nvs: "Any" = Nvs()
    nvs.broken = True
    raises(OSError, NvsVault(nvs).get, "key")
    raises(OSError, NvsVault(nvs).put, "key", b"\x01")


def test_what_waits_on_the_line_is_read_in_pieces_without_ever_blocking() -> None:
    console = Console()
    line = SerialLine(console, console)
    console.data.extend(bytes(range(150)))

    async def story() -> list:
        return [await line.read(), await line.read(), await line.read()]

    pieces = run(story())
    assert b"".join(pieces) == bytes(range(150))
    assert [len(piece) for piece in pieces] == [64, 64, 22]


def test_reading_waits_for_the_first_byte() -> None:
    console = Console()
    line = SerialLine(console, console)
    began_ms = clock.now_ms
    at(500, lambda: console.data.extend(b"\x00"))
    assert run(line.read()) == b"\x00"
    assert clock.now_ms - began_ms >= 500


def test_a_closed_line_is_waited_for_until_it_is_open_again() -> None:
    console = Console()
    console.closed = True
    line = SerialLine(console, console)

    def opened() -> None:
        console.closed = False
        console.data.extend(b"hello")

    at(1000, opened)
    assert run(line.read()) == b"hello"


def test_a_long_frame_is_written_whole_and_other_tasks_run_in_between() -> None:
    console = Console()
    line = SerialLine(console, console)
    turns = [0]

    async def other() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep_ms(0)

    async def story() -> None:
        task = asyncio.create_task(other())
        await line.write(bytes(range(256)) * 4)
        task.cancel()

    run(story())
    assert b"".join(console.written) == bytes(range(256)) * 4
    assert max(len(piece) for piece in console.written) <= 64
    assert turns[0] >= 15
