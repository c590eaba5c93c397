"""logout: end the session, if there is one."""


async def run(link: object, arguments: list) -> tuple:
    link.session.end()
    return ()
