"""The cell behind the simulator's gauge behaves as cells do."""

import pytest

from nyala.world.battery import CUT_OFF_MV, FULL_MV, Battery, open_circuit_mv

HOUR = 3600


def test_the_rest_voltage_rises_with_the_charge_from_2500_to_4200() -> None:
    curve = [open_circuit_mv(tenth / 10) for tenth in range(1001)]
    assert curve == sorted(curve)
    assert curve[0] == pytest.approx(2499, abs=1)
    assert curve[-1] == FULL_MV
    assert 3480 < open_circuit_mv(50) < 3750


def hours_until_cut_off(battery: Battery, load_ma: float) -> float:
    for minute in range(60 * 24):
        battery.step(60, load_ma, mains=False)
        if battery.cut_off:
            return (minute + 1) / 60
    raise AssertionError("the cell never runs empty")


def test_a_3_ah_cell_gives_300_ma_for_about_ten_hours() -> None:
    assert 9.5 < hours_until_cut_off(Battery(3000), 300) <= 10.1


def test_the_voltage_sags_under_load_and_recovers_after_it() -> None:
    battery = Battery(3000, charge_percent=50)
    battery.step(1, 0, mains=False)
    rested_mv = battery.millivolts
    battery.step(1, 1000, mains=False)
    at_once_mv = battery.millivolts
    battery.step(180, 1000, mains=False)
    sagged_mv = battery.millivolts
    assert rested_mv - at_once_mv == pytest.approx(75, abs=5)
    assert 20 < at_once_mv - sagged_mv < 60
    battery.step(1, 0, mains=False)
    assert sagged_mv < battery.millivolts < battery.open_circuit_mv
    battery.step(600, 0, mains=False)
    assert battery.millivolts == pytest.approx(battery.open_circuit_mv, abs=1)


def test_current_has_its_sign() -> None:
    battery = Battery(3000, charge_percent=50)
    battery.step(1, 150, mains=False)
    assert battery.milliamps == -150
    battery.step(1, 150, mains=True)
    assert battery.milliamps == 1000


def test_charging_goes_to_constant_voltage_and_ends() -> None:
    battery = Battery(3000, charge_percent=10)
    seen: list[tuple[int, int]] = []
    for _ in range(8 * 360):
        battery.step(10, 150, mains=True)
        seen.append((battery.millivolts, battery.milliamps))
    assert max(millivolts for millivolts, _ in seen) <= FULL_MV + 1
    currents = [milliamps for _, milliamps in seen]
    assert currents[0] == 1000
    assert currents[-1] == 0
    assert any(100 <= milliamps < 900 for milliamps in currents)
    assert not any(0 < milliamps < 99 for milliamps in currents)
    assert battery.charge_percent > 95


def test_charge_taken_out_is_what_was_drawn() -> None:
    battery = Battery(3000, charge_percent=90)
    battery.step(HOUR, 300, mains=False)
    assert battery.charge_percent == pytest.approx(80)


def test_cold_and_age_take_capacity_and_add_resistance() -> None:
    def drop_mv(battery: Battery) -> float:
        battery.step(1, 1000, mains=False)
        return battery.open_circuit_mv - battery.millivolts

    new, cold, old = Battery(3000), Battery(3000, temperature_c=0), Battery(3000, health_percent=80)
    assert drop_mv(cold) > 1.5 * drop_mv(new)
    assert drop_mv(old) > 1.5 * drop_mv(Battery(3000))
    assert hours_until_cut_off(cold, 300) < 0.95 * hours_until_cut_off(new, 300)
    assert hours_until_cut_off(old, 300) < 0.85 * hours_until_cut_off(Battery(3000), 300)


def test_an_empty_cell_is_cut_off_until_mains_charges_it() -> None:
    battery = Battery(3000, charge_percent=1)
    battery.step(2 * HOUR, 300, mains=False)
    assert battery.cut_off
    assert battery.milliamps == 0
    battery.step(600, 300, mains=False)
    assert battery.cut_off
    battery.step(600, 300, mains=True)
    assert not battery.cut_off
    assert battery.milliamps == 1000


def test_the_protection_opens_at_its_voltage_under_a_heavy_load() -> None:
    battery = Battery(3000, charge_percent=4, temperature_c=-10)
    battery.step(45, 3000, mains=False)
    assert battery.cut_off
    assert battery.charge_percent > 1.5
    assert battery.open_circuit_mv > CUT_OFF_MV


def test_the_same_steps_give_the_same_values() -> None:
    def course() -> list[tuple[int, int, float]]:
        battery = Battery(2600, charge_percent=97, temperature_c=31)
        values: list[tuple[int, int, float]] = []
        for step in range(500):
            battery.step(step % 17 + 0.5, 100 + step % 90, mains=step % 100 > 80)
            values.append((battery.millivolts, battery.milliamps, battery.charge_percent))
        return values

    assert course() == course()


@pytest.mark.parametrize("mains", [False, True])
def test_long_steps_end_where_short_ones_do(mains: bool) -> None:
    long, short = Battery(3000, charge_percent=80), Battery(3000, charge_percent=80)
    long.step(HOUR, 200, mains=mains)
    for _ in range(HOUR):
        short.step(1, 200, mains=mains)
    assert long.millivolts == pytest.approx(short.millivolts, abs=2)
    assert long.charge_percent == pytest.approx(short.charge_percent, abs=0.1)


def test_impossible_batteries_are_refused() -> None:
    for capacity, charge, health in ((0, 50, 100), (3000, 101, 100), (3000, -1, 100), (3000, 50, 20)):
        with pytest.raises(ValueError):
            Battery(capacity, charge_percent=charge, health_percent=health)
