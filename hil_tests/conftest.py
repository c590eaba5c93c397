"""One suite, three benches: the simulator, Espressif's QEMU, a real board. `--bench sim,qemu,board` chooses.

pytest-embedded's `port` and `dut` are overridden, so that `dut.serial` is this bench's line whatever the bench is.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_embedded_serial import SerialDut

from nyala.world.battery import Battery
from nyala.world.rig import Rig
from nyala.world.scenario import Scenario, load
from nyala.world.simulated_terminal import CHECKOUT, SimulatedTerminal

BENCHES = ("sim", "qemu", "board")
SCENARIO = CHECKOUT / "boards" / "simulator" / "scenarios" / "jakarta-2019-08-04.toml"


@dataclass
class Bench:
    """What a test gets: a serial line, and a rig where hands can reach the terminal."""

    kind: str
    port: str
    power_on: Callable[[], None]
    live: Callable[[], AbstractContextManager[None]]  # inside, the terminal's time runs by itself
    rig: Rig | None

    @property
    def hands(self) -> Rig:
        """The rig, or a skip where this bench has none."""
        if self.rig is None:
            pytest.skip(f"nothing presses keys or cuts power on the {self.kind} bench")
        return self.rig


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bench", default="sim", help="comma separated: " + ", ".join(BENCHES))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "bench" in metafunc.fixturenames:
        chosen = str(metafunc.config.getoption("bench")).split(",")
        unknown = set(chosen) - set(BENCHES)
        if unknown:
            raise pytest.UsageError(f"--bench knows {', '.join(BENCHES)}, not {', '.join(sorted(unknown))}")
        metafunc.parametrize("bench", chosen, indirect=True)


def _simulated(folder: Path) -> Iterator[Bench]:
    scenario = load(SCENARIO)
    with SimulatedTerminal(folder, seed="hil") as terminal:
        battery = Battery(3000, charge_percent=90, temperature_c=30)
        rig = Rig(terminal, battery, start_s=scenario.at_s(scenario.course.opens), load_ma=scenario.battery.load_ma)
        yield Bench("sim", terminal.port, rig.power_on, rig.real_time, rig)


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The terminal under test, not provisioned and without power."""
    if request.param == "sim":
        yield from _simulated(tmp_path / "terminal")
    elif request.param == "qemu":
        if shutil.which("qemu-system-xtensa") is None:
            pytest.skip("qemu-system-xtensa (Espressif's fork) is not on PATH")
        pytest.skip("the image for the emulator is not built yet: boards/esp32_bare is to come")
    else:
        port = request.config.getoption("port")
        if not port:
            pytest.skip("no board: give its serial port with --port")
        yield Bench("board", str(port), lambda: None, nullcontext, None)


@pytest.fixture
def port(bench: Bench) -> str:
    """pytest-embedded's serial port: this bench's."""
    return bench.port


@pytest.fixture
def dut(dut: SerialDut, bench: Bench) -> SerialDut:
    """Power on only when the serial reader is attached."""
    bench.power_on()
    return dut


class DutLine:
    """nyala.link.port.Line over pytest-embedded's own serial port."""

    def __init__(self, serial: Any) -> None:  # of pyserial
        self._serial = serial
        self._serial.timeout = 0.05
        self.name = str(serial.port)

    def read(self) -> bytes:
        return self._serial.read(max(1, self._serial.in_waiting))

    def write(self, data: bytes) -> None:
        self._serial.write(data)

    def close(self) -> None:
        """The port is pytest-embedded's to close."""


@pytest.fixture
def line(dut: SerialDut) -> Iterator[DutLine]:
    """The device's raw line, with pytest-embedded's text reader held back."""
    held_back: AbstractContextManager[bool] = dut.serial.disable_redirect_thread()  # type: ignore[assignment]
    with held_back:
        yield DutLine(dut.serial.proc)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The outage of the demo."""
    return load(SCENARIO)
