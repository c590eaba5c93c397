"""Which of a gauge's readings can be true: each implausible one is rejected and named.

A driver already refuses what its chip says of itself; here is what only the course of readings shows.
"""

from micropython import const

from power import GaugeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Gauge

_CELL_MV_MIN = const(2000)
_CELL_MV_MAX = const(4400)
_CURRENT_MA_MAX = const(4000)
_JUMP_MV_MAX = const(500)  # within seconds; a load step over the cell's resistance makes a tenth of it
_JUMPS_BELIEVED = const(5)  # so many alike in a row: the first one was wrong, not these
_ALIKE_MV = const(50)

# What a fault is called in fault entries and on the link.
SILENT = "gauge silent"
BAD_VOLTAGE = "gauge voltage implausible"
BAD_CURRENT = "gauge current implausible"
BAD_JUMP = "gauge voltage jumps"


class Readings:
    """Reads a gauge (hardware.Gauge) and believes it only so far."""

    def __init__(self, gauge: "Gauge") -> None:
        self._gauge = gauge
        self._last_mv = 0  # 0: none believed yet
        self._jumped_mv = 0
        self._jumps = 0
        self.fault = None  # what is wrong with the gauge, None when its last reading was believed

    def take(self) -> "tuple[int, int] | None":
        """Return (millivolts, milliamps; negative: discharging), or None and set `fault`."""
        try:
            millivolts = self._gauge.millivolts()
            milliamps = self._gauge.milliamps()
        except GaugeError:
            self.fault = SILENT
            return None
        self.fault = self._implausible(millivolts, milliamps)
        if self.fault is not None:
            return None
        self._last_mv = millivolts
        return millivolts, milliamps

    def millivolts_now(self) -> "int | None":
        """A fresh voltage for a decision that cannot wait; None when there is none to believe."""
        try:
            millivolts = self._gauge.millivolts()
        except GaugeError:
            return None
        return millivolts if _CELL_MV_MIN <= millivolts <= _CELL_MV_MAX else None

    def _implausible(self, millivolts: int, milliamps: int) -> "str | None":
        if not _CELL_MV_MIN <= millivolts <= _CELL_MV_MAX:
            return BAD_VOLTAGE
        if not -_CURRENT_MA_MAX <= milliamps <= _CURRENT_MA_MAX:
            return BAD_CURRENT
        if self._last_mv and abs(millivolts - self._last_mv) > _JUMP_MV_MAX:
            self._jumps = self._jumps + 1 if abs(millivolts - self._jumped_mv) <= _ALIKE_MV else 1
            self._jumped_mv = millivolts
            if self._jumps < _JUMPS_BELIEVED:
                return BAD_JUMP
        self._jumps = 0
        return None
