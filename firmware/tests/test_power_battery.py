"""Charge and runtime: right, and steady whatever the load does."""

from power.battery import Battery
from power.curve import _CURVE, charge_permille

_MAH = 3000
_RESISTANCE_MILLIOHM = 75  # the played cell's own: not what the estimate assumes


def _open_circuit_mv(permille):
    above_mv, above = _CURVE[0]
    for below_mv, below in _CURVE:
        if permille >= below:
            return below_mv + (above_mv - below_mv) * (permille - below) // max(1, above - below)
        above_mv, above = below_mv, below
    return above_mv


def _discharge(load_ma, seconds, start_permille=950):
    """Play a cell; yield (second, Battery, true permille, true seconds left at the mean load) each second."""
    battery = Battery(_MAH)
    left_mas = _MAH * 36 * start_permille // 10
    noise = 1
    for second in range(seconds):
        noise = noise * 75 % 65537
        now_ma = load_ma(second)
        left_mas -= now_ma
        permille = left_mas * 1000 // (_MAH * 3600)
        millivolts = _open_circuit_mv(permille) - now_ma * _RESISTANCE_MILLIOHM // 1000 + noise % 17 - 8
        battery.take(millivolts, -now_ma, 1 if second else 0)
        yield second, battery, permille


def test_the_curve_is_monotonic_and_bounded():
    last = 0
    for millivolts in range(2500, 4400):
        permille = charge_permille(millivolts)
        assert last <= permille <= 1000
        last = permille
    assert charge_permille(3000) == 0
    assert last == 1000


def test_charge_follows_a_discharge_within_three_percent_and_never_jumps():
    shown = None
    for _, battery, permille in _discharge(lambda second: 500 + (400 if second // 7 % 9 == 0 else 0), 17000):
        assert abs(battery.charge * 10 - permille) <= 30, (battery.charge, permille)
        if shown is not None:
            assert abs(battery.charge - shown) <= 1, (shown, battery.charge)
        shown = battery.charge


def test_a_load_step_moves_the_shown_charge_by_no_more_than_one_percent():
    for second, battery, _ in _discharge(lambda second: 150 if second < 600 else 900, 660):
        if second == 599:
            before = battery.charge
    assert abs(battery.charge - before) <= 1, (before, battery.charge)


def test_runtime_is_within_a_tenth_once_consumption_is_known():
    for second, battery, permille in _discharge(lambda second: 600, 12000):
        if second > 900 and permille > 100:
            real_s = permille * _MAH * 3600 // 1000 // 600
            assert abs(battery.runtime_s() - real_s) <= real_s // 10, (second, battery.runtime_s(), real_s)


def test_runtime_smooths_a_burst_of_load():
    for second, battery, _ in _discharge(lambda second: 150 if second < 1200 else 600, 1210):
        if second == 1199:
            before_s = battery.runtime_s()
    assert before_s * 7 // 10 <= battery.runtime_s() <= before_s


def test_before_the_first_reading_nothing_is_known():
    battery = Battery(_MAH)
    assert battery.charge is None
    assert battery.runtime_s() is None


def test_charging_raises_the_charge_and_never_over_a_hundred():
    battery = Battery(_MAH)
    for _ in range(8000):
        battery.take(4250, 800, 1)
    assert battery.charge == 100


def test_after_a_long_gap_the_voltage_is_believed():
    battery = Battery(_MAH)
    battery.take(4100, -150, 0)
    battery.take(3600, -150, 4000)
    assert 15 <= battery.charge <= 30


def test_a_count_that_began_with_another_cell_is_given_up():
    battery = Battery(_MAH)
    battery.take(3000, -150, 0)
    assert battery.charge == 0
    battery.take(3900, -150, 1)
    assert 65 <= battery.charge <= 80
