"""identify: make this terminal heard among others."""

_HZ = 2000
_BEEP_MS = 120
_BEEPS = 3


async def run(link: object, arguments: list) -> tuple:
    for _ in range(_BEEPS):
        await link.terminal.board.buzzer.beep(_HZ, _BEEP_MS)
    return ()
