"""logout: end the session, if there is one."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    link.session.end()
    return ()
