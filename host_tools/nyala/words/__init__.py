"""What people read, in Indonesian and English: reports and summaries. Errors and logs are in English."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import ModuleType
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nyala.errors import InputError
from nyala.words import en, id

Language = Literal["id", "en"]
LANGUAGES: Mapping[str, ModuleType] = {"id": id, "en": en}
ZONE = "Asia/Jakarta"


class Words:
    """Texts of one language, and times in one zone."""

    def __init__(self, language: str = "id", zone: str = ZONE) -> None:
        """InputError for a language we do not speak or a zone that the IANA list does not hold."""
        if language not in LANGUAGES:
            raise InputError(f"There are no texts in {language!r}; choose one of {', '.join(sorted(LANGUAGES))}.")
        self.language = language
        self._module = LANGUAGES[language]
        self._texts: Mapping[str, str] = self._module.TEXTS
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InputError(f"{zone!r} is no time zone; give an IANA name such as {ZONE}.") from None

    def __call__(self, name: str, **values: object) -> str:
        """The text of that name with its {places} filled."""
        return self._texts[name].format(**values)

    def has(self, name: str) -> bool:
        return name in self._texts

    def count(self, name: str, n: int) -> str:
        """`87 payments`: the text of that name for so many."""
        forms = self._texts[name].split("|")
        return forms[0 if n == 1 else -1].format(n=self.number(n))

    def number(self, n: int) -> str:
        return f"{n:,}".replace(",", self._module.THOUSANDS)

    def moment(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s, self.zone)

    def time(self, at_s: int) -> str:
        """`11.50`: in Indonesian with a point."""
        moment = self.moment(at_s)
        return self._module.CLOCK.format(hour=moment.hour, minute=moment.minute)

    def date(self, at_s: int, *, short: bool = False) -> str:
        """`Minggu, 4 Agustus 2019`, or `4 Agu 2019`."""
        moment = self.moment(at_s)
        form = self._module.SHORT_DATE if short else self._module.DATE
        return form.format(
            weekday=self._module.WEEKDAYS[moment.weekday()],
            day=moment.day,
            month=self._module.MONTHS[moment.month - 1],
            short=self._module.SHORT_MONTHS[moment.month - 1],
            year=moment.year,
        )

    def span(self, seconds: int) -> str:
        """`8 jam 47 menit`."""
        if seconds < 60:
            return self("seconds", seconds=seconds)
        minutes = (seconds + 30) // 60
        if minutes < 60:
            return self("minutes", minutes=minutes)
        return self("hours", hours=minutes // 60, minutes=minutes % 60)

    def zone_name(self, at_s: int) -> str:
        """`WIB` where the zone has such a name, otherwise its place: `Europe/Berlin`."""
        short = self.moment(at_s).tzname() or ""
        offset = self.moment(at_s).utcoffset() or timedelta()
        return short if short.isalpha() and offset is not None else self.zone.key
