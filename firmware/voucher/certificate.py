"""Certificates: CWTs (RFC 8392) whose key is in `cnf` (RFC 8747), of issuers, cards, terminals and staff."""

import hashlib

from voucher import DocumentError, cbor, cose, fields
from wire.entry import (
    CERTIFICATE_BYTES_MAX,
    CLAIM_EXPIRES,
    CLAIM_ISSUED,
    CLAIM_ISSUER,
    CLAIM_KEY,
    CLAIM_LIMITS,
    CLAIM_NUMBER,
    CLAIM_ROLE,
    CLAIM_SUBJECT,
    ROLE_CARD,
    ROLE_TERMINAL,
    TERMINAL_MAX,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CLAIMS = (CLAIM_ISSUER, CLAIM_SUBJECT, CLAIM_EXPIRES, CLAIM_ISSUED, CLAIM_ROLE, CLAIM_NUMBER)
_FIELDS = ("issuer", "subject", "expires", "issued", "role", "number")
_LIMITS = ("currency", "payment-limit", "allowance")


class Certificate:
    """What a certificate says.

    issuer, subject: names; expires_s, issued_s: since 1970; public: x || y; role: ROLE_* in wire.entry; number: of the
    terminal or card, 0 for others; currency, payment_minor, allowance_minor: a card's limits, 0 for others;
    fingerprint: first 8 bytes of SHA-256 of the document; kid: the signer's key id.
    """

    def __init__(self, claims: "dict[Any, Any]", kid: bytes, fingerprint: bytes) -> None:
        values: list[Any] = [claims.get(claim) for claim in _CLAIMS]
        fields.check("certificate", _FIELDS, values)
        self.issuer, self.subject, self.expires_s, self.issued_s, self.role, self.number = values
        if self.role != ROLE_CARD and self.number > (TERMINAL_MAX if self.role == ROLE_TERMINAL else 0):
            raise DocumentError("certificate: number must be a terminal's or 0 for this role")
        self.public = _public(claims.get(CLAIM_KEY))
        limits: Any = (0, 0, 0)
        known = len(_CLAIMS) + 1
        if self.role == ROLE_CARD:
            limits = claims.get(CLAIM_LIMITS)
            fields.check("certificate limits", _LIMITS, limits)
            known += 1
        if len(claims) != known:
            raise DocumentError("certificate: must hold no other claims than its role needs")
        self.currency, self.payment_minor, self.allowance_minor = limits
        self.kid = kid
        self.fingerprint = fingerprint

    def expired(self, now_s: int) -> bool:
        """True from `expires_s` on."""
        return now_s >= self.expires_s


def parse(data: bytes) -> Certificate:
    """Return the certificate in `data`, its signature not checked. Raises DocumentError."""
    signed = cose.open_named("certificate", data, CERTIFICATE_BYTES_MAX)
    claims = cbor.decode(signed.payload)
    if not isinstance(claims, dict):
        raise DocumentError("certificate: its claims must be a map")
    assert signed.kid is not None  # open_named has seen it
    return Certificate(claims, signed.kid, hashlib.sha256(data).digest()[:8])


def verify(data: bytes, public: bytes, table: "bytes | None" = None) -> Certificate:
    """Return the certificate in `data`, signed by the key `public`. Raises BadSignature, DocumentError.

    Role, number and expiry are for the caller to check.
    """
    cose.open_signed(data, CERTIFICATE_BYTES_MAX).verify(public, table)
    return parse(data)


def _public(confirmation: object) -> bytes:
    key: Any = confirmation.get(1) if isinstance(confirmation, dict) and len(confirmation) == 1 else None
    # A COSE_Key: 1 kty is 2 (EC2), -1 crv is 1 (P-256), -2 x, -3 y.
    if not isinstance(key, dict) or len(key) != 4 or cbor.encode([key.get(1), key.get(-1)]) != b"\x82\x02\x01":
        raise DocumentError("certificate: cnf must hold a P-256 COSE_Key")
    point: Any = (key.get(-2), key.get(-3))
    fields.check("certificate", ("coordinate", "coordinate"), point)
    public = point[0] + point[1]
    cose.check_public(public)
    return public
