"""Provisioning: the real firmware takes what an operator gives it; a terminal that cheats gets no certificate."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chains import key
from link_terminal import (
    NOW_S,
    TERMINAL,
    Answer,
    OneAnswerLost,
    enroll,
    operator,
    policy,
    powered,
    scripted,
)
from nyala.documents import cbor, certificate, cose, entry, key_request
from nyala.documents.bodies import Genesis
from nyala.errors import DocumentError, KeyFolderError, PortError, RefusedError
from nyala.keys import KeyFolder
from nyala.link.client import Client
from nyala.link.connection import NoAnswer
from nyala.provision import provision
from nyala.wire import link as wire


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFolder:
    return operator(tmp_path_factory.mktemp("operator") / "keys")


def test_a_provisioned_terminal_is_who_its_certificate_says(keys: KeyFolder) -> None:
    with powered() as port, Client.open(port) as client:
        made = enroll(client, keys, replace=True)
        assert made.terminal == TERMINAL
        assert made.certificate == keys.terminal(TERMINAL)
        assert made.fingerprint == cose.fingerprint(made.certificate)
        hello = client.hello()
        assert (hello.terminal, hello.provisioned) == (TERMINAL, True)
        assert client.status()["nyala.clock"] == NOW_S
        client.login(keys.staff("rudi"))
        genesis, *entries = [data for _, data in client.read(0)]
        public = certificate.verify(made.certificate, keys.root_public).public
        assert entry.verify(genesis, public).body == Genesis(made.certificate)
        assert [entry.verify(data, public).kind_name for data in entries] == ["boot", "policy_applied"]


def test_a_terminal_with_an_identity_wants_a_technician(keys: KeyFolder) -> None:
    with powered() as port, Client.open(port) as client:
        first = enroll(client, keys, replace=True)
        with pytest.raises(RefusedError) as raised:
            enroll(client, keys, replace=True)
        assert raised.value.number in (wire.NO_SESSION, wire.ALREADY_PROVISIONED)
        with pytest.raises(RefusedError) as raised:
            enroll(client, keys, replace=True, technician=keys.staff("rudi"))
        assert raised.value.number == wire.WRONG_ROLE
        assert keys.terminal(TERMINAL) == first.certificate  # nothing was certified in vain
        second = enroll(client, keys, replace=True, technician=keys.staff("tina"))
        assert second.fingerprint != first.fingerprint
        client.login(keys.staff("rudi"))
        assert client.head().sequence == 2  # its chain began anew


def test_vouchers_without_a_receipt_keep_the_terminal_as_it_is(keys: KeyFolder) -> None:
    with powered(sales=2) as port, Client.open(port) as client:
        enroll(client, keys, replace=True)
        with pytest.raises(RefusedError) as raised:
            enroll(client, keys, replace=True, technician=keys.staff("tina"))
        assert raised.value.number == wire.UNRECEIPTED_ENTRIES
        client.login(keys.staff("rudi"))
        assert client.head().sequence == 4


def test_a_number_is_given_twice_only_when_it_is_said_so(keys: KeyFolder) -> None:
    with powered() as port, Client.open(port) as client:
        enroll(client, keys, replace=True)
    with powered() as port, Client.open(port) as client:
        with pytest.raises(KeyFolderError, match="Terminal 7 has a certificate already"):
            enroll(client, keys)
        assert not client.hello().provisioned


def test_a_policy_of_another_operator_is_refused_before_anything_is_done(keys: KeyFolder, tmp_path: Path) -> None:
    other = operator(tmp_path / "other")
    connection, line = scripted(lambda number, command, arguments: iter(()))
    foreign = other.sign_policy(policy(other))
    with pytest.raises(DocumentError):
        provision(Client(connection), keys, terminal=7, merchant="W", policy=foreign, clock_s=NOW_S)
    assert line.requests == []


Cheat = Callable[[int, bytes], bytes]

CHEATS: dict[str, Cheat] = {
    "another number": lambda terminal, nonce: key_request.sign(terminal + 1, nonce, key("cheat")),
    "an old request": lambda terminal, nonce: key_request.sign(terminal, bytes(16), key("cheat")),
    "a key it does not hold": lambda terminal, nonce: _forged(terminal, nonce),
    "nothing": lambda terminal, nonce: b"",
    "noise": lambda terminal, nonce: b"\xff" * 150,
}


def _forged(terminal: int, nonce: bytes) -> bytes:
    honest = key_request.sign(terminal, nonce, key("somebody else"))
    return honest[:-1] + bytes((honest[-1] ^ 1,))


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_a_terminal_that_does_not_prove_its_key_gets_no_certificate(keys: KeyFolder, cheat: Cheat) -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if command == wire.HELLO:
            yield [number, wire.DONE, 1, "0.1.0", "cheat", None, False, "not_provisioned"]
        elif command == wire.SET_CLOCK:
            yield [number, wire.DONE, 0]
        else:
            terminal, nonce = arguments
            assert isinstance(terminal, int)
            assert isinstance(nonce, bytes)
            yield [number, wire.DONE, cheat(terminal, nonce)]

    connection, line = scripted(answer)
    with pytest.raises(DocumentError):
        provision(Client(connection), keys, terminal=99, merchant="W", policy=policy(keys), clock_s=NOW_S)
    assert [request[1] for request in line.requests] == [wire.HELLO, wire.SET_CLOCK, wire.MAKE_KEY]
    with pytest.raises(KeyFolderError):
        keys.terminal(99)


def _install(*, before: bool, after: list[cbor.Item]) -> tuple[Client, list[int]]:
    """A terminal that never answers `install`, and what it says of itself then."""
    commands: list[int] = []

    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        installed = wire.INSTALL in commands
        commands.append(command)
        if command == wire.HELLO:
            said = after if installed else [TERMINAL if before else None, before]
            yield [number, wire.DONE, 1, "0.1.0", "board", *said, "ready"]
        elif command == wire.SET_CLOCK:
            yield [number, wire.DONE, 0]
        elif command == wire.MAKE_KEY:
            terminal, nonce = arguments
            assert isinstance(terminal, int)
            assert isinstance(nonce, bytes)
            yield [number, wire.DONE, key_request.sign(terminal, nonce, key("terminal"))]
        elif command == wire.PUT:
            _, offset, _, data = arguments
            assert isinstance(offset, int)
            assert isinstance(data, bytes)
            yield [number, wire.DONE, offset + len(data)]

    return Client(scripted(answer)[0]), commands


def test_when_the_answer_to_install_is_lost_the_terminal_is_asked_whether_it_was_done(keys: KeyFolder) -> None:
    client, commands = _install(before=False, after=[TERMINAL, True])
    assert enroll(client, keys, replace=True).terminal == TERMINAL
    assert commands.count(wire.INSTALL) == 1


@pytest.mark.parametrize(("before", "after"), [(False, [None, False]), (False, [8, True]), (True, [TERMINAL, True])])
def test_a_doubtful_install_is_an_error(keys: KeyFolder, before: bool, after: list[cbor.Item]) -> None:
    client, _ = _install(before=before, after=after)
    with pytest.raises(NoAnswer, match="stopped answering at `install`"):
        enroll(client, keys, replace=True)


def test_the_real_answer_to_install_may_get_lost(keys: KeyFolder) -> None:
    with powered() as port:
        line = OneAnswerLost(port, wire.INSTALL)
        client = Client.open(line, line.clock)
        assert enroll(client, keys, replace=True).terminal == TERMINAL
        assert line.lost
        client.close()


def test_a_terminal_that_takes_another_number_is_named(keys: KeyFolder) -> None:
    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        if command == wire.HELLO:
            yield [number, wire.DONE, 1, "0.1.0", "board", None, False, "not_provisioned"]
        elif command == wire.MAKE_KEY:
            terminal, nonce = arguments
            assert isinstance(terminal, int)
            assert isinstance(nonce, bytes)
            yield [number, wire.DONE, key_request.sign(terminal, nonce, key("terminal"))]
        elif command == wire.PUT:
            _, offset, _, data = arguments
            assert isinstance(offset, int)
            assert isinstance(data, bytes)
            yield [number, wire.DONE, offset + len(data)]
        else:
            yield [number, wire.DONE, *([0] if command == wire.SET_CLOCK else [])]

    with pytest.raises(PortError, match="did not take the number 7"):
        enroll(Client(scripted(answer)[0]), keys, replace=True)
