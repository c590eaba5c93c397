"""The host against ports and terminals of every bad sort: it ends, in bounded time and memory, with one sentence."""

import contextlib
import errno
import os
import pty
import socket
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
import serial.rfc2217

from link_terminal import Answer, powered, scripted
from nyala.documents import cbor
from nyala.errors import PortError, RefusedError
from nyala.link import frames
from nyala.link.client import Client
from nyala.link.connection import NoAnswer
from nyala.link.frames import Decoder
from nyala.link.port import SerialLine
from nyala.wire import link as wire
from nyala.wire import link_errors

# -- frames


@pytest.mark.parametrize("fill", [b"\x00", b"\x01", b"\xff", b"\x00\xff", b"\x11" * 254 + b"\x00"])
def test_messages_of_every_length_come_back_byte_by_byte(fill: bytes) -> None:
    for length in (*range(1, 12), *range(248, 260), *range(505, 512), 1010):
        message = (fill * length)[:length]
        decoder = Decoder(wire.RESPONSE_FRAME_BYTES_MAX)
        found = [found for byte in frames.encode(message) for found in decoder.feed(bytes((byte,)))]
        assert found == [message]


def test_noise_and_frames_too_long_are_dropped_and_the_next_frame_found() -> None:
    decoder = Decoder(200)
    for noise in (b"boot text\r\n", b"\x02\x01" * 5000, b"\x00" * 50, b"\xff" * 3000, frames.encode(b"x" * 400)):
        assert list(decoder.feed(noise + b"\0" + frames.encode(b"next"))) == [b"next"]


def test_no_single_damaged_byte_passes() -> None:
    frame = frames.encode(b"\x83\x01\x06\x00\x18\x40")
    for position in range(1, len(frame) - 1):
        for flip in (1, 0x80, 0xFF):
            damaged = bytearray(frame)
            damaged[position] ^= flip
            assert list(Decoder(200).feed(bytes(damaged))) == []


# -- hostile terminals


def _silent(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    yield b""


def _garbage(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    while True:
        yield bytes(range(1, 256)) * 16


def _zeros(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    while True:
        yield bytes(4096)


def _oversized(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    while True:
        yield frames.encode(cbor.dumps([number, 0, b"x" * 5000]))


def _wrong_ids(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    while True:
        yield [number ^ 1, 0, 1, "0.1.0", "board", None, False, "ready"]
        yield [0, 0, 1, "0.1.0", "board", None, False, "ready"]


def _no_responses(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
    while True:
        yield frames.encode(cbor.dumps(number))
        yield [number]
        yield [number, "0"]
        yield [number, -1]
        yield [True, 0]
        yield frames.encode(b"\x9f\xff")
        yield frames.encode(b"\x81" * 300)
        yield frames.encode(b"\xd2\x80")


@pytest.mark.parametrize("answer", [_silent, _garbage, _zeros, _oversized, _no_responses])
def test_a_port_without_frames_of_ours_is_no_terminal(answer: object) -> None:
    connection, line = scripted(answer)  # type: ignore[arg-type]
    with pytest.raises(PortError, match=r"^/dev/ttyTEST is no Nyala terminal: .*\.$") as raised:
        Client(connection).hello()
    assert raised.value.exit_code == 2
    assert line.now_s < 10


def test_answers_to_other_requests_are_not_taken_for_ours() -> None:
    connection, line = scripted(_wrong_ids)
    with pytest.raises(NoAnswer, match="stopped answering at `hello`"):
        Client(connection).hello()
    assert line.now_s < 10


def test_a_late_answer_to_an_earlier_try_is_dropped() -> None:
    late: list[int] = []

    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if not late:
            late.append(number)
        else:
            yield [late[0], 0, 99, b"late" * 8, 0, 0]
            yield [number, 0, 7, b"true" * 8, 0, 0]

    connection, line = scripted(answer)
    head = Client(connection).head()
    assert (head.sequence, head.digest) == (7, b"true" * 8)
    assert [request[0] for request in line.requests] == [1, 2]


def test_ids_stay_in_their_range_and_are_never_zero() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, 0]

    connection, line = scripted(answer)
    connection._id = 65533  # pyright: ignore[reportPrivateUsage]
    for _ in range(4):
        Client(connection).logout()
    assert [request[0] for request in line.requests] == [65534, 65535, 1, 2]


def test_endless_entries_end_with_the_credit() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        sequence = 0
        while True:
            yield [number, wire.MORE, sequence, b"entry"]
            sequence += 1

    connection, _ = scripted(answer)
    entries = Client(connection).read(0)
    assert [next(entries)[0] for _ in range(wire.READ_CREDIT_MAX)] == list(range(wire.READ_CREDIT_MAX))
    with pytest.raises(PortError, match="answered `read` with more than the 64"):
        next(entries)


@pytest.mark.parametrize(
    "more",
    [[5, b"e"], [-1, b"e"], [64, b"e"], [1 << 40, b"e"], ["0", b"e"], [0, "e"], [0], [0, b"e", 0], [True, b"e"]],
)
def test_an_entry_that_was_not_asked_for_is_nonsense(more: list[cbor.Item]) -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.MORE, 5, b"first"]
        yield [number, wire.MORE, *more]
        yield [number, wire.DONE, 6, 5]

    connection, _ = scripted(answer)
    with pytest.raises(PortError, match="answered `read` with"):
        list(Client(connection).read(0))


def test_an_entry_that_comes_twice_is_nonsense() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.MORE, 0, b"entry"]
        yield [number, wire.MORE, 0, b"entry"]
        yield [number, wire.DONE, 1, 0]

    connection, _ = scripted(answer)
    with pytest.raises(PortError, match="answered `read` with"):
        list(Client(connection).read(0))


def test_a_terminal_that_promises_entries_and_sends_none_is_given_up() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.DONE, 0, 1000]

    connection, line = scripted(answer)
    with pytest.raises(NoAnswer, match="does not send entry 0"):
        list(Client(connection).read(0))
    assert len(line.requests) == 3


def test_several_responses_where_one_is_due_are_nonsense() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.MORE]

    connection, _ = scripted(answer)
    with pytest.raises(PortError, match="several responses"):
        Client(connection).logout()


@pytest.mark.parametrize(
    "results",
    [
        [],
        [1, "f", "b", None, False],
        [1, "f", "b", None, False, "s", 0],
        [1, 2, "b", None, False, "s"],
        [1, "f", "b" * 41, None, False, "s"],
        [1, "f", "b", -1, False, "s"],
        [1, "f", "b", 1 << 32, False, "s"],
        [1, "f", "b", None, 0, "s"],
    ],
)
def test_a_hello_that_makes_no_sense_is_named(results: list[cbor.Item]) -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.DONE, *results]

    connection, _ = scripted(answer)
    with pytest.raises(PortError, match="answered `hello` with"):
        Client(connection).hello()


def test_another_version_of_the_link_is_named() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, wire.DONE, 2, "something new"]

    connection, _ = scripted(answer)
    with pytest.raises(PortError, match="speaks version 2 of the link"):
        Client(connection).hello()


def test_what_a_terminal_says_cannot_move_the_cursor() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if command == wire.HELLO:
            yield [number, wire.DONE, 1, "\x1b[2J1", "b\n", None, False, "ready\x07"]
        else:
            yield [number, wire.BAD_REQUEST, "\x1b[31mred\r\n"]

    connection, _ = scripted(answer)
    client = Client(connection)
    hello = client.hello()
    assert (hello.firmware, hello.board, hello.state) == ("[2J1", "b", "ready")
    with pytest.raises(RefusedError) as raised:
        client.head()
    assert raised.value.detail == "[31mred"


def test_an_error_of_a_newer_terminal_is_still_an_error() -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [number, 99]

    connection, _ = scripted(answer)
    with pytest.raises(RefusedError, match="error_99") as raised:
        Client(connection).head()
    assert raised.value.exit_code == 4


@pytest.mark.parametrize("number", sorted(link_errors.ERRORS))
def test_every_error_of_the_table_comes_with_its_sentence(number: int) -> None:
    def answer(identifier: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        yield [identifier, number, "detail"]

    connection, _ = scripted(answer)
    name, sentence = link_errors.ERRORS[number]
    with pytest.raises(RefusedError) as raised:
        Client(connection).head()
    assert str(raised.value) == f"{sentence} ({name}: detail)"


# -- ports


def test_a_port_that_does_not_exist_says_so() -> None:
    with pytest.raises(PortError, match=r"^/dev/ttyNYALA9 does not exist; plug the terminal in"):
        Client.open("/dev/ttyNYALA9")


def test_a_port_that_may_not_be_opened_names_the_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()

    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port: permission denied")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(PortError, match=rf"You may not open {port}; join the group \w+ \(`sudo usermod -aG"):
        Client.open(str(port))


def test_a_port_in_use_says_so() -> None:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    try:
        with SerialLine(name), pytest.raises(PortError, match=rf"^{name} is in use by another program"):
            SerialLine(name)
        SerialLine(name).close()  # free again
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize("url", ["nosuch://host:1", "socket://", "socket://localhost", "rfc2217://localhost:x"])
def test_a_url_that_is_none_says_so(url: str) -> None:
    with pytest.raises(PortError, match=r"^\S+ (is neither|cannot be opened).*\.$"):
        Client.open(url)


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no terminal")
    with pytest.raises(PortError, match=r"cannot be opened: .*; check that it is a serial port"):
        Client.open(str(path))


def test_a_host_that_nobody_answers_on_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(PortError, match=r"^socket://.* cannot be opened: "):
        Client.open(f"socket://127.0.0.1:{port}")


def test_a_cable_pulled_out_is_named() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    line = SerialLine(os.ttyname(slave))
    os.close(slave)
    os.close(master)
    with pytest.raises(PortError, match="went away while in use"):
        line.read()
    with pytest.raises(PortError, match="went away while in use"):
        line.write(b"x")
    line.close()


def test_a_port_is_closed_when_no_terminal_is_found() -> None:
    _, line = scripted(_silent)
    with pytest.raises(PortError):
        Client.open(line, clock=line.clock)
    assert line.closed


# -- the same terminal, over the network


class _Peer:
    """What PortManager writes its telnet commands to."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)


class _Modem(serial.Serial):
    """A pty that has the control lines a pty has not."""

    @property
    def cts(self) -> bool:
        return True

    @property
    def dsr(self) -> bool:
        return True

    @property
    def ri(self) -> bool:
        return True

    @property
    def cd(self) -> bool:
        return True

    def _update_rts_state(self) -> None:
        pass

    _update_dtr_state = _update_rts_state


def _forward(port: str, server: socket.socket, telnet: bool) -> None:
    """One connection to a serial port, as `ser2net` or pyserial's rfc2217_server does it."""
    connection, _ = server.accept()
    connection.settimeout(0.02)
    with connection, _Modem(port, timeout=0.02) as line:
        # The stubs take a Serial for both, of one platform's kind.
        ends: tuple[Any, Any] = (line, _Peer(connection))
        manager = serial.rfc2217.PortManager(*ends) if telnet else None
        while True:
            with contextlib.suppress(TimeoutError):
                data = connection.recv(1024)
                if not data:
                    return
                line.write(b"".join(manager.filter(data)) if manager else data)
            back = line.read(max(1, line.in_waiting))
            connection.sendall(b"".join(manager.escape(back)) if manager else back)


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_a_terminal_behind_a_network_port_answers(scheme: str) -> None:
    with powered() as port, socket.create_server(("127.0.0.1", 0)) as server:
        forwarder = threading.Thread(target=_forward, args=(port, server, scheme == "rfc2217"), daemon=True)
        forwarder.start()
        with Client.open(f"{scheme}://127.0.0.1:{server.getsockname()[1]}") as client:
            assert client.hello().board == "test bench"
        forwarder.join(10)
        assert not forwarder.is_alive()
