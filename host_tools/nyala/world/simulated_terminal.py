"""A simulated terminal: the real MicroPython interpreter running the real firmware on emulated parts, with its serial
line on a pseudo terminal. Its flash and NVS live in a folder and outlive its power."""

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import termios
import tty
from pathlib import Path
from types import TracebackType

from nyala.errors import NyalaError
from nyala.world.panel import Panel, TerminalDied

CHECKOUT = Path(__file__).parents[3]
HEAP = "2M"  # words are twice as long as on the ESP32, and modules are compiled here, which a board never does

POWER_ON = 1  # reset cause


class SimulatorMissing(NyalaError):
    """The interpreter or the firmware to run is not there, or does not start."""


def find_micropython() -> str:
    """Path of the interpreter: beside this Python first, then on PATH."""
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise SimulatorMissing("The MicroPython interpreter is missing; run `make setup` in the checkout.")
    return found


class SimulatedTerminal:
    """One board on the desk. `port` is the path of its serial line; it stays the same through power cuts."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: str | None = None,
        journal_sectors: int | None = None,
        board: str = "esp32_devkitc",
        heap: str = HEAP,
        firmware: Path | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self._board = CHECKOUT / "boards" / board
        self._simulator = CHECKOUT / "boards" / "simulator"
        self._firmware = firmware or CHECKOUT / "firmware"
        self._heap = heap
        self._seed = seed
        self._journal_sectors = journal_sectors
        self._power_ons = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._panel: Panel | None = None
        self._device_end, self._host_end = pty.openpty()
        tty.setraw(self._host_end, termios.TCSANOW)  # bytes are bytes: no echo, no newline translation
        os.set_blocking(self._device_end, False)
        self.port = os.ttyname(self._host_end)

    @property
    def panel(self) -> Panel:
        """The bench panel of the running terminal."""
        if self._panel is None:
            raise NyalaError("The simulated terminal has no power; call power_on() first.")
        return self._panel

    @property
    def pid(self) -> int:
        """Process id of the running interpreter."""
        if self._process is None:
            raise NyalaError("The simulated terminal has no power; call power_on() first.")
        return self._process.pid

    def power_on(self, reset_cause: int = POWER_ON) -> Panel:
        """Start the interpreter; time stands still until the panel grants some."""
        ours, theirs = socket.socketpair()
        self._power_ons += 1
        process = subprocess.Popen(
            [find_micropython(), "-X", f"heapsize={self._heap}", str(self._simulator / "boot.py")],
            stdin=self._device_end,
            stdout=self._device_end,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            cwd=self.folder,
            env=self._environment(theirs.fileno(), reset_cause),
        )
        theirs.close()
        self._process = process
        self._panel = Panel(ours)
        try:
            self._panel.wait_ready()
        except TerminalDied as died:
            raise SimulatorMissing(f"The simulated terminal does not start: {self._last_words()}") from died
        return self._panel

    def _last_words(self) -> str:
        """The last line of what the interpreter died of, where the simulator keeps it."""
        log = self.folder / "crash.txt"
        return log.read_text().strip().splitlines()[-1] if log.exists() else "it left no word why"

    def _environment(self, panel_fd: int, reset_cause: int) -> dict[str, str]:
        path = (".frozen", self._simulator / "shims", self._simulator, self._board, self._firmware)
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "MICROPYPATH": ":".join(str(part) for part in path),
            "NYALA_PANEL_FD": str(panel_fd),
            "NYALA_SIM_FOLDER": str(self.folder),
            "NYALA_SIM_PARTITIONS": str(self._board / "partitions.csv"),
            "NYALA_SIM_RESET_CAUSE": str(reset_cause),
        }
        if self._seed is not None:
            environment["NYALA_SIM_SEED"] = f"{self._seed}/{self._power_ons}"
        if self._journal_sectors is not None:
            environment["NYALA_SIM_JOURNAL_SECTORS"] = str(self._journal_sectors)
        return environment

    def power_cut(self) -> int | None:
        """Take the power away at once; returns the exit code (negative: killed by that signal) or None when it was
        off."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        code = self._process.wait()
        self._process = None
        if self._panel is not None:
            self._panel.close()
            self._panel = None
        return code

    def close(self) -> None:
        """Put the board away. Its folder stays."""
        self.power_cut()
        os.close(self._device_end)
        os.close(self._host_end)

    def __enter__(self) -> "SimulatedTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
