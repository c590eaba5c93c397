"""policy: put a newer policy in force; the operator's signature on it is all the authority this needs."""

from link.refusal import Refusal
from terminal.identity import OldPolicy
from voucher import DocumentError
from wire.link import BAD_DOCUMENT, OLD_POLICY, SLOT_POLICY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    identity = link.terminal.identity
    link.check_writable()
    (document,) = link.uploads.take(SLOT_POLICY)
    try:
        version = identity.apply_policy(document, link.terminal.tables)
    except DocumentError as error:
        raise Refusal(BAD_DOCUMENT, str(error))
    except OldPolicy as error:
        raise Refusal(OLD_POLICY, str(error))
    link.note_policy()
    return (version,)
