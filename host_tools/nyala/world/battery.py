"""One lithium-ion 18650 cell with its charger and protection, as the simulator's gauge sees it.

A Thevenin model: open-circuit voltage over charge, a series resistance and one RC pair that makes the voltage sag and
recover over a minute. Made apart from the firmware's own estimate, from other numbers, so that each is a test of the
other. Floats are fine here: nothing of this is money, and the same steps always give the same values.
"""

from math import exp

# Part of the full charge and millivolts at rest of a measured NMC cell (Samsung INR21700-40T, C/20 at room
# temperature):
# Sunil, Pattipati, Balasingam, "Piecewise Linear Approximation of Battery Open-Circuit Voltage Characteristics Using
# Dynamic Programming", IEEE Transactions on Instrumentation and Measurement, 2025.
_OPEN_CIRCUIT: tuple[tuple[float, float], ...] = (
    (0.0000, 2500.0),
    (0.0050, 2808.0),
    (0.0352, 3117.9),
    (0.0854, 3318.2),
    (0.1357, 3419.3),
    (0.2915, 3582.6),
    (0.4523, 3694.1),
    (0.8392, 4066.4),
    (0.9548, 4112.1),
    (1.0000, 4200.0),
)
FULL_MV = 4200

# Typical of 18650 cells of 2.5 to 3.5 Ah, protection and leads included.
_SERIES_OHM = 0.075
_SAG_OHM = 0.030
_SAG_S = 60.0
_OHM_PER_KELVIN = 1.024  # resistance grows by so much with each degree below 25: 1.8 times at freezing point
_CAPACITY_PER_KELVIN = 0.004  # and so much of the capacity cannot be had
_WORN_PERCENT = 80.0  # of its capacity: end of life, where the resistance has doubled

# A TP4056 charger and a DW01 protection, the usual pair.
CHARGE_MA = 1000
_CHARGE_ENDS_MA = CHARGE_MA / 10
_RECHARGE_MV = 4050
CUT_OFF_MV = 2400
_RECONNECT_MV = 3000


class Battery:
    """`health_percent`: capacity left by age. Move it with `step`, read it with `millivolts` and `milliamps`."""

    def __init__(
        self,
        capacity_mah: int,
        *,
        charge_percent: float = 100.0,
        temperature_c: float = 25.0,
        health_percent: float = 100.0,
    ) -> None:
        if capacity_mah <= 0 or not 0 <= charge_percent <= 100 or not 50 <= health_percent <= 100:
            raise ValueError("a battery has a capacity, 0 to 100 percent of charge and 50 to 100 percent of health")
        cold = max(0.0, 25.0 - temperature_c)
        self._capacity_mas = capacity_mah * 3600 * health_percent / 100 * max(0.3, 1 - _CAPACITY_PER_KELVIN * cold)
        grown = (_OHM_PER_KELVIN**cold) * (1 + (100 - health_percent) / (100 - _WORN_PERCENT))
        self._series_ohm = _SERIES_OHM * grown
        self._sag_ohm = _SAG_OHM * grown
        self._left_mas = self._capacity_mas * charge_percent / 100
        self._sag_mv = 0.0
        self._current_ma = 0.0
        self._charging = False
        self.cut_off = False  # the protection has opened: the terminal has lost its power

    @property
    def charge_percent(self) -> float:
        """Charge left, 0 to 100 of what this cell can hold at its age and temperature."""
        return 100 * self._left_mas / self._capacity_mas

    def set_charge(self, percent: float) -> None:
        """Put another charge into the cell, 0 to 100 percent, rested."""
        if not 0 <= percent <= 100:
            raise ValueError("a battery has 0 to 100 percent of charge")
        self._left_mas = self._capacity_mas * percent / 100
        self._sag_mv = 0.0
        self.cut_off = False

    @property
    def open_circuit_mv(self) -> float:
        """What the cell would show after a long rest."""
        return open_circuit_mv(self.charge_percent)

    @property
    def millivolts(self) -> int:
        """The cell's voltage now."""
        return round(self._voltage_mv(self._current_ma))

    @property
    def milliamps(self) -> int:
        """Current into the cell; negative: discharging."""
        return round(self._current_ma)

    def step(self, seconds: float, load_ma: float, mains: bool) -> None:
        """Let time pass with the terminal drawing `load_ma`: from the mains when it is there, else from the cell."""
        while seconds > 0:
            slice_s = min(seconds, 10.0)  # short beside the minute of the sag
            self._current_ma = self._current(load_ma, mains)
            settling = exp(-slice_s / _SAG_S)
            self._sag_mv = self._sag_mv * settling + self._current_ma * self._sag_ohm * (1 - settling)
            moved_mas = self._current_ma * slice_s
            self._left_mas = min(max(self._left_mas + moved_mas, 0.0), self._capacity_mas)
            self._protect(mains)
            seconds -= slice_s

    def _current(self, load_ma: float, mains: bool) -> float:
        if not mains:
            self._charging = False
            return 0.0 if self.cut_off else -load_ma
        rest_mv = self.open_circuit_mv + self._sag_mv
        if not self._charging and rest_mv < _RECHARGE_MV:
            self._charging = True
        wanted_ma = min(CHARGE_MA, (FULL_MV - rest_mv) / self._series_ohm)  # constant current, then constant voltage
        if self._charging and wanted_ma < _CHARGE_ENDS_MA:
            self._charging = False
        return wanted_ma if self._charging else 0.0

    def _protect(self, mains: bool) -> None:
        voltage_mv = self._voltage_mv(self._current_ma)
        if voltage_mv < CUT_OFF_MV or self._left_mas <= 0:
            self.cut_off = True
        elif mains and voltage_mv > _RECONNECT_MV:
            self.cut_off = False
        if self.cut_off and not mains:
            self._current_ma = 0.0

    def _voltage_mv(self, current_ma: float) -> float:
        return self.open_circuit_mv + self._sag_mv + current_ma * self._series_ohm


def open_circuit_mv(charge_percent: float) -> float:
    """Rest voltage of the cell at a charge of 0 to 100 percent."""
    part = min(max(charge_percent / 100, 0.0), 1.0)
    below, low = _OPEN_CIRCUIT[0]
    for above, high in _OPEN_CIRCUIT[1:]:
        if part <= above:
            return low + (high - low) * (part - below) / (above - below)
        below, low = above, high
    return float(FULL_MV)
