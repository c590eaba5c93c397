"""The INA219 driver against the emulated chip's registers."""

from bench_wires import I2c, wait
from drivers.ina219 import INA219
from expect import raises
from parts.ina219 import Ina219Part
from power import GaugeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def bench(shunt_milliohms: int = 100) -> tuple:
    part = Ina219Part(shunt_milliohms)
    i2c: "Any" = I2c(0x40, part)
    gauge = INA219(i2c, 0x40, shunt_milliohms)
    gauge.millivolts()
    wait(200)
    return gauge, part


def test_every_cell_voltage_reads_within_one_step_of_4_mv() -> None:
    gauge, part = bench()
    for millivolts in range(2500, 4300, 7):
        part.set(millivolts, 0)
        wait(200)
        assert 0 <= millivolts - gauge.millivolts() < 4, millivolts


def test_charging_and_discharging_currents_read_with_their_sign() -> None:
    for shunt_milliohms in (10, 100):
        gauge, part = bench(shunt_milliohms)
        for milliamps in (-3000, -1000, -151, -150, -20, -10, 0, 10, 20, 150, 151, 1000, 3000):
            part.set(3700, milliamps)
            wait(200)
            assert abs(gauge.milliamps() - milliamps) <= (1 if shunt_milliohms == 10 else 0), milliamps


def test_currents_are_rounded_and_not_cut_off() -> None:
    part = Ina219Part(1)
    i2c: "Any" = I2c(0x40, part)
    gauge = INA219(i2c, 0x40, 100)  # so a hundredth of the current: 40 mA read as 0.4 mA
    for milliamps, read in ((40, 0), (60, 1), (-40, 0), (-60, -1), (-140, -1), (-160, -2)):
        part.set(3700, milliamps)
        assert gauge.milliamps() == read, milliamps


def test_a_gauge_that_does_not_answer_is_named() -> None:
    gauge, part = bench()
    part.fault = "nack"
    assert "does not answer" in str(raises(GaugeError, gauge.millivolts))
    assert "does not answer" in str(raises(GaugeError, gauge.milliamps))


def test_a_gauge_missing_at_start_is_named_and_found_later() -> None:
    part = Ina219Part()
    i2c: "Any" = I2c(0x40, part)
    i2c.unplug()
    gauge = INA219(i2c)
    raises(GaugeError, gauge.millivolts)
    i2c.plug(0x40, part)
    part.power_on()
    wait(200)
    assert gauge.millivolts() == 3700


def test_a_bus_stuck_at_one_level_is_an_error_and_not_a_reading() -> None:
    for fault in ("zero", "ones"):
        gauge, part = bench()
        part.fault = fault
        raises(GaugeError, gauge.millivolts)
        raises(GaugeError, gauge.milliamps)
        part.fault = "none"
        assert gauge.millivolts() == 3700
        assert gauge.milliamps() == 0


def test_voltages_that_no_cell_has_are_refused() -> None:
    for millivolts in (0, 4, 900, 4600, 5000, 12000, 16000):
        gauge, part = bench()
        part.set(millivolts, 0)
        wait(200)
        assert "%d mV" % (millivolts // 4 * 4) in str(raises(GaugeError, gauge.millivolts)), millivolts


def test_a_current_beyond_the_shunts_range_is_refused() -> None:
    for milliamps in (-4000, -3200, 3200, 4000):
        gauge, part = bench()
        part.set(3700, milliamps)
        wait(200)
        raises(GaugeError, gauge.milliamps)


def test_the_overflow_flag_is_an_error() -> None:
    gauge, part = bench()
    part.write(b"\x05\xff\xfe")  # a calibration that makes the current register overflow
    part.set(3700, 3000)
    wait(200)
    assert "overflow" in str(raises(GaugeError, gauge.millivolts))


def test_a_gauge_that_stopped_measuring_is_found_out_within_three_seconds_and_stays_found_out() -> None:
    for poll_ms in (50, 300, 1000, 1400):
        gauge, part = bench()
        gauge.millivolts()
        wait(500)
        part.fault = "frozen"
        part.set(2900, -500)
        for _ in range(3000 // poll_ms):
            wait(poll_ms)
            try:
                assert gauge.millivolts() == 3700
            except GaugeError:
                break
        for _ in range(5):
            raises(GaugeError, gauge.millivolts)
            wait(poll_ms)
        part.fault = "none"
        wait(200)
        assert gauge.millivolts() == 2900


def test_reading_often_or_after_an_hour_is_no_error() -> None:
    gauge, _ = bench()
    for _ in range(50):
        wait(10)
        assert gauge.millivolts() == 3700
    wait(3_600_000)
    assert gauge.millivolts() == 3700


def test_a_gauge_that_lost_its_configuration_is_configured_again() -> None:
    gauge, part = bench()
    part.power_on()
    assert gauge.millivolts() == 3700
    assert part.read(0) == b""
    part.write(b"\x00")
    assert part.read(2) == b"\x1f\xff"
    part.set(3700, -2500)
    wait(200)
    assert gauge.milliamps() == -2500
