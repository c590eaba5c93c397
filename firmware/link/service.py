"""The link's task: requests in, responses out. Errors become responses here and nowhere below."""

from journal.journal import JournalError, JournalFull, NoSuchEntry, UnsafeVoltage
from link.commands import COMMANDS, RECONCILER, TECHNICIAN, UNPROVISIONED
from link.frames import Decoder, Encoder
from link.refusal import Refusal
from link.session import Session
from link.uploads import Uploads
from terminal import faults
from terminal.chain import ChainBroken, PlaceTaken
from voucher import DocumentError, cbor
from wire.link import (
    ALREADY_PROVISIONED,
    BAD_REQUEST,
    BUSY,
    DONE,
    JOURNAL_FAULT,
    MORE,
    NO_SESSION,
    NO_SUCH_ENTRY,
    NOT_PROVISIONED,
    REQUEST_FRAME_BYTES_MAX,
    RESPONSE_FRAME_BYTES_MAX,
    TERMINAL_FAULT,
    UNKNOWN_COMMAND,
    UNRECEIPTED_ENTRIES,
    WRONG_ROLE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Line
    from terminal.terminal import Terminal

_ID_MAX = 65535
_STAFF = RECONCILER | TECHNICIAN


async def serve(line: "Line", terminal: "Terminal") -> None:
    """Answer requests for ever. Nothing that comes over the line ends this."""
    link = Link(line, terminal)
    link.finish()
    decoder = Decoder(REQUEST_FRAME_BYTES_MAX)
    while True:
        for message in decoder.feed(await line.read()):
            await link.answer(message)


def _unsigned(value: object) -> bool:
    return type(value) is int and value >= 0


class Link:
    """What a command's handler may use: `terminal`, `session`, `uploads`, and `more` for all results but the last."""

    def __init__(self, line: "Line", terminal: "Terminal") -> None:
        self.terminal = terminal
        self.session = Session(terminal.identity, terminal.clock, terminal.board.entropy, terminal.tables)
        self.uploads = Uploads()
        self._line = line
        self._encoder = Encoder(RESPONSE_FRAME_BYTES_MAX)
        self._id = 0

    async def answer(self, message: bytes) -> None:
        """Do what one request asks and send its last response."""
        name = "request"
        self._id = 0  # the answer to a request whose id cannot be read
        try:
            name, needs, arguments = self._read(message)
            self.session.touch()
            self._authorise(needs)
            module = __import__("link.commands." + name, None, None, ("run",))
            await self._send(DONE, await module.run(self, arguments))
            return
        except Refusal as refusal:
            number, detail = refusal.number, refusal.detail
        except PlaceTaken:
            number, detail = BUSY, "a card is being asked"
        except NoSuchEntry:
            number, detail = NO_SUCH_ENTRY, name
        except JournalFull:
            number, detail = UNRECEIPTED_ENTRIES, "the journal is full"
        except UnsafeVoltage:
            number, detail = BUSY, "the battery is too low to write"
        except (JournalError, ChainBroken) as error:
            number, detail = JOURNAL_FAULT, type(error).__name__
        except Exception as error:  # a fault of ours: it must not silence the link
            self._fault(name, error)
            number, detail = TERMINAL_FAULT, name
        await self._send(number, (detail,))

    def finish(self) -> None:
        """Write what a power cut in the middle of `policy` left unwritten, or leave it for the next start."""
        try:
            self.note_policy()
        except (PlaceTaken, ChainBroken, JournalError):
            pass

    def note_policy(self) -> None:
        """Write that the policy is in force, once."""
        if not self.terminal.identity.policy_noted:
            self.terminal.chain.apply_policy()
            self.terminal.identity.note_policy()

    def check_writable(self) -> None:
        """Raise PlaceTaken or UnsafeVoltage when the chain takes no entry now: ahead of what it will have to tell."""
        if self.terminal.chain.reserved:
            raise PlaceTaken()
        if not self.terminal.ups.safe_to_write():
            raise UnsafeVoltage()

    async def more(self, *results: object) -> None:
        """Send one response of several."""
        await self._send(MORE, results)

    def _read(self, message: bytes) -> tuple:
        """Return name, needs and arguments of a request; raises Refusal for whatever is no request."""
        try:
            request = cbor.decode(message, REQUEST_FRAME_BYTES_MAX)
        except DocumentError as error:
            raise Refusal(BAD_REQUEST, str(error))
        if not isinstance(request, list) or len(request) < 2:
            raise Refusal(BAD_REQUEST, "an array of id, command, arguments")
        if not _unsigned(request[0]) or request[0] > _ID_MAX:
            raise Refusal(BAD_REQUEST, "id must be 0..%d" % _ID_MAX)
        self._id = request[0]
        if not _unsigned(request[1]):
            raise Refusal(BAD_REQUEST, "command must be a number")
        if request[1] >= len(COMMANDS):
            raise Refusal(UNKNOWN_COMMAND, "%d" % request[1])
        name, types, needs = COMMANDS[request[1]]
        arguments = request[2:]
        if len(arguments) != len(types):
            raise Refusal(BAD_REQUEST, "%s takes %d arguments" % (name, len(types)))
        for index, value in enumerate(arguments):
            if not (_unsigned(value) if types[index] == "u" else type(value) is bytes):
                raise Refusal(BAD_REQUEST, "%s: argument %d" % (name, index + 1))
        return name, needs, arguments

    def _authorise(self, needs: int) -> None:
        """Raise Refusal unless the terminal's state or the session's role meets `needs`."""
        if not self.terminal.identity.provisioned:
            if needs and not needs & UNPROVISIONED:
                raise Refusal(NOT_PROVISIONED)
        elif needs & _STAFF:
            if self.session.role is None:
                # Only technicians may do again what anyone may do once.
                raise Refusal(ALREADY_PROVISIONED if needs == UNPROVISIONED | TECHNICIAN else NO_SESSION)
            if not needs & 1 << self.session.role:
                raise Refusal(WRONG_ROLE)

    def _fault(self, name: str, error: Exception) -> None:
        # The class alone: the text of an exception may hold what it was about.
        self.terminal.fault(faults.COMMAND_FAILED, "link %s %s" % (name, type(error).__name__))

    async def _send(self, status: int, results: tuple) -> None:
        frame = self._encoder.encode(cbor.encode((self._id, status) + tuple(results)))
        # A view spares a copy of every entry read; the line is done with it when this returns.
        await self._line.write(frame)
