"""A terminal that was never provisioned says so, on the screen and over the line, and takes no payment."""

import pytest

from hil_tests.conftest import Bench, DutLine
from nyala.errors import RefusedError
from nyala.link.client import Client
from nyala.wire import link as wire


def test_an_unprovisioned_terminal_says_so_over_the_line(bench: Bench, line: DutLine) -> None:
    with bench.live():
        hello = Client.open(line).hello()
    assert not hello.provisioned
    assert hello.terminal is None
    assert hello.state == "not_provisioned"


def test_an_unprovisioned_terminal_reveals_nothing(bench: Bench, line: DutLine) -> None:
    with bench.live(), pytest.raises(RefusedError) as refusal:
        list(Client.open(line).read(0))
    assert refusal.value.number == wire.NOT_PROVISIONED


def test_an_unprovisioned_terminal_says_so_on_the_screen_and_takes_no_payment(bench: Bench) -> None:
    rig = bench.hands
    rig.power_on()
    rig.run(3_000)
    before = rig.shows()
    assert "Belum disiapkan." in before
    programs = rig.terminal.panel.flash_stats()[0]
    rig.press("25000#")
    rig.run(5_000)
    assert "Belum disiapkan." in rig.shows()
    assert rig.green_flashes == 0
    assert rig.terminal.panel.flash_stats()[0] == programs, "a terminal without an identity writes no entries"
