"""When an entry was signed, as far as the chain proves it.

An entry whose clock was set says so itself. Any other lies between its neighbours: no earlier than the entry before and
its own lower bound, no later than the entry after and the moment the host first held it. A clock set later in the same
boot gives it exactly, by the difference of uptimes.
"""

from collections.abc import Sequence

from nyala.documents.entry import Entry
from nyala.wire.entry import TRUST_SET

Bounds = tuple[int, int | None]  # seconds since 1970


def bounds(entries: Sequence[Entry], held_s: Sequence[int | None]) -> list[Bounds]:
    """(earliest, latest) of entries in chain order; `held_s`: when the host first held each."""
    earliest_s = 0
    forward: list[int] = []
    for entry in entries:
        earliest_s = max(earliest_s, entry.time_s)  # 0 when the clock was never set
        forward.append(earliest_s)
    result: list[Bounds] = []
    latest_s: int | None = None
    known: Entry | None = None  # the next entry of the same boot whose clock was set
    for entry, lower_s, held in zip(reversed(entries), reversed(forward), reversed(held_s), strict=True):
        if held is not None:
            latest_s = held if latest_s is None else min(latest_s, held)
        if entry.trust == TRUST_SET:
            known, latest_s = entry, entry.time_s
            result.append((entry.time_s, entry.time_s))
            continue
        if known is not None and known.boot == entry.boot and known.uptime_s >= entry.uptime_s:
            latest_s = max(lower_s, known.time_s - (known.uptime_s - entry.uptime_s))
            result.append((latest_s, latest_s))
            continue
        # An upper bound under the lower one is a wrong clock somewhere: then nothing is known above.
        result.append((lower_s, latest_s if latest_s is None or latest_s >= lower_s else None))
    return result[::-1]


def went_back(entries: Sequence[Entry]) -> list[int]:
    """Indices of entries that claim a time before an earlier entry's."""
    found: list[int] = []
    last_s = 0
    for index, entry in enumerate(entries):
        if entry.time_s and entry.time_s < last_s:
            found.append(index)
        last_s = max(last_s, entry.time_s)
    return found
