"""Logins: a staff key's answer to a terminal's challenge."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import cbor, cose, fields
from nyala.wire import entry as wire
from nyala.wire import link

CHALLENGE_BYTES = 32
_ITEMS = 3
_BYTES_MAX = link.SLOT_BYTES_MAX[link.SLOT_LOGIN]


@dataclass(frozen=True, slots=True)
class Login:
    """One challenge of one terminal, answered."""

    terminal: int
    challenge: bytes


def parse(data: bytes) -> Login:
    """Reads a login strictly, without checking its signature; DocumentError names what is wrong."""
    signed, _ = cose.open_named(data, _BYTES_MAX)
    return _login(signed.payload)


def verify(data: bytes, public: bytes) -> Login:
    """parse, and BadSignature unless the staff member's `public` key signed it. The caller compares the challenge."""
    signed, _ = cose.open_named(data, _BYTES_MAX)
    login = _login(signed.payload)
    signed.verify(public)
    return login


def sign(login: Login, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The login as a document, signed with a staff key."""
    data = cose.sign_named(cbor.dumps([wire.FORM_LOGIN, login.terminal, login.challenge]), private_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def _login(payload: bytes) -> Login:
    items = fields.array(cbor.loads(payload, _BYTES_MAX), "login", _ITEMS)
    fields.form(items, "login", wire.FORM_LOGIN)
    _, terminal, challenge = items
    return Login(
        fields.uint(terminal, "login.terminal", wire.TERMINAL_MAX),
        fields.octets(challenge, "login.challenge", CHALLENGE_BYTES),
    )
