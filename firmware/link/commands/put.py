"""put: a piece of a document for a slot."""


async def run(link: object, arguments: list) -> tuple:
    return (link.uploads.put(*arguments),)
