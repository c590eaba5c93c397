"""challenge: 32 random bytes for the host to sign, good for one login."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    return (link.session.challenge(),)
