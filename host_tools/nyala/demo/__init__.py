"""`nyala demo`: one outage, end to end, on the simulated terminal. Every step happens; the first that does not fails
the demo."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from nyala import clocks, receipts, report, settlement
from nyala.bookkeeping import Outcome, delivered, post
from nyala.demo import expectations, settlement_file
from nyala.errors import ScenarioFailed
from nyala.inbox import Inbox
from nyala.ledger import Ledger
from nyala.link.client import Client
from nyala.reading import Reading, read
from nyala.world.outage import Outage, Shown
from nyala.world.scenario import Scenario, load
from nyala.world.stall import RECONCILER, Stall

MARKER = "nyala-demo"  # a folder with this file in it is ours to clear


@dataclass(frozen=True, slots=True)
class _Desk:
    """The host's side of the demo."""

    folder: Path
    stall: Stall
    inbox: Inbox
    console: Console
    language: str

    @property
    def scenario(self) -> Scenario:
        return self.stall.scenario


def run(folder: Path, scenario_path: Path, language: str = "id") -> expectations.Numbers:
    """Play `scenario_path` in `folder` (cleared first when an earlier demo made it) and return its numbers.

    Raises ScenarioFailed for whatever did not go as the scenario says. Writes report.html, ledger.db, settlement.csv
    and
    result.json into the folder.
    """
    console = Console(highlight=False)
    scenario = load(scenario_path)
    _clear(folder)
    started = time.monotonic()
    console.rule(f"[bold]{scenario.name}[/] — {scenario.stall.merchant}")
    stall = _provision(folder, scenario, console)
    try:
        desk = _Desk(folder, stall, Inbox(folder / "inbox"), console, language)
        shown = _play(desk)
        outcome, numbers = _reconcile(desk, shown)
        _report(desk, outcome)
        _acknowledge(desk)
        _again(desk)
    finally:
        stall.close()
    (folder / "result.json").write_text(json.dumps(numbers.as_dict(), indent=1) + "\n")
    console.print(f"\n[green]The outage went as the scenario says[/], in {time.monotonic() - started:.0f} s.")
    return numbers


def _clear(folder: Path) -> None:
    if folder.exists():
        if not (folder / MARKER).exists():
            raise ScenarioFailed(f"{folder} is not a demo's folder; give another one, or remove it yourself.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()


def _provision(folder: Path, scenario: Scenario, console: Console) -> Stall:
    console.print("\n[bold]1  The terminal is provisioned[/]")
    opens_s = scenario.at_s(scenario.course.opens)
    stall = Stall.open(
        folder,
        scenario,
        start_s=opens_s,
        seed=scenario.seed,
        tell=lambda what: console.print(f"   {what}", style="dim"),
    )
    made = stall.provisioned
    if made is None:
        raise ScenarioFailed("The terminal was provisioned before the demo began; give the demo an empty folder.")
    console.print(f"   Terminal {made.terminal} of {scenario.stall.merchant}, certificate {made.fingerprint.hex()}")
    return stall


def _play(desk: _Desk) -> list[Shown]:
    course = desk.scenario.course
    desk.console.print(
        f"\n[bold]2  {course.mains_lost:%H:%M} the mains are cut, {course.mains_back:%H:%M} they are back[/]"
    )
    before_ms = desk.stall.rig.now_ms
    began = time.monotonic()
    columns = (
        TextColumn("   {task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=desk.console, transient=True) as progress:
        bar = progress.add_task("customers", total=len(desk.scenario.customers))
        outage = Outage(
            desk.scenario,
            desk.stall.rig,
            desk.stall.cards,
            lambda done, total, what: progress.update(bar, completed=done, description=what),
        )
        shown = outage.play()
    violations = desk.stall.terminal.panel.flash_stats()[2]
    if violations:
        raise ScenarioFailed(f"The firmware programmed {violations} zeros to ones, which NOR flash cannot do.")
    hours = (desk.stall.rig.now_ms - before_ms) / 3_600_000
    approved = sum(one.approved for one in shown)
    desk.console.print(
        f"   {len(shown)} customers, {approved} of them saw BERHASIL (approved) on the terminal's screen"
    )
    desk.console.print(f"   power cuts of the terminal itself, in the middle of a sale: {outage.power_cuts}")
    desk.console.print(f"   {hours:.1f} hours played in {time.monotonic() - began:.1f} seconds", style="dim")
    return shown


def _read(desk: _Desk) -> Reading:
    stall = desk.stall
    with stall.rig.real_time(), Client.open(stall.terminal.port) as client:
        client.login(stall.keys.staff(RECONCILER))
        # First the clock: set in the same boot, it dates what the terminal signed while it was in doubt.
        moved_s = clocks.mend(client, now_s=stall.rig.now_s)
        if moved_s is not None:
            desk.console.print(f"   the terminal's clock had fallen {moved_s} s behind in its power cut, and is set")
        return read(client, desk.inbox)


def _post(desk: _Desk) -> Outcome:
    keys = desk.stall.keys
    rows = settlement.load(desk.folder / "settlement.csv")
    with Ledger.open(desk.folder / "ledger.db") as ledger:
        policies = list(keys.policies().values())
        return post(ledger, delivered(desk.inbox), keys.roots, policies, rows, now_s=desk.stall.rig.now_s)


def _reconcile(desk: _Desk, shown: list[Shown]) -> tuple[Outcome, expectations.Numbers]:
    desk.console.print("\n[bold]3  The host reads, verifies and reconciles[/]")
    reading = _read(desk)
    desk.console.print(f"   {reading.new_entries} entries read over {desk.stall.terminal.port} and synced to the inbox")
    settlement_file.write(desk.folder / "settlement.csv", desk.scenario, shown, desk.stall.rig.now_s)
    outcome = _post(desk)
    numbers = expectations.check(desk.scenario, outcome)
    desk.console.print("   every signature, certificate and chain link verified; posted to the ledger\n")
    desk.console.print(report.summary(outcome, language=desk.language, zone=desk.scenario.zone))
    return outcome, numbers


def _report(desk: _Desk, outcome: Outcome) -> None:
    made_s = desk.stall.rig.now_s
    path = report.write(
        outcome, desk.folder / "report.html", made_s=made_s, language=desk.language, zone=desk.scenario.zone
    )
    desk.console.print(
        f"\n[bold]4  The report[/]\n   {path}  ({path.stat().st_size // 1024} KiB, opens in any browser)"
    )


def _acknowledge(desk: _Desk) -> None:
    stall = desk.stall
    ledger = Ledger.open(desk.folder / "ledger.db")
    with stall.rig.real_time(), Client.open(stall.terminal.port) as client, ledger:
        reconciler = stall.keys.staff(RECONCILER)
        made = receipts.hand_over(ledger, client, reconciler, now_s=stall.rig.now_s, inbox=desk.inbox)
        after = client.head()
        note = read(client, desk.inbox)  # the terminal's own entry that it applied the receipt
    _post(desk)
    if after.first_kept <= made.receipt.sequence:
        raise ScenarioFailed("The terminal took the receipt but pruned nothing.")
    desk.console.print(
        f"\n[bold]5  The receipt[/]\n   covers entries 0 to {made.receipt.sequence}; the terminal pruned them, keeps "
        f"from {after.first_kept} on\n   its own note of that ({note.new_entries} entry) is read and posted"
    )


def _again(desk: _Desk) -> None:
    """Nothing is new and nothing changes."""
    again = _read(desk)
    outcome = _post(desk)
    added = (again.new_entries, outcome.new_entries, len(outcome.new_postings), outcome.new_settlement_rows)
    if any(added):
        raise ScenarioFailed(f"Reading and reconciling again should change nothing, but added {added}.")
    desk.console.print(
        "\n[bold]6  Once more[/]\n   a second read finds nothing new; a second reconcile changes nothing"
    )
