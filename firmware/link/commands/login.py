"""login: open a session with the staff certificate and the login document uploaded."""

from wire.link import SESSION_IDLE_S, SLOT_LOGIN, SLOT_STAFF_CERTIFICATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from link.service import Link


async def run(link: "Link", arguments: list) -> tuple:
    # Before the slots are emptied: who has to wait may log in with what is there already.
    link.session.check_challenge()
    certificate, login = link.uploads.take(SLOT_STAFF_CERTIFICATE, SLOT_LOGIN)
    link.session.log_in(certificate, login)
    return link.session.role, SESSION_IDLE_S
