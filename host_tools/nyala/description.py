"""Signed documents and vouchers, field by field, for people and scripts."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from nyala.bookkeeping import Outcome
from nyala.documents import certificate, cose, entry, policy, receipt
from nyala.documents.entry import Entry
from nyala.documents.voucher_id import parse_receipt_code, parse_voucher_id, receipt_code, voucher_id
from nyala.errors import DocumentError, InputError
from nyala.money import Money
from nyala.verdicts import Judged
from nyala.wire.entry import STATUS_NAMES
from nyala.words import Words

Description = dict[str, str | int | None]
_TRUST = ("never set", "no earlier than this", "set")


def document(data: bytes, zone: str) -> Description:
    """What a document says; its signature is not checked. DocumentError when it is none that we know."""
    kinds: dict[str, Any] = {"entry": entry, "certificate": certificate, "policy": policy, "receipt": receipt}
    for name, module in kinds.items():
        try:
            parsed = module.parse(data)
        except DocumentError:
            continue
        values: Description = {"document": name, "bytes": len(data), "sha256": cose.digest(data).hex()}
        if isinstance(parsed, Entry):
            return values | _entry(parsed, data, zone)
        return values | _plain(parsed, zone)
    raise DocumentError("The file is no entry, certificate, policy or receipt; it is something else, or damaged.")


def vouchers(outcome: Outcome, wanted: str, zone: str) -> list[Description]:
    """The vouchers with this id or receipt code, with their verdicts. InputError when there is none."""
    try:
        place = parse_voucher_id(wanted)
        found = [v for v in outcome.result.vouchers if (v.fact.entry.terminal, v.fact.entry.sequence) == place]
    except InputError:
        code = parse_receipt_code(wanted)
        found = [voucher for voucher in outcome.result.vouchers if voucher.fact.code == code]
    if not found:
        raise InputError(f"The ledger holds no voucher {wanted}; read and reconcile the terminal first.")
    return [_voucher(judged, outcome.money, zone) for judged in found]


def _voucher(judged: Judged, money: Money, zone: str) -> Description:
    fact = judged.fact
    shown = money if judged.currency == money.currency else Money.plain(judged.currency)
    values: Description = {
        "voucher": voucher_id(fact.entry.terminal, fact.entry.sequence),
        "receipt code": fact.code,
        "kind": fact.entry.kind_name,
        "amount": shown.text(judged.amount_minor),
        "verdict": judged.verdict.value,
        "why": ", ".join(judged.problems) or None,
        "due": shown.text(judged.due_minor),
        "card number": fact.card_number,
        "earliest": _time(fact.earliest_s, zone),
        "latest": _time(fact.latest_s, zone),
        "sha256": fact.digest.hex(),
    }
    return {name: value for name, value in values.items() if value is not None}


def _entry(one: Entry, data: bytes, zone: str) -> Description:
    values: Description = {
        "kind": one.kind_name,
        "place": voucher_id(one.terminal, one.sequence),
        "receipt code": receipt_code(cose.digest(data)),
        "previous": one.previous.hex(),
        "turnover_minor": one.turnover_minor,
        "time": _time(one.time_s, zone),
        "clock": _TRUST[one.trust],
        "boot": one.boot,
        "uptime_s": one.uptime_s,
        "power": " ".join(name for bit, name in STATUS_NAMES if one.power & bit),
        "charge": one.charge,
    }
    return values | _plain(one.body, zone)


def _plain(value: object, zone: str) -> Description:
    """The fields of a dataclass: bytes in hexadecimal, times with their zone."""
    if not is_dataclass(value):
        return {}
    return {field.name: _shown(field.name, getattr(value, field.name), zone) for field in fields(value)}


def _shown(name: str, value: object, zone: str) -> str | int | None:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and name in ("time_s", "issued_s", "expires_s", "before_s", "after_s"):
        return _time(value, zone)
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, dict):
        return ", ".join(key.hex() if isinstance(key, bytes) else str(key) for key in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value)


def _time(at_s: int | None, zone: str) -> str | None:
    if not at_s:
        return None
    try:
        return datetime.fromtimestamp(at_s, Words("en", zone).zone).isoformat()
    except (ValueError, OverflowError):
        return f"{at_s} s since 1970"
