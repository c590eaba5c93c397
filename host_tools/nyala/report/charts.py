"""The two charts of a report as SVG that stands inside the page: no script, no outside address. Drawn by matplotlib."""

# pyright: reportUnknownMemberType=false
# (matplotlib's own types leave every **kwargs open)

import io
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from itertools import accumulate
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from nyala.report.story import Charge, Story
from nyala.words import Words

MUTED = "#6b7a86"
RULE = "#e4e0d6"
LAMP = "#f0b040"
DEEP = "#0b5563"
DARK_HOURS = "#f0ece1"
DARK_MARK = "#d8d0bb"
LOW = "#c2410c"
LINES = (DEEP, "#7c5295", "#2f855a", "#b7791f")

BAR_S = 1800
_TICK_STEPS_S = (600, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class Size:
    """Of a chart, in units that the page shows as at most one pixel each."""

    name: str
    width: int
    height: int
    ticks: int


WIDE = Size("wide", 920, 270, 14)
NARROW = Size("narrow", 360, 270, 5)


def edges(story: Story, words: Words, step_s: int = BAR_S) -> list[int]:
    """Moments between which payments are counted: round half hours (or hours) of local time around the whole story."""
    known = [p.fact.at_s for p in story.payments if p.fact.at_s] + [story.began_s, story.ended_s]
    first = _round_down(min(known), words, step_s)
    return list(range(first, max(known) + step_s + 1, step_s))


def payments(story: Story, words: Words, size: Size) -> str:
    """Bars of the number of payments each half hour, and a line of their value so far."""
    moments = edges(story, words)
    hours = story.hours(moments)
    with _style():
        figure, axes = _figure(size)
        middles = [hour.begins_s + BAR_S / 2 for hour in hours]
        axes.bar(middles, [hour.payments for hour in hours], width=BAR_S * 0.84, color=LAMP, zorder=2, linewidth=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_ylim(0, max(4, *(hour.payments for hour in hours)) * 1.15)
        sums = axes.twinx()
        values = [0, *accumulate(hour.value_minor for hour in hours)]
        sums.plot(moments, values, color=DEEP, linewidth=1.8, zorder=3, solid_capstyle="round")
        sums.set_ylim(0, max(1, values[-1]) * 1.15)
        sums.yaxis.set_major_locator(MaxNLocator(4))
        sums.yaxis.set_major_formatter(_Short(words, story))
        _dress(sums)
        _caption(axes, words("chart.count"), LAMP, "left", MUTED)
        _caption(axes, words("chart.sum"), DEEP, "right", MUTED)
        _time_axis(axes, story, words, size, moments)
        label = words(
            "chart.payments_text",
            payments=words.count("payments", len(story.payments)),
            value=story.money.text(story.taken_minor),
            most=max(hour.payments for hour in hours),
        )
        return _svg(figure, f"payments-{size.name}", label)


def battery(story: Story, words: Words, size: Size) -> str:
    """The battery's charge over the outage, a line for each terminal; empty when no gauge gave a reading."""
    lines = [(terminal, charges) for terminal, charges in sorted(story.charges.items()) if charges]
    if not lines:
        return ""
    with _style():
        figure, axes = _figure(size)
        for place, (terminal, charges) in enumerate(lines):
            color = LINES[place % len(LINES)]
            _line(axes, charges, color, fill=len(lines) == 1)
            if len(lines) > 1:
                end = charges[-1]
                axes.annotate(f" {terminal}", (end.at_s, end.percent), color=color, va="center", annotation_clip=False)
        axes.set_ylim(0, 105)
        axes.set_yticks([0, 25, 50, 75, 100])
        axes.yaxis.set_major_formatter(FuncFormatter(_percent))
        if story.outages:
            _caption(axes, words("chart.on_battery"), DARK_MARK, "left", MUTED)
        if any(charge.low for _, charges in lines for charge in charges):
            _caption(axes, words("chart.low"), LOW, "right", MUTED)
        _time_axis(axes, story, words, size, edges(story, words))
        first, last = lines[0][1][0], lines[0][1][-1]
        label = words(
            "chart.battery_text",
            first=first.percent,
            began=words.time(first.at_s),
            last=last.percent,
            ended=words.time(last.at_s),
        )
        return _svg(figure, f"battery-{size.name}", label)


def _line(axes: Axes, charges: Sequence[Charge], color: str, *, fill: bool) -> None:
    times = [charge.at_s for charge in charges]
    levels = [charge.percent for charge in charges]
    if fill:
        axes.fill_between(times, levels, color=color, alpha=0.08, linewidth=0, zorder=1)
    axes.plot(times, levels, color=color, linewidth=1.8, zorder=3, solid_capstyle="round")
    for place, charge in enumerate(charges):
        if charge.low:
            axes.plot(times[place : place + 2], levels[place : place + 2], color=LOW, linewidth=2.6, zorder=4)


def _percent(value: float, _place: int) -> str:
    return f"{value:.0f} %"


class _Short(FuncFormatter):
    """Amounts that fit beside an axis: without the currency, in thousands or millions where they are that large."""

    def __init__(self, words: Words, story: Story) -> None:
        super().__init__(self._short)
        self._words = words
        self._unit = 10**story.money.exponent

    def _short(self, value_minor: float, _place: int) -> str:
        whole = value_minor / self._unit
        for size, name in ((1_000_000, "chart.million"), (1_000, "chart.thousand")):
            if whole >= size:
                digits = f"{whole / size:.1f}".removesuffix(".0").replace(".", self._words("form.decimal_point"))
                return f"{digits} {self._words(name)}"
        return f"{whole:.0f}"


def _style() -> AbstractContextManager[None]:
    # Text stays text, measured with the font that comes with matplotlib and shown in the page's own.
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "nyala",
        "font.family": "DejaVu Sans",
        "font.size": 12,
    }
    return matplotlib.rc_context(settings)


def _figure(size: Size) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(size.width / 72, size.height / 72), dpi=72)
    figure.patch.set_alpha(0)
    left, right, bottom, top = 48, 58, 26, 34
    axes = figure.add_axes(
        (
            left / size.width,
            bottom / size.height,
            1 - (left + right) / size.width,
            1 - (bottom + top) / size.height,
        )
    )
    _dress(axes)
    axes.grid(axis="y", color=RULE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    return figure, axes


def _dress(axes: Axes) -> None:
    axes.patch.set_alpha(0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(colors=MUTED, length=0, pad=6)


def _caption(axes: Axes, text: str, color: str, side: Literal["left", "right"], ink: str = "") -> None:
    """What a mark of that color means, above the chart on the side of its axis."""
    at, shift, away = (0, -40, 16) if side == "left" else (1, 50, -16)
    for offset, word, shade in ((shift, "\u25a0", color), (shift + away, text, ink or color)):
        axes.annotate(
            word,
            (at, 1),
            xytext=(offset, 16),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            color=shade,
            annotation_clip=False,
        )


def _time_axis(axes: Axes, story: Story, words: Words, size: Size, moments: Sequence[int]) -> None:
    """Local time along the bottom, and the time without mains behind everything."""
    first, last = moments[0], moments[-1]
    axes.set_xlim(first, last)
    for outage in story.outages:
        axes.axvspan(outage.began_s, outage.ended_s or story.ended_s, color=DARK_HOURS, zorder=-1, linewidth=0)
    fitting = (step for step in _TICK_STEPS_S if (last - first) / step < size.ticks)
    step_s = next(fitting, (last - first) // size.ticks)
    begin = _round_down(first, words, step_s)
    ticks = [tick for tick in range(begin, last + 1, step_s) if tick >= first]
    axes.set_xticks(ticks, [words.time(tick) for tick in ticks])


def _round_down(at_s: int, words: Words, step_s: int) -> int:
    """The last round moment of local time."""
    offset = words.moment(at_s).utcoffset() or timedelta()
    offset_s = int(offset.total_seconds())
    return (at_s + offset_s) // step_s * step_s - offset_s


def _svg(figure: Figure, name: str, label: str) -> str:
    """The figure as an SVG element that can stand in a page beside others."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = out.getvalue()
    view = re.search(r'viewBox="[^"]*"', drawn)
    drawn = drawn[drawn.index("<svg") :]
    drawn = drawn[drawn.index(">") + 1 :].strip()
    drawn = re.sub(r"<!--.*?-->", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    # Names are unique in a page; links inside it need no namespace in HTML.
    drawn = re.sub(r'\bid="', f'id="{name}-', drawn)
    drawn = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', drawn)
    drawn = drawn.replace("url(#", f"url(#{name}-")
    drawn = re.sub(r"font: ([0-9.]+)px [^;\"]*", r"font-size: \1px", drawn)
    return f'<svg {view[0] if view else ""} role="img" aria-label="{escape(label)}">{drawn}'
