"""What a host can ask of a terminal: one method a command of docs/link-protocol.md."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from nyala.documents import cbor, fields, login
from nyala.errors import DocumentError, PortError, RefusedError
from nyala.link.connection import TRIES, Connection, NoAnswer
from nyala.link.port import Line
from nyala.wire import entry as wire_entry
from nyala.wire import link as wire

if TYPE_CHECKING:
    from nyala.keys import Staff

BUSY_WAIT_S = 0.5
BUSY_TRIES = 40  # a customer looks for the card: 20 s
HELLO_TIMEOUT_S = 1.0
HELLO_TRIES = 5  # a terminal that has just got power takes seconds to come up
SIGNATURES_TIMEOUT_S = 15.0  # of commands that check or make several signatures and write flash
INSTALL_TIMEOUT_S = 90.0  # a terminal that had another identity erases its whole journal first

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a terminal says of itself to anyone. `terminal` is None while it is not provisioned."""

    protocol: int
    firmware: str
    board: str
    terminal: int | None
    provisioned: bool
    state: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a terminal's chain ends: last sequence, its entry's SHA-256, first sequence kept, turnover there."""

    sequence: int
    digest: bytes
    first_kept: int
    turnover_minor: int


class Client:
    """One terminal. Raises PortError when it cannot be talked to, RefusedError with the terminal's own named error."""

    def __init__(self, connection: Connection, wait: Callable[[float], None] = time.sleep) -> None:
        self._connection = connection
        self._wait = wait

    @classmethod
    def open(cls, port: str | Line, clock: Callable[[], float] = time.monotonic) -> Self:
        """A client on a device path or URL, greeted already, so that a port without a terminal is found out here."""
        connection = Connection(port, clock)
        client = cls(connection)
        try:
            client.hello()
        except BaseException:
            connection.close()
            raise
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def port(self) -> str:
        return self._connection.name

    def close(self) -> None:
        self._connection.close()

    # -- for anyone

    def hello(self) -> Hello:
        results = self._connection.request(wire.HELLO, timeout_s=HELLO_TIMEOUT_S, tries=HELLO_TRIES)
        if results and results[0] != wire.PROTOCOL_VERSION:
            raise PortError(
                f"{self.port} speaks version {results[0]} of the link, these host tools speak {wire.PROTOCOL_VERSION};"
                " update the older one."
            )
        protocol, firmware, board, terminal, provisioned, state = self._results(wire.HELLO, results, 6)
        with self._sense(wire.HELLO):
            return Hello(
                fields.uint(protocol, "protocol"),
                _text(firmware, "firmware"),
                _text(board, "board"),
                None if terminal is None else fields.uint(terminal, "terminal", wire_entry.TERMINAL_MAX),
                _truth(provisioned, "provisioned"),
                _text(state, "state"),
            )

    def status(self) -> dict[str, int | str]:
        """NUT's variable names and `nyala.*`; what the terminal does not know is not there."""
        (values,) = self._results(wire.STATUS, self._connection.request(wire.STATUS), 1)
        if not isinstance(values, dict):
            raise self._connection.nonsense(wire.STATUS, "no map")
        status: dict[str, int | str] = {}
        for name, value in values.items():
            if not isinstance(name, str) or not isinstance(value, int | str):
                raise self._connection.nonsense(wire.STATUS, "a variable that is neither number nor text")
            status[name] = value
        return status

    def identify(self) -> None:
        """The terminal beeps."""
        self._results(wire.IDENTIFY, self._connection.request(wire.IDENTIFY), 0)

    def policy(self, document: bytes) -> int:
        """Put a signed policy in force; returns the version in force."""

        def apply() -> int:
            self._upload(wire.SLOT_POLICY, document)
            (version,) = self._results(
                wire.POLICY, self._connection.request(wire.POLICY, timeout_s=SIGNATURES_TIMEOUT_S), 1
            )
            with self._sense(wire.POLICY):
                return fields.uint(version, "version")

        return self._patiently(apply)

    # -- session

    def login(self, staff: "Staff") -> int:
        """Open a session for `staff`; returns the role. Raises RefusedError: bad_login, locked_out, not_provisioned."""
        terminal = self.hello().terminal
        for attempt in range(TRIES):
            try:
                return self._log_in(staff, 0 if terminal is None else terminal)
            except NoAnswer:
                # The answer may be what was lost, and with it this challenge: take a new one.
                if attempt == TRIES - 1:
                    raise
        raise AssertionError("TRIES is at least 1")

    def _log_in(self, staff: "Staff", terminal: int) -> int:
        (challenge,) = self._results(wire.CHALLENGE, self._connection.request(wire.CHALLENGE), 1)
        with self._sense(wire.CHALLENGE):
            challenge = fields.octets(challenge, "challenge", fields.HASH_BYTES)
        self._upload(wire.SLOT_STAFF_CERTIFICATE, staff.certificate)
        self._upload(wire.SLOT_LOGIN, login.sign(login.Login(terminal, challenge), staff.key))
        results = self._connection.request(wire.LOGIN, timeout_s=SIGNATURES_TIMEOUT_S, tries=1)
        role, _ = self._results(wire.LOGIN, results, 2)
        with self._sense(wire.LOGIN):
            return fields.uint(role, "role", len(wire_entry.ROLE_NAMES) - 1)

    def logout(self) -> None:
        self._results(wire.LOGOUT, self._connection.request(wire.LOGOUT), 0)

    # -- with a session

    def head(self) -> Head:
        sequence, digest, first_kept, turnover = self._results(wire.HEAD, self._connection.request(wire.HEAD), 4)
        with self._sense(wire.HEAD):
            return Head(
                fields.uint(sequence, "sequence", wire_entry.SEQUENCE_MAX),
                fields.octets(digest, "head", fields.HASH_BYTES),
                fields.uint(first_kept, "first kept sequence", wire_entry.SEQUENCE_MAX),
                fields.total(turnover, "turnover"),
            )

    def read(self, from_sequence: int) -> Iterator[tuple[int, bytes]]:
        """Yield (sequence, entry) from `from_sequence` to the end of the chain as it is then: in order, each once.

        What gets lost on the way is asked for again, and only that. The entries are not verified here.
        """
        expected = from_sequence
        ahead: dict[int, bytes] = {}  # came after one that was lost; never more than one credit
        fruitless = 0
        while True:
            before = expected
            end = None  # last sequence of the chain, once the terminal has said so
            credit = min(ahead) - expected if ahead else wire.READ_CREDIT_MAX
            batch = self._batch(expected, credit)
            try:
                while True:
                    try:
                        sequence, entry = next(batch)
                    except StopIteration as stopped:
                        end = stopped.value
                        break
                    ahead[sequence] = entry
                    while expected in ahead:
                        yield expected, ahead.pop(expected)
                        expected += 1
            except NoAnswer:
                pass  # whatever was lost is asked for again
            if end is not None and expected > end:
                return
            fruitless = fruitless + 1 if expected == before else 0
            if fruitless >= TRIES:
                raise NoAnswer(f"{self.port} does not send entry {expected}; check the cable and read again.")

    def _batch(self, first: int, credit: int) -> Generator[tuple[int, bytes], None, int]:
        """Yield the entries of one `read` as they come; returns the last sequence of the chain."""
        stream = self._connection.stream(wire.READ, first, credit, most=credit)
        after = first
        while True:
            try:
                results = next(stream)
            except StopIteration as stopped:
                _, end = self._results(wire.READ, stopped.value, 2)
                with self._sense(wire.READ):
                    return fields.uint(end, "head sequence", wire_entry.SEQUENCE_MAX)
            number, data = self._results(wire.READ, results, 2)
            with self._sense(wire.READ):
                sequence = fields.uint(number, "sequence", first + credit - 1, after)
                entry = fields.blob(data, "entry")
            after = sequence + 1
            yield sequence, entry

    def receipt(self, document: bytes) -> int:
        """Hand over a signed receipt; the terminal may then prune. Returns the receipt's sequence. May be repeated."""

        def hand_over() -> int:
            self._upload(wire.SLOT_RECEIPT, document)
            results = self._connection.request(wire.RECEIPT, timeout_s=SIGNATURES_TIMEOUT_S)
            (sequence,) = self._results(wire.RECEIPT, results, 1)
            with self._sense(wire.RECEIPT):
                return fields.uint(sequence, "sequence", wire_entry.SEQUENCE_MAX)

        return self._patiently(hand_over)

    def set_clock(self, time_s: int) -> int:
        """Set the terminal's clock (seconds since 1970); returns by how much it moved."""

        def set_it() -> int:
            (moved,) = self._results(wire.SET_CLOCK, self._connection.request(wire.SET_CLOCK, time_s), 1)
            if type(moved) is not int:
                raise self._connection.nonsense(wire.SET_CLOCK, "no number of seconds")
            return moved

        return self._patiently(set_it)

    # -- provisioning

    def make_key(self, terminal: int, nonce: bytes) -> bytes:
        """Have the terminal draw a new key; returns its key request document, which the caller has to verify."""
        results = self._connection.request(wire.MAKE_KEY, terminal, nonce, timeout_s=SIGNATURES_TIMEOUT_S)
        (request,) = self._results(wire.MAKE_KEY, results, 1)
        with self._sense(wire.MAKE_KEY):
            return fields.blob(request, "key request")

    def install(self, root_public: bytes, certificate: bytes, policy: bytes) -> None:
        """Give the terminal its identity. Raises NoAnswer when only the terminal knows whether it has it."""
        self._upload(wire.SLOT_ROOT_KEY, root_public)
        self._upload(wire.SLOT_TERMINAL_CERTIFICATE, certificate)
        self._upload(wire.SLOT_POLICY, policy)
        results = self._connection.request(wire.INSTALL, timeout_s=INSTALL_TIMEOUT_S, tries=1)
        self._results(wire.INSTALL, results, 0)

    # -- below the commands

    def _upload(self, slot: int, document: bytes) -> None:
        if not 0 < len(document) <= wire.SLOT_BYTES_MAX[slot]:
            most = wire.SLOT_BYTES_MAX[slot]
            raise DocumentError(
                f"The document for slot {slot} has {len(document)} bytes; a terminal takes 1 to {most}."
            )
        for offset in range(0, len(document), wire.PUT_BYTES_MAX):
            piece = document[offset : offset + wire.PUT_BYTES_MAX]
            results = self._connection.request(wire.PUT, slot, offset, len(document), piece)
            if self._results(wire.PUT, results, 1) != [offset + len(piece)]:
                raise self._connection.nonsense(wire.PUT, "another number of bytes than were sent")

    def _patiently(self, action: Callable[[], _T]) -> _T:
        """Do `action`, again after a while when a card is being asked, and at once when an upload got lost."""
        lost = 0
        for _ in range(BUSY_TRIES):
            try:
                return action()
            except RefusedError as refused:
                if refused.number in (wire.SLOT_INCOMPLETE, wire.BAD_SLOT) and lost < TRIES:
                    lost += 1
                    continue
                if refused.number != wire.BUSY:
                    raise
            self._wait(BUSY_WAIT_S)
        return action()

    def _results(self, command: int, results: list[cbor.Item], count: int) -> list[cbor.Item]:
        if len(results) != count:
            raise self._connection.nonsense(command, f"{len(results)} results instead of {count}")
        return results

    def _sense(self, command: int) -> "_Sense":
        return _Sense(self._connection, command)


class _Sense:
    """Inside, a field that is not what it must be is the terminal's nonsense, not a document's."""

    def __init__(self, connection: Connection, command: int) -> None:
        self._connection = connection
        self._command = command

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, fields.FieldError):
            raise self._connection.nonsense(self._command, f"a wrong field ({str(error).rstrip('.')})") from None


def _text(value: cbor.Item, field: str) -> str:
    """Printable text: it ends on somebody's screen."""
    return "".join(character for character in fields.name(value, field) if character.isprintable())


def _truth(value: cbor.Item, field: str) -> bool:
    if not isinstance(value, bool):
        raise fields.FieldError(field, "true or false")
    return value
