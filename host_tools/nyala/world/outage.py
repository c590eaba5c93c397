"""Play a scenario on a rig: press the keys, hold the cards, cut the power, and insist on what the scenario expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nyala.documents.authorization import Authorization
from nyala.errors import ScenarioFailed
from nyala.world.card import PlayedCard
from nyala.world.panel import TerminalDied
from nyala.world.rig import Rig
from nyala.world.scenario import Customer, PowerCut, Scenario

TAP_TIMEOUT_MS = 20_000
RESULT_SHOWN_MS = 8_000  # how long merchant and customer look at the result at most
AWAY_MS = 1_500  # between taking a card away and holding it again


@dataclass(frozen=True, slots=True)
class Shown:
    """What the customer saw (`lines` is the screen's text at the result) and what the card last signed in this
    payment."""

    customer: Customer
    approved: bool
    lines: tuple[str, ...]
    authorization: Authorization | None


class Outage:
    """One play of `scenario`. `cards` by the scenario's names. `tell(done, total, what)` is called after each
    customer."""

    def __init__(
        self,
        scenario: Scenario,
        rig: Rig,
        cards: Mapping[str, PlayedCard],
        tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    ) -> None:
        self.scenario = scenario
        self.rig = rig
        self.cards = cards
        self.shown: list[Shown] = []
        self.power_cuts = 0
        self._tell = tell

    def play(self) -> list[Shown]:
        """From now until the stall closes. Raises ScenarioFailed at the first thing that goes another way."""
        course = self.scenario.course
        course_events = [(self.scenario.at_s(course.mains_lost), False), (self.scenario.at_s(course.mains_back), True)]
        for place, customer in enumerate(self.scenario.customers, 1):
            while course_events and course_events[0][0] <= self.scenario.at_s(customer.at):
                self._switch_mains(*course_events.pop(0))
            self.rig.run_until(self.scenario.at_s(customer.at))
            self._serve(place, customer)
            self._tell(place, len(self.scenario.customers), f"{customer.at:%H:%M} {customer.card}")
        for event in course_events:
            self._switch_mains(*event)
        self.rig.run_until(self.scenario.at_s(course.closes))
        return self.shown

    def _switch_mains(self, when_s: int, on: bool) -> None:
        self.rig.run_until(when_s)
        self.rig.mains(on)
        self.rig.run(5_000)

    def _serve(self, place: int, customer: Customer) -> None:
        if customer.power_cut is not None:
            self._die_in_sale(place, customer, customer.power_cut)
        shown = self._pay(place, customer)
        self.shown.append(shown)
        wanted = customer.expect == "approved"
        if shown.approved != wanted:
            raise ScenarioFailed(
                f"Customer {place} ({customer.card}, {customer.price}) should be {customer.expect}, "
                f"but the screen says {' | '.join(shown.lines)!r}."
            )
        self._back_to_ready()
        if customer.voided:
            self._void()

    def _begin(self, customer: Customer) -> None:
        """Key the amount and wait until the terminal asks for the card."""
        rig = self.rig
        before = rig.frame
        rig.press(f"{customer.price}#")
        rig.wait_for(lambda: rig.frame != before, TAP_TIMEOUT_MS, "the terminal to take the amount")
        rig.tear_next_authorization = customer.torn

    def _pay(self, place: int, customer: Customer) -> Shown:
        rig = self.rig
        greens = rig.green_flashes
        signed_before = len(self.cards[customer.card].log)
        self._begin(customer)
        rig.hold_card(self.cards[customer.card])
        if customer.torn:
            rig.wait_for(
                lambda: not rig.tear_next_authorization, TAP_TIMEOUT_MS, f"customer {place}'s card to be asked"
            )
            rig.take_card_away()
            rig.run(AWAY_MS)
            if rig.green_flashes != greens:
                raise ScenarioFailed(f"Customer {place} was approved although the card's answer was never read.")
            rig.hold_card(self.cards[customer.card])
        rig.wait_for(lambda: rig.lights["green"] or rig.lights["red"], TAP_TIMEOUT_MS, f"a result for customer {place}")
        approved = rig.green_flashes > greens
        rig.run(300)  # eyes are slower than lights
        lines = rig.shows()
        rig.take_card_away()
        log = self.cards[customer.card].log
        return Shown(customer, approved, lines, log[-1].authorization if len(log) > signed_before else None)

    def _back_to_ready(self) -> None:
        rig = self.rig
        rig.wait_for(lambda: not (rig.lights["green"] or rig.lights["red"]), RESULT_SHOWN_MS, "the result to go away")

    def _die_in_sale(self, place: int, customer: Customer, cut: PowerCut) -> None:
        rig = self.rig
        greens = rig.green_flashes
        try:
            self._begin(customer)
            rig.terminal.panel.tell("flash", "cut", cut.program, cut.bytes)
            rig.hold_card(self.cards[customer.card])
            rig.run(TAP_TIMEOUT_MS)
        except TerminalDied:
            self.power_cuts += 1
        else:
            raise ScenarioFailed(f"The terminal should have died while customer {place} paid, but went on.")
        if rig.green_flashes != greens:
            raise ScenarioFailed(f"Customer {place} was approved before the voucher was safe in flash.")
        rig.power_off(cut.off_s)
        rig.take_card_away()
        rig.power_on()
        rig.run(3_000)

    def _void(self) -> None:
        rig = self.rig
        rig.press("A")
        rig.run(500)
        rig.press("#")
        rig.run(RESULT_SHOWN_MS)
