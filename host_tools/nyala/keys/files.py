"""Files of a key folder: written whole or not at all, never over another, readable by their owner only."""

import base64
import hashlib
import json
import os
import secrets
import textwrap
from pathlib import Path

from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nyala.errors import KeyFolderError

FILE_MODE = 0o600
FOLDER_MODE = 0o700
KDF_ROUNDS = 600_000  # of PBKDF2-HMAC-SHA-256, as OWASP recommends: a fifth of a second on a desk, for every key once

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04  # DER tags
_PBES2 = bytes.fromhex("06092a864886f70d01050d")  # object identifiers of RFC 8018 appendix A and C
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("300c06082a864886f70d02090500")  # with its NULL parameters
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


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
    """PKCS#8 in PEM, encrypted under the passphrase: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018).

    Any PKCS#8 reader opens it. Assembled here because `BestAvailableEncryption` stops at 2,048 rounds of PBKDF2, far
    too few against somebody with graphics cards and a copy of the folder.
    """
    salt, iv = os.urandom(16), os.urandom(16)
    secret = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, KDF_ROUNDS, 32)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    rounds = KDF_ROUNDS.to_bytes(KDF_ROUNDS.bit_length() // 8 + 1, "big")  # one bit more, for the sign
    kdf = _der(_SEQUENCE, _PBKDF2, _der(_SEQUENCE, _der(_OCTETS, salt), _der(_INTEGER, rounds), _HMAC_SHA256))
    scheme = _der(_SEQUENCE, kdf, _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, iv)))
    der = _der(_SEQUENCE, _der(_SEQUENCE, _PBES2, scheme), _der(_OCTETS, sealed))
    lines = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{lines}\n-----END ENCRYPTED PRIVATE KEY-----\n".encode()


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


def _der(tag: int, *parts: bytes) -> bytes:
    """One DER element (ITU-T X.690) of less than 64 KiB."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return b"%c%c%b" % (tag, size, content)
    if size < 0x100:
        return b"%c\x81%c%b" % (tag, size, content)
    return b"%c\x82%b%b" % (tag, size.to_bytes(2, "big"), content)
