"""How a key folder lies on disk: numbered keys and certificates, the highest number of a name in use.

    operator.json              the operator's name
    operator/1.pem, 1.pub      the root key, and its public half (x || y)
    issuers/<name>/1.pem, 1.cwt
    staff/<name>/1.pem, 1.cwt
    terminals/T000017/1.cwt
    policies/0000000001.cose
    audit.jsonl                one line for everything signed or made

Nothing is ever overwritten: a rotation adds the next number. A private key is written before its public half or its
certificate, and counts only with them, so that a crash in between leaves the old number in use.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import certificate, cose
from nyala.documents.certificate import Certificate
from nyala.errors import DocumentError, KeyFolderError
from nyala.keys import files

KINDS = ("issuers", "staff", "terminals")
PASSPHRASE_BYTES_MAX = 1023  # OpenSSL takes no longer one


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate in the folder."""

    kind: str  # one of KINDS
    name: str
    number: int  # 1, 2, ...: how often it was rotated
    current: bool
    document: bytes = field(repr=False)
    certificate: Certificate


class Store:
    """The files of one key folder. KeyFolderError when one is missing, damaged, or there already."""

    def __init__(self, path: Path, passphrase: str | None) -> None:
        self.path = path
        self._passphrase = passphrase
        self._opened: dict[Path, ec.EllipticCurvePrivateKey] = {}

    @classmethod
    def create(cls, path: Path, passphrase: str, operator_name: str) -> "Store":
        """Lays out an empty folder at `path`, which must not exist."""
        if not 0 < len(passphrase.encode()) <= PASSPHRASE_BYTES_MAX:
            raise KeyFolderError(f"A passphrase has 1 to {PASSPHRASE_BYTES_MAX} bytes; choose another.")
        files.make_folder(path)
        for part in ("operator", "policies", *KINDS):
            files.make_folder(path / part)
        files.write_new(path / "operator.json", json.dumps({"name": operator_name}).encode())
        return cls(path, passphrase)

    def operator_name(self) -> str:
        about = self.path / "operator.json"
        if not about.is_file():
            raise KeyFolderError(f"{self.path} is no key folder; name one that was created before, or create it.")
        try:
            return str(json.loads(files.read(about))["name"])
        except (ValueError, KeyError, TypeError):
            raise KeyFolderError(f"{about} is damaged; restore it from a backup.") from None

    def audit(self, now_s: int, what: str, who: str, fingerprint: bytes) -> None:
        """One line, durable on return. Written before anybody gets the document: a line too many is harmless."""
        record: dict[str, object] = {"time": now_s, "what": what, "who": who, "fingerprint": fingerprint.hex()}
        files.append_line(self.path / "audit.jsonl", record)

    # -- the root key

    def roots(self) -> tuple[bytes, ...]:
        """Public halves, the newest first."""
        folder = self.path / "operator"
        numbers = sorted(_numbers(folder, ".pub"), reverse=True)
        if not numbers:
            raise KeyFolderError(f"{folder} holds no root key; restore it from a backup.")
        return tuple(files.read(folder / f"{number}.pub") for number in numbers)

    def root_key(self) -> ec.EllipticCurvePrivateKey:
        folder = self.path / "operator"
        return self._open(folder / f"{max(_numbers(folder, '.pub'), default=1)}.pem", self.roots()[0])

    def add_root(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._add(self.path / "operator", key, ".pub", cose.public_bytes(key))

    # -- issuers, staff, terminals

    def add(self, kind: str, name: str, key: ec.EllipticCurvePrivateKey | None, document: bytes) -> None:
        """The next certificate of a name, and its private key where the folder is to keep it."""
        folder = self.path / kind / name
        files.make_folder(folder)
        self._add(folder, key, ".cwt", document)

    def has(self, kind: str, name: str) -> bool:
        return any(_numbers(self.path / kind / name, ".cwt"))

    def current(self, kind: str, name: str) -> Held:
        """The certificate that is in use."""
        numbers = list(_numbers(self.path / kind / name, ".cwt"))
        if not numbers:
            raise KeyFolderError(f"{name} is not in {self.path / kind}; add it first, or check the name.")
        return self._held(kind, name, max(numbers), True)

    def certificates(self) -> Iterator[Held]:
        """Every certificate, rotated ones included."""
        for kind in KINDS:
            for folder in sorted((self.path / kind).iterdir()):
                numbers = sorted(_numbers(folder, ".cwt"))
                for number in numbers:
                    yield self._held(kind, folder.name, number, number == numbers[-1])

    def private(self, held: Held) -> ec.EllipticCurvePrivateKey:
        """The private key of a certificate of this folder."""
        return self._open(self.path / held.kind / held.name / f"{held.number}.pem", held.certificate.public)

    # -- policies

    def policy(self, version: int) -> bytes | None:
        path = self._policy_path(version)
        return files.read(path) if path.exists() else None

    def policy_versions(self) -> list[int]:
        return sorted(_numbers(self.path / "policies", ".cose"))

    def add_policy(self, version: int, document: bytes) -> None:
        files.write_new(self._policy_path(version), document)

    # -- below

    def _policy_path(self, version: int) -> Path:
        return self.path / "policies" / f"{version:010d}.cose"

    def _add(self, folder: Path, key: ec.EllipticCurvePrivateKey | None, suffix: str, public_part: bytes) -> None:
        # Past every file, also those that a crash left without their public part.
        used = (number for kind in (".pem", ".pub", ".cwt") for number in _numbers(folder, kind))
        number = max(used, default=0) + 1
        if key is not None:
            path = folder / f"{number}.pem"
            files.write_new(path, files.seal_private(key, self._secret()))
            self._opened[path] = key
        files.write_new(folder / f"{number}{suffix}", public_part)

    def _held(self, kind: str, name: str, number: int, current: bool) -> Held:
        path = self.path / kind / name / f"{number}.cwt"
        document = files.read(path)
        try:
            return Held(kind, name, number, current, document, certificate.parse(document))
        except DocumentError as error:
            raise KeyFolderError(f"{path} is damaged: {error}") from None

    def _open(self, path: Path, public: bytes) -> ec.EllipticCurvePrivateKey:
        """Opening takes long on purpose, so it is done once."""
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
