"""challenge: 32 random bytes for the host to sign, good for one login."""


async def run(link: object, arguments: list) -> tuple:
    return (link.session.challenge(),)
