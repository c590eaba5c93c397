"""INA219 as the bus sees it: six registers behind a pointer (TI SBOS448G §8.6)."""

import time

_CONFIG, _SHUNT, _BUS, _POWER, _CURRENT, _CALIBRATION = range(6)
_RESET_CONFIG = 0x399F
_ENODEV = 19

# Conversion time by the four SADC or BADC bits (table 5): below 8 one sample of 9 to 12 bits, then 1 to 128 of them.
_SAMPLE_US = (84, 148, 276, 532)


def _conversion_us(bits: int) -> int:
    return 532 << (bits & 7) if bits & 8 else _SAMPLE_US[bits & 3]


class Ina219Part:
    """A gauge on an I2C bus. `fault`: none; nack: no answer; frozen: stops converting; zero, ones: a stuck bus."""

    def __init__(self, shunt_milliohms: int = 100) -> None:
        self._fault = "none"
        self._stuck_flag = False
        self._shunt_milliohms = shunt_milliohms
        self.power_on()
        self.set(3700, 0)

    def power_on(self) -> None:
        """Start anew, as after a brown-out: the configuration and the calibration are lost."""
        self._config = _RESET_CONFIG
        self._calibration = 0
        self._pointer = 0
        self._converting_since_ms = time.ticks_ms()

    @property
    def fault(self) -> str:
        return self._fault

    @fault.setter
    def fault(self, fault: str) -> None:
        self._stuck_flag = self._converted()  # a frozen chip keeps it until it is taken back
        self._fault = fault

    def set(self, millivolts: int, milliamps: int) -> None:
        """What the cell does from now on; negative milliamps: discharging."""
        self._millivolts = millivolts
        self._milliamps = milliamps
        if self._fault != "frozen":
            self._convert()

    def _convert(self) -> None:
        self._bus = max(0, self._millivolts // 4)
        full_scale = 4000 << (self._config >> 11 & 3)  # PGA: 40, 80, 160 or 320 mV, in steps of 10 uV
        shunt = self._milliamps * self._shunt_milliohms // 10
        self._shunt = max(-full_scale, min(full_scale, shunt))

    # -- the bus

    def write(self, data: bytes) -> None:
        self._present()
        self._pointer = data[0]
        if len(data) < 3 or self._fault in ("zero", "ones"):
            return
        value = data[1] << 8 | data[2]
        if self._pointer == _CONFIG:
            if value & 0x8000:
                self.power_on()
            else:
                self._config = value
            self._converting_since_ms = time.ticks_ms()
        elif self._pointer == _CALIBRATION:
            self._calibration = value & 0xFFFE

    def read(self, count: int) -> bytes:
        self._present()
        if self._fault == "zero":
            return bytes(count)
        if self._fault == "ones":
            return b"\xff" * count
        value = self._register(self._pointer) & 0xFFFF
        return (bytes((value >> 8, value & 0xFF)) * ((count + 1) // 2))[:count]

    def _present(self) -> None:
        if self._fault == "nack":
            raise OSError(_ENODEV)

    def _register(self, pointer: int) -> int:
        if self._fault != "frozen":
            self._convert()
        if pointer == _CONFIG:
            return self._config
        if pointer == _SHUNT:
            return self._shunt
        if pointer == _BUS:
            return self._bus << 3 | (2 if self._converted() else 0) | (1 if self._overflow() else 0)
        if pointer == _CALIBRATION:
            return self._calibration
        if pointer == _CURRENT:
            return self._current()
        if pointer == _POWER:
            self._converting_since_ms = time.ticks_ms()  # reading it takes CNVR back
            self._stuck_flag = False
            return abs(self._current()) * self._bus // 5000
        return 0xFFFF

    def _current(self) -> int:
        return self._shunt * self._calibration // 4096

    def _overflow(self) -> bool:
        return not -0x8000 <= self._current() <= 0x7FFF

    def _converted(self) -> bool:
        if self._fault == "frozen":
            return self._stuck_flag
        if self._config & 7 != 7:
            return False
        needs_us = _conversion_us(self._config >> 3 & 15) + _conversion_us(self._config >> 7 & 15)
        return time.ticks_diff(time.ticks_ms(), self._converting_since_ms) * 1000 >= needs_us
