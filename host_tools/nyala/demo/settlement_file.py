"""The wallet provider's settlement file of the demo: made from what the payers' cards signed, and wrong where the
scenario says so."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nyala.documents.voucher_id import voucher_id
from nyala.money import currency_code
from nyala.settlement import COLUMNS
from nyala.world.outage import Shown
from nyala.world.scenario import Scenario

SETTLED_AFTER = timedelta(hours=5)
FOREIGN_SEQUENCE = 999_999  # of a voucher that no terminal ever wrote


@dataclass
class _Row:
    sequence: int
    amount_minor: int


def write(path: Path, scenario: Scenario, shown: Sequence[Shown], last_s: int) -> None:
    """Write the CSV: one row a payment that was approved and not voided, then the disagreements."""
    rows: dict[int, _Row] = {}  # by the customer's place
    for place, one in enumerate(shown, 1):
        if one.approved and not one.customer.voided and one.authorization is not None:
            rows[place] = _Row(one.authorization.sequence, one.authorization.amount_minor)
    foreign: list[_Row] = []
    for disagreement in scenario.disagreements:
        match disagreement.kind:
            case "missing_there":
                del rows[disagreement.customer or 0]
            case "amount_differs":
                rows[disagreement.customer or 0].amount_minor = disagreement.amount_minor or 0
            case "missing_here":
                foreign.append(_Row(FOREIGN_SEQUENCE + len(foreign), disagreement.amount_minor or 0))
    settled_at = (datetime.fromtimestamp(last_s, UTC) + SETTLED_AFTER).isoformat()
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for row in (*rows.values(), *foreign):
            identity = voucher_id(scenario.stall.terminal, row.sequence)
            table.writerow((identity, row.amount_minor, currency_code(scenario.currency), settled_at))
