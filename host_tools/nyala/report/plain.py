"""What a run of verifying or reconciling found, as plain values for a script (`--json`)."""

from dataclasses import asdict

from nyala.bookkeeping import Outcome
from nyala.documents.voucher_id import voucher_id
from nyala.facts import Chain, Finding
from nyala.money import currency_code
from nyala.verdicts import Difference, Judged


def values(outcome: Outcome) -> dict[str, object]:
    """Chains, vouchers, differences, what is due in all, and what this run added to the ledger."""
    return {
        "terminals": [_chain(chain) for chain in outcome.chains],
        "vouchers": [_voucher(judged) for judged in outcome.result.vouchers],
        "differences": None if outcome.settlement is None else [_difference(d) for d in outcome.result.differences],
        "due_minor": {currency_code(currency): minor for currency, minor in outcome.result.due_minor.items()},
        "new": {
            "entries": outcome.new_entries,
            "postings": len(outcome.new_postings),
            "settlement_rows": outcome.new_settlement_rows,
        },
    }


def _chain(chain: Chain) -> dict[str, object]:
    sound_to = chain.sound_to
    return {
        "terminal": chain.terminal,
        "merchant": chain.merchant,
        "entries": len(chain.facts),
        "sound_to": None if sound_to is None else sound_to.entry.sequence,
        "head": None if sound_to is None else sound_to.digest.hex(),
        "findings": [_finding(finding) for finding in chain.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {name: value for name, value in asdict(finding).items() if name != "terminal"}


def _voucher(judged: Judged) -> dict[str, object]:
    fact = judged.fact
    return {
        "voucher": voucher_id(fact.entry.terminal, fact.entry.sequence),
        "receipt_code": fact.code,
        "kind": fact.entry.kind_name,
        "amount_minor": judged.amount_minor,
        "currency": currency_code(judged.currency),
        "verdict": judged.verdict.value,
        "problems": [problem.value for problem in judged.problems],
        "due_minor": judged.due_minor,
        "card_number": fact.card_number,
        "earliest_s": fact.earliest_s,
        "latest_s": fact.latest_s,
    }


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "kind": difference.kind.value,
        "voucher": voucher_id(difference.terminal, difference.sequence),
        "currency": currency_code(difference.currency),
        "ours_minor": difference.ours_minor,
        "theirs_minor": difference.theirs_minor,
        "settled_at_s": difference.settled_at_s,
        "verdict": None if difference.verdict is None else difference.verdict.value,
    }
