"""The chain of signed entries, and its only writer."""

from micropython import const

from journal.journal import JournalError, JournalFull, UnsafeVoltage
from terminal import FIRMWARE, faults
from voucher import cose, entry
from wire.entry import BOOT, FAULT, GENESIS, POLICY_APPLIED, TURNOVER_MINOR_MAX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware import Entropy
    from journal.journal import Journal, Recovery
    from power.ups import Ups
    from terminal.clock import Clock
    from terminal.identity import Identity

_WAITING_MAX = const(16)  # events that wait for a reserved place or a safe voltage
_PREVIOUS_WITHIN_BYTES = const(80)  # the previous hash stands in the first so many bytes of an entry
_HEDGE_BYTES = const(32)


class ChainBroken(Exception):
    """What flash holds and what we know of the chain may differ: nothing is appended until a restart has looked."""


class ForeignChain(ChainBroken):
    """The journal holds the chain of another key, from before this terminal was provisioned anew."""


class PlaceTaken(Exception):
    """The next place is reserved for a card that is being asked; try again in a moment."""


class Place:
    """The chain's next place while a card is asked for it: nobody else appends until this is released."""

    def __init__(self, chain: "Chain") -> None:
        self._chain = chain

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *error: object) -> None:
        self._chain.release()

    @property
    def sequence(self) -> int:
        return self._chain.next_sequence

    @property
    def previous(self) -> bytes:
        return self._chain.head

    def append(self, kind: int, body: list, delta_minor: int = 0) -> bytes:
        """Append here and move on to the next place; as Chain.append."""
        return self._chain.write(kind, body, delta_minor)


class Chain:
    """Signs entries and appends them to the journal.

    `on_append(sequence, kind, data)` is called after each entry that is in flash, `on_broken(why)` when it breaks.
    """

    def __init__(
        self, journal: "Journal", identity: "Identity", clock: "Clock", ups: "Ups", entropy: "Entropy"
    ) -> None:
        self._journal = journal
        self._identity = identity
        self._clock = clock
        self._ups = ups
        self._entropy = entropy
        self._waiting = []  # (kind, body or a function that makes it when its turn comes)
        self._next = None  # while checking: the sequence that must come next
        self.started = False
        self.broken = False
        self.reserved = False
        self.head = b""
        self.next_sequence = 0
        self.turnover_minor = 0
        self.on_append = lambda sequence, kind, data: None  # type: Callable[[int, int, bytes], None]
        self.on_broken = lambda why: None  # type: Callable[[str], None]

    # -- start

    def check(self, sequence: int, data: bytes) -> None:
        """Take the kept entries one after another, the oldest first. Raises ChainBroken when one does not follow."""
        # A full decode of thousands of entries would take seconds; the hash itself proves the link.
        if self._next is not None and (sequence != self._next or data.find(self.head, 0, _PREVIOUS_WITHIN_BYTES) < 0):
            self.broken = True
            raise ChainBroken("entry %d does not follow the one before it" % sequence)
        self.head = entry.digest(data)
        self._next = sequence + 1

    def start(self, recovery: "Recovery | None", reset_cause: int) -> None:
        """Go on from the journal's last entry, or with genesis when there is none, and with `boot`.

        `recovery` None: the terminal has just been provisioned. Raises ChainBroken, JournalFault, DocumentError.
        """
        last = self._journal.last()
        if last is None:
            self.head = entry.digest(self._identity.certificate)
            self._waiting.append((GENESIS, [self._identity.certificate]))
        else:
            self._resume(*last)
        rebuilt, closed = (recovery.rebuilt, recovery.closed) if recovery is not None else (0, 0)
        self._waiting.append((BOOT, [reset_cause, FIRMWARE, rebuilt, closed]))
        self.started = True
        self.flush()

    def _resume(self, sequence: int, data: bytes) -> None:
        last = entry.parse(data)
        head = entry.digest(data)
        if last.sequence != sequence or (self.head and self.head != head):
            self.broken = True
            raise ChainBroken("the journal's last entry is not the end of the chain")
        try:
            cose.open_signed(data).verify(self._identity.public)
        except cose.BadSignature:
            self.broken = True
            raise ForeignChain("the journal's last entry is not signed by this terminal's key")
        self.head = head
        self.next_sequence = sequence + 1
        self.turnover_minor = last.turnover_minor
        self._clock.resume(last.boot, last.time_s)

    def forget(self) -> None:
        """The journal was erased for a new identity: the next `start` begins a new chain."""
        self.broken = False
        self.started = False
        self.head = b""
        self.next_sequence = self.turnover_minor = 0
        self._next = None
        self._waiting.clear()

    def apply_policy(self) -> None:
        """Append that the identity's policy is in force; raises as `append`."""
        policy = self._identity.policy
        assert policy is not None
        self.append(POLICY_APPLIED, [policy.version, policy.digest])

    # -- append

    def append(self, kind: int, body: list, delta_minor: int = 0) -> bytes:
        """Sign and append an entry; on return both copies have been read back. Returns the entry.

        Raises PlaceTaken, ChainBroken, JournalFull, UnsafeVoltage (nothing was written), JournalFault.
        """
        if self.reserved:
            raise PlaceTaken("place %d is reserved for a card" % self.next_sequence)
        self._flush()  # what happened before comes before
        return self.write(kind, body, delta_minor)

    @property
    def waiting(self) -> int:
        """How many posted events are not in flash yet."""
        return len(self._waiting)

    def post(self, kind: int, body: "list | Callable[[], list | None]") -> None:
        """Append an event now, or as soon as its turn comes: after a reserved place, or once the voltage is safe again.

        `body` may be a function that makes it when its turn comes; None from it drops the event. An event before
        provisioning is dropped too: there is no chain to hold it.
        """
        if not self.started or self.broken:
            return
        if len(self._waiting) >= _WAITING_MAX:
            self._waiting[-1] = (FAULT, [faults.EVENTS_LOST, ""])
        else:
            self._waiting.append((kind, body))
        self.flush()

    def flush(self) -> None:
        """Append what waits, in order, as far as that is possible now."""
        if self._waiting and not self.reserved and not self.broken:
            try:
                self._flush()
            except JournalError:
                pass  # still first in the queue

    def _flush(self) -> None:
        while self._waiting:
            kind, body = self._waiting[0]
            if not isinstance(body, list):
                body = body()
            if body is not None:
                self.write(kind, body, 0)
            self._waiting.pop(0)

    def reserve(self) -> Place:
        """Reserve the next place: `with chain.reserve() as place:`. Raises as `append` does."""
        if self.reserved:
            raise PlaceTaken("place %d is reserved already" % self.next_sequence)
        if self.broken or not self.started:
            raise ChainBroken("the chain is not running; restart the terminal")
        self._flush()
        self.reserved = True
        return Place(self)

    def release(self) -> None:
        """Give the place back and let what waited follow."""
        self.reserved = False
        self.flush()

    def write(self, kind: int, body: list, delta_minor: int) -> bytes:
        """Append at once, reserved or not. For the holder of the place only: others call `append` or `post`."""
        if self.broken or not self.started:
            raise ChainBroken("the chain is not running; restart the terminal")
        turnover_minor = self.turnover_minor + delta_minor
        if not 0 <= turnover_minor <= TURNOVER_MINOR_MAX:
            raise ValueError("turnover: %d is out of bounds" % turnover_minor)
        time_s = self._clock.now_s()
        data = entry.seal(
            entry.Entry(
                kind,
                self._identity.terminal,
                self.next_sequence,
                self.head,
                turnover_minor,
                time_s,
                self._clock.trust,
                self._clock.boot,
                self._clock.uptime_s(),
                self._ups.status,
                self._ups.charge,
                body,
            ),
            self._identity.private,
            self._entropy.read(_HEDGE_BYTES),
        )
        try:
            self._journal.append(self.next_sequence, data)
        except (JournalFull, UnsafeVoltage):
            raise  # both promise that nothing was written
        except Exception as error:
            # One copy may hold the entry: signing another for the same place would fork the chain. Recovery decides.
            self.broken = True
            self.on_broken(type(error).__name__)
            raise
        sequence = self.next_sequence
        self.head = entry.digest(data)
        self.next_sequence = sequence + 1
        self.turnover_minor = turnover_minor
        self._clock.wrote(time_s)
        self.on_append(sequence, kind, data)
        return data
