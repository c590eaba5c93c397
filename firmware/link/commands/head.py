"""head: where the chain ends, and from where on it is kept."""

from link.refusal import Refusal
from wire.link import NO_SUCH_ENTRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    chain = link.terminal.chain
    journal = link.terminal.journal
    if not chain.next_sequence:
        raise Refusal(NO_SUCH_ENTRY, "the chain is empty")
    return chain.next_sequence - 1, chain.head, journal.first_sequence, chain.turnover_minor
