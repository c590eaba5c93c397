"""put: a piece of a document for a slot."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    return (link.uploads.put(*arguments),)
