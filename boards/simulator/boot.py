"""Start a simulated terminal: put emulated parts on the board's pins, then run the unchanged firmware.

    micropython boards/simulator/boot.py        (started by nyala.world.simulated_terminal)

Environment: NYALA_PANEL_FD, NYALA_SIM_FOLDER (flash and NVS live there), NYALA_SIM_PARTITIONS (the board's
partitions.csv), NYALA_SIM_JOURNAL_SECTORS (a smaller journal), NYALA_SIM_SEED, NYALA_SIM_RESET_CAUSE.
"""

import sys

import micropython
import uctypes
import uos


class _Micropython:
    """`micropython` as the ESP32 has it. The search path cannot shadow this builtin, so it is put in place by hand."""

    const = micropython.const
    schedule = micropython.schedule
    opt_level = micropython.opt_level
    mem_info = micropython.mem_info

    @staticmethod
    def kbd_intr(character: int) -> None:
        """The line is raw: no byte interrupts."""


sys.modules["micropython"] = _Micropython

import board  # noqa: E402  the board under test: its pins are where the parts go
import esp32  # noqa: E402
from clock import clock  # noqa: E402
from machine import I2C, UART, Pin  # noqa: E402
from panel import Panel  # noqa: E402
from parts.ina219 import Ina219Part  # noqa: E402
from parts.keypad_matrix import KeypadMatrixPart  # noqa: E402
from parts.nor_flash import NorFlash  # noqa: E402
from parts.pn532 import Pn532Part  # noqa: E402
from parts.ssd1306 import Ssd1306Part  # noqa: E402


def die() -> None:
    """Lose power now: nothing unwinds, nothing is flushed."""
    uctypes.bytearray_at(0, 1)[0] = 0


def partition_sectors(name: str) -> int:
    with open(uos.getenv("NYALA_SIM_PARTITIONS")) as table:
        for line in table:
            fields = [field.strip() for field in line.split(",")]
            if fields[0] == name:
                return int(fields[4], 16) // 4096
    raise ValueError("partitions.csv has no partition " + name)


def attach_flash(panel: Panel) -> None:
    folder = uos.getenv("NYALA_SIM_FOLDER")
    sectors = int(uos.getenv("NYALA_SIM_JOURNAL_SECTORS") or partition_sectors("journal"))
    nor = NorFlash(folder + "/journal.bin", sectors, die)
    esp32.provide("journal", nor)
    tables = NorFlash(folder + "/tables.bin", partition_sectors("tables"), die)
    esp32.provide("tables", tables)

    def flash(what: str, *numbers: str) -> None:
        if what == "cut":
            nor.cut(int(numbers[0]), int(numbers[1]))
        elif what == "lie":
            nor.lie(int(numbers[0]))
        elif what == "stats":
            panel.say("flash %d %d %d" % (nor.programs, nor.erases, nor.violations + tables.violations))
        else:
            raise ValueError("there is no fault " + what)

    panel.hands["flash"] = flash


def attach_gauge(panel: Panel) -> None:
    gauge = Ina219Part()
    I2C(0).attach(board.I2C_GAUGE, gauge)

    def set_gauge(millivolts: str, milliamps: str) -> None:
        gauge.set(int(millivolts), int(milliamps))

    def set_fault(fault: str) -> None:
        if fault not in ("none", "nack", "frozen", "zero", "ones"):
            raise ValueError("there is no fault " + fault)
        gauge.fault = fault

    panel.hands["gauge"] = set_gauge
    panel.hands["gauge_fault"] = set_fault


def attach_mains(panel: Panel) -> None:
    pin = Pin(board.PIN_MAINS)
    level = [1]
    pin.source = lambda: level[0]

    def mains(on: str) -> None:
        level[0] = 1 if int(on) else 0
        pin.changed()

    panel.hands["mains"] = mains


def attach_keypad(panel: Panel) -> None:
    keypad = KeypadMatrixPart([Pin(n) for n in board.PINS_KEYPAD_ROWS], [Pin(n) for n in board.PINS_KEYPAD_COLUMNS])
    pressed_ms = 60

    def key(name: str) -> None:
        keypad.press(name)
        clock.at(pressed_ms, lambda: keypad.release(name))

    panel.hands["key"] = key


def attach_reader(panel: Panel) -> None:
    uart = UART(board.READER_UART)
    reader = Pn532Part(uart, panel)
    uart.attach(reader)

    def card(where: str, uid: str = "") -> None:
        if where == "in":
            reader.card_in(bytes.fromhex(uid))
        elif where == "out":
            reader.card_out()
        else:
            raise ValueError("a card goes in or out")

    panel.hands["card"] = card


def attach_outputs(panel: Panel) -> None:
    I2C(0).attach(board.I2C_DISPLAY, Ssd1306Part(panel))
    for name, number in (("green", board.PIN_LIGHT_GREEN), ("red", board.PIN_LIGHT_RED)):
        watch_light(panel, name, Pin(number))
    watch_buzzer(panel, Pin(board.PIN_BUZZER))


def watch_light(panel: Panel, name: str, pin: Pin) -> None:
    shown = [0]

    def watch(level: int) -> None:
        if level != shown[0]:
            shown[0] = level
            panel.say("light %s %d" % (name, level))

    pin.watch = watch


def watch_buzzer(panel: Panel, pin: Pin) -> None:
    tone = [0, 0]  # hz, since

    def watch(hz: int) -> None:
        if hz:
            tone[0], tone[1] = hz, clock.now_ms
        else:
            panel.say("beep %d %d" % (tone[0], clock.now_ms - tone[1]))

    pin.watch = watch


def boot() -> None:
    panel = Panel(open(int(uos.getenv("NYALA_PANEL_FD")), "r+b"), clock)
    clock.install(panel, sys.stdin.buffer)
    for attach in (attach_flash, attach_gauge, attach_mains, attach_keypad, attach_reader, attach_outputs):
        attach(panel)
    panel.say("ready %d" % clock.elapsed_ms())
    panel.serve_until_granted()
    import main  # noqa: F401  the firmware


try:
    boot()
except Exception as error:  # what it died of is kept beside the flash: a terminal has no other place to say it
    with open(uos.getenv("NYALA_SIM_FOLDER") + "/crash.txt", "a") as log:
        sys.print_exception(error, log)
    raise
