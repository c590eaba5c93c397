"""The report as one HTML page that needs nothing else: no script, no outside address; for a phone, a desk and A4."""

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nyala.documents.voucher_id import voucher_id
from nyala.money import Money
from nyala.report import charts
from nyala.report.matters import Item, Matter
from nyala.report.story import Story
from nyala.severity import VERDICTS, Severity
from nyala.verdicts import Judged, Verdict
from nyala.words import Words

# So many things of one matter are listed; all of them stand in the list of payments.
_ITEMS_SHOWN = 20
_HEAD_SHOWN = 16  # hexadecimal digits of a hash
_DASH = "\u2013"
_DOT = " \u00b7 "


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number with its name and a remark."""

    name: str
    value: str
    note: str


def render(story: Story, words: Words, *, made_s: int) -> str:
    """The page as text. made_s: now, seconds since 1970."""
    environment = Environment(
        loader=PackageLoader("nyala", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html.j2").render(_content(story, words, made_s))


def _content(story: Story, words: Words, made_s: int) -> dict[str, Any]:
    urgent = [matter for matter in story.matters if matter.severity > Severity.NOTE]
    return {
        "t": words,
        "title": words("page.title" if story.outages else "page.title_without_outage"),
        "merchant": _DOT.join(dict.fromkeys(merchant for _, merchant in story.terminals if merchant)),
        "terminals": _DOT.join(words("page.terminal", number=number) for number, _ in story.terminals),
        "date": _dates(story, words),
        "good": not urgent,
        "headline": words("page.all_good")
        if not urgent
        else words("page.some_matters", matters=words.count("matters", sum(len(matter.items) for matter in urgent))),
        "story": tell_in_words(story, words),
        "figures": _figures(story, words),
        "charts": _charts(story, words),
        "matters": [matter_in_words(matter, story, words) for matter in story.matters],
        "declined": [
            {
                "name": words(f"decline.{name}.name"),
                "means": words(f"decline.{name}.means"),
                "count": words.number(count),
                "value": story.money.text(value_minor),
            }
            for name, count, value_minor in story.reasons
        ],
        "voids": [_void(void, sale, story, words) for void, sale in story.voids],
        "hours": _hours(story, words),
        "settlement": _settlement(story, words),
        "vouchers": [_voucher(payment, story.money, words) for payment in story.payments],
        "proofs": _proofs(story, words),
        "made": words(
            "page.made", date=words.date(made_s), time=words.time(made_s), zone=words.zone_name(story.began_s)
        ),
    }


def tell_in_words(story: Story, words: Words) -> list[str]:
    """The outage in a few sentences."""
    money = story.money
    began = words("time.at", time=words.time(story.began_s))
    ended = words("time.at" if story.exact else "time.at_about", time=words.time(story.ended_s))
    if not story.outages:
        sentences = [words("story.none")]
    elif story.going:
        sentences = [words("story.going", began=began, ended=ended)]
    else:
        times = max(sum(o.terminal == terminal for o in story.outages) for terminal, _ in story.terminals)
        name = "story.power" if times == 1 else "story.several"
        span = words.span(story.without_mains_s)
        sentences = [words(name, began=began, ended=ended, span=span, times=times)]
    if story.payments:
        taken = words.count("payments", len(story.payments))
        sentences.append(words("story.taken", payments=taken, value=money.text(story.taken_minor)))
    else:
        sentences.append(words("story.nothing"))
    if story.declines:
        declined = words.count("declines", len(story.declines))
        sentences.append(words("story.declined", declined=declined, value=money.text(story.declined_minor)))
    if story.battery is not None:
        first, last, lowest = story.battery
        name = "story.battery" if lowest == min(first, last) else "story.battery_low"
        sentences.append(words(name, first=first, last=last, lowest=lowest))
    return sentences


def _period(story: Story, words: Words) -> tuple[str, str]:
    """When it began and ended, with a word of doubt where a clock stood still in between."""
    ended = words.time(story.ended_s)
    return words.time(story.began_s), ended if story.exact else words("time.about", time=ended)


def _dates(story: Story, words: Words) -> str:
    first, last = words.date(story.began_s), words.date(story.ended_s)
    return first if first == last else f"{words.date(story.began_s, short=True)} {_DASH} {last}"


def _figures(story: Story, words: Words) -> list[Figure]:
    money = story.money
    voids = words.count("voids", len(story.voids)) if story.voids else words("figure.taken_no_voids")
    due: list[str] = []
    if story.voided_minor:
        due.append(words("figure.due_voided", voided=money.text(story.voided_minor)))
    if story.held_minor:
        due.append(words("figure.due_held", held=money.text(story.held_minor)))
    if story.settled_rows is not None:
        due.append(words("figure.settled_note", settled=money.text(story.settled_minor)))
    figures = [
        Figure(words("figure.taken"), words.number(len(story.payments)), voids),
        Figure(words("figure.due"), money.text(story.due_minor), ", ".join(due)),
        Figure(
            words("figure.declined"),
            words.number(len(story.declines)),
            words("figure.declined_note", value=money.text(story.declined_minor))
            if story.declines
            else words("figure.declined_none"),
        ),
    ]
    if story.outages:
        began, ended = _period(story, words)
        note = words("page.still_going") if story.going else words("figure.outage_note", began=began, ended=ended)
        figures.append(Figure(words("figure.outage"), words.span(story.without_mains_s), note))
    if story.battery is not None:
        first, last, lowest = story.battery
        note = words("figure.battery_note", lowest=lowest)
        figures.append(Figure(words("figure.battery"), f"{first} \u2192 {last} %", note))
    return figures


def _charts(story: Story, words: Words) -> dict[str, list[Markup]]:
    """By section, the same chart for a desk and for a phone."""
    drawn: dict[str, list[Markup]] = {"payments": [], "battery": []}
    if not story.began_s:
        return drawn  # no terminal knew the time
    for size in (charts.WIDE, charts.NARROW):
        if story.payments:
            drawn["payments"].append(Markup(charts.payments(story, words, size)))
        battery = charts.battery(story, words, size)
        if battery:
            drawn["battery"].append(Markup(battery))
    return drawn


@dataclass(frozen=True, slots=True)
class ToldItem:
    """One thing of a matter, ready to be read."""

    name: str
    about: str
    amounts: str


@dataclass(frozen=True, slots=True)
class ToldMatter:
    """A matter in words. severity: for the style sheet; more: how many things are not listed, or nothing."""

    severity: str
    severity_text: str
    name: str
    says: str
    do: str
    items: tuple[ToldItem, ...]
    more: str


def matter_in_words(matter: Matter, story: Story, words: Words, items_shown: int = _ITEMS_SHOWN) -> ToldMatter:
    """What does not match, why, and what to do about it."""
    key = f"{matter.topic}.{matter.name}"
    problems = ", ".join(words(f"problem.{problem.value}") for problem in matter.problems)
    verdict = words(f"verdict.{matter.verdict.value}.name") if matter.verdict is not None else ""
    severity = matter.severity.name.lower()
    hidden = len(matter.items) - items_shown
    return ToldMatter(
        severity,
        words(f"severity.{severity}"),
        words(f"{key}.name"),
        words(f"{key}.says", problems=problems, verdict=verdict),
        words(f"{key}.do"),
        tuple(_item(item, story, words) for item in matter.items[:items_shown]),
        words.number(hidden) if hidden > 0 else "",
    )


def _item(item: Item, story: Story, words: Words) -> ToldItem:
    money = _money(story.money, item.currency)
    amounts = ""
    if item.theirs_minor is not None:
        amounts = words("reader.theirs", amount=money.text(item.theirs_minor))
        if item.ours_minor is not None:
            # What we hold is in our currency, whatever they settled in.
            amounts = f"{words('reader.ours', amount=story.money.text(item.ours_minor))}, {amounts}"
    elif item.ours_minor is not None:
        amounts = money.text(item.ours_minor)
    if item.sequence is None:
        name = words("page.terminal", number=item.terminal)
    elif item.last is not None and item.last != item.sequence:
        name = f"{voucher_id(item.terminal, item.sequence)} {_DASH} {item.last:06d}"
    else:
        name = voucher_id(item.terminal, item.sequence)
    about = (
        words.time(item.at_s) if item.at_s else "",
        item.code,
        _card(item.card_number),
        words("reader.settled_at", date=words.date(item.settled_at_s, short=True)) if item.settled_at_s else "",
        item.detail,
    )
    return ToldItem(name, _DOT.join(part for part in about if part), amounts)


def _void(void: Judged, sale: Judged | None, story: Story, words: Words) -> dict[str, str]:
    assert void.fact.void is not None
    terminal = void.fact.entry.terminal
    return {
        "time": when(void, words),
        "name": voucher_id(terminal, void.fact.entry.sequence),
        "sale": voucher_id(terminal, void.fact.void.sale) + (f" ({sale.fact.code})" if sale is not None else ""),
        "amount": _money(story.money, void.currency).text(void.amount_minor),
    }


def _hours(story: Story, words: Words) -> list[dict[str, str]]:
    """One row an hour; quiet hours at either end are left out."""
    if not story.began_s:
        return []
    hours = story.hours(charts.edges(story, words, 3600))
    busy = [place for place, hour in enumerate(hours) if hour.payments or hour.declined or hour.voids]
    return [
        {
            "time": f"{words.time(hour.begins_s)} {_DASH} {words.time(hour.begins_s + 3600)}",
            "payments": words.number(hour.payments),
            "value": story.money.text(hour.value_minor) if hour.payments else "",
            "voids": words.number(hour.voids),
            "declined": words.number(hour.declined),
            "share": str(round(100 * hour.value_minor / max(1, *(h.value_minor for h in hours)))),
        }
        for hour in (hours[busy[0] : busy[-1] + 1] if busy else [])
    ]


def _settlement(story: Story, words: Words) -> str:
    if story.settled_rows is None:
        return words("empty.settlement")
    rows = words.count("rows", story.settled_rows)
    if not any(matter.topic == "difference" for matter in story.matters):
        return words("settlement.same", rows=rows)
    settled, owed = story.money.text(story.settled_minor), story.money.text(story.due_minor)
    return words("settlement.differs", rows=rows, settled=settled, owed=owed)


def _voucher(payment: Judged, money: Money, words: Words) -> dict[str, str]:
    return {
        "time": when(payment, words),
        "name": voucher_id(payment.fact.entry.terminal, payment.fact.entry.sequence),
        "code": payment.fact.code,
        "card": _card(payment.fact.card_number),
        "amount": _money(money, payment.currency).text(payment.amount_minor),
        "verdict": words(f"verdict.{payment.verdict.value}.name"),
        "class": "voided" if payment.verdict == Verdict.VOIDED else VERDICTS[payment.verdict].name.lower(),
    }


def _proofs(story: Story, words: Words) -> list[str]:
    proofs: list[str] = []
    for chain in story.chains:
        entries = words.count("entries", len(chain.facts))
        if chain.sound_to is None:
            proofs.append(words("proof.chain_none", terminal=chain.terminal, entries=entries))
        else:
            head = chain.sound_to.digest.hex()[:_HEAD_SHOWN]
            sequence = chain.sound_to.entry.sequence
            proofs.append(words("proof.chain", terminal=chain.terminal, entries=entries, sequence=sequence, head=head))
    return proofs


def when(voucher: Judged, words: Words) -> str:
    """The time of day, with a word of doubt where the clock was not sure."""
    at_s = voucher.fact.at_s
    if at_s is None:
        return words("time.unknown")
    return words.time(at_s) if voucher.fact.time_is_exact else words("time.about", time=words.time(at_s))


def _money(usual: Money, currency: int) -> Money:
    return usual if currency in (0, usual.currency) else Money.plain(currency)


def _card(number: int | None) -> str:
    """The last four digits: enough for a payer to know the card, not enough to misuse it."""
    return "" if number is None else f"\u2022\u2022{number % 10_000:04d}"
