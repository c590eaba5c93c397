"""The outage in a few lines on a terminal."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nyala.report.page import matter_in_words, tell_in_words
from nyala.report.story import Story
from nyala.severity import Severity
from nyala.words import Words

_COLORS = {Severity.NOTE: "dim", Severity.CHECK: "yellow", Severity.ALARM: "bold red"}
_ITEMS_SHOWN = 5


def summarize(story: Story, words: Words) -> RenderableType:
    """Payments, value, what was turned away, what does not match and why, the battery from and to."""
    money = story.money
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    taken = words.count("payments", len(story.payments))
    table.add_row(words("summary.payments"), money.text(story.taken_minor), taken)
    if story.voids:
        voids = words.count("voids", len(story.voids))
        table.add_row(words("summary.voids"), money.text(story.voided_minor), voids)
    if story.held_minor:
        table.add_row(words("summary.held"), money.text(story.held_minor), "")
    table.add_row(words("summary.due"), Text(money.text(story.due_minor), style="bold"), "")
    if story.settled_rows is not None:
        rows = words.count("rows", story.settled_rows)
        table.add_row(words("summary.settled"), money.text(story.settled_minor), rows)
    parts: list[RenderableType] = [
        Text(f"{words('summary.heading')}, {words.date(story.began_s)}", style="bold"),
        Text(" ".join(tell_in_words(story, words))),
        Padding(table, (1, 0, 0, 0)),
    ]
    if story.declines:
        parts += [Padding(Text(words("summary.declined"), style="bold"), (1, 0, 0, 0)), _declined(story, words)]
    parts += [Padding(Text(words("summary.matters"), style="bold"), (1, 0, 0, 0)), *_matters(story, words)]
    return Group(*parts)


def _declined(story: Story, words: Words) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(justify="right", style="dim")
    for name, count, value_minor in story.reasons:
        table.add_row(words.number(count), words(f"decline.{name}.name"), story.money.text(value_minor))
    return table


def _matters(story: Story, words: Words) -> list[RenderableType]:
    if not story.matters:
        return [Text(words("summary.nothing"), style="green")]
    parts: list[RenderableType] = []
    for matter in story.matters:
        told = matter_in_words(matter, story, words, _ITEMS_SHOWN)
        line = Text.assemble((f"{told.name}: ", _COLORS[matter.severity]), told.says)
        parts.append(line)
        for item in told.items:
            parts.append(Padding(Text("  ".join(p for p in (item.name, item.about, item.amounts) if p)), (0, 0, 0, 2)))
        if told.more:
            parts.append(Padding(Text(f"\u2026 +{told.more}", style="dim"), (0, 0, 0, 2)))
        parts.append(Padding(Text(f"\u2192 {told.do}", style="dim"), (0, 0, 0, 2)))
    return parts
