"""Frames of the link: COBS( message || CRC-32, little endian ) and a zero byte (docs/link-protocol.md)."""

import zlib
from collections.abc import Iterator

from cobs import cobs  # pyright: ignore[reportMissingTypeStubs]

_CRC_BYTES = 4


def encode(message: bytes) -> bytes:
    """The frame of `message`, with a zero byte in front as well: it ends whatever the terminal heard before."""
    plain = message + zlib.crc32(message).to_bytes(_CRC_BYTES, "little")
    return b"\0" + cobs.encode(plain) + b"\0"  # pyright: ignore[reportUnknownMemberType]


class Decoder:
    """Finds messages in a byte stream; whatever is not a frame is dropped. Holds at most one frame."""

    def __init__(self, frame_bytes_max: int) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._held = bytearray()
        self._skipping = False  # until the next zero byte: what stands there is too long to be a frame

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The message of each frame that ends in `data`."""
        *ended, rest = data.split(b"\0")
        for piece in ended:
            self._collect(piece)
            message = None if self._skipping else _message(bytes(self._held))
            self._held.clear()
            self._skipping = False
            if message is not None:
                yield message
        self._collect(rest)

    def _collect(self, piece: bytes) -> None:
        if self._skipping or len(self._held) + len(piece) > self._frame_bytes_max:
            self._skipping = True
            self._held.clear()
        else:
            self._held += piece


def _message(frame: bytes) -> bytes | None:
    try:
        plain = cobs.decode(frame)  # pyright: ignore[reportUnknownMemberType]
    except cobs.DecodeError:
        return None
    message = plain[:-_CRC_BYTES]
    if not message or zlib.crc32(message) != int.from_bytes(plain[-_CRC_BYTES:], "little"):
        return None
    return message
