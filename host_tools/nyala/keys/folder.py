"""KeyFolder: what an operator holds. The root key, issuers, staff, and the certificates of terminals.

    operator.json              the operator's name
    operator/1.pem, 1.pub      the root key, and its public half (x || y)
    issuers/<name>/1.pem, 1.cwt
    staff/<name>/1.pem, 1.cwt
    terminals/T000017/1.cwt
    policies/0000000001.cose
    audit.jsonl                one line for everything signed or made

Nothing is ever overwritten: rotating adds the next number, and the highest number is the one in use. Private keys are
PKCS#8, encrypted under the folder's passphrase, opened when first needed and kept for the life of the object. Times are
seconds since 1970 and always the caller's (`now_s`).
"""

import json
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
from nyala.documents.certificate import Certificate, Claims
from nyala.documents.policy import Policy
from nyala.errors import DocumentError, KeyFolderError
from nyala.keys import files
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


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate in the folder."""

    kind: str  # "issuers", "staff" or "terminals"
    name: str
    number: int  # 1, 2, ...: how often it was rotated
    current: bool
    document: bytes = field(repr=False)
    certificate: Certificate


class KeyFolder:
    """A key folder on disk. Every method raises KeyFolderError with a sentence when it cannot do what it says."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        """Opens the folder. Without a passphrase only public halves can be used."""
        self.path = Path(path)
        self._passphrase = passphrase
        self._opened: dict[Path, ec.EllipticCurvePrivateKey] = {}
        about = self.path / "operator.json"
        if not about.is_file():
            raise KeyFolderError(f"{self.path} is no key folder; name one that was created before, or create it.")
        try:
            self.operator_name = str(json.loads(files.read(about))["name"])
        except (ValueError, KeyError, TypeError):
            raise KeyFolderError(f"{about} is damaged; restore it from a backup.") from None

    @classmethod
    def create(cls, path: Path, passphrase: str, operator_name: str, *, now_s: int) -> "KeyFolder":
        """Makes a folder with a new root key. The path must not exist yet, or be an empty folder."""
        if not passphrase:
            raise KeyFolderError("An empty passphrase protects nothing; choose one.")
        _checked_name(operator_name)
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise KeyFolderError(f"{path} is there already; keys and certificates are never overwritten.")
        aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            files.make_folder(aside)
            for part in ("operator", "issuers", "staff", "terminals", "policies"):
                files.make_folder(aside / part)
            files.write_new(aside / "operator.json", json.dumps({"name": operator_name}).encode())
            made = cls(aside, passphrase)
            made._make_root("operator created", now_s)
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
        numbers = sorted(_numbers(self.path / "operator", ".pub"), reverse=True)
        if not numbers:
            raise KeyFolderError(f"{self.path / 'operator'} holds no root key; restore it from a backup.")
        return tuple(files.read(self.path / "operator" / f"{number}.pub") for number in numbers)

    def rotate_root(self, *, now_s: int) -> bytes:
        """A new root key; returns its public half.

        Terminals know only the root that they were provisioned with, so they must be provisioned anew, and issuers and
        staff rotated, for the new one to count.
        """
        self._root_key()  # whoever cannot open the old one may not make the next
        return self._make_root("operator rotated", now_s)

    def sign_policy(self, policy: Policy) -> bytes:
        """The policy as a signed document, kept under its version; the audit line bears its `issued_s`.

        Versions only go up. Signing the same policy again returns the same document.
        """
        document = policy_document.sign(policy, self._root_key())
        path = self.path / "policies" / f"{policy.version:010d}.cose"
        if path.exists() and files.read(path) == document:
            return document
        last = max((int(kept.stem) for kept in path.parent.glob("*.cose")), default=0)
        if policy.version <= last:
            raise KeyFolderError(f"A policy of version {last} is signed already; give the new one version {last + 1}.")
        self._audit(policy.issued_s, "policy signed", f"version {policy.version}", cose.fingerprint(document))
        files.write_new(path, document)
        return document

    def policies(self) -> list[bytes]:
        """All signed policies, oldest first."""
        return [files.read(path) for path in sorted((self.path / "policies").glob("*.cose"))]

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
        held = self._current("issuers", name)
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
        role = self._current("staff", name).certificate.role_name
        self._rotate("staff", name, f"{role} rotated", now_s, expires_s)
        return self.staff(name)

    def staff(self, name: str) -> Staff:
        """A member of staff with the key that is in use; opens the private key."""
        held = self._current("staff", name)
        return Staff(name, held.certificate.role, self._private(held), held.document)

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
        folder = self.path / "terminals" / name
        if not replace and list(_numbers(folder, ".cwt")):
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
        document = self._certify(claims, self._root_key(), "terminal certified", name)
        files.make_folder(folder)
        files.write_new(folder / f"{_next_number(folder)}.cwt", document)
        return document

    def terminal(self, number: int) -> bytes:
        """The certificate that is in use for a terminal."""
        return self._current("terminals", _terminal_name(number)).document

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
        held = self._current("issuers", issuer)
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
        return self._certify(claims, self._private(held), "card certified", str(number))

    # -- what there is

    def certificates(self) -> Iterator[Held]:
        """Every certificate in the folder, rotated ones included."""
        for kind in ("issuers", "staff", "terminals"):
            for folder in sorted((self.path / kind).iterdir()):
                numbers = sorted(_numbers(folder, ".cwt"))
                for number in numbers:
                    yield self._held(kind, folder.name, number, number == numbers[-1])

    def expiring(self, before_s: int) -> list[Held]:
        """Certificates in use that expire before that time, the most urgent first."""
        urgent = [held for held in self.certificates() if held.current and held.certificate.expires_s < before_s]
        return sorted(urgent, key=lambda held: held.certificate.expires_s)

    # -- below

    def _make_root(self, what: str, now_s: int) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        public = cose.public_bytes(key)
        folder = self.path / "operator"
        number = _next_number(folder)
        self._audit(now_s, what, self.operator_name, cose.key_id(public))
        files.write_new(folder / f"{number}.pem", files.seal_private(key, self._secret()))
        files.write_new(folder / f"{number}.pub", public)  # last: only with it the key counts
        return public

    def _add(self, kind: str, name: str, role: int, what: str, now_s: int, expires_s: int | None) -> None:
        if list(_numbers(self.path / kind / _checked_name(name), ".cwt")):
            raise KeyFolderError(f"{name} is in {kind} already; rotate to get a new key.")
        self._make(kind, name, role, what, now_s, expires_s)

    def _rotate(self, kind: str, name: str, what: str, now_s: int, expires_s: int | None) -> None:
        self._make(kind, name, self._current(kind, name).certificate.role, what, now_s, expires_s)

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
        document = self._certify(claims, self._root_key(), what, name)
        folder = self.path / kind / name
        files.make_folder(folder)
        number = _next_number(folder)
        files.write_new(folder / f"{number}.pem", files.seal_private(key, self._secret()))
        files.write_new(folder / f"{number}.cwt", document)  # last: only with it the key counts

    def _certify(self, claims: Claims, key: ec.EllipticCurvePrivateKey, what: str, who: str) -> bytes:
        if claims.expires_s <= claims.issued_s:
            raise KeyFolderError(f"The certificate of {who} would expire before it is issued; give a later expiry.")
        try:
            document = certificate.sign(claims, key)
        except DocumentError as error:
            raise KeyFolderError(f"The certificate of {who} cannot be made: {error}") from None
        # Written before anybody gets the certificate: a line too many is harmless, a certificate too many is not.
        self._audit(claims.issued_s, what, who, cose.fingerprint(document))
        return document

    def _audit(self, now_s: int, what: str, who: str, fingerprint: bytes) -> None:
        record: dict[str, object] = {"time": now_s, "what": what, "who": who, "fingerprint": fingerprint.hex()}
        files.append_line(self.path / "audit.jsonl", record)

    def _current(self, kind: str, name: str) -> Held:
        numbers = list(_numbers(self.path / kind / _checked_name(name), ".cwt"))
        if not numbers:
            raise KeyFolderError(f"{name} is not in {self.path / kind}; add it first, or check the name.")
        return self._held(kind, name, max(numbers), True)

    def _held(self, kind: str, name: str, number: int, current: bool) -> Held:
        path = self.path / kind / name / f"{number}.cwt"
        document = files.read(path)
        try:
            return Held(kind, name, number, current, document, certificate.parse(document))
        except DocumentError as error:
            raise KeyFolderError(f"{path} is damaged: {error}") from None

    def _private(self, held: Held) -> ec.EllipticCurvePrivateKey:
        return self._open(self.path / held.kind / held.name / f"{held.number}.pem", held.certificate.public)

    def _root_key(self) -> ec.EllipticCurvePrivateKey:
        number = max(_numbers(self.path / "operator", ".pub"), default=1)
        return self._open(self.path / "operator" / f"{number}.pem", self.root_public)

    def _open(self, path: Path, public: bytes) -> ec.EllipticCurvePrivateKey:
        """Opening takes long on purpose (PBKDF2), so it is done once."""
        if path not in self._opened:
            key = files.open_private(path, self._secret())
            if cose.public_bytes(key) != public:
                raise KeyFolderError(f"{path} is not the key that its public half says; restore it from a backup.")
            self._opened[path] = key
        return self._opened[path]

    def _secret(self) -> str:
        if not self._passphrase:
            raise KeyFolderError(f"This needs a private key of {self.path}; give the passphrase.")
        return self._passphrase


def _numbers(folder: Path, suffix: str) -> Iterator[int]:
    """The numbers of the files with that suffix; none when there is no such folder."""
    for path in folder.glob(f"*{suffix}"):
        if path.stem.isdecimal() and path.stem.isascii():
            yield int(path.stem)


def _next_number(folder: Path) -> int:
    """Past every file, also those that a crash left without their certificate."""
    return 1 + max((number for suffix in (".pem", ".pub", ".cwt") for number in _numbers(folder, suffix)), default=0)


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
