"""Charge and runtime of the cell, in integers.

Two estimates hold each other: counted current follows load steps and hides the noise of the voltage; the open-circuit
voltage, which knows no drift, pulls the count back slowly.
"""

from micropython import const

from power.curve import charge_permille

_RESISTANCE_MILLIOHM = const(90)  # cell, protection and leads
_PULL_SHIFT = const(9)  # the voltage pulls the count with a time constant of 512 s ...
_PULL_SHIFT_LOW = const(6)  # ... and of 64 s when either says that the end is near
_LOW_PERMILLE = const(150)
_CONSUMPTION_SHIFT = const(7)  # consumption is smoothed over 128 s
_TYPICAL_MA = const(150)  # until there is a measured consumption
_TYPICAL_WEIGHT = const(256)  # the smoothed consumption counts in 1/256 mA: an integer filter must not stick
_SHOWN_MARGIN_PERMILLE = const(8)  # the shown percent moves only when the estimate has left it by so much
_SECONDS_COUNTED_MAX = const(10)  # after a longer gap the voltage knows better than the count
_APART_PERMILLE = const(350)  # so far apart, the count was wrong from its beginning: another cell, a first bad reading


class Battery:
    """Feed it believed readings, ask it for charge and runtime."""

    def __init__(self, capacity_mah: int) -> None:
        self._capacity_mas = capacity_mah * 3600
        self._left_mas = -1  # milliampere seconds; -1: no reading yet
        self._consumption = _TYPICAL_MA * _TYPICAL_WEIGHT
        self.charge = None  # percent 0..100; None before the first reading

    def take(self, millivolts: int, milliamps: int, seconds: int) -> None:
        """Count a reading; `seconds` have passed since the one before."""
        permille = charge_permille(millivolts - milliamps * _RESISTANCE_MILLIOHM // 1000)
        by_voltage_mas = self._capacity_mas // 1000 * permille
        apart_mas = self._capacity_mas // 1000 * _APART_PERMILLE
        if self._left_mas < 0 or seconds > _SECONDS_COUNTED_MAX or abs(by_voltage_mas - self._left_mas) > apart_mas:
            self._left_mas = by_voltage_mas
        else:
            left_mas = self._left_mas + milliamps * seconds
            low = min(permille, left_mas // (self._capacity_mas // 1000)) < _LOW_PERMILLE
            left_mas += (by_voltage_mas - left_mas) * seconds >> (_PULL_SHIFT_LOW if low else _PULL_SHIFT)
            self._left_mas = min(max(left_mas, 0), self._capacity_mas)
        if milliamps < 0:
            weight = min(seconds, _SECONDS_COUNTED_MAX)
            self._consumption += (-milliamps * _TYPICAL_WEIGHT - self._consumption) * weight >> _CONSUMPTION_SHIFT
        self._show()

    def runtime_s(self) -> "int | None":
        """Seconds that the charge lasts at the smoothed consumption; None before the first reading."""
        return None if self._left_mas < 0 else self.seconds_above(0)

    def seconds_above(self, charge: int) -> int:
        """Seconds until the charge falls to `charge` percent at the smoothed consumption."""
        spare_mas = self._left_mas - self._capacity_mas // 100 * charge
        consumption_ma = max(1, self._consumption // _TYPICAL_WEIGHT)
        return max(0, spare_mas) // consumption_ma

    def _show(self) -> None:
        permille = self._left_mas // (self._capacity_mas // 1000)
        if (
            self.charge is None
            or not -_SHOWN_MARGIN_PERMILLE <= permille - self.charge * 10 <= 10 + _SHOWN_MARGIN_PERMILLE
        ):
            self.charge = min(100, permille // 10)
