"""INA219 current and voltage monitor (TI datasheet SBOS448G), in the battery's lead.

Wired with VIN- at the cell and VIN+ at the charger and load: the bus voltage is the cell's own, and current into the
cell reads positive. The shunt register is used directly, not the current register: that one reads zero after a
brown-out of the chip, when its calibration is gone, and a silent zero looks like a healthy idle battery.
"""

import time

from micropython import const

from power import GaugeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import I2C

_CONFIG = const(0x00)
_SHUNT = const(0x01)
_BUS = const(0x02)
_POWER = const(0x03)

_CONFIG_VALUE = const(0x1FFF)  # 16 V bus, +-320 mV shunt, both averaged over 128 samples (68 ms each), continuous
_CONFIG_RESET = const(0x399F)  # what the chip wakes with (§8.6.2.1)
_SHUNT_FULL_SCALE = const(32000)  # 320 mV in steps of 10 uV
_STALE_MS = const(1000)  # converting both takes 137 ms

_CELL_MV_MIN = const(1000)
_CELL_MV_MAX = const(4500)


class INA219:
    """Gauge (hardware.Gauge) over I2C. `shunt_milliohms` is the resistor between VIN+ and VIN-."""

    def __init__(self, i2c: "I2C", address: int = 0x40, shunt_milliohms: int = 100) -> None:
        self._i2c = i2c
        self._address = address
        self._shunt_milliohms = shunt_milliohms
        self._word = bytearray(2)
        self._fresh_ms = time.ticks_ms()

    def millivolts(self) -> int:
        """The cell's voltage. Raises GaugeError."""
        self._check_configuration()
        bus = self._read(_BUS)
        if bus & 1:  # OVF, §8.6.3.2
            raise GaugeError("the gauge reports an overflow; check the shunt")
        self._check_fresh(bool(bus & 2))
        millivolts = (bus >> 3) * 4
        if not _CELL_MV_MIN <= millivolts <= _CELL_MV_MAX:
            raise GaugeError("the gauge reads %d mV, which no cell has; check the battery's leads" % millivolts)
        return millivolts

    def milliamps(self) -> int:
        """Current into the cell; negative: discharging. Raises GaugeError."""
        self._check_configuration()
        shunt = self._read(_SHUNT)
        if shunt & 0x8000:
            shunt -= 0x10000
        if not -_SHUNT_FULL_SCALE < shunt < _SHUNT_FULL_SCALE:
            raise GaugeError("the gauge's current is out of range; check the shunt")
        tenths = shunt * 100 // self._shunt_milliohms  # 10 uV over milliohms, in tenths of a milliampere
        return (tenths + 5) // 10

    def _check_configuration(self) -> None:
        """Write the configuration when the chip has lost it, and find out a bus that answers with one level only."""
        config = self._read(_CONFIG)
        if config == _CONFIG_VALUE:
            return
        if config != _CONFIG_RESET:
            raise GaugeError("the gauge answers %04x for its configuration; check its cable" % config)
        self._write_configuration()

    def _check_fresh(self, converted: bool) -> None:
        """CNVR says that a conversion ended since the power register was read last (§8.6.3.2)."""
        now_ms = time.ticks_ms()
        if converted:
            self._fresh_ms = now_ms
            self._read(_POWER)  # takes the flag back
        elif time.ticks_diff(now_ms, self._fresh_ms) > _STALE_MS:
            raise GaugeError("the gauge has stopped measuring; disconnect and connect it again")

    def _write_configuration(self) -> None:
        try:
            self._i2c.writeto(self._address, bytes((_CONFIG, _CONFIG_VALUE >> 8, _CONFIG_VALUE & 0xFF)))
        except OSError:
            raise GaugeError("the gauge does not answer; check its cable")
        self._fresh_ms = time.ticks_ms()

    def _read(self, register: int) -> int:
        try:
            self._i2c.readfrom_mem_into(self._address, register, self._word)
        except OSError:
            raise GaugeError("the gauge does not answer; check its cable")
        return self._word[0] << 8 | self._word[1]
