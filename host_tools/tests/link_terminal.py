"""What the tests of the link talk to: the real firmware in a MicroPython process on a pty, and lines that misbehave."""

import os
import pty
import subprocess
import time
import tty
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from chains import PlayedTerminal
from nyala.documents import cbor
from nyala.documents.policy import Policy
from nyala.keys import KeyFolder, Staff
from nyala.link.client import Client
from nyala.link.connection import Connection
from nyala.link.frames import Decoder, encode
from nyala.link.port import Line, SerialLine
from nyala.provision import Provisioned, provision
from nyala.wire import entry as wire_entry
from nyala.wire import link as wire
from nyala.world.simulated_terminal import find_micropython

ROOT = Path(__file__).parents[2]
NOW_S = 1_800_000_000
TERMINAL = 7
PASSPHRASE = "test"
MICROPYPATH = ".frozen:firmware:firmware/tests:boards/simulator"


def operator(folder: Path) -> KeyFolder:
    """A key folder with an issuer, a technician `tina` and a reconciler `rudi`."""
    keys = KeyFolder.create(folder, PASSPHRASE, "Operator", now_s=NOW_S)
    keys.add_issuer("bank", now_s=NOW_S)
    keys.add_staff("tina", wire_entry.ROLE_TECHNICIAN, now_s=NOW_S)
    keys.add_staff("rudi", wire_entry.ROLE_RECONCILER, now_s=NOW_S)
    return keys


def policy(keys: KeyFolder, version: int = 1, denied: tuple[int, ...] = ()) -> Policy:
    return Policy(
        version=version,
        issued_s=NOW_S,
        issuers=keys.issuer_keys(now_s=NOW_S),
        payment_minor=10_000_000,
        card_minor=10_000_000,
        stored_value_minor=1_000_000_000,
        stored_count=500,
        hours=72,
        minimum_charge=20,
        sales_when=1,
        currency=360,
        prefix="Rp",
        exponent=2,
        shown=0,
        separator=".",
        language=1,
        denied=denied,
    )


@contextmanager
def powered(sales: int = 0, selling: int = 0) -> Generator[str]:
    """The path of a pty with a terminal behind it that was never provisioned. For the options see link_bench.py."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    process = subprocess.Popen(
        [
            find_micropython(),
            "-X",
            "heapsize=8M",
            "firmware/tests/link_bench.py",
            f"sales={sales}",
            f"selling={selling}",
        ],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": MICROPYPATH},
        stdin=master,
        stdout=master,
    )
    try:
        yield os.ttyname(slave)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)


def enroll(client: Client, keys: KeyFolder, *, technician: Staff | None = None, replace: bool = False) -> Provisioned:
    """Provision the terminal as number 7."""
    return provision(
        client,
        keys,
        terminal=TERMINAL,
        merchant="Warung Sinar",
        policy=policy(keys),
        clock_s=NOW_S,
        technician=technician,
        replace=replace,
    )


@contextmanager
def provisioned(keys: KeyFolder, sales: int = 0, selling: int = 0) -> Generator[Client]:
    """A client at a terminal that `keys` provisioned."""
    with powered(sales, selling) as port, Client.open(port) as client:
        enroll(client, keys, replace=True)
        yield client


def unharmed(number: int, frame: bytes) -> bytes:
    """What a good line does to a frame."""
    return frame


class LossyLine:
    """A line on which `harm(number, frame)` says what becomes of each frame that the terminal sends, counted from 0."""

    def __init__(self, port: str, harm: Callable[[int, bytes], bytes]) -> None:
        self._line = SerialLine(port)
        self.harm = harm
        self._held = b""
        self.frames = 0
        self.name = port
        self.bytes_read = 0

    def read(self) -> bytes:
        *frames, self._held = (self._held + self._line.read()).split(b"\0")
        out = b""
        for frame in frames:
            if frame:
                out += self.harm(self.frames, frame + b"\0")
                self.frames += 1
        self.bytes_read += len(out)
        return out

    def write(self, data: bytes) -> None:
        self._line.write(data)

    def close(self) -> None:
        self._line.close()


class OneAnswerLost(LossyLine):
    """Loses the answer to the first request of one command; on its `clock` nobody has to wait for that."""

    def __init__(self, port: str, command: int) -> None:
        super().__init__(port, unharmed)
        self._command = command
        self._ahead_s = 0.0
        self.lost = False

    def clock(self) -> float:
        return time.monotonic() + self._ahead_s

    def write(self, data: bytes) -> None:
        for message in Decoder(wire.REQUEST_FRAME_BYTES_MAX).feed(data):
            request = cbor.loads(message, wire.REQUEST_FRAME_BYTES_MAX)
            assert isinstance(request, list)
            if request[1] == self._command and not self.lost:
                self.harm = self._lose
        super().write(data)

    def _lose(self, number: int, frame: bytes) -> bytes:
        self.harm = unharmed
        self._ahead_s += 1000
        self.lost = True
        return b""


Answer = bytes | list[cbor.Item]


class ScriptedLine:
    """A terminal that is none: `answer(id, command, arguments)` gives what it sends, as messages to frame or raw bytes.

    Time passes only when a read finds nothing: `now_s` counts the seconds.
    """

    def __init__(self, answer: Callable[[int, int, list[cbor.Item]], Iterator[Answer]]) -> None:
        self.name = "/dev/ttyTEST"
        self.now_s = 0.0
        self.requests: list[list[cbor.Item]] = []
        self.closed = False
        self._answer = answer
        self._decoder = Decoder(wire.REQUEST_FRAME_BYTES_MAX)
        self._out: list[Iterator[Answer]] = []

    def clock(self) -> float:
        return self.now_s

    def read(self) -> bytes:
        self.now_s += 0.05
        while self._out:
            try:
                answer = next(self._out[0])
            except StopIteration:
                self._out.pop(0)
                continue
            return answer if isinstance(answer, bytes) else encode(cbor.dumps(answer))
        return b""

    def write(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            request = cbor.loads(message, wire.REQUEST_FRAME_BYTES_MAX)
            assert isinstance(request, list)
            self.requests.append(request)
            number, command, *arguments = request
            assert isinstance(number, int)
            assert isinstance(command, int)
            self._out.append(self._answer(number, command, arguments))

    def close(self) -> None:
        self.closed = True


def scripted(answer: Callable[[int, int, list[cbor.Item]], Iterator[Answer]]) -> tuple[Connection, ScriptedLine]:
    line = ScriptedLine(answer)
    checked: Line = line
    return Connection(checked, clock=line.clock), line


def played(terminal: PlayedTerminal, first_kept: int = 0) -> Client:
    """A client in session at a terminal that a test has in its hand, and may change while it is read."""

    def answer(number: int, command: int, arguments: list[cbor.Item]) -> Iterator[Answer]:
        last = terminal.sequence - 1
        if command == wire.HELLO:
            yield [number, wire.DONE, 1, "0.1.0", "played", terminal.number, True, "ready"]
        elif command == wire.HEAD:
            yield [number, wire.DONE, last, terminal.head, first_kept, terminal.turnover_minor]
        elif command == wire.READ:
            first, credit = arguments
            assert isinstance(first, int)
            assert isinstance(credit, int)
            assert first >= first_kept
            end = max(first, min(first + credit, last + 1))
            for sequence in range(first, end):
                yield [number, wire.MORE, sequence, terminal.documents[sequence]]
            yield [number, wire.DONE, end, last]

    return Client(scripted(answer)[0])
