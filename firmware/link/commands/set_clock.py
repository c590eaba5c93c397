"""set_clock: set the clock; the chain tells that it was set, and from when to when."""

from link.refusal import Refusal
from terminal.clock import ClockBehind
from wire.entry import CLOCK_SET, TRUST_SET
from wire.link import BAD_CLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link

_TIME_S_MAX = 1 << 33  # in the year 2242


async def run(link: "Link", arguments: list) -> tuple:
    (time_s,) = arguments
    terminal = link.terminal
    clock = terminal.clock
    before_s = clock.now_s()
    # A second is what the clock counts in: one that is right already is left alone, and the chain with it.
    if clock.trust == TRUST_SET and abs(time_s - before_s) <= 1:
        return (time_s - before_s,)
    link.check_writable()
    # Set too far ahead it could not be set back: the entries written meanwhile would be in its way, and at a time when
    # staff certificates have expired nobody could log in to do it.
    if time_s >= (link.session.expires_s or _TIME_S_MAX):
        raise Refusal(BAD_CLOCK, "the staff certificate expires before")
    try:
        clock.set(time_s)
    except ClockBehind as error:
        raise Refusal(BAD_CLOCK, str(error))
    if terminal.identity.provisioned:
        terminal.chain.append(CLOCK_SET, [before_s, time_s])
    return (time_s - before_s,)
