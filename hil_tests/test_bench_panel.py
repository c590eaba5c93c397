"""The bench panel keeps its page (docs/bench-panel.md): the simulator can only be as true as this."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nyala.world.panel import Panel, PanelError, TerminalDied
from nyala.world.simulated_terminal import SimulatedTerminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[SimulatedTerminal]:
    """A simulated terminal, switched on, that has not run yet."""
    with SimulatedTerminal(tmp_path / "terminal", seed="panel") as terminal:
        terminal.power_on()
        yield terminal


@pytest.fixture
def panel(terminal: SimulatedTerminal) -> Panel:
    """Its panel, after a first second."""
    terminal.panel.tell("gauge", 3900, -100)
    terminal.panel.run(1_000)
    return terminal.panel


@pytest.mark.parametrize(
    "line", ["dance", "run soon", "key", "key Z", "card sideways", "gauge_fault tired", "flash melt 1"]
)
def test_a_line_that_is_not_understood_is_named_and_changes_nothing(panel: Panel, line: str) -> None:
    panel.tell(*line.split())
    with pytest.raises(PanelError, match="The bench panel says"):
        panel.flash_stats()
    panel.run(100)
    assert panel.now_ms == 1_100


def test_time_moves_by_what_is_granted_and_not_otherwise(panel: Panel) -> None:
    panel.flash_stats()  # an answer, but no time
    panel.run(3_600_000)
    assert panel.now_ms == 3_601_000


def test_real_time_follows_the_wall_clock_until_the_next_grant(panel: Panel) -> None:
    began = time.monotonic()
    panel.tell("realtime")
    time.sleep(0.3)  # the wall clock itself is what is looked at
    panel.run(1)
    wall_ms = (time.monotonic() - began) * 1000
    assert 200 < panel.now_ms - 1_000 < wall_ms + 100


def test_a_power_cut_at_a_flash_operation_ends_the_terminal_and_leaves_what_was_programmed(
    terminal: SimulatedTerminal, tmp_path: Path
) -> None:
    terminal.panel.tell("gauge", 3900, -100)
    terminal.panel.tell("flash", "cut", 1, 5)
    with pytest.raises(TerminalDied):
        terminal.panel.run(3_000)
    flash = (tmp_path / "terminal" / "journal.bin").read_bytes()
    assert 0 < sum(byte != 0xFF for byte in flash) <= 5
    assert terminal.power_cut() != 0


def test_the_same_seed_plays_the_same_first_minute(tmp_path: Path) -> None:
    played: list[list[str]] = []
    for place in ("one", "two"):
        events: list[str] = []
        with SimulatedTerminal(tmp_path / place, seed="again") as terminal:
            panel = terminal.power_on()
            panel.on_event = lambda event, events=events: events.append(" ".join((event.name, *event.words)))
            panel.tell("gauge", 3900, -100)
            for _ in range(6):
                panel.tell("key", "5")
                panel.run(10_000)
        played.append(events)
    assert played[0] == played[1]
    assert any(event.startswith("frame") for event in played[0])
