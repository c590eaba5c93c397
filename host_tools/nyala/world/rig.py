"""The test rig: what hands can do to a terminal on a desk, and what eyes perceive. This one holds a
simulated terminal;
time moves only when the rig lets it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

from nyala.errors import ScenarioFailed
from nyala.world import screen
from nyala.world.battery import Battery
from nyala.world.panel import Event, Panel, TerminalDied
from nyala.world.simulated_terminal import POWER_ON, SimulatedTerminal

STEP_MS = 10_000  # how often the battery moves on
LOOK_MS = 50  # how often the rig looks while it waits for something
TYPING_MS = 150  # between two keys of a practised merchant


class HoldableCard(Protocol):
    """What can be held to the reader."""

    @property
    def uid(self) -> bytes: ...

    def answer(self, apdu: bytes) -> bytes:
        """R-APDU with status word for a C-APDU."""
        ...


class NothingHappened(ScenarioFailed):
    """The terminal did not do in time what the rig was waiting for."""


class Rig:
    """`start_s`: Unix time of the world when the rig is set up. `load_ma`: what the terminal draws."""

    def __init__(self, terminal: SimulatedTerminal, battery: Battery, *, start_s: int, load_ma: int) -> None:
        self.terminal = terminal
        self.battery = battery
        self.load_ma = load_ma
        self.lights = {"green": False, "red": False}
        self.frame = bytes(screen.FRAME_BYTES)
        self.card_answer_ms = 120
        self.powered = False
        self.tear_next_authorization = False
        self.green_flashes = 0  # how often the green light went on: APPROVED as the customer sees it
        self._card: HoldableCard | None = None
        self._mains = True
        self._base_ms = start_s * 1000

    # -- time

    @property
    def now_ms(self) -> int:
        """Unix time of the world in milliseconds."""
        return self._base_ms + (self._panel.now_ms if self.powered else 0)

    @property
    def now_s(self) -> int:
        """Unix time of the world in seconds."""
        return self.now_ms // 1000

    def run(self, ms: int) -> None:
        """Let the world go on. Raises TerminalDied when the terminal loses its power meanwhile."""
        while ms > 0:
            step_ms = min(ms, STEP_MS)
            self.battery.step(step_ms / 1000, self.load_ma, self._mains)
            self._panel.tell("gauge", self.battery.millivolts, self.battery.milliamps)
            if self.battery.cut_off and not self._mains:
                self.power_off()
                raise TerminalDied("The battery is empty: its protection took the terminal's power away.")
            self._panel.run(step_ms)
            ms -= step_ms

    def run_until(self, when_s: int) -> None:
        """Let the world go on until this Unix time."""
        self.run(max(0, when_s * 1000 - self.now_ms))

    def wait_for(self, happened: Callable[[], bool], timeout_ms: int, what: str) -> None:
        """Let the world go on until `happened()`; NothingHappened names `what` and shows the screen when it does
        not."""
        for _ in range(timeout_ms // LOOK_MS):
            if happened():
                return
            self.run(LOOK_MS)
        if not happened():
            raise NothingHappened(
                f"Waited {timeout_ms / 1000:.1f} s for {what}; the screen says {' | '.join(self.shows())!r}."
            )

    @contextmanager
    def real_time(self) -> Generator[None]:
        """Time follows the wall clock inside: for talking to the terminal over its serial line."""
        self._panel.tell("realtime")
        yield
        self._panel.run(1)

    # -- power

    def power_on(self, reset_cause: int = POWER_ON) -> None:
        """Switch the terminal on; it has not run yet when this returns."""
        panel = self.terminal.power_on(reset_cause)
        self.powered = True
        panel.answer_card = self._answer_card
        panel.on_event = self._perceive
        self.lights = {"green": False, "red": False}
        self.frame = bytes(screen.FRAME_BYTES)
        panel.tell("mains", int(self._mains))
        panel.tell("gauge", self.battery.millivolts, self.battery.milliamps)

    def power_off(self, seconds: int = 0) -> None:
        """Take the terminal's power away at once, whatever it does; the world goes on for `seconds` without it."""
        self._base_ms = self.now_ms + seconds * 1000
        self.powered = False
        self.terminal.power_cut()

    def mains(self, on: bool) -> None:
        """Cut or restore the mains; the terminal's battery carries it."""
        self._mains = on
        self._panel.tell("mains", int(on))

    # -- hands

    def press(self, keys: str) -> None:
        """Type keys at a merchant's pace."""
        for key in keys:
            self._panel.tell("key", key)
            self.run(TYPING_MS)

    def hold_card(self, card: HoldableCard) -> None:
        """Hold a card to the reader."""
        self._card = card
        self._panel.tell("card", "in", card.uid.hex())

    def take_card_away(self) -> None:
        """Take the card away from the reader."""
        if self._card is not None:
            self._card = None
            if self.powered:
                self._panel.tell("card", "out")

    @property
    def holds_card(self) -> bool:
        """Whether a card is at the reader."""
        return self._card is not None

    # -- eyes

    def shows(self) -> tuple[str, ...]:
        """The lines of text on the screen, read from its pixels."""
        return screen.text(self.frame)

    # -- behind

    @property
    def _panel(self) -> Panel:
        return self.terminal.panel

    def _answer_card(self, apdu: bytes) -> tuple[bytes | None, int]:
        if self._card is None:
            return None, 0
        answer = self._card.answer(apdu)
        if self.tear_next_authorization and apdu[1] == 0xA8:
            self.tear_next_authorization = False  # the card has signed, but left before its answer was read
            self._card = None
            return None, 0
        return answer, self.card_answer_ms

    def _perceive(self, event: Event) -> None:
        match event.name:
            case "frame":
                self.frame = bytes.fromhex(event.words[0])
            case "light":
                name, on = event.words[0], event.words[1] == "1"
                self.lights[name] = on
                self.green_flashes += name == "green" and on
            case _:
                pass
