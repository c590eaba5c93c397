"""The inbox: whole, durable, in order, one writer, one chain; and what a killed host leaves is put right."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest

from chains import Operator, PlayedTerminal, key
from nyala.documents import cose, receipt
from nyala.documents.receipt import Receipt
from nyala.errors import DocumentError, LedgerError
from nyala.inbox import SYNC_ENTRIES, Contradiction, Inbox


@pytest.fixture
def terminal() -> PlayedTerminal:
    """A chain of 13 entries."""
    return _sold(10)


def _sold(count: int, number: int = 7) -> PlayedTerminal:
    operator = Operator()
    terminal = operator.terminal(number)
    card = operator.card(1)
    while terminal.sequence < count + 3:
        terminal.sell(card, 1000)
    return terminal


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


def _take(inbox: Inbox, terminal: PlayedTerminal, first: int = 0, end: int | None = None) -> int:
    with inbox.writing(terminal.number) as intake:
        return sum(
            intake.append(sequence, document)
            for sequence, document in enumerate(terminal.documents[first:end], start=first)
        )


def _path(inbox: Inbox, what: str = "entries") -> Path:
    return inbox.folder / f"7.{what}"


def test_what_was_appended_is_held_in_order(inbox: Inbox, terminal: PlayedTerminal) -> None:
    assert _take(inbox, terminal, end=5) == 5
    assert _take(inbox, terminal) == terminal.sequence - 5
    assert list(inbox.entries(7)) == terminal.documents
    assert list(inbox.entries(7, 4)) == terminal.documents[4:]
    assert inbox.next_sequence(7) == terminal.sequence
    assert inbox.terminals() == [7]


def test_the_file_is_a_cbor_sequence_of_byte_strings(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    with _path(inbox).open("rb") as file:
        decoder = cbor2.CBORDecoder(file)
        assert [decoder.decode() for _ in terminal.documents] == terminal.documents
    assert _path(inbox).read_bytes() == b"".join(cbor2.dumps(document) for document in terminal.documents)


def test_a_terminal_never_read_holds_nothing(inbox: Inbox) -> None:
    assert inbox.next_sequence(7) == 0
    assert list(inbox.entries(7)) == []
    assert inbox.receipts(7) == []
    assert inbox.terminals() == []


def test_terminals_do_not_mix(inbox: Inbox, terminal: PlayedTerminal) -> None:
    other = _sold(2, number=12)
    _take(inbox, terminal)
    _take(inbox, other)
    assert inbox.terminals() == [7, 12]
    assert list(inbox.entries(12)) == other.documents
    with inbox.writing(7) as intake, pytest.raises(LedgerError, match="offered an entry of terminal 12"):
        intake.append(0, other.documents[0])


def test_the_same_entry_again_is_no_news(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    before = _path(inbox).read_bytes()
    assert _take(inbox, terminal) == 0
    assert _path(inbox).read_bytes() == before


def test_a_gap_is_refused(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal, end=5)
    before = _path(inbox).read_bytes()
    with inbox.writing(7) as intake, pytest.raises(LedgerError, match=r"entry 6, but the inbox holds .* up to 4 only"):
        intake.append(6, terminal.documents[6])
    with inbox.writing(7) as intake, pytest.raises(LedgerError, match="offered entry 5 as number 6"):
        intake.append(6, terminal.documents[5])
    assert _path(inbox).read_bytes() == before


def test_what_is_no_entry_is_refused(inbox: Inbox, terminal: PlayedTerminal) -> None:
    with inbox.writing(7) as intake:
        for damaged in (b"", b"\x00", terminal.documents[0][:-1], terminal.certificate):
            with pytest.raises(DocumentError):
                intake.append(0, damaged)
    assert inbox.next_sequence(7) == 0


@pytest.mark.parametrize("at", [3, 8, 12])
def test_another_chain_is_refused_and_kept_as_evidence(inbox: Inbox, terminal: PlayedTerminal, at: int) -> None:
    clone = terminal.fork(at)
    for _ in range(14 - at):
        clone.decline(0, 500)
    _take(inbox, terminal)
    before = _path(inbox).read_bytes()
    for _ in range(2):
        with pytest.raises(Contradiction, match=f"another entry {at} than the one held"):
            _take(inbox, clone, first=at - 1)
    assert _path(inbox).read_bytes() == before
    assert inbox.contradictions(7) == [clone.documents[at]]
    assert Contradiction.exit_code == 6


def test_an_entry_that_follows_another_than_the_one_held_is_evidence_too(
    inbox: Inbox, terminal: PlayedTerminal
) -> None:
    clone = terminal.fork(12)
    clone.decline(0, 500)
    clone.decline(0, 600)
    _take(inbox, terminal)
    with pytest.raises(Contradiction, match="an entry 13 that does not follow"):
        _take(inbox, clone, first=13)
    assert inbox.contradictions(7) == [clone.documents[13]]
    stranger = Operator().terminal(7, name="a number given twice", issued_s=1)
    with pytest.raises(Contradiction, match="another entry 0"):
        _take(inbox, stranger)


# -- what a killed host leaves


def test_a_torn_end_of_any_length_is_cut_back_to_the_last_whole_entry(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    whole = _path(inbox).read_bytes()
    ends = [0]
    for document in terminal.documents:
        ends.append(ends[-1] + len(cbor2.dumps(document)))
    for size in range(ends[-2], ends[-1]):
        _path(inbox).write_bytes(whole[:size])
        held = sum(end <= size for end in ends) - 1
        assert inbox.next_sequence(7) == len(list(inbox.entries(7))) == held
        with inbox.writing(7) as intake:
            assert intake.next_sequence == held
        assert _path(inbox).stat().st_size == ends[held]
    assert _take(inbox, terminal) == 1
    assert _path(inbox).read_bytes() == whole


def _holes(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """What a file system may leave of an end that was never synced: zeros, or something else, of the right length."""
    yield data[:start] + bytes(end - start) + data[end:]
    yield data[:start] + b"\xff" * (end - start) + data[end:]
    for offset in (0, 1, 2, (end - start) // 2, end - start - 1):
        yield data[: start + offset] + bytes((data[start + offset] ^ 1,)) + data[start + offset + 1 :]


def test_an_end_that_was_never_synced_is_not_believed(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    whole = _path(inbox).read_bytes()
    ends = [0]
    for document in terminal.documents:
        ends.append(ends[-1] + len(cbor2.dumps(document)))
    for index in range(terminal.sequence):
        for torn in _holes(whole, ends[index], ends[index + 1]):
            _path(inbox).write_bytes(torn)
            with inbox.writing(7) as intake:
                assert intake.next_sequence <= index
            assert whole.startswith(_path(inbox).read_bytes())
            _take(inbox, terminal)
            assert _path(inbox).read_bytes() == whole


def test_damage_under_a_receipt_is_never_cut_away(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    inbox.add_receipt(7, receipt.sign(terminal.receipt(9), key("rudi")))
    whole = _path(inbox).read_bytes()
    _path(inbox).write_bytes(whole[:-1])
    with inbox.writing(7) as intake:
        assert intake.next_sequence == terminal.sequence - 1
    _path(inbox).write_bytes(whole[: len(whole) // 2])
    damaged = _path(inbox).read_bytes()
    with pytest.raises(LedgerError, match="restore the file from a backup"):
        inbox.writing(7)
    assert _path(inbox).read_bytes() == damaged


def test_a_foreign_file_is_left_as_it_is(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, _sold(2, number=12))
    foreign = (inbox.folder / "12.entries").read_bytes()
    _take(inbox, terminal)
    whole = _path(inbox).read_bytes()
    without_the_first = whole[len(cbor2.dumps(terminal.documents[0])) :]
    for content in (foreign, whole + foreign, without_the_first):
        _path(inbox).write_bytes(content)
        with pytest.raises(LedgerError, match="put back the file that belongs there"):
            inbox.writing(7)
        assert _path(inbox).read_bytes() == content


def test_a_host_killed_between_two_syncs_loses_at_most_what_was_not_synced(tmp_path: Path) -> None:
    terminal = _sold(SYNC_ENTRIES + 20)
    (tmp_path / "documents").write_bytes(b"".join(cbor2.dumps(document) for document in terminal.documents))
    script = """
import os, signal, sys
from pathlib import Path
import cbor2
from nyala.inbox import Inbox
folder = Path(sys.argv[1])
with (folder / "documents").open("rb") as file:
    decoder = cbor2.CBORDecoder(file)
    documents = [decoder.decode() for _ in range(int(sys.argv[2]))]
intake = Inbox(folder / "inbox").writing(7)
for sequence, document in enumerate(documents):
    intake.append(sequence, document)
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path), str(terminal.sequence)], check=False)
    inbox = Inbox(tmp_path / "inbox")
    assert inbox.next_sequence(7) >= SYNC_ENTRIES
    _take(inbox, terminal)  # its lock went with it
    assert list(inbox.entries(7)) == terminal.documents


def test_every_entry_is_synced_before_it_is_more_than_a_batch_old(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = _sold(2 * SYNC_ENTRIES)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(inbox.next_sequence(7)))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    with inbox.writing(7) as intake:
        for sequence, document in enumerate(terminal.documents):
            intake.append(sequence, document)
            assert sequence - synced[-1] < SYNC_ENTRIES
        intake.sync()
        assert synced[-1] == terminal.sequence


# -- one writer


def test_two_writers_of_one_terminal_do_not_interleave(inbox: Inbox, terminal: PlayedTerminal) -> None:
    with inbox.writing(7) as intake:
        intake.append(0, terminal.documents[0])
        with pytest.raises(LedgerError, match=f"being written by process {os.getpid()}; wait"):
            inbox.writing(7)
        with inbox.writing(12):  # another terminal is another matter
            pass
    assert _take(inbox, terminal) == terminal.sequence - 1


def test_the_lock_is_free_after_an_error(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal, end=1)
    with pytest.raises(LedgerError):
        _take(inbox, terminal, first=5)
    _path(inbox, "receipts").write_bytes(cbor2.dumps(b"no receipt"))
    with pytest.raises(LedgerError, match="holds something that is no receipt"):
        inbox.writing(7)
    _path(inbox, "receipts").unlink()
    _take(inbox, terminal)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be made"):
        Inbox(tmp_path / "file" / "inbox")


# -- receipts


def test_receipts_are_kept_in_order(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    documents = [receipt.sign(terminal.receipt(at), key("rudi")) for at in (3, 12)]
    for document in documents:
        inbox.add_receipt(7, document)
    assert inbox.receipts(7) == documents


def test_a_receipt_for_what_is_not_held_is_refused(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal, end=9)
    honest = terminal.receipt(8)
    for claim in (
        terminal.receipt(9),
        Receipt(8, 8, honest.head, honest.count, honest.turnover_minor, 0),
        Receipt(7, 8, cose.digest(b"another"), honest.count, honest.turnover_minor, 0),
        Receipt(7, 8, honest.head, honest.count, honest.turnover_minor + 1, 0),
        Receipt(7, 7, honest.head, honest.count, honest.turnover_minor, 0),
    ):
        with pytest.raises(LedgerError):
            inbox.add_receipt(7, receipt.sign(claim, key("rudi")))
    assert inbox.receipts(7) == []
    inbox.add_receipt(7, receipt.sign(honest, key("rudi")))


def test_a_receipt_torn_while_it_was_written_gives_way_to_the_next(inbox: Inbox, terminal: PlayedTerminal) -> None:
    _take(inbox, terminal)
    first = receipt.sign(terminal.receipt(3), key("rudi"))
    second = receipt.sign(terminal.receipt(12), key("rudi"))
    inbox.add_receipt(7, first)
    whole = _path(inbox, "receipts").read_bytes()
    _path(inbox, "receipts").write_bytes(whole + cbor2.dumps(second)[:50])
    assert inbox.receipts(7) == [first]
    inbox.add_receipt(7, second)
    assert inbox.receipts(7) == [first, second]
