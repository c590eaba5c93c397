"""ESP32-DevKitC with a PN532, an INA219 UPS board, an SSD1306 and a 4x4 keypad: pins to drivers, nothing else."""

import sys

import esp32
import machine
import micropython
from drivers.buzzer import Buzzer
from drivers.entropy import HardwareEntropy
from drivers.ina219 import INA219
from drivers.lights import Lights
from drivers.mains_sense import MainsSense
from drivers.matrix_keypad import MatrixKeypad
from drivers.nvs_vault import NvsVault
from drivers.partition_flash import PartitionFlash
from drivers.pn532 import PN532
from drivers.rtc import Esp32Rtc
from drivers.serial_line import SerialLine
from drivers.ssd1306 import SSD1306
from machine import PWM, RTC, UART, I2C, Pin

NAME = "esp32_devkitc"
BATTERY_MAH = 3000  # one 18650 cell

PIN_I2C_SDA = 21
PIN_I2C_SCL = 22
PIN_READER_TX = 17
PIN_READER_RX = 16
PINS_KEYPAD_ROWS = (13, 14, 27, 26)
PINS_KEYPAD_COLUMNS = (25, 33, 32, 4)
PIN_BUZZER = 19
PIN_LIGHT_GREEN = 18
PIN_LIGHT_RED = 23
PIN_MAINS = 34  # input only; the 5 V rail through a divider

I2C_GAUGE = 0x40
I2C_DISPLAY = 0x3C
READER_UART = 2
READER_BUFFER_BYTES = 512  # an answer has up to 275, and drawing a screen holds us up for 23 ms


class DevKitC:
    """hardware.Board, wired as boards/esp32_devkitc/README.md shows."""

    def __init__(self) -> None:
        i2c = I2C(0, sda=Pin(PIN_I2C_SDA), scl=Pin(PIN_I2C_SCL), freq=400_000)
        self.name = NAME
        self.reset_cause = machine.reset_cause()
        self.battery_mah = BATTERY_MAH
        self.display = SSD1306(i2c, I2C_DISPLAY)
        self.keypad = MatrixKeypad([Pin(n) for n in PINS_KEYPAD_ROWS], [Pin(n) for n in PINS_KEYPAD_COLUMNS])
        self.reader = PN532(
            UART(READER_UART, 115200, tx=Pin(PIN_READER_TX), rx=Pin(PIN_READER_RX), rxbuf=READER_BUFFER_BYTES)
        )
        self.gauge = INA219(i2c, I2C_GAUGE)
        self.mains = MainsSense(Pin(PIN_MAINS, Pin.IN))
        self.buzzer = Buzzer(PWM(Pin(PIN_BUZZER), duty_u16=0))
        self.lights = Lights(Pin(PIN_LIGHT_GREEN, Pin.OUT), Pin(PIN_LIGHT_RED, Pin.OUT))
        self.flash = PartitionFlash(esp32.Partition.find(esp32.Partition.TYPE_DATA, label="journal")[0])
        self.table_flash = PartitionFlash(esp32.Partition.find(esp32.Partition.TYPE_DATA, label="tables")[0])
        self.vault = NvsVault(esp32.NVS("nyala"))
        self.entropy = HardwareEntropy()
        self.rtc = Esp32Rtc(RTC())
        self.line = SerialLine(sys.stdin.buffer, sys.stdout.buffer)


def open_board() -> DevKitC:
    machine.freq(240_000_000)  # the chip starts at 160 MHz
    micropython.kbd_intr(-1)  # the line carries frames: a Ctrl-C byte is data
    return DevKitC()
