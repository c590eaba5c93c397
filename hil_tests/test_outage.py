"""The demo's outage, end to end, and its numbers worked out a second time from the scenario file alone."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hil_tests.conftest import SCENARIO
from nyala import demo
from nyala.errors import ScenarioFailed
from nyala.world.outage import Outage
from nyala.world.scenario import Scenario
from nyala.world.stall import Stall


def implied_by(file: Path) -> dict[str, Any]:
    """What must come out, by the file's own numbers: nothing of the project's code in the loop.

    A payment is approved unless its card is denied, has expired on the day, or is asked for more than is left of its
    allowance; voided ones do not count as value.
    """
    scenario = tomllib.loads(file.read_text())
    cards = {card["name"]: card for card in scenario["card"]}
    spent = dict.fromkeys(cards, 0)
    unit = 10 ** (scenario["exponent"] - scenario["shown"])
    numbers: dict[str, Any] = {"payments": 0, "voided": 0, "value_minor": 0, "declines": {}}
    for customer in scenario["customer"]:
        card, amount = cards[customer["card"]], customer["price"] * unit
        attempts = 2 if "power_cut" in customer else 1  # the card signed in the sale that the power cut ended, too
        if card.get("denied"):
            reason = "card_denied"
        elif card["expires"] <= scenario["day"]:
            reason = "card_expired"
        elif spent[customer["card"]] + attempts * amount > card["allowance_minor"]:
            reason = "over_allowance"
        else:
            spent[customer["card"]] += attempts * amount
            numbers["payments"] += 1
            numbers["voided" if customer.get("voided") else "value_minor"] += 1 if customer.get("voided") else amount
            continue
        numbers["declines"][reason] = numbers["declines"].get(reason, 0) + 1
    differences = [one["kind"] for one in scenario["disagreement"]]
    numbers["differences"] = {kind: differences.count(kind) for kind in differences}
    return numbers


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that was run to its end."""
    folder = tmp_path_factory.mktemp("outage") / "demo"
    demo.run(folder, SCENARIO)
    return folder


def test_the_demo_s_numbers_are_what_the_scenario_file_implies(played: Path) -> None:
    numbers = json.loads((played / "result.json").read_text())
    implied = implied_by(SCENARIO)
    assert {name: numbers[name] for name in implied} == implied
    assert numbers["payments"] >= 40
    assert len(implied["declines"]) == 3


def test_the_report_stands_alone(played: Path) -> None:
    page = (played / "report.html").read_text()
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", page), (
        "the page asks for something outside itself"
    )
    assert page.count("<svg") >= 2, "the battery curve and the payments"


def test_an_outage_that_goes_another_way_fails_loudly(tmp_path: Path) -> None:
    text = SCENARIO.read_text()
    changed = tmp_path / "wrong.toml"
    at = text.index("[[customer]]")
    changed.write_text(
        text[:at] + text[at:].replace('expect = "approved"', 'expect = "declined"\nreason = "card_denied"', 1)
    )
    with pytest.raises(ScenarioFailed, match="Customer 1 "):
        demo.run(tmp_path / "demo", changed)


def test_a_terminal_that_dies_where_the_scenario_does_not_say_so_fails_it(tmp_path: Path, scenario: Scenario) -> None:
    stall = Stall.open(tmp_path, scenario, start_s=scenario.at_s(scenario.course.opens))
    try:
        stall.terminal.panel.tell("flash", "cut", 12, 30)
        with pytest.raises(ScenarioFailed, match="lost its power"):
            Outage(scenario, stall.rig, stall.cards).play()
    finally:
        stall.close()


def test_a_demo_does_not_clear_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    with pytest.raises(ScenarioFailed, match="not a demo's folder"):
        demo.run(tmp_path, SCENARIO)
    assert precious.read_text() == "mine"
