"""identify: make this terminal heard among others."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link

_HZ = 2000
_BEEP_MS = 120
_BEEPS = 3


async def run(link: "Link", arguments: list) -> tuple:
    for _ in range(_BEEPS):
        await link.terminal.board.buzzer.beep(_HZ, _BEEP_MS)
    return ()
