"""hello: who and what this is; the only command that every version answers alike."""

from terminal import FIRMWARE
from wire.link import PROTOCOL_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    terminal = link.terminal
    identity = terminal.identity
    return (
        PROTOCOL_VERSION,
        FIRMWARE,
        terminal.board.name,
        identity.terminal if identity.provisioned else None,
        identity.provisioned,
        terminal.state,
    )
