"""Scenario files: one outage at one stall, customer by customer, with what is expected of each (TOML)."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nyala.errors import InputError

Outcome = Literal["approved", "declined"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stall(_Strict):
    """Who sells."""

    merchant: str = Field(max_length=40)
    terminal: int = Field(ge=1, le=0xFFFFFFFF)


class Course(_Strict):
    """The day: local times."""

    opens: time
    mains_lost: time
    mains_back: time
    closes: time


class BatteryAtStart(_Strict):
    """The terminal's cell and what the terminal draws from it."""

    capacity_mah: int = Field(gt=0)
    charge_percent: int = Field(ge=0, le=100)
    temperature_c: int
    load_ma: int = Field(gt=0)


class Limits(_Strict):
    """What the policy allows, in minor units, vouchers and hours."""

    payment_minor: int
    card_minor: int
    stored_value_minor: int
    stored_count: int
    hours: int
    minimum_charge_percent: int


class Payer(_Strict):
    """A card in somebody's pocket. Amounts in minor units."""

    name: str
    number: int
    allowance_minor: int
    payment_minor: int
    expires: date
    denied: bool = False


class PowerCut(_Strict):
    """The terminal dies at its n-th flash program from the tap on, after so many bytes of it, and is off for a
    while."""

    program: int = Field(ge=1)
    bytes: int = Field(ge=0, le=256)
    off_s: int = Field(ge=0)


class Customer(_Strict):
    """One person who wants to pay. `price`: whole units as on the price tag."""

    at: time
    card: str
    price: int = Field(gt=0)
    expect: Outcome
    reason: str | None = None
    torn: bool = False  # the card is taken away before its answer was read, then held again
    voided: bool = False  # the merchant voids the payment right after
    power_cut: PowerCut | None = None  # the terminal dies in this sale; the customer pays again afterwards


class Disagreement(_Strict):
    """How the settlement file differs from the terminal, by the customer's place in the list (from 1)."""

    kind: Literal["missing_there", "amount_differs", "missing_here"]
    customer: int | None = None
    amount_minor: int | None = None


class Scenario(_Strict):
    """A whole outage."""

    name: str
    day: date
    zone: str
    seed: str
    currency: int
    prefix: str
    exponent: int
    shown: int
    separator: str
    stall: Stall
    course: Course
    battery: BatteryAtStart
    limits: Limits
    cards: list[Payer] = Field(alias="card")
    customers: list[Customer] = Field(alias="customer")
    disagreements: list[Disagreement] = Field(alias="disagreement")

    def moved_to(self, day: date) -> "Scenario":
        """The same outage on another day; cards expire as much later."""
        later = day - self.day
        cards = [card.model_copy(update={"expires": card.expires + later}) for card in self.cards]
        return self.model_copy(update={"day": day, "cards": cards})

    def at_s(self, when: time) -> int:
        """Unix time of a local time on the day."""
        return int(datetime.combine(self.day, when, ZoneInfo(self.zone)).timestamp())

    def minor(self, price: int) -> int:
        """Minor units of a price in whole units."""
        return price * 10 ** (self.exponent - self.shown)


def load(path: Path) -> Scenario:
    """Read and check a scenario file; InputError names the first field that is wrong."""
    try:
        scenario = Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"The scenario {path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The scenario {path} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"The scenario {path} is wrong at {field}: {first['msg']}.") from error
    _check_references(scenario, path)
    return scenario


def _check_references(scenario: Scenario, path: Path) -> None:
    known = {card.name for card in scenario.cards}
    for place, customer in enumerate(scenario.customers, 1):
        if customer.card not in known:
            raise InputError(f"The scenario {path} is wrong at customer {place}: there is no card {customer.card!r}.")
        if (customer.reason is not None) != (customer.expect == "declined"):
            raise InputError(
                f"The scenario {path} is wrong at customer {place}: a decline, and only a decline, has a reason."
            )
    for one in scenario.disagreements:
        _check_disagreement(one, scenario, path)
    if [c.at for c in scenario.customers] != sorted(c.at for c in scenario.customers):
        raise InputError(f"The scenario {path} is wrong: customers come in order of time.")


def _check_disagreement(one: Disagreement, scenario: Scenario, path: Path) -> None:
    """A settlement file can only be wrong about a payment that is in it."""
    settled = [place for place, c in enumerate(scenario.customers, 1) if c.expect == "approved" and not c.voided]
    if one.kind != "missing_here" and one.customer not in settled:
        raise InputError(
            f"The scenario {path} is wrong at a disagreement: customer {one.customer} has no payment to settle."
        )
    if one.kind != "missing_there" and one.amount_minor is None:
        raise InputError(f"The scenario {path} is wrong at a disagreement: {one.kind} needs amount_minor.")
