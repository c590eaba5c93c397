"""Files that hold a CBOR sequence (RFC 8742) of byte strings, only ever appended to; a torn end is not an item."""

import contextlib
import mmap
import os
from array import array
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from nyala.errors import LedgerError

_ITEM_BYTES_MAX = 4096  # longer than any document; a longer length is damage


def open_append(path: Path) -> FileIO:
    """The file, made when missing, its name durable; everything written goes to its end. Raises LedgerError."""
    try:
        new = not path.exists()
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666), "ab+")
        if new:
            with contextlib.suppress(OSError):  # not every system lets a folder be synced
                folder = os.open(path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}.") from None
    return file


def write(file: FileIO, data: bytes) -> None:
    """Write all of it. Raises LedgerError when there is no room."""
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        raise LedgerError(f"The inbox cannot be written: {error.strerror}; make room and read again.") from None


def item_of(content: bytes) -> bytes:
    """A byte string as it stands in a file: at most 65,535 bytes, and the head that says how many."""
    length = len(content)
    if length < 24:
        return bytes((0x40 | length,)) + content
    return (bytes((0x58, length)) if length < 0x100 else bytes((0x59, length >> 8, length & 0xFF))) + content


def content_of(item: bytes) -> bytes:
    """The byte string in a whole item."""
    return item[{0x58: 2, 0x59: 3}.get(item[0], 1) :]


def _item_end(content: "bytes | mmap.mmap", start: int, size: int) -> int | None:
    """Where the byte string that begins at `start` ends; None when none does, whole."""
    first = content[start]
    if 0x40 <= first < 0x58:
        head, length = 1, first & 0x1F
    elif first == 0x58 and start + 2 <= size:
        head, length = 2, content[start + 1]
    elif first == 0x59 and start + 3 <= size:
        head, length = 3, content[start + 1] << 8 | content[start + 2]
    else:
        return None
    end = start + head + length
    return end if end <= size and length <= _ITEM_BYTES_MAX else None


def offsets_of(path: Path) -> "array[int]":
    """Where each whole item begins, and last where the next one will."""
    offsets = array("Q", (0,))
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size:
            with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
                start: int | None = 0
                while start is not None and start < size:
                    start = _item_end(content, start, size)
                    if start is not None:
                        offsets.append(start)
    return offsets


def items_of(path: Path) -> Iterator[bytes]:
    """The whole items of a file, in order; none when there is no file."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if not size:
            return
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
            start = 0
            while start < size:
                end = _item_end(content, start, size)
                if end is None:
                    return
                yield content_of(content[start:end])
                start = end
