"""Cut a terminal's power at a moment that a seed chooses, switch it on again, read it, and compare with what people
saw.

What is compared with is kept outside the interpreter: the green lights that were seen, and the cards' own logs.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nyala.errors import ScenarioFailed
from nyala.facts import Chain
from nyala.inbox import Inbox
from nyala.link.client import Client
from nyala.reading import read
from nyala.verify import verify_terminal
from nyala.world.outage import Outage
from nyala.world.panel import TerminalDied
from nyala.world.scenario import Customer, Scenario
from nyala.world.stall import RECONCILER, Stall

PROGRAMS_OF_A_SALE = 4  # at most: two copies of the card's certificate, two of the voucher
PAGE_BYTES = 256
JOURNAL_SECTORS = 64
KILL_WITHIN_S = 4.0  # of wall-clock time: about as long as the outage takes to play


@dataclass(frozen=True, slots=True)
class Result:
    """One cut. `approved`: green lights seen before it; `lost`, `duplicated`: vouchers; `corrupt`: entries or
    findings."""

    seed: int
    cuts: int
    approved: int
    lost: int
    duplicated: int
    corrupt: int


def cut_once(seed: int, folder: Path, scenario: Scenario) -> Result:
    """Play the outage until the seed's moment, then see what is left of it.

    Even seeds tear a flash program of some customer's sale after so many bytes; odd ones kill the process wherever it
    happens to be.
    """
    return _cut(seed, folder, scenario, lambda stall: _play_until_cut(stall, seed, random.Random(seed)))


def cut_at(operation: int, count: int, folder: Path, scenario: Scenario) -> Result:
    """The same, with the cut at the n-th flash operation of the outage, after so many bytes of it."""

    def play(stall: Stall) -> int:
        stall.terminal.panel.tell("flash", "cut", operation, count)
        return _play(Outage(stall.scenario, stall.rig, stall.cards))

    return _cut(operation, folder, scenario, play)


def operations(folder: Path, scenario: Scenario) -> int:
    """How many flash operations the outage has."""
    stall = _open(0, folder, scenario)
    try:
        before = stall.terminal.panel.flash_stats()
        Outage(stall.scenario, stall.rig, stall.cards).play()
        after = stall.terminal.panel.flash_stats()
    finally:
        stall.close()
    if after[2]:
        raise ScenarioFailed(f"The firmware programmed {after[2]} zeros to ones, which NOR flash cannot do.")
    return after[0] + after[1] - before[0] - before[1]


def _open(seed: int, folder: Path, scenario: Scenario) -> Stall:
    calm = scenario.model_copy(update={"customers": [c for c in scenario.customers if c.power_cut is None]})
    opens_s = calm.at_s(calm.course.opens)
    return Stall.open(folder, calm, start_s=opens_s, seed=f"cut-{seed}", journal_sectors=JOURNAL_SECTORS)


def _cut(seed: int, folder: Path, scenario: Scenario, play: Callable[[Stall], int]) -> Result:
    stall = _open(seed, folder, scenario)
    try:
        cuts = play(stall)
        stall.rig.power_off(seconds=60)
        stall.rig.take_card_away()
        stall.rig.power_on()
        stall.rig.run(4_000)
        return _judge(seed, cuts, stall, _read_back(stall, folder))
    finally:
        stall.close()


def _play(outage: Outage) -> int:
    """How many cuts there were: none when the outage was over before the moment came."""
    try:
        outage.play()
    except TerminalDied:
        return 1
    return 0


class _TornOutage(Outage):
    """An outage in which power is lost in the `program`-th flash program after customer `place` keyed the amount."""

    tear: tuple[int, int, int] = (0, 0, 0)  # place, program, bytes

    def _begin(self, customer: Customer) -> None:
        super()._begin(customer)
        place, program, count = self.tear
        if place == len(self.shown) + 1:
            self.rig.terminal.panel.tell("flash", "cut", program, count)


def _play_until_cut(stall: Stall, seed: int, moment: random.Random) -> int:
    outage = _TornOutage(stall.scenario, stall.rig, stall.cards)
    killer = None
    if seed % 2:
        pid = stall.terminal.pid
        killer = threading.Thread(target=_kill_after, args=(pid, moment.uniform(0, KILL_WITHIN_S)), daemon=True)
        killer.start()
    else:
        place = moment.randrange(1, len(stall.scenario.customers) + 1)
        outage.tear = (place, moment.randrange(1, PROGRAMS_OF_A_SALE + 1), moment.randrange(PAGE_BYTES))
    cuts = _play(outage)
    if killer is not None:
        killer.join()
    return cuts


def _kill_after(pid: int, seconds: float) -> None:
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)


def _read_back(stall: Stall, folder: Path) -> Chain:
    inbox = Inbox(folder / "inbox")
    with stall.rig.real_time(), Client.open(stall.terminal.port) as client:
        client.login(stall.keys.staff(RECONCILER))
        read(client, inbox)
    terminal = stall.scenario.stall.terminal
    (chain,) = verify_terminal(
        terminal, list(inbox.entries(terminal)), stall.keys.roots, stall.keys.policies().values()
    )
    return chain


def _judge(seed: int, cuts: int, stall: Stall, chain: Chain) -> Result:
    """I1: every payment that a green light was seen for is a voucher. I2: at most one more. I3, I6: nothing is
    broken."""
    approved = stall.rig.green_flashes
    sales = [fact.sale for fact in chain.facts if fact.sale is not None]
    places = {(sale.card, sale.counter) for sale in sales}
    signed = {
        (card.fingerprint, made.authorization.counter): made.authorization.amount_minor
        for card in stall.cards.values()
        for made in card.log
    }
    invented = [sale for sale in sales if signed.get((sale.card, sale.counter)) != sale.amount_minor]
    unseen = len(places) - approved
    broken = sum(bool(fact.problems) for fact in chain.facts) + len(chain.findings) + len(invented)
    return Result(
        seed=seed,
        cuts=cuts,
        approved=approved,
        lost=max(0, -unseen),
        duplicated=len(sales) - len(places) + max(0, unseen - 1),
        corrupt=broken,
    )
