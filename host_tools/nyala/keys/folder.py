"""KeyFolder: what an operator holds. The root key, issuers, staff, and the certificates of terminals.

Private keys are PKCS#8, encrypted under the folder's passphrase, opened when first needed and kept for the life of the
object. Times are seconds since 1970 and always the caller's (`now_s`). For the files see `nyala.keys.store`.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import certificate, cose
from nyala.documents import policy as policy_document
from nyala.documents.certificate import Claims
from nyala.documents.policy import Policy
from nyala.errors import DocumentError, KeyFolderError
from nyala.keys import files
from nyala.keys.store import Held, Store
from nyala.wire import entry as wire

_YEAR_S = 31_557_600
ISSUER_LIFETIME_S = 10 * _YEAR_S
TERMINAL_LIFETIME_S = 5 * _YEAR_S
CARD_LIFETIME_S = 3 * _YEAR_S
STAFF_LIFETIME_S = _YEAR_S

PublicKey = bytes | ec.EllipticCurvePublicKey  # x || y, or the object
_NAME = re.compile(r"[^\W_](?:[\w .-]*[\w-])?")  # also a folder's name
_STAFF_ROLES = (wire.ROLE_TECHNICIAN, wire.ROLE_RECONCILER)


@dataclass(frozen=True, slots=True)
class Staff:
    """A technician or a reconciler, able to log in and to sign."""

    name: str
    role: int  # ROLE_TECHNICIAN or ROLE_RECONCILER
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)  # the document that the terminal is shown


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs card certificates, as a policy names it."""

    name: str
    public: bytes  # x || y
    key_id: bytes
    certificate: bytes = field(repr=False)


class KeyFolder:
    """A key folder on disk. Every method raises KeyFolderError with a sentence when it cannot do what it says."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        """Opens the folder. Without a passphrase only public halves can be used."""
        self.path = Path(path)
        self._store = Store(self.path, passphrase)
        self.operator_name = self._store.operator_name()

    @classmethod
    def create(cls, path: Path, passphrase: str, operator_name: str, *, now_s: int) -> "KeyFolder":
        """Makes a folder with a new root key. The path must not exist yet, or be an empty folder."""
        path = Path(path)
        if not 0 < len(operator_name.encode()) <= wire.NAME_BYTES_MAX:
            raise KeyFolderError(f"The operator's name has 1 to {wire.NAME_BYTES_MAX} bytes; shorten it.")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise KeyFolderError(f"{path} is there already; keys and certificates are never overwritten.")
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            Store.create(aside, passphrase, operator_name)
            cls(aside, passphrase)._make_root("operator created", now_s)
            os.rename(aside, path)  # the whole folder appears at once
            files.sync_folder(path.parent)
        except OSError as error:
            raise KeyFolderError(f"{path} cannot be made: {error.strerror}.") from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return cls(path, passphrase)

    # -- the operator

    @property
    def root_public(self) -> bytes:
        """The root key that is in use, x || y: what terminals are given."""
        return self.roots[0]

    @property
    def roots(self) -> tuple[bytes, ...]:
        """All root keys there ever were, the newest first: what old certificates and policies verify with."""
        return self._store.roots()

    def rotate_root(self, *, now_s: int) -> bytes:
        """A new root key; returns its public half.

        Terminals know only the root that they were provisioned with, so they must be provisioned anew, and issuers and
        staff rotated, for the new one to count.
        """
        self._store.root_key()  # whoever cannot open the old one may not make the next
        return self._make_root("operator rotated", now_s)

    def sign_policy(self, policy: Policy) -> bytes:
        """The policy as a signed document, kept under its version; the audit line bears its `issued_s`.

        Versions only go up. Signing the same policy again returns the same document. DocumentError when the policy
        itself is out of bounds.
        """
        document = policy_document.sign(policy, self._store.root_key())
        if self._store.policy(policy.version) == document:
            return document
        last = max(self._store.policy_versions(), default=0)
        if policy.version <= last:
            raise KeyFolderError(f"A policy of version {last} is signed already; give the new one version {last + 1}.")
        self._store.audit(policy.issued_s, "policy signed", f"version {policy.version}", cose.fingerprint(document))
        self._store.add_policy(policy.version, document)
        return document

    def policies(self) -> dict[int, bytes]:
        """Version to signed document of all policies, oldest first."""
        documents = ((version, self._store.policy(version)) for version in self._store.policy_versions())
        return {version: document for version, document in documents if document is not None}

    # -- issuers and staff

    def add_issuer(self, name: str, *, now_s: int, expires_s: int | None = None) -> Issuer:
        """A new issuer with a key of its own."""
        self._add("issuers", name, wire.ROLE_ISSUER, "issuer added", now_s, expires_s)
        return self.issuer(name)

    def rotate_issuer(self, name: str, *, now_s: int, expires_s: int | None = None) -> Issuer:
        """A new key for an issuer. Keep the old one in policies (`issuer_keys`) while cards under it are valid."""
        self._rotate("issuers", name, "issuer rotated", now_s, expires_s)
        return self.issuer(name)

    def issuer(self, name: str) -> Issuer:
        """The issuer with the key that is in use."""
        held = self._store.current("issuers", _checked_name(name))
        return Issuer(name, held.certificate.public, cose.key_id(held.certificate.public), held.document)

    def issuer_keys(self, *, now_s: int) -> dict[bytes, bytes]:
        """Key id to public key of all issuers, rotated ones included, whose certificates have not expired."""
        publics = (
            held.certificate.public
            for held in self.certificates()
            if held.kind == "issuers" and not held.certificate.expired(now_s)
        )
        return {cose.key_id(public): public for public in publics}

    def add_staff(self, name: str, role: int, *, now_s: int, expires_s: int | None = None) -> Staff:
        """A new member of staff: ROLE_TECHNICIAN or ROLE_RECONCILER."""
        if role not in _STAFF_ROLES:
            raise KeyFolderError("Staff are technicians (4) or reconcilers (5); give one of these roles.")
        self._add("staff", name, role, f"{wire.ROLE_NAMES[role]} added", now_s, expires_s)
        return self.staff(name)

    def rotate_staff(self, name: str, *, now_s: int, expires_s: int | None = None) -> Staff:
        """A new key for a member of staff, in the same role."""
        role = self._store.current("staff", _checked_name(name)).certificate.role_name
        self._rotate("staff", name, f"{role} rotated", now_s, expires_s)
        return self.staff(name)

    def staff(self, name: str) -> Staff:
        """A member of staff with the key that is in use; opens the private key."""
        held = self._store.current("staff", _checked_name(name))
        return Staff(name, held.certificate.role, self._store.private(held), held.document)

    # -- terminals and cards

    def issue_terminal(
        self,
        number: int,
        merchant: str,
        public: PublicKey,
        *,
        now_s: int,
        expires_s: int | None = None,
        replace: bool = False,
    ) -> bytes:
        """A terminal's certificate. A number that has one gets another only with `replace`: a renewal, or a new key."""
        name = _terminal_name(number)
        if not replace and self._store.has("terminals", name):
            raise KeyFolderError(f"Terminal {number} has a certificate already; say so if it is to be replaced.")
        claims = Claims(
            issuer=self.operator_name,
            subject=merchant,
            expires_s=now_s + TERMINAL_LIFETIME_S if expires_s is None else expires_s,
            issued_s=now_s,
            public=_public_bytes(public),
            role=wire.ROLE_TERMINAL,
            number=number,
        )
        document = self._certify(claims, self._store.root_key(), "terminal certified", name)
        self._store.add("terminals", name, None, document)
        return document

    def terminal(self, number: int) -> bytes:
        """The certificate that is in use for a terminal."""
        return self._store.current("terminals", _terminal_name(number)).document

    def issue_card(
        self,
        issuer: str,
        *,
        number: int,
        public: PublicKey,
        currency: int,
        payment_minor: int,
        allowance_minor: int,
        now_s: int,
        expires_s: int | None = None,
        subject: str = "",
    ) -> bytes:
        """A card's certificate by an issuer of this folder. The folder keeps no cards, only the audit line."""
        held = self._store.current("issuers", _checked_name(issuer))
        if held.certificate.expired(now_s):
            raise KeyFolderError(f"The certificate of issuer {issuer} has expired; rotate the issuer first.")
        claims = Claims(
            issuer=held.certificate.subject,
            subject=subject,
            expires_s=now_s + CARD_LIFETIME_S if expires_s is None else expires_s,
            issued_s=now_s,
            public=_public_bytes(public),
            role=wire.ROLE_CARD,
            number=number,
            currency=currency,
            payment_minor=payment_minor,
            allowance_minor=allowance_minor,
        )
        return self._certify(claims, self._store.private(held), "card certified", str(number))

    # -- what there is

    def certificates(self) -> Iterator[Held]:
        """Every certificate in the folder, rotated ones included."""
        return self._store.certificates()

    def expiring(self, before_s: int) -> list[Held]:
        """Certificates in use that expire before that time, the most urgent first."""
        urgent = [held for held in self.certificates() if held.current and held.certificate.expires_s < before_s]
        return sorted(urgent, key=lambda held: held.certificate.expires_s)

    # -- below

    def _make_root(self, what: str, now_s: int) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        public = cose.public_bytes(key)
        self._store.audit(now_s, what, self.operator_name, cose.key_id(public))
        self._store.add_root(key)
        return public

    def _add(self, kind: str, name: str, role: int, what: str, now_s: int, expires_s: int | None) -> None:
        if self._store.has(kind, _checked_name(name)):
            raise KeyFolderError(f"{name} is in {kind} already; rotate to get a new key.")
        self._make(kind, name, role, what, now_s, expires_s)

    def _rotate(self, kind: str, name: str, what: str, now_s: int, expires_s: int | None) -> None:
        role = self._store.current(kind, _checked_name(name)).certificate.role
        self._make(kind, name, role, what, now_s, expires_s)

    def _make(self, kind: str, name: str, role: int, what: str, now_s: int, expires_s: int | None) -> None:
        """The next key of an issuer or a member of staff, and its certificate."""
        lifetime_s = ISSUER_LIFETIME_S if role == wire.ROLE_ISSUER else STAFF_LIFETIME_S
        key = ec.generate_private_key(ec.SECP256R1())
        claims = Claims(
            issuer=self.operator_name,
            subject=name,
            expires_s=now_s + lifetime_s if expires_s is None else expires_s,
            issued_s=now_s,
            public=cose.public_bytes(key),
            role=role,
        )
        document = self._certify(claims, self._store.root_key(), what, name)
        self._store.add(kind, name, key, document)

    def _certify(self, claims: Claims, key: ec.EllipticCurvePrivateKey, what: str, who: str) -> bytes:
        if claims.expires_s <= claims.issued_s:
            raise KeyFolderError(f"The certificate of {who} would expire before it is issued; give a later expiry.")
        try:
            document = certificate.sign(claims, key)
        except DocumentError as error:
            raise KeyFolderError(f"The certificate of {who} cannot be made: {error}") from None
        self._store.audit(claims.issued_s, what, who, cose.fingerprint(document))
        return document


def _checked_name(name: str) -> str:
    if _NAME.fullmatch(name) is None or len(name.encode()) > wire.NAME_BYTES_MAX:
        raise KeyFolderError(
            f"{name[:40]!r} cannot be a name here; use letters, digits, spaces, dots and hyphens,"
            f" at most {wire.NAME_BYTES_MAX} bytes."
        )
    return name


def _terminal_name(number: int) -> str:
    return f"T{number:06d}"


def _public_bytes(public: PublicKey) -> bytes:
    return public if isinstance(public, bytes) else cose.public_bytes(public)
