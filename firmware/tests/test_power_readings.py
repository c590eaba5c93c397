"""Which readings are believed, and what the others are called."""

from power import GaugeError
from power.readings import BAD_CURRENT, BAD_JUMP, BAD_VOLTAGE, SILENT, Readings


class _Gauge:
    def __init__(self):
        self.mv = 3900
        self.ma = -150

    def millivolts(self):
        if self.mv is None:
            raise GaugeError("does not answer")
        return self.mv

    def milliamps(self):
        return self.ma


def test_a_plausible_reading_is_taken_and_clears_the_fault():
    gauge = _Gauge()
    readings = Readings(gauge)
    gauge.mv = None
    assert readings.take() is None
    assert readings.fault == SILENT
    gauge.mv = 3900
    assert readings.take() == (3900, -150)
    assert readings.fault is None


def test_every_implausible_voltage_and_current_is_named():
    gauge = _Gauge()
    readings = Readings(gauge)
    for millivolts in (0, 1999, 4401, 32760):
        gauge.mv = millivolts
        assert readings.take() is None
        assert readings.fault == BAD_VOLTAGE
        assert readings.millivolts_now() is None
    gauge.mv = 3900
    for milliamps in (4001, -4001, 32767):
        gauge.ma = milliamps
        assert readings.take() is None
        assert readings.fault == BAD_CURRENT


def test_a_jump_is_rejected_until_it_has_lasted():
    gauge = _Gauge()
    readings = Readings(gauge)
    readings.take()
    gauge.mv = 3300
    for _ in range(4):
        assert readings.take() is None
        assert readings.fault == BAD_JUMP
    assert readings.take() == (3300, -150)


def test_wild_jumps_are_never_believed():
    gauge = _Gauge()
    readings = Readings(gauge)
    readings.take()
    for turn in range(50):
        gauge.mv = 2100 + turn % 2 * 1000
        assert readings.take() is None
        assert readings.fault == BAD_JUMP


def test_a_load_step_is_no_jump():
    gauge = _Gauge()
    readings = Readings(gauge)
    readings.take()
    gauge.mv, gauge.ma = 3750, -1500
    assert readings.take() == (3750, -1500)
