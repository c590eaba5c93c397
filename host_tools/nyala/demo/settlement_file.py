"""The wallet provider's settlement file of the demo: made from what the payers' cards signed, and wrong where the
scenario says so."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nyala.settlement import SettlementRow
from nyala.settlement import write as as_text
from nyala.world.outage import Shown
from nyala.world.scenario import Disagreement, Scenario

SETTLED_AFTER_S = 5 * 3600
FOREIGN_SEQUENCE = 999_999  # of a voucher that no terminal ever wrote


def write(path: Path, scenario: Scenario, shown: Sequence[Shown], last_s: int) -> None:
    """Write the CSV: one row a payment that was approved and not voided, then the disagreements."""
    settled_at_s = last_s + SETTLED_AFTER_S
    rows: dict[int, SettlementRow] = {}  # by the customer's place
    for place, one in enumerate(shown, 1):
        if one.approved and not one.customer.voided and one.authorization is not None:
            signed = one.authorization
            rows[place] = SettlementRow(
                signed.terminal, signed.sequence, signed.amount_minor, signed.currency, settled_at_s
            )
    for number, disagreement in enumerate(scenario.disagreements):
        _disagree(rows, disagreement, scenario, settled_at_s, number)
    path.write_text(as_text(list(rows.values())), encoding="utf-8")


def _disagree(
    rows: dict[int, SettlementRow], disagreement: Disagreement, scenario: Scenario, settled_at_s: int, number: int
) -> None:
    place, amount_minor = disagreement.customer or 0, disagreement.amount_minor or 0
    match disagreement.kind:
        case "missing_there":
            del rows[place]
        case "amount_differs":
            rows[place] = replace(rows[place], amount_minor=amount_minor)
        case "missing_here":
            terminal = scenario.stall.terminal
            foreign = FOREIGN_SEQUENCE + number
            rows[-foreign] = SettlementRow(terminal, foreign, amount_minor, scenario.currency, settled_at_s)
