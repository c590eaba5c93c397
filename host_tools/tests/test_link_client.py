"""The client and the real firmware, in its own interpreter, over a pty."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from link_terminal import (
    NOW_S,
    TERMINAL,
    Answer,
    LossyLine,
    OneAnswerLost,
    enroll,
    operator,
    policy,
    powered,
    provisioned,
    scripted,
    unharmed,
)
from nyala.documents import cbor, entry, receipt
from nyala.documents.bodies import PolicyApplied, ReceiptApplied
from nyala.documents.receipt import Receipt
from nyala.errors import DocumentError, RefusedError
from nyala.keys import KeyFolder
from nyala.link.client import Client
from nyala.link.connection import Connection
from nyala.wire import entry as wire_entry
from nyala.wire import link as wire


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return operator(tmp_path_factory.mktemp("operator") / "keys")


@pytest.fixture
def client(keys: KeyFolder) -> Iterator[Client]:
    with provisioned(keys, sales=20) as client:
        yield client


def test_hello_and_status_need_no_session(client: Client) -> None:
    hello = client.hello()
    assert (hello.protocol, hello.terminal, hello.provisioned, hello.state) == (1, TERMINAL, True, "ready")
    status = client.status()
    assert status["ups.status"] == "OL"
    assert status["battery.voltage"] == 3900
    assert status["nyala.clock"] == NOW_S
    client.identify()


def test_everything_else_does(client: Client) -> None:
    for ask in (client.head, lambda: list(client.read(0)), lambda: client.set_clock(NOW_S + 100)):
        with pytest.raises(RefusedError) as raised:
            ask()
        assert raised.value.number == wire.NO_SESSION


def test_staff_log_in_and_out(client: Client, keys: KeyFolder) -> None:
    assert client.login(keys.staff("rudi")) == wire_entry.ROLE_RECONCILER
    assert client.login(keys.staff("tina")) == wire_entry.ROLE_TECHNICIAN
    client.head()
    client.logout()
    with pytest.raises(RefusedError):
        client.head()


def test_staff_of_another_operator_stay_outside(client: Client, tmp_path: Path) -> None:
    stranger = operator(tmp_path / "other").staff("rudi")
    for _ in range(3):
        with pytest.raises(RefusedError) as raised:
            client.login(stranger)
        assert raised.value.number == wire.BAD_LOGIN
    with pytest.raises(RefusedError) as raised:
        client.login(stranger)
    assert raised.value.number == wire.LOCKED_OUT
    assert raised.value.detail == "5 s"


def test_entries_come_in_order_and_verify(client: Client, keys: KeyFolder) -> None:
    client.login(keys.staff("rudi"))
    head = client.head()
    read = list(client.read(0))
    assert [sequence for sequence, _ in read] == list(range(head.sequence + 1))
    from nyala.documents.certificate import parse as parse_certificate

    public = parse_certificate(keys.terminal(TERMINAL)).public
    for sequence, data in read:
        assert entry.verify(data, public).sequence == sequence
    assert entry.digest(read[-1][1]) == head.digest
    assert entry.parse(read[-1][1]).turnover_minor == head.turnover_minor == 20 * 5000
    assert list(client.read(head.sequence + 1)) == []
    assert list(client.read(head.sequence)) == read[-1:]


def test_a_receipt_is_applied_once_however_often_it_is_given(client: Client, keys: KeyFolder) -> None:
    rudi = keys.staff("rudi")
    client.login(rudi)
    head = client.head()
    claim = Receipt(TERMINAL, head.sequence, head.digest, 20, head.turnover_minor, NOW_S)
    document = receipt.sign(claim, rudi.key)
    for _ in range(3):
        assert client.receipt(document) == head.sequence
    ((_, data),) = client.read(head.sequence + 1)
    assert entry.parse(data).body == ReceiptApplied(head.sequence, head.digest)


def test_a_newer_policy_of_the_largest_kind_is_applied(client: Client, keys: KeyFolder) -> None:
    largest = policy(keys, 2, tuple(range(10**17, 10**17 + 200)))
    document = keys.sign_policy(largest)
    assert client.policy(document) == 2
    client.login(keys.staff("rudi"))
    *_, (_, data) = client.read(0)
    assert entry.parse(data).body == PolicyApplied(2, entry.digest(document))
    with pytest.raises(RefusedError) as raised:
        client.policy(keys.policies()[1])
    assert raised.value.number == wire.OLD_POLICY


def test_the_clock_moves_and_says_by_how_much(client: Client, keys: KeyFolder) -> None:
    client.login(keys.staff("tina"))
    assert client.set_clock(NOW_S + 1000) == 1000
    assert client.status()["nyala.clock"] == NOW_S + 1000
    with pytest.raises(RefusedError) as raised:
        client.set_clock(NOW_S)
    assert raised.value.number == wire.BAD_CLOCK


def test_a_document_that_no_slot_takes_is_not_sent(client: Client) -> None:
    for document in (b"", b"x" * 3073):
        with pytest.raises(DocumentError, match="a terminal takes 1 to 3072"):
            client.policy(document)


# -- on a bad line


def _hasty() -> float:
    """A clock that runs fast: this terminal answers at once, and nobody needs to wait long for what was lost."""
    return time.monotonic() * 10


def _entries(keys: KeyFolder, harm: Callable[[int, bytes], bytes], sales: int, selling: int = 0) -> tuple[int, int]:
    """Read a whole terminal over a line with `harm`; (entries there are, bytes that it took)."""
    with powered(sales, selling) as port:
        with Client.open(port) as good:
            enroll(good, keys, replace=True)
        line = LossyLine(port, unharmed)
        client = Client(Connection(line, _hasty))
        client.login(keys.staff("rudi"))
        line.harm = harm
        line.frames = line.bytes_read = 0
        read = list(client.read(0))
        taken = line.bytes_read
        line.harm = unharmed
        head = client.head()
        assert [sequence for sequence, _ in read] == list(range(len(read)))
        assert len(read) >= head.sequence + 1 - selling
        assert all(entry.parse(data).sequence == sequence for sequence, data in read)
        previous = [entry.digest(data) for _, data in read]
        assert [entry.parse(data).previous for _, data in read[1:]] == previous[:-1]
        client.close()
    return len(read), taken


def _lost(numbers: range | set[int]) -> Callable[[int, bytes], bytes]:
    return lambda number, frame: b"" if number in numbers else frame


@pytest.mark.parametrize("lost", [{0}, {1}, {5, 6}, {63}, set(range(10, 40, 3)), {62, 63, 66, 70}])
def test_entries_lost_on_the_way_are_asked_for_again_and_only_those(keys: KeyFolder, lost: set[int]) -> None:
    _, whole = _entries(keys, unharmed, 100)
    count, taken = _entries(keys, _lost(lost), 100)
    assert count == 103
    # What was lost comes again, and a request each time: nothing else.
    assert taken <= whole + 60 * len(lost)


def test_a_damaged_entry_is_as_good_as_lost(keys: KeyFolder) -> None:
    def damage(number: int, frame: bytes) -> bytes:
        middle = len(frame) // 2
        harmed = frame[:middle] + bytes((frame[middle] ^ 0x55 or 1,)) + frame[middle + 1 :]
        return harmed if number % 7 == 3 else frame

    assert _entries(keys, damage, 100)[0] == 103


def test_entries_amid_noise_are_found(keys: KeyFolder) -> None:
    def noise(number: int, frame: bytes) -> bytes:
        return b"ets Jul 29 2019 12:21:46\r\n\0" + frame + b"\xff" * 2000 + b"\0"

    assert _entries(keys, noise, 30)[0] == 33


def test_reading_while_selling_gives_one_whole_chain(keys: KeyFolder) -> None:
    count, _ = _entries(keys, unharmed, 50, selling=200)
    assert count > 53  # a read ends at the end that the chain has then


def test_the_link_carries_entries_at_over_nine_tenths_of_the_line(keys: KeyFolder) -> None:
    """Framing, sequence numbers and ends of batches together, for sales of the size that they have in the field."""
    size = 249
    wire_bytes = 0

    def count(number: int, frame: bytes) -> bytes:
        nonlocal wire_bytes
        wire_bytes += len(frame) + 1  # the zero in front, which the line swallows here
        return frame

    entries, _ = _entries(keys, count, 400)
    batches = -(-entries // wire.READ_CREDIT_MAX)
    overhead = (wire_bytes - sum(_sizes(keys, entries))) / entries
    assert size / (size + overhead) > 0.92, (overhead, batches)


def _sizes(keys: KeyFolder, entries: int) -> list[int]:
    with provisioned(keys, sales=entries - 3) as client:
        client.login(keys.staff("rudi"))
        return [len(data) for _, data in client.read(0)]


# -- answers that get lost


@pytest.mark.parametrize(
    "command",
    [wire.HELLO, wire.CHALLENGE, wire.PUT, wire.LOGIN, wire.RECEIPT, wire.POLICY, wire.SET_CLOCK, wire.HEAD],
    ids=wire.COMMAND_NAMES.__getitem__,
)
def test_a_command_whose_answer_was_lost_is_done_once(keys: KeyFolder, command: int) -> None:
    rudi = keys.staff("rudi")
    with powered(sales=5) as port:
        with Client.open(port) as good:
            enroll(good, keys, replace=True)
        line = OneAnswerLost(port, command)
        client = Client.open(line, line.clock)
        client.login(rudi)
        head = client.head()
        claim = Receipt(TERMINAL, head.sequence, head.digest, 5, head.turnover_minor, NOW_S)
        client.receipt(receipt.sign(claim, rudi.key))
        client.policy(keys.policies().get(2) or keys.sign_policy(policy(keys, 2)))
        client.set_clock(NOW_S + 100)
        kinds = [entry.parse(data).kind for _, data in client.read(head.sequence + 1)]
        client.close()
    assert line.lost
    assert kinds == [wire_entry.RECEIPT_APPLIED, wire_entry.POLICY_APPLIED, wire_entry.CLOCK_SET]


# -- patience


def test_a_busy_terminal_is_asked_again_after_a_while() -> None:
    busy = [True, True, True]

    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if command == wire.PUT:
            assert isinstance(arguments[1], int)
            assert isinstance(arguments[3], bytes)
            yield [number, wire.DONE, arguments[1] + len(arguments[3])]
        elif busy:
            busy.pop()
            yield [number, wire.BUSY, "a card is being asked"]
        else:
            yield [number, wire.DONE, 42]

    waits: list[float] = []
    connection, line = scripted(answer)
    assert Client(connection, waits.append).receipt(b"receipt") == 42
    assert waits == [0.5, 0.5, 0.5]
    assert [request[1] for request in line.requests] == [wire.PUT, wire.RECEIPT] * 4


def test_a_terminal_that_stays_busy_is_given_up() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.BUSY, "a card is being asked"]

    waits: list[float] = []
    connection, _ = scripted(answer)
    with pytest.raises(RefusedError) as raised:
        Client(connection, waits.append).set_clock(NOW_S)
    assert raised.value.number == wire.BUSY
    assert 10 <= sum(waits) <= 30
