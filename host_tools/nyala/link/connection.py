"""Requests and responses over a line (docs/link-protocol.md): found among noise by id, asked again when lost."""

import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self

from nyala.documents import cbor
from nyala.errors import DocumentError, PortError, RefusedError
from nyala.link.frames import Decoder, encode
from nyala.link.port import Line, SerialLine
from nyala.wire import link as wire
from nyala.wire import link_errors

ANSWER_TIMEOUT_S = 3.0  # of one response; a terminal that checks signatures in the middle of a sale takes a second
TRIES = 3
_ID_MAX = 65535


class NoAnswer(PortError):
    """A request was not answered in time, however often it was sent."""


class Connection:
    """One line, one request at a time. Raises PortError for the line, RefusedError for what the terminal refuses."""

    def __init__(self, port: str | Line, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = SerialLine(port) if isinstance(port, str) else port
        self._clock = clock
        self._decoder = Decoder(wire.RESPONSE_FRAME_BYTES_MAX)
        self._messages: list[bytes] = []
        self._id = 0
        self._bytes_seen = 0
        self._terminal_seen = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        return self._line.name

    def close(self) -> None:
        self._line.close()

    def request(
        self, command: int, *arguments: int | bytes, timeout_s: float = ANSWER_TIMEOUT_S, tries: int = TRIES
    ) -> list[cbor.Item]:
        """Send a command that has one response; return its results. Sent again, with a new id, while none comes."""
        for attempt in range(tries):
            try:
                status, results = self._ask(command, arguments, timeout_s)
            except NoAnswer:
                if attempt == tries - 1:
                    raise
                continue
            if status == wire.MORE:
                raise self.nonsense(command, "several responses where one was due")
            return results
        raise AssertionError("tries must be at least 1")

    def stream(
        self, command: int, *arguments: int | bytes, most: int, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> Generator[list[cbor.Item], None, list[cbor.Item]]:
        """Send a command that may have up to `most` responses before its last; yield their results, return the last's.

        Raises NoAnswer when a response is missing: what has come until then is good.
        """
        status, results = self._ask(command, arguments, timeout_s)
        count = 0
        while status == wire.MORE:
            count += 1
            if count > most:
                raise self.nonsense(command, f"more than the {most} responses asked for")
            yield results
            status, results = self._response(command, timeout_s)
        return results

    def nonsense(self, command: int, what: str) -> PortError:
        """The error for an answer that no terminal of this protocol version gives."""
        name = wire.COMMAND_NAMES[command]
        return PortError(f"{self.name} answered `{name}` with {what}; is it a Nyala terminal, of a version that fits?")

    def _ask(self, command: int, arguments: tuple[int | bytes, ...], timeout_s: float) -> tuple[int, list[cbor.Item]]:
        self._id = self._id % _ID_MAX + 1  # from 1: a terminal that cannot read an id answers to 0
        frame = encode(cbor.dumps([self._id, command, *arguments]))
        if len(frame) > wire.REQUEST_FRAME_BYTES_MAX:
            raise ValueError(f"request: {len(frame)} bytes, at most {wire.REQUEST_FRAME_BYTES_MAX} may be sent")
        self._line.write(frame)
        return self._response(command, timeout_s)

    def _response(self, command: int, timeout_s: float) -> tuple[int, list[cbor.Item]]:
        """The next response to the request sent last; everything else is dropped."""
        deadline = self._clock() + timeout_s
        while True:
            while self._messages:
                response = _parse(self._messages.pop(0))
                if response is None:
                    continue
                self._terminal_seen = True
                number, status, results = response
                if number != self._id:
                    continue
                if status not in (wire.DONE, wire.MORE):
                    raise _refused(status, results)
                return status, results
            if self._clock() >= deadline:
                raise self._silent(command)
            data = self._line.read()
            self._bytes_seen += len(data)
            self._messages.extend(self._decoder.feed(data))

    def _silent(self, command: int) -> NoAnswer:
        if self._terminal_seen:
            return NoAnswer(
                f"{self.name} stopped answering at `{wire.COMMAND_NAMES[command]}`;"
                " check the cable and the terminal's power."
            )
        heard = f"{self._bytes_seen} bytes came, but no frame of the link" if self._bytes_seen else "nothing came back"
        return NoAnswer(f"{self.name} is no Nyala terminal: {heard}; check the port, and that the terminal is on.")


def _parse(message: bytes) -> tuple[int, int, list[cbor.Item]] | None:
    """Id, status and results of a response; None when it is none."""
    try:
        response = cbor.loads(message, wire.RESPONSE_FRAME_BYTES_MAX)
    except DocumentError:
        return None
    if not isinstance(response, list) or len(response) < 2:
        return None
    number, status, *results = response
    if type(number) is not int or type(status) is not int or status < 0:
        return None
    return number, status, results


def _refused(status: int, results: list[cbor.Item]) -> RefusedError:
    detail = results[0] if results and isinstance(results[0], str) else ""
    # The terminal's words may hold anything, and end on a screen.
    detail = "".join(character for character in detail if character.isprintable())
    name, sentence = link_errors.ERRORS.get(
        status,
        (f"error_{status}", "The terminal answered with an error that these host tools do not know; update them."),
    )
    return RefusedError(status, name, sentence, detail)
