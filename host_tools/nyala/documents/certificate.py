"""Certificates: CBOR Web Tokens (RFC 8392) that bind a public key (`cnf`, RFC 8747) to a role."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import cbor, cose, fields
from nyala.documents.cbor import Encodable, Item
from nyala.documents.fields import FieldError
from nyala.wire import entry as wire

_KEY_TYPE_EC2 = 2  # RFC 9053 section 7.1
_CURVE_P256 = 1
_COSE_KEY = 1  # confirmation method of RFC 8747 section 3.1
_REQUIRED = frozenset(
    (
        wire.CLAIM_ISSUER,
        wire.CLAIM_SUBJECT,
        wire.CLAIM_EXPIRES,
        wire.CLAIM_ISSUED,
        wire.CLAIM_KEY,
        wire.CLAIM_ROLE,
        wire.CLAIM_NUMBER,
    )
)


_NUMBER_MAX = {wire.ROLE_CARD: wire.CARD_NUMBER_MAX, wire.ROLE_TERMINAL: wire.TERMINAL_MAX}  # 0 in other roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a certificate says."""

    issuer: str  # the signer's name
    subject: str  # merchant, person, issuer or card holder
    expires_s: int  # seconds since 1970; from then on it is not valid (RFC 8392 section 3.1.4)
    issued_s: int
    public: bytes  # x || y
    role: int  # ROLE_* of nyala.wire.entry
    number: int = 0  # terminal or card; 0 for people and issuers
    currency: int = 0  # ISO 4217 number; this and the two limits are 0 when it is no card's
    payment_minor: int = 0  # most that one payment may be
    allowance_minor: int = 0  # most that may be spent under this certificate

    def expired(self, now_s: int) -> bool:
        """Whether the certificate is no longer valid at `now_s` (seconds since 1970)."""
        return now_s >= self.expires_s

    @property
    def role_name(self) -> str:
        return wire.ROLE_NAMES[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Claims):
    """A signed certificate as read; the signature is checked by `verify`, not by reading."""

    kid: bytes  # key id of the signer
    fingerprint: bytes  # first 8 bytes of the document's SHA-256


def parse(data: bytes) -> Certificate:
    """Reads a certificate strictly, without checking its signature; DocumentError names what is wrong."""
    signed, kid = cose.open_named(data, wire.CERTIFICATE_BYTES_MAX)
    return _certificate(signed.payload, kid, data)


def verify(data: bytes, public: bytes) -> Certificate:
    """parse, and BadSignature unless `public` (the operator's or an issuer's) signed it. The caller judges expiry."""
    signed, kid = cose.open_named(data, wire.CERTIFICATE_BYTES_MAX)
    certificate = _certificate(signed.payload, kid, data)
    signed.verify(public)
    return certificate


def sign(claims: Claims, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The certificate as a document, signed by the operator (issuer, terminal, staff) or an issuer (card)."""
    data = cose.sign_named(_payload(claims), private_key)
    parse(data)  # nothing leaves that a reader would refuse
    return data


def _certificate(payload: bytes, kid: bytes, data: bytes) -> Certificate:
    claims = cbor.loads(payload, wire.CERTIFICATE_BYTES_MAX)
    if not isinstance(claims, dict):
        raise FieldError("certificate", "a map of claims")
    role = fields.uint(claims.get(wire.CLAIM_ROLE), "certificate.role", wire.ROLE_RECONCILER, wire.ROLE_ISSUER)
    wanted = _REQUIRED | {wire.CLAIM_LIMITS} if role == wire.ROLE_CARD else _REQUIRED
    if claims.keys() != wanted:
        raise FieldError("certificate", f"a map of exactly the claims {sorted(wanted, key=abs)}")
    currency, payment_minor, allowance_minor = (
        _limits(claims.get(wire.CLAIM_LIMITS)) if role == wire.ROLE_CARD else (0, 0, 0)
    )
    return Certificate(
        issuer=fields.name(claims[wire.CLAIM_ISSUER], "certificate.iss"),
        subject=fields.name(claims[wire.CLAIM_SUBJECT], "certificate.sub"),
        expires_s=fields.uint(claims[wire.CLAIM_EXPIRES], "certificate.exp"),
        issued_s=fields.uint(claims[wire.CLAIM_ISSUED], "certificate.iat"),
        public=_confirmed_key(claims[wire.CLAIM_KEY]),
        role=role,
        number=fields.uint(claims[wire.CLAIM_NUMBER], "certificate.number", _NUMBER_MAX.get(role, 0)),
        currency=currency,
        payment_minor=payment_minor,
        allowance_minor=allowance_minor,
        kid=kid,
        fingerprint=cose.fingerprint(data),
    )


def _limits(value: Item) -> tuple[int, int, int]:
    currency, payment, allowance = fields.array(value, "certificate.limits", 3)
    return (
        fields.uint(currency, "certificate.currency", fields.CURRENCY_MAX),
        fields.amount(payment, "certificate.payment"),
        fields.amount(allowance, "certificate.allowance"),
    )


def _confirmed_key(value: Item) -> bytes:
    """x || y out of the `cnf` claim: one COSE_Key, EC2 on P-256 (RFC 9053 section 7.1.1)."""
    if not isinstance(value, dict) or value.keys() != {_COSE_KEY}:
        raise FieldError("certificate.cnf", "a map that holds one COSE_Key and nothing else")
    key = value[_COSE_KEY]
    if not isinstance(key, dict) or key.keys() != {1, -1, -2, -3}:
        raise FieldError("certificate.cnf", "a COSE_Key of key type, curve, x and y")
    fields.uint(key[1], "certificate.cnf key type", _KEY_TYPE_EC2, _KEY_TYPE_EC2)
    fields.uint(key[-1], "certificate.cnf curve", _CURVE_P256, _CURVE_P256)
    x = fields.octets(key[-2], "certificate.cnf x", 32)
    y = fields.octets(key[-3], "certificate.cnf y", 32)
    return fields.public_key(x + y, "certificate.cnf")


def _payload(claims: Claims) -> bytes:
    x, y = claims.public[:32], claims.public[32:]
    values: dict[int, Encodable] = {
        wire.CLAIM_ISSUER: claims.issuer,
        wire.CLAIM_SUBJECT: claims.subject,
        wire.CLAIM_EXPIRES: claims.expires_s,
        wire.CLAIM_ISSUED: claims.issued_s,
        wire.CLAIM_KEY: {_COSE_KEY: {1: _KEY_TYPE_EC2, -1: _CURVE_P256, -2: x, -3: y}},
        wire.CLAIM_ROLE: claims.role,
        wire.CLAIM_NUMBER: claims.number,
    }
    if claims.role == wire.ROLE_CARD:
        values[wire.CLAIM_LIMITS] = [claims.currency, claims.payment_minor, claims.allowance_minor]
    return cbor.dumps(values)
