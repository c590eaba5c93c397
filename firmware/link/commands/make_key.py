"""make_key: draw the key of an identity to be; it waits until a certificate for it is installed."""

from link.refusal import Refusal
from wire.entry import TERMINAL_MAX
from wire.link import BAD_REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link

NONCE_BYTES = 16


async def run(link: "Link", arguments: list) -> tuple:
    terminal, nonce = arguments
    if terminal > TERMINAL_MAX:
        raise Refusal(BAD_REQUEST, "terminal must be at most %d" % TERMINAL_MAX)
    if len(nonce) != NONCE_BYTES:
        raise Refusal(BAD_REQUEST, "nonce must be %d bytes" % NONCE_BYTES)
    return (link.terminal.identity.make_key(link.terminal.board.entropy, terminal, nonce),)
