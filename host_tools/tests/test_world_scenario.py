"""Scenario files are checked before anything is played; what is wrong is named."""

from pathlib import Path

import pytest

from nyala.errors import InputError
from nyala.world.scenario import load
from nyala.world.simulated_terminal import CHECKOUT

JAKARTA = CHECKOUT / "boards" / "simulator" / "scenarios" / "jakarta-2019-08-04.toml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = JAKARTA.read_text()
    assert old in text
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_outage_of_the_demo_is_a_good_scenario() -> None:
    scenario = load(JAKARTA)
    prices = [customer.price for customer in scenario.customers]
    assert len(prices) == 45
    assert (min(prices), max(prices)) == (12_000, 85_000)


def test_a_local_time_is_told_in_unix_time() -> None:
    scenario = load(JAKARTA)
    assert scenario.at_s(scenario.course.mains_lost) == 1_564_894_200  # 2019-08-04 04:50 UTC


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("terminal = 17", "terminal = 0", "stall.terminal"),
        ("mains_lost = 11:50:00", 'mains_lost = "soon"', "course.mains_lost"),
        ("[battery]", "[battery]\ncolour = 3", "battery.colour"),
        ('expect = "approved"', 'expect = "maybe"', "customer.0.expect"),
        ('card = "c05"', 'card = "nobody"', "customer 1"),
        ('reason = "card_denied"', "", "customer 6"),
        ("[stall]", "[stall", "no TOML"),
        ("customer = 5\n", "customer = 6\n", "customer 6 has no payment"),
        ("amount_minor = 1_500_000\n", "", "amount_differs needs amount_minor"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_field_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(InputError, match=named.replace(".", r"\.")):
        load(changed(tmp_path, old, new))


def test_customers_out_of_order_are_refused(tmp_path: Path) -> None:
    first = next(line for line in JAKARTA.read_text().splitlines() if line.startswith("at = "))
    with pytest.raises(InputError, match="in order of time"):
        load(changed(tmp_path, first, "at = 17:50:00"))


def test_a_missing_scenario_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "none.toml")
