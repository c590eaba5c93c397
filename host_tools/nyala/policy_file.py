"""Policy files: what an operator allows, in TOML, before it is signed (docs/policy-file.md)."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nyala.documents.policy import ALWAYS, ENGLISH, INDONESIAN, ON_BATTERY_ONLY, Policy
from nyala.errors import InputError
from nyala.money import currency_number
from nyala.wire.entry import AMOUNT_MINOR_MAX, CARD_NUMBER_MAX, DENIED_CARDS_MAX, TURNOVER_MINOR_MAX


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Limits(_Strict):
    payment_minor: int = Field(ge=1, le=AMOUNT_MINOR_MAX)
    card_minor: int = Field(ge=1, le=AMOUNT_MINOR_MAX)
    stored_value_minor: int = Field(ge=0, le=TURNOVER_MINOR_MAX)
    stored_count: int = Field(ge=0)
    hours: int = Field(ge=0)
    minimum_charge_percent: int = Field(ge=0, le=100)


class _Money(_Strict):
    currency: str
    prefix: str
    exponent: int = Field(ge=0, le=4)
    shown: int = Field(ge=0, le=4)
    separator: str


class _PolicyFile(_Strict):
    version: int | None = Field(default=None, ge=1)
    sales: Literal["on_battery", "always"]
    language: Literal["id", "en"]
    limits: _Limits
    money: _Money
    denied: list[int] = Field(default_factory=list[int], max_length=DENIED_CARDS_MAX)


def load(path: Path, issuers: Mapping[bytes, bytes], *, next_version: int, now_s: int) -> Policy:
    """The policy in a file, for these issuers (key id to public key). InputError names the first wrong field."""
    try:
        given = _PolicyFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the policy's path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML ({error}).") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}, {field}: {first['msg']}.") from error
    currency = currency_number(given.money.currency)
    if currency is None:
        raise InputError(f"{path}, money.currency: {given.money.currency!r} is no ISO 4217 code such as IDR or 360.")
    if any(not 0 <= number <= CARD_NUMBER_MAX for number in given.denied):
        raise InputError(f"{path}, denied: card numbers are 0 to {CARD_NUMBER_MAX}.")
    return Policy(
        version=next_version if given.version is None else given.version,
        issued_s=now_s,
        issuers=dict(issuers),
        payment_minor=given.limits.payment_minor,
        card_minor=given.limits.card_minor,
        stored_value_minor=given.limits.stored_value_minor,
        stored_count=given.limits.stored_count,
        hours=given.limits.hours,
        minimum_charge=given.limits.minimum_charge_percent,
        sales_when=ALWAYS if given.sales == "always" else ON_BATTERY_ONLY,
        currency=currency,
        prefix=given.money.prefix,
        exponent=given.money.exponent,
        shown=given.money.shown,
        separator=given.money.separator,
        language=ENGLISH if given.language == "en" else INDONESIAN,
        denied=tuple(sorted(set(given.denied))),
    )
