"""What people read in reports and summaries, in Indonesian and English: `id.toml`, `en.toml`. Errors are in English."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nyala.errors import InputError

LANGUAGES = ("id", "en")
ZONE = "Asia/Jakarta"


class Words:
    """Texts of one language, and times in one zone."""

    def __init__(self, language: str = "id", zone: str = ZONE) -> None:
        """InputError for a language that has no texts, or a zone that the IANA list does not hold."""
        if language not in LANGUAGES:
            raise InputError(f"There are no texts in {language!r}; choose one of {', '.join(LANGUAGES)}.")
        self.language = language
        self._texts, self._lists = _load(language)
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(f"{zone!r} is no time zone; give an IANA name such as {ZONE}.") from None

    def __call__(self, name: str, **values: object) -> str:
        """The text of that name with its {places} filled."""
        return self._texts[name].format(**values)

    def count(self, name: str, n: int) -> str:
        """`87 payments`: so many of the things under [count]."""
        forms = self._texts[f"count.{name}"].split("|")
        return forms[0 if n == 1 else -1].format(n=self.number(n))

    def number(self, n: int) -> str:
        return f"{n:,}".replace(",", self._texts["form.thousands"])

    def moment(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s, self.zone)

    def time(self, at_s: int) -> str:
        """`11.50`: in Indonesian with a point."""
        moment = self.moment(at_s)
        return self("form.clock", hour=moment.hour, minute=moment.minute)

    def date(self, at_s: int, *, short: bool = False) -> str:
        """`Minggu, 4 Agustus 2019`, or `4 Agu 2019`."""
        moment = self.moment(at_s)
        return self(
            "form.short_date" if short else "form.date",
            weekday=self._lists["form.weekdays"][moment.weekday()],
            day=moment.day,
            month=self._lists["form.months"][moment.month - 1],
            short=self._lists["form.short_months"][moment.month - 1],
            year=moment.year,
        )

    def span(self, seconds: int) -> str:
        """`8 jam 47 menit`."""
        if seconds < 60:
            return self("span.seconds", seconds=seconds)
        minutes = (seconds + 30) // 60
        if minutes < 60:
            return self("span.minutes", minutes=minutes)
        return self("span.hours", hours=minutes // 60, minutes=minutes % 60)

    def zone_name(self, at_s: int) -> str:
        """`WIB` where the zone has such a name, otherwise its place: `America/Sao_Paulo`."""
        short = self.moment(at_s).tzname() or ""
        return short if short.isalpha() else self.zone.key


def texts(language: str) -> Mapping[str, str]:
    """Every text of a language by its name, such as `story.power`."""
    return _load(language)[0]


@cache
def _load(language: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    source = resources.files("nyala.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    strings: dict[str, str] = {}
    lists: dict[str, list[str]] = {}

    def flatten(path: str, value: object) -> None:
        if isinstance(value, str):
            strings[path] = value
        elif isinstance(value, list):
            lists[path] = cast(list[str], value)
        else:
            for name, inner in cast(dict[str, object], value).items():
                flatten(f"{path}.{name}" if path else name, inner)

    flatten("", tomllib.loads(source))
    return strings, lists
