"""The host's end of the bench panel (docs/bench-panel.md)."""

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass

from nyala.errors import NyalaError, ScenarioFailed

LINE_BYTES_MAX = 4096
ANSWER_TIMEOUT_S = 60.0


class PanelError(NyalaError):
    """The bench did not understand us, or said what we do not understand."""


class TerminalDied(ScenarioFailed):
    """The simulated terminal lost its power (or crashed): the panel's line is cut. Whoever cut it catches this."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line from the bench: `frame`, `light`, `beep`, `capdu` ... and its words."""

    name: str
    words: tuple[str, ...]


class Panel:
    """Speaks to one running terminal. `answer_card` plays the card: C-APDU to (R-APDU or None when it left,
    milliseconds)."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._link.settimeout(ANSWER_TIMEOUT_S)
        self._received = b""
        self.answer_card: Callable[[bytes], tuple[bytes | None, int]] = lambda apdu: (None, 0)
        self.on_event: Callable[[Event], None] = lambda event: None
        self.now_ms = 0  # virtual time since the terminal was powered

    def fileno(self) -> int:
        """The panel's line, to wait on."""
        return self._link.fileno()

    def close(self) -> None:
        """Cut the line."""
        self._link.close()

    def tell(self, *words: object) -> None:
        """Send one command."""
        try:
            self._link.sendall(" ".join(str(word) for word in words).encode() + b"\n")
        except OSError as error:
            raise TerminalDied("The simulated terminal is not running.") from error

    def run(self, ms: int) -> None:
        """Let virtual time go on for `ms` and handle every event on the way. Raises TerminalDied when power is lost."""
        self.tell("run", ms)
        self._expect("ran")

    def wait_ready(self) -> None:
        """Wait until the interpreter runs and the firmware is about to start."""
        self._expect("ready")

    def flash_stats(self) -> tuple[int, int, int]:
        """Programs, erases and violations since power-on."""
        self.tell("flash", "stats")
        programs, erases, violations = self._expect("flash").words
        return int(programs), int(erases), int(violations)

    def serve_waiting(self) -> None:
        """Handle what the bench has said already, without waiting for more."""
        while b"\n" in self._received or select.select([self._link], [], [], 0)[0]:
            self._handle(self._read_event())

    def _expect(self, name: str) -> Event:
        while True:
            event = self._read_event()
            self._handle(event)
            if event.name == name:
                return event

    def _handle(self, event: Event) -> None:
        match event.name:
            case "capdu":
                answer, delay_ms = self.answer_card(bytes.fromhex(event.words[0]))
                self.tell("rapdu", answer.hex() if answer is not None else "-", delay_ms)
            case "ran" | "ready":
                self.now_ms = int(event.words[0])
            case "error":
                raise PanelError("The bench panel says: " + " ".join(event.words))
            case _:
                pass
        self.on_event(event)

    def _read_event(self) -> Event:
        while b"\n" not in self._received:
            try:
                more = self._link.recv(65536)
            except TimeoutError as error:
                raise PanelError(
                    f"The simulated terminal said nothing for {ANSWER_TIMEOUT_S:.0f} s; it hangs."
                ) from error
            except OSError:
                more = b""
            if not more:
                raise TerminalDied("The simulated terminal lost its power.")
            self._received += more
            if len(self._received) > LINE_BYTES_MAX and b"\n" not in self._received:
                raise PanelError("The bench panel sent a line longer than it may be.")
        line, self._received = self._received.split(b"\n", 1)
        words = line.decode("ascii", "replace").split(" ")
        return Event(words[0], tuple(words[1:]))
