"""status: the power supply in the words of Network UPS Tools, and how the terminal is; no money."""

import gc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    terminal = link.terminal
    ups = terminal.ups
    values = {
        "ups.status": ups.words(),
        "battery.charge": ups.charge,
        "battery.runtime": ups.runtime_s,
        "battery.voltage": ups.millivolts,
        "battery.current": ups.milliamps,
        "nyala.state": terminal.state,
        "nyala.clock": terminal.clock.now_s(),
        "nyala.uptime": terminal.clock.uptime_s(),
        "nyala.heap.free": gc.mem_free(),
    }
    # As in NUT, a variable that nothing is known of is not there.
    return ({name: value for name, value in values.items() if value is not None},)
