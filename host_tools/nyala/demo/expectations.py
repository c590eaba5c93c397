"""What a scenario says must come out of the books, and whether it did."""

from collections import Counter
from dataclasses import asdict, dataclass

from nyala.bookkeeping import Outcome
from nyala.documents.bodies import Declined
from nyala.errors import ScenarioFailed
from nyala.wire import entry as wire
from nyala.world.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Numbers:
    """The demo's numbers. Value in minor units, voids taken off."""

    payments: int
    voided: int
    value_minor: int
    declines: dict[str, int]  # by reason
    differences: dict[str, int]  # by kind
    outages: int
    boots: int

    def as_dict(self) -> dict[str, object]:
        """For a script."""
        return asdict(self)


def expected(scenario: Scenario) -> Numbers:
    """What the scenario implies."""
    approved = [customer for customer in scenario.customers if customer.expect == "approved"]
    kept = [customer for customer in approved if not customer.voided]
    return Numbers(
        payments=len(approved),
        voided=len(approved) - len(kept),
        value_minor=sum(scenario.minor(customer.price) for customer in kept),
        declines=dict(
            sorted(Counter(customer.reason or "" for customer in scenario.customers if customer.reason).items())
        ),
        differences=dict(sorted(Counter(one.kind for one in scenario.disagreements).items())),
        outages=1,
        # The factory-fresh terminal's first start comes before it has a chain; installing its identity begins one.
        boots=1 + sum(customer.power_cut is not None for customer in scenario.customers),
    )


def found(outcome: Outcome) -> Numbers:
    """What the host made of the entries."""
    facts = [fact for chain in outcome.chains for fact in chain.facts]
    kinds = Counter(fact.entry.kind for fact in facts)
    sales = [voucher for voucher in outcome.result.vouchers if voucher.fact.sale is not None]
    reasons = [fact.entry.body.reason for fact in facts if isinstance(fact.entry.body, Declined)]
    return Numbers(
        payments=len(sales),
        voided=kinds[wire.VOID],
        value_minor=sum(outcome.result.due_minor.values()),
        declines=dict(sorted(Counter(wire.REASON_NAMES[reason] for reason in reasons).items())),
        differences=dict(sorted(Counter(str(one.kind) for one in outcome.result.differences).items())),
        outages=kinds[wire.OUTAGE_ENDED],
        boots=kinds[wire.BOOT],
    )


def check(scenario: Scenario, outcome: Outcome) -> Numbers:
    """The numbers found; ScenarioFailed names every one that is not what the scenario says, and every fault in a
    chain."""
    wanted, got = expected(scenario), found(outcome)
    wrong = [
        f"{name}: {value!r} in the scenario, {getattr(got, name)!r} in the books"
        for name, value in asdict(wanted).items()
        if getattr(got, name) != value
    ]
    wrong += [f"{finding.kind} in terminal {finding.terminal}'s chain" for finding in outcome.result.findings]
    wrong += [
        f"entry {fact.entry.sequence}: {', '.join(fact.problems)}"
        for chain in outcome.chains
        for fact in chain.facts
        if fact.problems
    ]
    if wrong:
        raise ScenarioFailed("The outage did not come out as the scenario says: " + "; ".join(wrong) + ".")
    return got
