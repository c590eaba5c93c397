"""The inbox: what was read from terminals, byte for byte, before anything is made of it.

A folder with, for each terminal, `<number>.entries` (its chain from the genesis on), `<number>.receipts` (what it was
given for it) and, should that ever happen, `<number>.contradictions`. Each is a CBOR sequence (RFC 8742) of byte
strings, only ever appended to. One process writes a terminal's files at a time; anyone may read them meanwhile.
"""

import mmap
import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from nyala.documents import certificate, cose, receipt
from nyala.documents import entry as entry_document
from nyala.documents.bodies import Genesis
from nyala.documents.entry import Entry
from nyala.errors import DocumentError, LedgerError
from nyala.lock import Lock
from nyala.sequence_file import content_of, item_of, items_of, offsets_of, open_append, write

SYNC_ENTRIES = 64  # appended between two syncs at most; after a crash so many may be torn in any way
_ENTRIES = "entries"
_RECEIPTS = "receipts"
_CONTRADICTIONS = "contradictions"


class Contradiction(LedgerError):
    """A terminal offers another chain than the one held: it was cloned or rolled back, or a number was given twice."""


class Inbox:
    """The folder. Reading needs no lock and sees whole items only; `writing` is how to add to it."""

    def __init__(self, folder: Path) -> None:
        """Opens the folder, which is made when missing. Raises LedgerError."""
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"The inbox {self.folder} cannot be made: {error.strerror}.") from None

    def terminals(self) -> list[int]:
        """Numbers of the terminals that anything was read from, ascending."""
        names = (path.stem for path in self.folder.glob(f"*.{_ENTRIES}"))
        return sorted(int(name) for name in names if name.isdecimal())

    def entries(self, terminal: int, from_sequence: int = 0) -> Iterator[bytes]:
        """The entries of a terminal in order, from `from_sequence` on; an item not written whole yet ends them."""
        for index, item in enumerate(items_of(self._path(terminal, _ENTRIES))):
            if index >= from_sequence:
                yield item

    def next_sequence(self, terminal: int) -> int:
        """How many entries are held whole: the sequence to go on reading from."""
        return len(offsets_of(self._path(terminal, _ENTRIES))) - 1

    def receipts(self, terminal: int) -> list[bytes]:
        """The receipts that were made for a terminal, in order."""
        return list(items_of(self._path(terminal, _RECEIPTS)))

    def contradictions(self, terminal: int) -> list[bytes]:
        """Entries that were offered and contradict the chain held."""
        return list(items_of(self._path(terminal, _CONTRADICTIONS)))

    def writing(self, terminal: int) -> "Intake":
        """Take a terminal's files for writing: `with inbox.writing(7) as intake:`. LedgerError when they are taken."""
        return Intake(self, terminal)

    def add_receipt(self, terminal: int, document: bytes) -> None:
        """Keep a receipt, durable on return; to be done before the terminal gets it. Raises LedgerError, DocumentError.

        Refused unless the chain held is the one that the receipt says is held.
        """
        with self.writing(terminal) as intake:
            intake.add_receipt(document)

    def _path(self, terminal: int, what: str) -> Path:
        return self.folder / f"{terminal}.{what}"


class Intake:
    """One terminal's files, locked, the torn end of a killed host cut off. Every method raises LedgerError."""

    def __init__(self, inbox: Inbox, terminal: int) -> None:
        self.terminal = terminal
        self._inbox = inbox
        self._lock = Lock(inbox.folder / f"{terminal}.lock")
        try:
            self._file = open_append(inbox._path(terminal, _ENTRIES))  # pyright: ignore[reportPrivateUsage]
            try:
                self._offsets = self._recover()
            except BaseException:
                self._file.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._buffer = bytearray()
        self._last = self.entry(self.next_sequence - 1) if self.next_sequence else None
        self._unsynced = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Sync and let go."""
        try:
            self.sync()
        finally:
            self._file.close()
            self._lock.release()

    @property
    def next_sequence(self) -> int:
        return len(self._offsets) - 1

    def entry(self, sequence: int) -> bytes:
        """One entry that is held."""
        if not 0 <= sequence < self.next_sequence:
            raise LedgerError(f"The inbox does not hold entry {sequence} of terminal {self.terminal}.")
        self._flush()
        start, end = self._offsets[sequence], self._offsets[sequence + 1]
        item = os.pread(self._file.fileno(), end - start, start)
        return content_of(item)

    def append(self, sequence: int, data: bytes) -> bool:
        """Take an entry as the terminal offers it; True when it is new. Durable after `sync`, or SYNC_ENTRIES later.

        An entry held already must be the same, byte for byte. Raises Contradiction when this is another chain than the
        one held (the offered entry is then kept as evidence), LedgerError when an entry is missing before it,
        DocumentError when it is none. Its signature is not checked here: what a terminal says is kept, whatever it is
        worth.
        """
        entry = entry_document.parse(data)
        if entry.terminal != self.terminal:
            raise LedgerError(
                f"Terminal {self.terminal} offered an entry of terminal {entry.terminal}; nothing was kept."
            )
        if entry.sequence != sequence:
            raise LedgerError(
                f"Terminal {self.terminal} offered entry {entry.sequence} as number {sequence}; read it again."
            )
        if sequence > self.next_sequence:
            raise LedgerError(
                f"Terminal {self.terminal} offered entry {sequence}, but the inbox holds its entries up to"
                f" {self.next_sequence - 1} only; what is between would be lost."
            )
        if sequence < self.next_sequence:
            if self.entry(sequence) != data:
                self._contradicted(data, f"another entry {sequence} than the one held")
            return False
        if entry.previous != self._expected_previous(entry):
            self._contradicted(data, f"an entry {sequence} that does not follow the one held before it")
        item = item_of(data)
        self._buffer += item
        self._offsets.append(self._offsets[-1] + len(item))
        self._last = data
        self._unsynced += 1
        if self._unsynced >= SYNC_ENTRIES:
            self.sync()
        return True

    def sync(self) -> None:
        """On return everything appended survives a power cut."""
        if self._unsynced:
            self._flush()
            os.fsync(self._file.fileno())
            self._unsynced = 0

    def add_receipt(self, document: bytes) -> None:
        """As Inbox.add_receipt."""
        claim = receipt.parse(document)
        if claim.terminal != self.terminal or claim.sequence >= self.next_sequence:
            raise LedgerError(
                f"A receipt for entry {claim.sequence} of terminal {claim.terminal} was to be kept, but the inbox does"
                f" not hold that; nothing was kept."
            )
        held = self.entry(claim.sequence)
        if cose.digest(held) != claim.head or entry_document.parse(held).turnover_minor != claim.turnover_minor:
            raise LedgerError(
                f"A receipt for entry {claim.sequence} of terminal {self.terminal} speaks of another chain than the one"
                " held; nothing was kept."
            )
        # The host must hold what it says it holds.
        self._flush()
        os.fsync(self._file.fileno())
        self._unsynced = 0
        self._keep(_RECEIPTS, document)

    def _expected_previous(self, entry: Entry) -> bytes:
        if self._last is not None:
            return cose.digest(self._last)
        # A genesis hangs on the certificate inside it.
        return cose.digest(entry.body.certificate) if isinstance(entry.body, Genesis) else b""

    def _contradicted(self, data: bytes, what: str) -> None:
        if data not in self._inbox.contradictions(self.terminal):
            self._keep(_CONTRADICTIONS, data)
        raise Contradiction(
            f"Terminal {self.terminal} offers {what}: it was cloned, rolled back, or its number given twice. The inbox"
            f" is as it was; the offered entry is kept in {self.terminal}.{_CONTRADICTIONS}."
        )

    def _keep(self, what: str, document: bytes) -> None:
        """Append to one of the small files, durable on return."""
        path = self._inbox._path(self.terminal, what)  # pyright: ignore[reportPrivateUsage]
        with open_append(path) as file:
            os.ftruncate(file.fileno(), offsets_of(path)[-1])
            write(file, item_of(document))
            os.fsync(file.fileno())

    def _flush(self) -> None:
        if self._buffer:
            write(self._file, bytes(self._buffer))
            self._buffer.clear()

    # -- what a killed host left behind

    def _recover(self) -> "array[int]":
        """Offsets of the entries held; whatever was being written when a host died is cut off."""
        path = self._inbox._path(self.terminal, _ENTRIES)  # pyright: ignore[reportPrivateUsage]
        offsets = offsets_of(path)
        good = self._good_entries(path, offsets)
        receipted = self._receipted()
        if good < receipted:
            raise LedgerError(
                f"{path} is damaged at entry {good}, which the terminal has a receipt for and may not hold any more;"
                " restore the file from a backup."
            )
        del offsets[good + 1 :]
        if offsets[-1] != path.stat().st_size:
            os.ftruncate(self._file.fileno(), offsets[-1])
            os.fsync(self._file.fileno())
        return offsets

    def _receipted(self) -> int:
        """How many entries there are receipts for."""
        try:
            return max((receipt.parse(item).sequence + 1 for item in self._inbox.receipts(self.terminal)), default=0)
        except DocumentError:
            raise LedgerError(
                f"{self.terminal}.{_RECEIPTS} in the inbox holds something that is no receipt; restore it from backup."
            ) from None

    def _good_entries(self, path: Path, offsets: "array[int]") -> int:
        """How many entries from the first on are beyond doubt. Only the last ones may never have been synced."""
        count = len(offsets) - 1
        if not count:
            return 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

            def item(index: int) -> bytes:
                return content_of(content[offsets[index] : offsets[index + 1]])

            first = max(0, count - SYNC_ENTRIES)
            previous = cose.digest(item(first - 1)) if first else None
            for index in range(first, count):
                data = item(index)
                try:
                    entry = entry_document.parse(data)
                except DocumentError:
                    return index
                if (entry.terminal, entry.sequence) != (self.terminal, index):
                    # No crash does that. Whoever put it there may want it back, so nothing is cut.
                    raise LedgerError(
                        f"{path} holds entry {entry.sequence} of terminal {entry.terminal} where entry {index} of"
                        f" terminal {self.terminal} should be; put back the file that belongs there."
                    )
                if previous not in (None, entry.previous):
                    return index - 1  # one of the two is wrong; the one before is not covered by anything else
                previous = cose.digest(data)
            return count if _signed(item(count - 1), item(0)) else count - 1


def _signed(data: bytes, genesis: bytes) -> bool:
    """Whether the key of the terminal's own certificate signed an entry: nothing else covers the last one."""
    try:
        body = entry_document.parse(genesis).body
        if not isinstance(body, Genesis):
            return False
        entry_document.verify(data, certificate.parse(body.certificate).public)
    except DocumentError:
        return False
    return True
