"""Commands that need no board: `simulate` and `demo`."""

from pathlib import Path

from nyala.cli import frame

# In a checkout; the simulator runs the firmware from there too.
_SCENARIO = Path(__file__).parents[3] / "boards" / "simulator" / "scenarios" / "jakarta-2019-08-04.toml"

_scenario = frame.option(
    "--scenario", type=frame.PATH, default=_SCENARIO, help="Scenario file. [default: Jakarta 2019]"
)


@frame.command("simulate")
@frame.option(
    "--folder",
    type=frame.PATH,
    default=Path("build/sim"),
    show_default=True,
    help="Where the simulated terminal lives; kept from one time to the next.",
)
@_scenario
def simulate(folder: Path, scenario: Path) -> None:
    """A terminal on your desk: type its keys, tap cards, cut the mains. Its serial line is a pty."""
    from nyala.world.sim_shell import run

    run(folder, scenario)


@frame.command("demo")
@frame.option(
    "--folder",
    type=frame.PATH,
    default=Path("build/demo"),
    show_default=True,
    help="Where everything goes; an earlier demo in it is cleared.",
)
@_scenario
@frame.language
def demo(folder: Path, scenario: Path, language: str) -> None:
    """One outage from end to end on the simulated terminal: sell, read, verify, reconcile, report, acknowledge."""
    from nyala.demo import run

    run(folder, scenario, language)
