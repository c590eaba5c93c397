"""The outage told for a merchant and an accountant: a page (`write`) and a few lines on a terminal (`summary`)."""

from pathlib import Path
from typing import TYPE_CHECKING

from nyala.bookkeeping import Outcome
from nyala.errors import InputError
from nyala.words import ZONE, Words

if TYPE_CHECKING:
    from rich.console import RenderableType


def write(
    outcome: Outcome,
    path: Path,
    *,
    made_s: int,
    language: str = "id",
    zone: str = ZONE,
    terminal: int | None = None,
) -> Path:
    """Write the report on the last outage as one HTML file and return its path.

    outcome: of nyala.bookkeeping; made_s: now, seconds since 1970; terminal: only this one. InputError when there is
    nothing to tell or the file cannot be written.
    """
    from nyala.report.page import render
    from nyala.report.story import tell

    page = render(tell(outcome, terminal), Words(language, zone), made_s=made_s)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another path.") from error
    return path


def summary(
    outcome: Outcome, *, language: str = "id", zone: str = ZONE, terminal: int | None = None
) -> "RenderableType":
    """The same in a few lines, for `rich` to print."""
    from nyala.report.brief import summarize
    from nyala.report.story import tell

    return summarize(tell(outcome, terminal), Words(language, zone))


def data(outcome: Outcome) -> dict[str, object]:
    """Everything that was found, as plain values that `json` can write."""
    from nyala.report.plain import values

    return values(outcome)
