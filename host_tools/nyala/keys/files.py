"""Files of a key folder: written whole or not at all, never over another, readable by their owner only."""

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nyala.errors import KeyFolderError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_folder(path: Path) -> None:
    """A folder for its owner only; one that is there already is left as it is."""
    try:
        path.mkdir(FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise KeyFolderError(f"{path} cannot be made: {error.strerror}.") from None


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet. After a crash it is there whole, or not at all.

    KeyFolderError when it exists or cannot be written.
    """
    aside = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    try:
        try:
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)  # unlike a rename, this never replaces a file
        finally:
            aside.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise KeyFolderError(f"{path} is there already; keys and certificates are never overwritten.") from None
    except OSError as error:
        raise KeyFolderError(f"{path} cannot be written: {error.strerror}.") from None


def append_line(path: Path, record: dict[str, object]) -> None:
    """Append one JSON line, durable on return."""
    line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE), "ab", buffering=0) as file:
            file.write(line)  # one write: lines of two processes do not mix
            os.fsync(file.fileno())
    except OSError as error:
        raise KeyFolderError(
            f"{path} cannot be written: {error.strerror}; nothing is signed without a record."
        ) from None


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> bytes:
    """The content of a file; KeyFolderError when it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyFolderError(f"{path} is missing; this folder does not hold that key or certificate.") from None
    except OSError as error:
        raise KeyFolderError(f"{path} cannot be read: {error.strerror}.") from None


def seal_private(key: ec.EllipticCurvePrivateKey, passphrase: str) -> bytes:
    """PKCS#8 in PEM, encrypted under the passphrase."""
    encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def open_private(path: Path, passphrase: str) -> ec.EllipticCurvePrivateKey:
    """The key in an encrypted PKCS#8 file; KeyFolderError when the passphrase does not open it. Slow by design."""
    data = read(path)
    try:
        key = serialization.load_pem_private_key(data, passphrase.encode())
    except TypeError:
        raise KeyFolderError(f"{path} is not encrypted; a key folder holds encrypted keys only.") from None
    except ValueError:
        raise KeyFolderError(f"The passphrase does not open {path}; type it again.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyFolderError(f"{path} holds no P-256 key.")
    return key
