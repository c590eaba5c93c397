"""Frames of the link: COBS( message || CRC-32, little endian ) and a zero byte (docs/link-protocol.md).

COBS: Cheshire and Baker, "Consistent Overhead Byte Stuffing", 1999. Runs between zeros are found and copied whole, so a
frame costs a handful of byte codes a run, not a byte.
"""

import binascii

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_CRC_BYTES = const(4)
_RUN_BYTES_MAX = const(254)


class FrameTooLong(ValueError):
    """A message does not fit the frame it is to travel in."""


class Encoder:
    """Builds frames in one buffer: the view that `encode` returns is good until the next call."""

    def __init__(self, frame_bytes_max: int) -> None:
        self._frame = bytearray(frame_bytes_max)

    def encode(self, message: bytes) -> memoryview:
        """Return the frame of `message`, the zero bytes before and after it included. Raises FrameTooLong."""
        frame = self._frame
        plain = message + binascii.crc32(message).to_bytes(_CRC_BYTES, "little")
        length = len(plain)
        # A zero before, a code byte a run, a zero after.
        if length + length // _RUN_BYTES_MAX + 3 > len(frame):
            raise FrameTooLong("message: %d bytes do not fit a frame of %d" % (len(message), len(frame)))
        # The zero in front ends whatever text or noise went out before.
        frame[0] = 0
        position = 1
        start = 0
        while True:
            end = plain.find(b"\0", start)
            if end < 0:
                end = length
            full = end - start >= _RUN_BYTES_MAX
            if full:
                end = start + _RUN_BYTES_MAX
            count = end - start
            frame[position] = count + 1
            frame[position + 1 : position + 1 + count] = plain[start:end]
            position += 1 + count
            if end == length:
                break
            start = end if full else end + 1
        frame[position] = 0
        return memoryview(frame)[: position + 1]


class Decoder:
    """Finds messages in a byte stream. Holds one frame; whatever is not a frame is dropped without a word."""

    def __init__(self, frame_bytes_max: int) -> None:
        self._frame = bytearray(frame_bytes_max)
        self._length = 0  # past the end of the buffer: this frame is too long, skip to the next zero

    def feed(self, data: bytes) -> "Iterator[bytes]":
        """Yield the message of every frame that ends in `data`. Raises nothing; take all before feeding more."""
        start = 0
        while True:
            end = data.find(b"\0", start)
            if end < 0:
                self._collect(data[start:])
                return
            self._collect(data[start:end])
            message = self._message()
            self._length = 0
            if message is not None:
                yield message
            start = end + 1

    def _collect(self, piece: bytes) -> None:
        end = self._length + len(piece)
        if end <= len(self._frame):
            self._frame[self._length : end] = piece
            self._length = end
        else:
            self._length = len(self._frame) + 1

    def _message(self) -> "bytes | None":
        """The message of the frame collected, unstuffed in place; None when it is none."""
        frame = self._frame
        length = self._length
        if length > len(frame):
            return None
        written = read = 0
        while read < length:
            code = frame[read]
            end = read + code
            if end > length:
                return None
            count = code - 1
            frame[written : written + count] = frame[read + 1 : end]
            written += count
            read = end
            if code <= _RUN_BYTES_MAX and read < length:
                frame[written] = 0
                written += 1
        if written <= _CRC_BYTES:
            return None
        message = bytes(memoryview(frame)[: written - _CRC_BYTES])
        crc = int.from_bytes(frame[written - _CRC_BYTES : written], "little")
        return message if binascii.crc32(message) == crc else None
