import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains import BEGIN_S, RUPIAH, Operator, PlayedTerminal, key
from nyala.bookkeeping import Delivered, Outcome, look, post, verify
from nyala.documents import cose, receipt
from nyala.errors import InputError, LedgerError
from nyala.keys import Staff
from nyala.ledger import Ledger
from nyala.receipts import make
from nyala.settlement import SettlementRow
from nyala.verdicts import Verdict
from nyala.wire.entry import ROLE_RECONCILER, ROLE_TECHNICIAN

NOW_S = BEGIN_S + 86_400
RECONCILER = Staff("Sari", ROLE_RECONCILER, key("reconciler"), b"")


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def terminal(operator: Operator) -> PlayedTerminal:
    terminal = operator.terminal(17)
    terminal.lose_mains()
    card = operator.card(1)
    sale = terminal.sell(card, 25_000_00)
    terminal.sell(card, 30_000_00)
    terminal.void(sale)
    terminal.decline(1, 99_000_00, card)
    return terminal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def post_all(
    path: Path, operator: Operator, *terminals: PlayedTerminal, settlement: tuple[SettlementRow, ...] = ()
) -> Outcome:
    read = {terminal.number: Delivered(terminal.documents) for terminal in terminals}
    with Ledger.open(path) as ledger:
        return post(ledger, read, [operator.root_public], operator.policies, settlement, now_s=NOW_S)


def state(path: Path) -> tuple[dict[str, int], str]:
    with Ledger.open(path) as ledger, ledger.reading() as book:
        return book.counts(), book.digest()


# -- posting


def test_posting_fills_every_table(path: Path, operator: Operator, terminal: PlayedTerminal):
    row = SettlementRow(17, 5, 25_000_00, RUPIAH, NOW_S)
    outcome = post_all(path, operator, terminal, settlement=(row,))
    assert (outcome.new_entries, len(outcome.new_postings), outcome.new_settlement_rows) == (9, 3, 1)
    assert state(path)[0] == {
        "nyala_meta": 2,
        "runs": 1,
        "policies": 1,
        "terminals": 1,
        "entries": 9,
        "vouchers": 3,
        "declines": 1,
        "postings": 3,
        "settlement_rows": 1,
        "receipts": 0,
    }


def test_posting_twice_changes_no_row(path: Path, operator: Operator, terminal: PlayedTerminal):
    row = SettlementRow(17, 5, 25_000_00, RUPIAH, NOW_S)
    first = post_all(path, operator, terminal, settlement=(row,))
    before = state(path)
    again = post_all(path, operator, terminal, settlement=(row,))
    assert (again.new_entries, again.new_postings, again.new_settlement_rows) == (0, (), 0)
    assert again.result.vouchers == first.result.vouchers
    assert state(path) == before


def test_a_ledger_alone_gives_the_same_verdicts_as_the_inbox(path: Path, operator: Operator, terminal: PlayedTerminal):
    outcome = post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        assert look(ledger).result.vouchers == outcome.result.vouchers
    without = verify({17: Delivered(terminal.documents)}, [operator.root_public], operator.policies)
    assert without.result.vouchers == outcome.result.vouchers


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_batches_in_any_order_end_in_the_same_balance(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    operator, terminals = _two_terminals_and_a_clone()
    entries = [(terminal.number, document) for terminal in terminals for document in terminal.documents]
    shuffled = data.draw(st.permutations(entries))
    cut = data.draw(st.integers(0, len(entries)))
    folder = tmp_path_factory.mktemp("batches")
    for name, batches in (("whole", [entries]), ("split", [shuffled[:cut], shuffled[cut:]])):
        with Ledger.open(folder / name) as ledger:
            for batch in batches:
                numbers = {number for number, _ in batch}
                read = {number: Delivered([d for n, d in batch if n == number]) for number in numbers}
                post(ledger, read, [operator.root_public], operator.policies, now_s=NOW_S)
    assert _balances(folder / "split") == _balances(folder / "whole")


def _two_terminals_and_a_clone() -> tuple[Operator, list[PlayedTerminal]]:
    operator = Operator()
    terminals = [operator.terminal(17), operator.terminal(18)]
    card = operator.card(1)
    for terminal in terminals:
        terminal.lose_mains()
    terminals[0].sell(card, 1_000_00)
    clone = card.clone()
    terminals[0].void(terminals[0].sell(card, 2_000_00))
    terminals[1].sell(clone, 3_000_00)
    terminals[1].sell(operator.card(2), 4_000_00)
    return operator, terminals


def _balances(path: Path) -> tuple[dict[tuple[int, int], int], list[tuple[int, int, str]]]:
    with Ledger.open(path) as ledger, ledger.reading() as book:
        balances: dict[tuple[int, int], int] = {}
        for posting in book.postings():
            place = posting.terminal, posting.sequence
            balances[place] = balances.get(place, 0) + posting.amount_minor
    with sqlite3.connect(path) as connection:
        verdicts = connection.execute("SELECT terminal, sequence, verdict FROM vouchers ORDER BY 1, 2").fetchall()
    return {place: minor for place, minor in balances.items() if minor}, verdicts


def test_a_verdict_that_changes_is_set_right_by_a_further_posting(path: Path, operator: Operator):
    terminals = [operator.terminal(17), operator.terminal(18)]
    card = operator.card(1)
    for terminal in terminals:
        terminal.lose_mains()
    clone = card.clone()
    sale = terminals[0].sell(card, 2_000_00)
    terminals[1].sell(clone, 3_000_00)
    post_all(path, operator, terminals[0])
    second = post_all(path, operator, terminals[1])
    assert [(p.terminal, p.sequence, p.turn, p.amount_minor, p.verdict) for p in second.new_postings] == [
        (17, sale, 1, -2_000_00, Verdict.DOUBLE_SPENT)
    ]
    assert state(path)[0]["runs"] == 2


def test_forged_entries_are_kept_as_evidence_and_what_is_no_entry_is_only_told(
    path: Path, operator: Operator, terminal: PlayedTerminal
):
    terminal.documents[6] = terminal.documents[6][:-1] + b"\0"
    terminal.documents.append(b"noise")
    outcome = post_all(path, operator, terminal)
    assert outcome.new_entries == 9
    assert {finding.kind.value for finding in outcome.result.findings} == {"forged", "gap", "unreadable"}


# -- one transaction


def test_nothing_is_kept_when_anything_fails(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    before = state(path)
    terminal.sell(operator.card(2), 5_000_00)

    def rows_that_break():
        yield SettlementRow(17, 5, 25_000_00, RUPIAH, NOW_S)
        raise InputError("row 3 is wrong")

    with Ledger.open(path) as ledger, pytest.raises(InputError):
        post(
            ledger,
            {17: Delivered(terminal.documents)},
            [operator.root_public],
            operator.policies,
            rows_that_break(),
            now_s=NOW_S,
        )
    assert state(path) == before


def test_the_ledger_is_durable_on_commit(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger, ledger.reading() as book:
        pragmas = {
            name: book._connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # pyright: ignore[reportPrivateUsage]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_second_writer_is_told_who_holds_the_ledger(path: Path, operator: Operator):
    with (
        Ledger.open(path) as first,
        first.writing("reconcile"),
        Ledger.open(path, wait_s=0) as second,
        pytest.raises(LedgerError, match=rf"held by nyala reconcile, process {os.getpid()} on "),
        second.writing("receipt"),
    ):
        raise AssertionError("two writers at once")
    with Ledger.open(path, wait_s=0) as second, second.writing("receipt"):
        pass  # once the first is done


def test_reading_goes_on_while_another_writes(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with Ledger.open(path) as first, first.writing("reconcile"), Ledger.open(path, wait_s=0) as second:
        assert len(look(second).result.vouchers) == 3


def test_the_note_of_a_killed_holder_does_not_lock_anybody_out(path: Path):
    with Ledger.open(path, wait_s=0) as ledger:
        path.with_name(path.name + ".holder").write_text("nyala reconcile, process 1 on gone")
        with ledger.writing("receipt"):
            pass
    assert not path.with_name(path.name + ".holder").exists()


# -- ledgers that are none


def test_a_file_that_is_no_database_is_refused(path: Path):
    path.write_bytes(b"not a database, but long enough to look at" * 40)
    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger.open(path)


def test_a_database_of_something_else_is_refused_and_left_alone(path: Path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE addresses (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="something else"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_refused(path: Path):
    Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE nyala_meta SET value = '2' WHERE name = 'schema'")
    with pytest.raises(LedgerError, match="update the host tools"):
        Ledger.open(path)


def test_a_ledger_that_is_not_there_is_not_made_by_looking(path: Path):
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger.open(path, create=False)
    assert not path.exists()


def test_a_ledger_in_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(LedgerError, match="folder does not exist"):
        Ledger.open(tmp_path / "nowhere" / "ledger.sqlite")


def test_another_operators_entries_do_not_get_in(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="another operator"):
        post(ledger, {}, [bytes(64)], [], now_s=NOW_S)


def test_a_rotated_root_stays_the_same_operator(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        outcome = post(ledger, {}, [bytes([7]) * 64, operator.root_public], [], now_s=NOW_S)
    assert not outcome.result.findings


def test_a_raw_entry_changed_in_the_file_is_noticed(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE entries SET document = CAST(x'00' || substr(document, 2) AS BLOB) WHERE sequence = 5"
        )
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="entry 5 of terminal 17 was changed"):
        look(ledger)


# -- receipts


def test_a_receipt_covers_the_whole_sound_chain_and_is_made_once(
    path: Path, operator: Operator, terminal: PlayedTerminal
):
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        made = make(ledger, RECONCILER, 17, now_s=NOW_S)
        again = make(ledger, RECONCILER, 17, now_s=NOW_S + 60)
    assert (made.new, again.new) == (True, False)
    assert again.document == made.document
    signed = receipt.verify(made.document, cose.public_bytes(RECONCILER.key))
    assert signed == terminal.receipt(time_s=NOW_S)


def test_new_entries_get_a_new_receipt(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        make(ledger, RECONCILER, 17, now_s=NOW_S)
    terminal.sell(operator.card(2), 5_000_00)
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        made = make(ledger, RECONCILER, 17, now_s=NOW_S)
    assert (made.new, made.receipt) == (True, terminal.receipt(time_s=NOW_S))


def test_a_receipt_stops_before_a_gap(path: Path, operator: Operator, terminal: PlayedTerminal):
    del terminal.documents[6]
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        assert make(ledger, RECONCILER, 17, now_s=NOW_S).receipt.sequence == 5


def test_a_receipt_covers_nothing_that_is_not_in_the_ledger(path: Path, operator: Operator, terminal: PlayedTerminal):
    with Ledger.open(path) as ledger, pytest.raises(LedgerError, match="holds nothing of terminal 17"):
        make(ledger, RECONCILER, 17, now_s=NOW_S)
    post_all(path, operator, terminal)
    with Ledger.open(path) as ledger:
        head = make(ledger, RECONCILER, 17, now_s=NOW_S).receipt.head
    terminal.sell(operator.card(2), 5_000_00)
    assert head != terminal.head


def test_only_a_reconciler_makes_receipts(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    technician = Staff("Budi", ROLE_TECHNICIAN, key("technician"), b"")
    with Ledger.open(path) as ledger, pytest.raises(InputError, match="no reconciler"):
        make(ledger, technician, 17, now_s=NOW_S)


def test_a_receipt_by_another_reconciler_is_signed_anew(path: Path, operator: Operator, terminal: PlayedTerminal):
    post_all(path, operator, terminal)
    other = Staff("Tono", ROLE_RECONCILER, key("other reconciler"), b"")
    with Ledger.open(path) as ledger:
        first = make(ledger, RECONCILER, 17, now_s=NOW_S)
        second = make(ledger, other, 17, now_s=NOW_S)
    assert second.new
    assert second.receipt == first.receipt
    assert second.document != first.document


def test_receipts_of_a_lost_ledger_come_back_from_the_inbox(path: Path, operator: Operator, terminal: PlayedTerminal):
    document = operator.sign_receipt(terminal.receipt())
    rolled_back = terminal.documents[:6]
    with Ledger.open(path) as ledger:
        read = {17: Delivered(rolled_back, [document])}
        outcome = post(ledger, read, [operator.root_public], operator.policies, now_s=NOW_S)
    assert [finding.kind.value for finding in outcome.result.findings] == ["rolled_back"]
