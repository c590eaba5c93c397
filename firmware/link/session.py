"""Who is at the other end: challenge, login with a staff certificate, role, idle end, waiting after failed logins."""

from micropython import const

from link.refusal import Refusal
from voucher import DocumentError, certificate, login
from wire.entry import ROLE_RECONCILER, ROLE_TECHNICIAN, TRUST_NONE
from wire.link import BAD_LOGIN, LOCKED_OUT, SESSION_IDLE_S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hardware import Entropy
    from terminal.clock import Clock
    from terminal.identity import Identity
    from terminal.key_tables import KeyTables

CHALLENGE_BYTES = const(32)
FAILURES_FREE = const(3)
LOCKOUT_S_MIN = const(5)
LOCKOUT_S_MAX = const(3600)


class Session:
    """At most one session; `role` is None while there is none. Nothing here outlives the power."""

    def __init__(self, identity: "Identity", clock: "Clock", entropy: "Entropy", tables: "KeyTables") -> None:
        self._identity = identity
        self._clock = clock
        self._entropy = entropy
        self._tables = tables
        self._challenge = b""  # empty: none drawn
        self._failures = 0
        self._locked_until_s = 0
        self._seen_s = 0
        self.role = None  # type: int | None
        self.public = b""  # the staff key that logged in
        self.expires_s = 0  # and when its certificate ends

    def touch(self) -> None:
        """A request came: end the session when the one before it is too long ago."""
        now_s = self._clock.uptime_s()
        if now_s - self._seen_s >= SESSION_IDLE_S:
            self.end()
        self._seen_s = now_s

    def end(self) -> None:
        self.role = None
        self.public = b""
        self.expires_s = 0
        self._challenge = b""

    def challenge(self) -> bytes:
        """Draw a new challenge, good for one login. Raises Refusal(LOCKED_OUT)."""
        self._check_lockout()
        self._challenge = self._entropy.read(CHALLENGE_BYTES)
        return self._challenge

    def check_challenge(self) -> None:
        """Raise Refusal when no login can be tried: locked out, or no challenge drawn since the last one."""
        self._check_lockout()
        if not self._challenge:
            raise Refusal(BAD_LOGIN, "ask for a challenge first")

    def log_in(self, certificate_data: bytes, login_data: bytes) -> None:
        """Open a session; whatever session was open ends. Raises Refusal.

        The certificate must be a staff one that the operator's root key signed and that has not expired as far as the
        clock knows; the login must be signed by its key over the challenge.
        """
        self.check_challenge()
        challenge = self._challenge
        self.end()  # a challenge is good for one try
        # Counted before the check: an error nobody thought of must not give a free try.
        self._failures += 1
        try:
            staff = self._staff(certificate_data)
            login.verify(login_data, staff.public, self._identity.terminal, challenge)
        except DocumentError as error:
            self._lock()
            raise Refusal(BAD_LOGIN, str(error))
        self._failures = 0
        self.role = staff.role
        self.public = staff.public
        self.expires_s = staff.expires_s

    def _staff(self, data: bytes) -> certificate.Certificate:
        staff = self._tables.verify(certificate.verify, data, self._identity.root)
        if staff.role not in (ROLE_TECHNICIAN, ROLE_RECONCILER):
            raise DocumentError("certificate: not of staff")
        # A clock that lost power still is a lower bound: what has expired by then has expired.
        if self._clock.trust != TRUST_NONE and staff.expired(self._clock.now_s()):
            raise DocumentError("certificate: expired")
        return staff

    def _lock(self) -> None:
        over = self._failures - FAILURES_FREE
        if over >= 0:
            # The shift is bounded: 5 s doubled ten times is past the longest wait.
            wait_s = min(LOCKOUT_S_MIN << min(over, 10), LOCKOUT_S_MAX)
            self._locked_until_s = self._clock.uptime_s() + wait_s

    def _check_lockout(self) -> None:
        left_s = self._locked_until_s - self._clock.uptime_s()
        if left_s > 0:
            raise Refusal(LOCKED_OUT, "%d s" % left_s)
