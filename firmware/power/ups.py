"""The terminal as an uninterruptible power supply: mains and battery, said in the words of Network UPS Tools."""

import asyncio

from micropython import const

from power.battery import Battery
from power.mains import DebouncedMains
from power.readings import Readings
from wire.entry import CHRG, DISCHRG, FSD, LB, OB, OL, STATUS_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware import Gauge, Mains
    from terminal.clock import Clock

SAFE_WRITE_MV = 3100  # per cell; under about 3.0 V the flash may be written at a wrong address (I8)

_POLL_MS = const(1000)
_CURRENT_NOISE_MA = const(15)
_LOW_CHARGE = const(10)  # percent: LB on
_LOW_CHARGE_OVER = const(14)  # percent: LB off again
_LOW_MV = const(3300)  # LB on, whatever the estimate says
_LOW_OVER_MV = const(3400)  # LB off again
_SILENT_S = const(5)  # a gauge silent for so long on battery counts as low battery
_UNSAFE_POLLS = const(3)  # readings under SAFE_WRITE_MV in a row that make a forced shutdown


class Ups:
    """`status` holds the bits of wire.entry; `charge` is None when the gauge does not answer."""

    def __init__(self, gauge: "Gauge", mains: "Mains", clock: "Clock", battery_mah: int) -> None:
        self._readings = Readings(gauge)
        self._mains = DebouncedMains(mains)
        self._clock = clock
        self._battery = Battery(battery_mah)
        self._believed_s = self._read_s = clock.uptime_s()
        self._unsafe_polls = 0
        self.millivolts = None
        self.milliamps = None
        self.status = OL if self._mains.present else OB
        self.read()

    @property
    def on_battery(self) -> bool:
        return not self._mains.present

    @property
    def charge(self) -> "int | None":
        """Percent, 0..100; None when the gauge does not answer."""
        return None if self.millivolts is None else self._battery.charge

    @property
    def runtime_s(self) -> "int | None":
        """Seconds that the battery lasts at the measured consumption; None when the gauge does not answer."""
        return None if self.millivolts is None else self._battery.runtime_s()

    @property
    def fault(self) -> "str | None":
        """What is wrong with the gauge (power.readings), None when nothing is."""
        return self._readings.fault

    def seconds_above(self, charge: int) -> int:
        """Seconds until the battery falls to `charge` percent; 0 when the gauge does not answer."""
        return 0 if self.millivolts is None else self._battery.seconds_above(charge)

    def words(self) -> str:
        """The status as NUT writes ups.status, such as "OB DISCHRG LB"."""
        return " ".join([name for bit, name in STATUS_NAMES if self.status & bit])

    def safe_to_write(self) -> bool:
        """Whether the flash may be written now (I8): asks the gauge afresh, and believes mains when it is silent."""
        millivolts = self._readings.millivolts_now()
        if millivolts is None:
            return self._mains.present
        return millivolts >= SAFE_WRITE_MV

    def read(self) -> None:
        """Take one reading and bring the status up to date."""
        now_s = self._clock.uptime_s()
        reading = self._readings.take()
        if reading is not None:
            self.millivolts, self.milliamps = reading
            self._battery.take(self.millivolts, self.milliamps, now_s - self._read_s)
            self._believed_s = self._read_s = now_s
        elif now_s - self._believed_s >= _SILENT_S:
            self.millivolts = self.milliamps = None
        self.status = self._status()

    async def run(self, on_change: "Callable[[int, int], None]") -> None:
        """Poll for ever; call `on_change(before, after)` when OL, OB, LB or FSD changed."""
        while True:
            await self._mains.settle()
            before = self.status
            self.read()
            if (before ^ self.status) & (OL | OB | LB | FSD):
                on_change(before, self.status)
            await asyncio.sleep_ms(_POLL_MS)

    def _status(self) -> int:
        status = OL if self._mains.present else OB
        if self.milliamps is not None:
            if self.milliamps > _CURRENT_NOISE_MA:
                status |= CHRG
            elif self.milliamps < -_CURRENT_NOISE_MA:
                status |= DISCHRG
        if status & OB:
            if self._low():
                status |= LB
            if self._forced():
                status |= FSD
        else:
            self._unsafe_polls = 0
        return status

    def _low(self) -> bool:
        charge = self.charge
        if self.millivolts is None or charge is None:
            return True
        if self.status & LB:
            return self.millivolts < _LOW_OVER_MV or charge < _LOW_CHARGE_OVER
        return self.millivolts < _LOW_MV or charge < _LOW_CHARGE

    def _forced(self) -> bool:
        """Once forced, only mains lifts it: the voltage of an unloaded cell comes back, its charge does not."""
        if self.status & FSD:
            return True
        if self.millivolts is not None and self.millivolts < SAFE_WRITE_MV:
            self._unsafe_polls += 1
        else:
            self._unsafe_polls = 0
        return self._unsafe_polls >= _UNSAFE_POLLS
