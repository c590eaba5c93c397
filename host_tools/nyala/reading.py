"""Reading a terminal: its entries into the inbox, synced, before anything is made of them.

Interrupted anywhere, the next reading goes on where this one was.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nyala.documents import cose
from nyala.errors import LedgerError, PortError, RefusedError
from nyala.inbox import Contradiction, Inbox, Intake
from nyala.link.client import Client, Head
from nyala.wire import link as wire
from nyala.wire import link_errors

Progress = Callable[[int, int], None]  # entries read so far, entries to read


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading brought: the sequences of the first and last new entry are None when there was none."""

    terminal: int
    new_entries: int
    first: int | None
    last: int | None


def read(client: Client, inbox: Inbox, progress: Progress | None = None) -> Reading:
    """Bring the inbox up to the end of the terminal's chain; `client` has a session.

    Raises PortError, RefusedError; LedgerError when the inbox is in use or an entry is missing; Contradiction when the
    terminal's chain is not the one that the inbox holds. What was taken before that stays, and is good.
    """
    terminal = client.hello().terminal
    if terminal is None:
        raise _not_provisioned()
    head = client.head()
    with inbox.writing(terminal) as intake:
        first = intake.next_sequence
        if head.sequence < first - 1:
            _rolled_back(client, intake, head)
        if head.first_kept > first:
            raise LedgerError(
                f"The terminal {terminal} keeps its entries from {head.first_kept} on, as it has a receipt for those"
                f" before, but this inbox holds them up to {first - 1 if first else 'none'} only; read it into the"
                " inbox that the receipt was made for."
            )
        # The last entry held is read once more when the terminal still has it: the chain must go on from that one.
        start = max(first - 1, head.first_kept, 0)
        for sequence, entry in client.read(start):
            intake.append(sequence, entry)
            if sequence == head.sequence and cose.digest(entry) != head.digest:
                raise PortError(
                    f"Terminal {terminal} sent another entry {sequence} than its own head says; read it again."
                )
            if progress is not None and sequence >= first:
                progress(sequence - first + 1, max(head.sequence, sequence) - first + 1)
        intake.sync()
        new = intake.next_sequence - first
    return Reading(terminal, new, first if new else None, first + new - 1 if new else None)


def _rolled_back(client: Client, intake: Intake, head: Head) -> None:
    """Raise Contradiction for a chain that ends before the one held; its last entry may say more."""
    for sequence, entry in client.read(head.sequence):
        intake.append(sequence, entry)
    raise Contradiction(
        f"Terminal {intake.terminal} ends at entry {head.sequence}, but the inbox holds its entries up to"
        f" {intake.next_sequence - 1}: it was rolled back to an earlier state. Take it out of service."
    )


def _not_provisioned() -> RefusedError:
    name, sentence = link_errors.ERRORS[wire.NOT_PROVISIONED]
    return RefusedError(wire.NOT_PROVISIONED, name, sentence)
