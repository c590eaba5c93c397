"""set_clock: set the clock; the chain tells that it was set, and from when to when."""

from link.refusal import Refusal
from terminal.chain import PlaceTaken
from terminal.clock import ClockBehind
from wire.entry import CLOCK_SET, TRUST_SET
from wire.link import BAD_CLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link

TIME_S_MAX = 1 << 33  # in the year 2242


async def run(link: "Link", arguments: list) -> tuple:
    (time_s,) = arguments
    terminal = link.terminal
    clock = terminal.clock
    before_s = clock.now_s()
    # A second is what the clock counts in: one that is right already is left alone, and the chain with it.
    if clock.trust == TRUST_SET and abs(time_s - before_s) <= 1:
        return (time_s - before_s,)
    if terminal.chain.reserved:
        raise PlaceTaken()
    if time_s > TIME_S_MAX:
        raise Refusal(BAD_CLOCK, "time must be at most %d" % TIME_S_MAX)
    try:
        clock.set(time_s)
    except ClockBehind as error:
        raise Refusal(BAD_CLOCK, str(error))
    if terminal.identity.provisioned:
        terminal.chain.append(CLOCK_SET, [before_s, time_s])
    return (time_s - before_s,)
