"""Reading: whatever happens on the way, the inbox ends up with the terminal's chain, once, and never with another."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chains import Operator, PlayedTerminal
from link_terminal import NOW_S, TERMINAL, Answer, operator, played, powered, provisioned, scripted
from nyala.documents import cbor, cose, entry, receipt
from nyala.documents.receipt import Receipt
from nyala.errors import LedgerError, PortError, RefusedError
from nyala.inbox import Contradiction, Inbox
from nyala.keys import KeyFolder
from nyala.link.client import Client
from nyala.reading import Reading, read
from nyala.wire import link as wire


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return operator(tmp_path_factory.mktemp("operator") / "keys")


@pytest.fixture
def terminal() -> PlayedTerminal:
    return _sold(20)


def _sold(count: int) -> PlayedTerminal:
    made = Operator()
    terminal = made.terminal(TERMINAL)
    card = made.card(1)
    for _ in range(count):
        terminal.sell(card, 1000)
    return terminal


def test_a_terminal_is_read_whole_and_then_only_what_is_new(inbox: Inbox, terminal: PlayedTerminal) -> None:
    whole = terminal.sequence
    assert read(played(terminal), inbox) == Reading(TERMINAL, whole, 0, whole - 1)
    assert read(played(terminal), inbox) == Reading(TERMINAL, 0, None, None)
    terminal.decline(0, 100)
    assert read(played(terminal), inbox) == Reading(TERMINAL, 1, whole, whole)
    assert list(inbox.entries(TERMINAL)) == terminal.documents


def test_progress_counts_new_entries_to_the_end(inbox: Inbox, terminal: PlayedTerminal) -> None:
    steps: list[tuple[int, int]] = []
    read(played(terminal), inbox, lambda done, total: steps.append((done, total)))
    assert steps == [(done + 1, terminal.sequence) for done in range(terminal.sequence)]
    terminal.decline(0, 100)
    steps.clear()
    read(played(terminal), inbox, lambda done, total: steps.append((done, total)))
    assert steps == [(1, 1)]


def test_an_interruption_at_any_entry_changes_nothing(tmp_path: Path, terminal: PlayedTerminal) -> None:
    for at in range(1, terminal.sequence + 1):
        inbox = Inbox(tmp_path / str(at))

        def interrupt(done: int, total: int, at: int = at) -> None:
            if done == at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            read(played(terminal), inbox, interrupt)
        assert list(inbox.entries(TERMINAL)) == terminal.documents[:at]
        assert read(played(terminal), inbox).new_entries == terminal.sequence - at
        assert list(inbox.entries(TERMINAL)) == terminal.documents


def test_a_pruned_terminal_is_read_on_from_where_the_inbox_is(inbox: Inbox, terminal: PlayedTerminal) -> None:
    read(played(terminal), inbox)
    held = terminal.sequence
    terminal.apply_receipt(terminal.receipt())
    assert read(played(terminal, first_kept=held), inbox).new_entries == 1
    terminal.decline(0, 100)
    assert read(played(terminal, first_kept=held), inbox).new_entries == 1
    assert list(inbox.entries(TERMINAL)) == terminal.documents


def test_entries_pruned_on_the_receipt_of_another_inbox_are_missed(inbox: Inbox, terminal: PlayedTerminal) -> None:
    with pytest.raises(LedgerError, match=r"terminal 7 keeps its entries from 10 on, .* up to none"):
        read(played(terminal, first_kept=10), inbox)
    read(played(terminal.fork(5)), inbox)
    with pytest.raises(LedgerError, match=r"from 10 on, .* up to 4"):
        read(played(terminal, first_kept=10), inbox)
    assert inbox.next_sequence(TERMINAL) == 5


def test_a_chain_that_ends_before_the_one_held_was_rolled_back(inbox: Inbox, terminal: PlayedTerminal) -> None:
    read(played(terminal), inbox)
    before = list(inbox.entries(TERMINAL))
    with pytest.raises(Contradiction, match=r"ends at entry 9, .* rolled back"):
        read(played(terminal.fork(10)), inbox)
    assert list(inbox.entries(TERMINAL)) == before


@pytest.mark.parametrize("more", [0, 5, 13, 14, 15, 30])  # 14: as long as the chain held
def test_a_clone_is_found_out_however_far_it_got(inbox: Inbox, terminal: PlayedTerminal, more: int) -> None:
    read(played(terminal), inbox)
    before = list(inbox.entries(TERMINAL))
    clone = terminal.fork(10)
    for amount in range(1, more + 1):
        clone.decline(0, amount)
    with pytest.raises(Contradiction):
        read(played(clone), inbox)
    assert list(inbox.entries(TERMINAL)) == before
    if more:
        assert len(inbox.contradictions(TERMINAL)) == 1


def test_a_head_that_is_not_what_is_sent_is_named(inbox: Inbox, terminal: PlayedTerminal) -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if command == wire.HELLO:
            yield [number, wire.DONE, 1, "0.1.0", "played", TERMINAL, True, "ready"]
        elif command == wire.HEAD:
            yield [number, wire.DONE, 2, cose.digest(b"another"), 0, 0]
        else:
            for sequence in range(3):
                yield [number, wire.MORE, sequence, terminal.documents[sequence]]
            yield [number, wire.DONE, 3, 2]

    with pytest.raises(PortError, match="another entry 2 than its own head says"):
        read(Client(scripted(answer)[0]), inbox)


def test_a_terminal_without_identity_is_not_read(inbox: Inbox) -> None:
    with powered() as port, Client.open(port) as client, pytest.raises(RefusedError) as raised:
        read(client, inbox)
    assert raised.value.number == wire.NOT_PROVISIONED
    assert inbox.terminals() == []


def test_the_real_firmware_is_read_acknowledged_and_read_again(inbox: Inbox, keys: KeyFolder) -> None:
    rudi = keys.staff("rudi")
    with provisioned(keys, sales=100) as client:
        client.login(rudi)
        assert read(client, inbox) == Reading(TERMINAL, 103, 0, 102)
        *_, last = inbox.entries(TERMINAL)
        claim = Receipt(TERMINAL, 102, entry.digest(last), 100, entry.parse(last).turnover_minor, NOW_S)
        document = receipt.sign(claim, rudi.key)
        inbox.add_receipt(TERMINAL, document)
        client.receipt(document)
        assert read(client, inbox) == Reading(TERMINAL, 1, 103, 103)
        assert read(client, inbox).new_entries == 0


def test_a_host_killed_in_the_middle_of_a_read_changes_nothing(inbox: Inbox, keys: KeyFolder) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from link_terminal import PASSPHRASE
from nyala.inbox import Inbox
from nyala.keys import KeyFolder
from nyala.keys import KeyFolder
from nyala.link.client import Client
from nyala.reading import read
def kill(done, total):
    if done == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
client = Client.open(sys.argv[1])
client.login(KeyFolder(Path(sys.argv[2]), PASSPHRASE).staff("rudi"))
read(client, Inbox(Path(sys.argv[3])), kill)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with provisioned(keys, sales=150) as client:
        port = client.port
        client.login(keys.staff("rudi"))
        whole = [data for _, data in client.read(0)]
        client.close()
        for at in (1, 64, 65, 20):
            arguments = [port, str(keys.path), str(inbox.folder), str(at)]
            killed = subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=False)
            assert killed.returncode == -9
            held = list(inbox.entries(TERMINAL))
            assert held == whole[: len(held)]
        with Client.open(port) as again:
            again.login(keys.staff("rudi"))
            read(again, inbox)
    assert list(inbox.entries(TERMINAL)) == whole
