import re
import string
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from chains import BEGIN_S, RUPIAH, Operator, PlayedTerminal
from nyala import report
from nyala.bookkeeping import Delivered, Outcome, post, verify
from nyala.documents.voucher_id import voucher_id
from nyala.errors import InputError
from nyala.facts import FindingKind, Problem
from nyala.ledger import Ledger
from nyala.report.page import render
from nyala.report.story import Story, tell
from nyala.settlement import SettlementRow
from nyala.severity import DIFFERENCES, FINDINGS, VERDICTS, Severity
from nyala.verdicts import DifferenceKind, Verdict
from nyala.wire import entry as wire
from nyala.words import LANGUAGES, Words, texts

DOCS = Path(__file__).parents[2] / "docs"
MADE_S = BEGIN_S + 100_000


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def terminal(operator: Operator) -> PlayedTerminal:
    """At 11:50 in Jakarta the power fails; three payments, one of them voided, two declined; at 14:20 it is back."""
    terminal = operator.terminal(17)
    terminal.now_s = BEGIN_S + 4 * 3600 + 50 * 60
    terminal.charge = 90
    terminal.lose_mains()
    card = operator.card(42)
    terminal.sell(card, 25_000_00, seconds=600)
    terminal.charge = 70
    voided = terminal.sell(card, 30_000_00, seconds=3600)
    terminal.void(voided)
    terminal.decline(wire.OVER_ALLOWANCE, 60_000_00, card)
    terminal.decline(wire.OVER_ALLOWANCE, 40_000_00, card)
    terminal.sell(card, 12_500_00, seconds=1200)
    terminal.charge = 55
    terminal.now_s = BEGIN_S + 7 * 3600 + 20 * 60
    terminal.mains_back()
    return terminal


def outcome_of(operator: Operator, *terminals: PlayedTerminal) -> Outcome:
    read = {terminal.number: Delivered(terminal.documents) for terminal in terminals}
    return verify(read, [operator.root_public], operator.policies)


def story_of(operator: Operator, *terminals: PlayedTerminal) -> Story:
    return tell(outcome_of(operator, *terminals))


def settled(tmp_path: Path, operator: Operator, terminal: PlayedTerminal, *rows: SettlementRow) -> Outcome:
    with Ledger.open(tmp_path / "ledger") as ledger:
        read = {17: Delivered(terminal.documents)}
        return post(ledger, read, [operator.root_public], operator.policies, rows, now_s=MADE_S)


def printed(value: RenderableType) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(value)
    return console.export_text()


# -- texts


def test_both_languages_say_the_same_things_with_the_same_places_to_fill():
    def places(text: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    indonesian, english = texts("id"), texts("en")
    assert indonesian.keys() == english.keys()
    for name in indonesian:
        assert places(indonesian[name]) == places(english[name]), name


def test_everything_that_can_go_wrong_has_words():
    english = texts("en")
    for reason in wire.REASON_NAMES:
        assert {f"decline.{reason}.name", f"decline.{reason}.means"} <= english.keys()
    for problem in Problem:
        assert f"problem.{problem.value}" in english
    told = [("verdict", verdict.value) for verdict in Verdict if VERDICTS[verdict] > Severity.FINE]
    told += [("difference", kind.value) for kind in DifferenceKind]
    told += [("finding", kind.value) for kind in FindingKind]
    for topic, name in told:
        assert {f"{topic}.{name}.{part}" for part in ("name", "says", "do")} <= english.keys()


def test_every_verdict_difference_and_finding_has_a_severity_and_stands_in_the_documentation():
    assert set(VERDICTS) == set(Verdict)
    assert set(DIFFERENCES) == set(DifferenceKind)
    assert set(FINDINGS) == set(FindingKind)
    page = (DOCS / "verdicts.md").read_text()
    severities = [*VERDICTS.items(), *DIFFERENCES.items(), *FINDINGS.items()]
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE))
    assert rows == {kind.value: severity.name.lower() for kind, severity in severities}
    for problem in Problem:
        assert f"`{problem.value}`" in page, problem


@pytest.mark.parametrize(
    ("language", "time", "date", "span"),
    [
        ("id", "11.50", "Minggu, 4 Agustus 2019", "8 jam 47 menit"),
        ("en", "11:50", "Sunday, 4 August 2019", "8 h 47 min"),
    ],
)
def test_times_are_told_in_the_zone_and_the_way_of_the_language(language: str, time: str, date: str, span: str):
    words = Words(language)
    at_s = BEGIN_S + 4 * 3600 + 50 * 60
    assert (words.time(at_s), words.date(at_s), words.span(8 * 3600 + 47 * 60)) == (time, date, span)
    assert words.zone_name(at_s) == "WIB"


@pytest.mark.parametrize("zone", ["Asia/Jakartta", "../etc/passwd", "", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(zone: str):
    with pytest.raises(InputError, match="no time zone"):
        Words("id", zone)


def test_a_language_without_texts_is_refused():
    with pytest.raises(InputError, match="no texts in 'fr'"):
        Words("fr")


# -- the story


def test_the_story_counts_what_was_taken_voided_turned_away_and_due(operator: Operator, terminal: PlayedTerminal):
    story = story_of(operator, terminal)
    assert len(story.payments) == 3
    assert (story.taken_minor, story.voided_minor, story.held_minor) == (67_500_00, 30_000_00, 0)
    assert story.due_minor == 37_500_00
    assert story.reasons == [("over_allowance", 2, 100_000_00)]
    assert story.without_mains_s == 2 * 3600 + 30 * 60
    assert story.battery == (90, 55, 55)
    assert not story.matters


def test_only_the_last_outage_is_told_and_flickering_mains_are_one(operator: Operator, terminal: PlayedTerminal):
    card = operator.card(7)
    terminal.now_s = BEGIN_S + 86_400
    terminal.lose_mains()
    terminal.sell(card, 5_000_00)
    terminal.mains_back()
    terminal.pass_time(600)
    terminal.lose_mains()
    terminal.sell(card, 6_000_00)
    terminal.mains_back()
    story = story_of(operator, terminal)
    assert story.taken_minor == 11_000_00
    assert len(story.outages) == 2
    assert story.began_s == BEGIN_S + 86_400


def test_terminals_in_the_dark_together_are_told_together(operator: Operator, terminal: PlayedTerminal):
    other = operator.terminal(18)
    other.now_s = terminal.now_s - 3600
    other.lose_mains()
    other.sell(operator.card(9), 1_000_00)
    story = story_of(operator, terminal, other)
    assert [number for number, _ in story.terminals] == [17, 18]
    assert story.taken_minor == 68_500_00
    assert story.going
    assert [number for number, _ in tell(outcome_of(operator, terminal, other), 18).terminals] == [18]


def test_a_void_after_the_power_came_back_still_belongs_to_the_outage(operator: Operator, terminal: PlayedTerminal):
    last_sale = terminal.sequence - 2
    terminal.pass_time(300)
    terminal.void(last_sale)
    story = story_of(operator, terminal)
    assert (story.due_minor, len(story.voids)) == (25_000_00, 2)


def test_without_an_outage_everything_is_told(operator: Operator):
    operator.sign_policy(sales_when=1)
    terminal = operator.terminal(17)
    terminal.sell(operator.card(1), 5_000_00)
    story = story_of(operator, terminal)
    assert (story.outages, story.taken_minor) == ((), 5_000_00)


def test_there_is_nothing_to_tell_of_a_terminal_that_was_never_read(operator: Operator, terminal: PlayedTerminal):
    outcome = outcome_of(operator, terminal)
    with pytest.raises(InputError, match="nothing of terminal 99"):
        tell(outcome, 99)
    with pytest.raises(InputError, match="nothing of any terminal"):
        tell(verify({}, [operator.root_public], []))


def test_what_does_not_match_is_told_the_urgent_first(tmp_path: Path, operator: Operator, terminal: PlayedTerminal):
    rows = (SettlementRow(17, 999, 1_000_00, RUPIAH, MADE_S), SettlementRow(17, 5, 20_000_00, RUPIAH, MADE_S))
    terminal.documents[-2] = terminal.documents[-2][:-1] + b"\0"
    story = tell(settled(tmp_path, operator, terminal, *rows))
    told = [(matter.severity, matter.topic, matter.name) for matter in story.matters]
    assert told == [
        (Severity.ALARM, "finding", "forged"),
        (Severity.CHECK, "difference", "amount_differs"),
        (Severity.CHECK, "difference", "missing_here"),
        (Severity.CHECK, "finding", "gap"),
    ]


# -- the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_needs_nothing_from_outside(operator: Operator, terminal: PlayedTerminal, language: str):
    page = render(story_of(operator, terminal), Words(language), made_s=MADE_S)
    for forbidden in ("http:", "https:", "//", "<script", "<link", "@import", "url(", "src="):
        assert forbidden not in page.replace("url(#", ""), forbidden
    assert page.count("<svg viewBox") == 1 + 4  # the lamp, and two charts for two widths


def test_the_page_says_what_happened_in_either_language(operator: Operator, terminal: PlayedTerminal):
    story = story_of(operator, terminal)
    indonesian = render(story, Words("id"), made_s=MADE_S)
    english = render(story, Words("en"), made_s=MADE_S)
    for text in ("Laporan pemadaman", "Warung 17", "11.50", "14.20", "Rp67.500", "Rp37.500", "Semua pembayaran beres"):
        assert text in indonesian
    for text in ("Outage report", "11:50", "Every payment is accounted for", "Over what the card may spend offline"):
        assert text in english
    for payment in story.payments:
        for page in (indonesian, english):
            assert payment.fact.code in page
            assert voucher_id(17, payment.fact.entry.sequence) in page


def test_the_same_story_gives_the_same_page(operator: Operator, terminal: PlayedTerminal):
    pages = {render(story_of(operator, terminal), Words("id"), made_s=MADE_S) for _ in range(2)}
    assert len(pages) == 1


def test_names_of_drawings_are_unique_in_the_page(operator: Operator, terminal: PlayedTerminal):
    page = render(story_of(operator, terminal), Words("id"), made_s=MADE_S)
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(names)


def test_a_merchants_name_cannot_become_markup(operator: Operator):
    terminal = operator.terminal(17, merchant='<img src=x onerror="alert(1)">')
    terminal.lose_mains()
    terminal.sell(operator.card(1), 5_000_00)
    page = render(story_of(operator, terminal), Words("id"), made_s=MADE_S)
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_gauge_without_readings_leaves_the_battery_out(operator: Operator):
    silent = operator.terminal(18)
    silent.pass_time(7200)
    silent.charge = None
    silent.lose_mains()
    silent.sell(operator.card(1), 5_000_00)
    page = render(story_of(operator, silent), Words("en"), made_s=MADE_S)
    assert "The battery" not in page
    assert page.count("<svg viewBox") == 1 + 2


def test_a_terminal_that_never_knew_the_time_still_has_a_report(operator: Operator):
    terminal = operator.terminal(17)
    terminal.documents.clear()
    terminal.trust = wire.TRUST_NONE
    from nyala.documents import bodies

    terminal.append(bodies.Genesis(terminal.certificate))
    terminal.apply_policy(operator.policies[-1])
    terminal.lose_mains()
    terminal.sell(operator.card(1), 5_000_00)
    page = render(story_of(operator, terminal), Words("en"), made_s=MADE_S)
    assert "time unknown" in page
    assert "accepted, time uncertain" in page


def test_a_time_that_is_only_a_bound_is_told_as_such(operator: Operator):
    terminal = operator.terminal(17)
    terminal.lose_mains()
    terminal.reboot()
    terminal.sell(operator.card(8), 5_000_00)
    terminal.mains_back()
    page = render(story_of(operator, terminal), Words("en"), made_s=MADE_S)
    assert "came back at about" in page


def test_the_report_is_written_to_a_file_or_says_why_not(tmp_path: Path, operator: Operator, terminal: PlayedTerminal):
    outcome = outcome_of(operator, terminal)
    path = report.write(outcome, tmp_path / "report.html", made_s=MADE_S)
    assert path.read_text().startswith("<!doctype html>")
    with pytest.raises(InputError, match="cannot be written"):
        report.write(outcome, tmp_path / "nowhere" / "report.html", made_s=MADE_S)


# -- the summary


def test_the_summary_tells_it_in_a_few_lines(tmp_path: Path, operator: Operator, terminal: PlayedTerminal):
    outcome = settled(tmp_path, operator, terminal, SettlementRow(17, 5, 25_000_00, RUPIAH, MADE_S))
    english = printed(report.summary(outcome, language="en"))
    for text in (
        "3 payments",
        "Rp67.500",
        "Rp37.500",
        "Over what the card may spend offline",
        "not settled",
        "90 to 55",
    ):
        assert text in english
    indonesian = printed(report.summary(outcome))
    for text in ("3 pembayaran", "belum diselesaikan", "Tagih", "Melebihi jatah luring kartu"):
        assert text in indonesian


def test_the_summary_of_a_good_day_says_so(operator: Operator, terminal: PlayedTerminal):
    assert "Everything matches." in printed(report.summary(outcome_of(operator, terminal), language="en"))


def test_what_scripts_get_holds_every_voucher(operator: Operator, terminal: PlayedTerminal):
    import json

    values = json.loads(json.dumps(report.data(outcome_of(operator, terminal))))
    assert [voucher["verdict"] for voucher in values["vouchers"]] == ["accepted", "voided", "accepted", "accepted"]
    assert values["due_minor"] == {"IDR": 37_500_00}
    assert values["differences"] is None
    assert values["terminals"][0]["sound_to"] == terminal.sequence - 1
