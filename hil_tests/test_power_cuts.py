"""The terminal loses its own power at any moment of an outage: no payment that was shown as approved is lost."""

from pathlib import Path

import pytest

from hil_tests.power_cuts import cut_once
from nyala.world.scenario import Scenario


@pytest.mark.parametrize("seed", range(20))
def test_a_power_cut_at_any_moment_loses_no_approved_voucher(seed: int, tmp_path: Path, scenario: Scenario) -> None:
    result = cut_once(seed, tmp_path, scenario)
    assert (result.lost, result.duplicated, result.corrupt) == (0, 0, 0), result
