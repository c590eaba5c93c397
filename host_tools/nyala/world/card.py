"""A payer's card as the host plays it (docs/card-protocol.md), and cards that lie.

Written from the documents alone, with `cryptography` for the signature: what the terminal's own code gets wrong, this
does not repeat.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import authorization
from nyala.documents.authorization import Authorization
from nyala.wire import card as wire

_OK = b"\x90\x00"
_FINGERPRINT_BYTES = 8
_SELECT_BY_NAME = bytes((0x00, wire.INS_SELECT, 0x04, 0x00))
_SPENT_MAX = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Authorized:
    """One authorization as the card keeps it: what was asked, and what was signed."""

    authorization: Authorization
    signature: bytes


class PlayedCard:
    """A card with a certificate. `allowance_minor`, `payment_minor`: what its issuer lets it spend in all and at once.

    `log` holds every authorization it ever made, in order: what is in it was spent, whether the terminal learned of it
    or not.
    """

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate: bytes, *, allowance_minor: int, payment_minor: int
    ) -> None:
        self.key = key
        self.certificate = certificate
        self.allowance_minor = allowance_minor
        self.payment_minor = payment_minor
        self.counter = 0
        self.spent_minor = 0
        self.blocked = False
        self.log: list[Authorized] = []
        self._last_data = b""
        self._last_answer = b""

    @property
    def fingerprint(self) -> bytes:
        """First 8 bytes of SHA-256(certificate): how vouchers name the card."""
        return sha256(self.certificate).digest()[:_FINGERPRINT_BYTES]

    @property
    def uid(self) -> bytes:
        """Seven bytes by which a reader tells cards apart, the first one a manufacturer's."""
        return b"\x04" + sha256(self.certificate).digest()[_FINGERPRINT_BYTES : _FINGERPRINT_BYTES + 6]

    def answer(self, apdu: bytes) -> bytes:
        """The response APDU, status word included, to a command APDU."""
        match apdu[:2]:
            case b"\x00\xa4":
                return self._select(apdu)
            case b"\x80\xca":
                return self._get_certificate(apdu)
            case b"\x80\xa8":
                return self._authorize(apdu)
            case _:
                return _status(wire.SW_UNKNOWN_INS)

    def _select(self, apdu: bytes) -> bytes:
        if apdu[:4] != _SELECT_BY_NAME or _data(apdu) != wire.AID:
            return _status(wire.SW_NOT_FOUND)
        length = len(self.certificate).to_bytes(2, "big")
        return bytes((wire.PROTOCOL_VERSION,)) + self.fingerprint + length + _OK

    def _get_certificate(self, apdu: bytes) -> bytes:
        if len(apdu) != 5:
            return _status(wire.SW_WRONG_DATA)
        offset = int.from_bytes(apdu[2:4], "big")
        count = min(apdu[4], wire.CERTIFICATE_CHUNK_BYTES)
        if offset >= len(self.certificate):
            return _status(wire.SW_WRONG_P1P2)
        return self.certificate[offset : offset + count] + _OK

    def _authorize(self, apdu: bytes) -> bytes:
        data = _data(apdu)
        if data is None or len(data) != wire.AUTHORIZE_DATA_BYTES:
            return _status(wire.SW_WRONG_DATA)
        if self.blocked:
            return _status(wire.SW_BLOCKED)
        if data == self._last_data:
            return self._last_answer + _OK
        amount_minor = int.from_bytes(data[40:44], "big")
        refusal = self._refusal(amount_minor)
        if refusal is not None:
            return _status(refusal)
        # Counted before it is signed: a card torn out here has spent, and may only repeat itself.
        self.counter += 1
        self.spent_minor += amount_minor
        authorized = self._sign(
            Authorization(
                terminal=int.from_bytes(data[0:4], "big"),
                sequence=int.from_bytes(data[4:8], "big"),
                previous=data[8:40],
                amount_minor=amount_minor,
                currency=int.from_bytes(data[44:46], "big"),
                counter=self.counter,
                spent_minor=self.spent_minor,
            )
        )
        self.log.append(authorized)
        signed = authorized.authorization
        self._last_data = data
        self._last_answer = (
            signed.counter.to_bytes(4, "big") + signed.spent_minor.to_bytes(4, "big") + authorized.signature
        )
        return self._last_answer + _OK

    def _refusal(self, amount_minor: int) -> int | None:
        if amount_minor == 0:
            return wire.SW_WRONG_DATA
        if amount_minor > self.payment_minor:
            return wire.SW_OVER_CARD_LIMIT
        if self.spent_minor + amount_minor > min(self.allowance_minor, _SPENT_MAX):
            return wire.SW_OVER_ALLOWANCE
        return None

    def _sign(self, asked: Authorization) -> Authorized:
        return Authorized(asked, authorization.sign(asked, self.key))


class WrongSignatureCard(PlayedCard):
    """Signs another amount than it was asked for."""

    def _sign(self, asked: Authorization) -> Authorized:
        other = replace(asked, amount_minor=asked.amount_minor % 0xFFFFFFFF + 1)
        return Authorized(asked, authorization.sign(other, self.key))


class ForeignKeyCard(PlayedCard):
    """Shows somebody else's certificate: it has the document, but not its key."""

    def __init__(self, certificate: bytes, *, allowance_minor: int, payment_minor: int) -> None:
        super().__init__(
            ec.generate_private_key(ec.SECP256R1()),
            certificate,
            allowance_minor=allowance_minor,
            payment_minor=payment_minor,
        )


class ForgetfulCard(PlayedCard):
    """Counts from where it was `steps` payments ago, as a card restored from a copy does. Its signatures are good."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        certificate: bytes,
        *,
        allowance_minor: int,
        payment_minor: int,
        steps: int = 2,
    ) -> None:
        super().__init__(key, certificate, allowance_minor=allowance_minor, payment_minor=payment_minor)
        self.steps = steps

    def _sign(self, asked: Authorization) -> Authorized:
        if len(self.log) >= self.steps:
            self.counter = self.log[-self.steps].authorization.counter
        return super()._sign(replace(asked, counter=self.counter))


class FreeSpendingCard(PlayedCard):
    """Counts its payments but never adds to what it has spent. Its signatures are good."""

    def _sign(self, asked: Authorization) -> Authorized:
        if self.log:
            self.spent_minor = self.log[0].authorization.spent_minor
        return super()._sign(replace(asked, spent_minor=self.spent_minor))


class OversizedCard(PlayedCard):
    """Answers the instruction `ins` (wire.INS_*) with `extra` bytes more than it may."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey,
        certificate: bytes,
        *,
        allowance_minor: int,
        payment_minor: int,
        ins: int = wire.INS_AUTHORIZE,
        extra: int = 1,
    ) -> None:
        super().__init__(key, certificate, allowance_minor=allowance_minor, payment_minor=payment_minor)
        self.ins = ins
        self.extra = extra

    def answer(self, apdu: bytes) -> bytes:
        honest = super().answer(apdu)
        if len(apdu) < 2 or apdu[1] != self.ins:
            return honest
        return honest[:-2] + bytes(self.extra) + honest[-2:]


def _status(sw: int) -> bytes:
    return sw.to_bytes(2, "big")


def _data(apdu: bytes) -> bytes | None:
    """The data of a short command APDU, case 3 or 4 (ISO/IEC 7816-3 section 12.1.3); None when its length is wrong."""
    if len(apdu) < 5:
        return None
    count = apdu[4]
    if count == 0 or len(apdu) not in (5 + count, 6 + count):
        return None
    return apdu[5 : 5 + count]
