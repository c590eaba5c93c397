"""Setting a terminal's clock when it is off.

To be done before reading: a clock set in the same boot dates every entry of that boot, also those that the terminal
signed while it did not know the time (docs/verdicts.md).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nyala.link.client import Client

OFF_BY_S = 30  # less is not worth an entry in the chain


def mend(client: "Client", *, now_s: int, off_by_s: int = OFF_BY_S) -> int | None:
    """Set the clock when it differs by more than `off_by_s`; returns by how much it moved, None when it was left alone.

    `client` has a session; now_s: seconds since 1970. Raises PortError, RefusedError (`bad_clock` when
    the host's own clock is behind the terminal's last entry).
    """
    shown = client.status().get("nyala.clock", 0)
    if isinstance(shown, int) and abs(now_s - shown) <= off_by_s:
        return None
    return client.set_clock(now_s)
