"""Outages as entries: when mains went, when it came back, and what was paid in between."""

from micropython import const

from wire.entry import OUTAGE_BEGAN, OUTAGE_ENDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from power.ups import Ups
    from terminal.chain import Chain
    from terminal.clock import Clock
    from terminal.tallies import Tallies

_SETTLED_S = const(5)  # mains must stay for so long: flickering mains is one outage


class OutageWatch:
    """Call `look()` every second or so. What is in progress comes from the chain, so an outage outlives a restart."""

    def __init__(self, ups: "Ups", chain: "Chain", clock: "Clock", tallies: "Tallies") -> None:
        self._ups = ups
        self._chain = chain
        self._clock = clock
        self._tallies = tallies
        self._open = False  # whether an outage is in progress once everything that waits is written
        self._mains_since_s = None

    def look(self) -> None:
        """Post `outage_began` or `outage_ended` when it is due."""
        if not self._chain.started:
            return
        if not self._chain.waiting:
            self._open = self._tallies.outage is not None
        now_s = self._clock.uptime_s()
        if self._ups.on_battery:
            self._mains_since_s = None
            if not self._open:
                self._open = True
                self._chain.post(OUTAGE_BEGAN, [])
        elif self._open:
            if self._mains_since_s is None:
                self._mains_since_s = now_s
            if now_s - self._mains_since_s >= _SETTLED_S:
                self._open = False
                self._chain.post(OUTAGE_ENDED, self._ended_at(self._mains_since_s))

    def _ended_at(self, ended_s: int) -> "Callable[[], list | None]":
        """The body, made when its turn in the chain comes: a sale in progress still belongs to the outage."""

        def body() -> "list | None":
            outage = self._tallies.outage
            if outage is None:  # its beginning was lost among too many events
                return None
            waited_s = self._clock.uptime_s() - ended_s
            seconds = max(0, self._clock.seconds_since(outage.began) - waited_s)
            return [seconds, outage.payments, outage.value_minor]

        return body
