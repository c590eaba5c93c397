"""The login: a staff key's signature over the terminal's challenge."""

from voucher import DocumentError, cose, fields
from wire.entry import FORM_LOGIN

LOGIN_BYTES_MAX = 200

_FIELDS = ("terminal", "challenge")


def verify(data: bytes, public: bytes, terminal: int, challenge: bytes) -> None:
    """Raise BadSignature or DocumentError unless `data` is the key's login to `terminal`, answering its `challenge`."""
    signed = cose.open_named("login", data, LOGIN_BYTES_MAX)
    signed.verify(public)
    values = fields.read("login", FORM_LOGIN, len(_FIELDS), signed.payload)
    fields.check("login", _FIELDS, values)
    if values[0] != terminal:
        raise DocumentError("login: made for terminal %d; this is terminal %d" % (values[0], terminal))
    if values[1] != challenge:
        raise DocumentError("login: answers another challenge; ask for a new one")
