"""hello: who and what this is; the only command that every version answers alike."""

from terminal import FIRMWARE
from wire.link import PROTOCOL_VERSION


async def run(link: object, arguments: list) -> tuple:
    terminal = link.terminal
    identity = terminal.identity
    return (
        PROTOCOL_VERSION,
        FIRMWARE,
        terminal.board.name,
        identity.terminal,
        identity.provisioned,
        terminal.state,
    )
