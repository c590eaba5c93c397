"""Frames between host and PN532 over its high speed UART (NXP UM0701-02 §6.2.1).

Preamble 00, start code 00 FF, LEN, LCS, data (TFI first), DCS, postamble 00; LEN + LCS and data + DCS are 0 modulo
256. With more than 255 bytes of data, LEN and LCS are FF FF, and LENM, LENL, LCS follow. ACK is 00 FF in place of LEN
and LCS, NACK is FF 00.
"""

import asyncio
import time

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import UART

TO_READER = 0xD4
TO_HOST = 0xD5
ERROR_FRAME = 0x7F  # in TFI's place: the reader did not understand the command (§6.2.1.5)

DATA_BYTES_MAX = 265  # with TFI (§6.2.1.2)
_FRAME_BYTES_MAX = const(275)  # extended: 8 before the data, 2 after

POLL_MS = 5
_GAP_MS = const(50)  # 265 bytes take 23 ms; a frame that pauses so long has lost its end

_ACK = b"\x00\x00\xff\x00\xff\x00"
_NACK = b"\x00\x00\xff\xff\x00\x00"
_START_CODE = b"\x00\xff"


class BadFrame(Exception):
    """A frame arrived that was damaged on the way."""


class Frames:
    """Sends and receives frames. `ACK` stands for an ACK frame where data is expected."""

    ACK = b""

    def __init__(self, uart: "UART") -> None:
        self._uart = uart
        self._sent = bytearray(_FRAME_BYTES_MAX)
        self._received = bytearray(_FRAME_BYTES_MAX + 16)  # an ACK and its answer may wait together
        self._view = memoryview(self._received)
        self._count = 0  # bytes in _received
        self._used = 0  # of these, bytes of the frame given out last
        self._noise = False  # something arrived that belongs to no frame

    def send(self, head: bytes, data: bytes = b"") -> None:
        """Send TFI + `head` + `data` as one frame."""
        frame = self._sent
        length = 1 + len(head) + len(data)
        assert length <= DATA_BYTES_MAX
        if length < 256:
            frame[:5] = bytes((0, 0, 0xFF, length, -length & 0xFF))
            at = 5
        else:
            frame[:8] = bytes((0, 0, 0xFF, 0xFF, 0xFF, length >> 8, length & 0xFF, -(length >> 8) - length & 0xFF))
            at = 8
        end = at + length
        frame[at] = TO_READER
        frame[at + 1 : at + 1 + len(head)] = head
        frame[at + 1 + len(head) : end] = data
        view = memoryview(frame)
        frame[end] = -sum(view[at:end]) & 0xFF
        frame[end + 1] = 0
        self._uart.write(view[: end + 2])

    def send_ack(self) -> None:
        """As a host's frame: stop what you are doing, no answer wanted (§6.2.2.1)."""
        self._uart.write(_ACK)

    def send_nack(self) -> None:
        """Say the last answer again (§6.2.1.4)."""
        self._uart.write(_NACK)

    def discard(self) -> None:
        """Forget everything that has arrived."""
        self._count = self._used = 0
        while self._uart.any():
            self._uart.readinto(self._received)

    async def receive(self, timeout_ms: int, poll_ms: int = POLL_MS) -> "memoryview | bytes | None":
        """Wait for a frame: its data from TFI on (valid until the next call), ACK, or None when nothing came in time.

        Raises BadFrame for a damaged one.
        """
        deadline_ms = time.ticks_add(time.ticks_ms(), timeout_ms)
        heard_ms = time.ticks_ms()
        self._forget_used()
        self._noise = False
        while True:
            if self._fill():
                heard_ms = time.ticks_ms()
            data = self._parse()
            if data is not None:
                return data
            now_ms = time.ticks_ms()
            if (self._noise or self._count > 1) and time.ticks_diff(now_ms, heard_ms) > _GAP_MS:
                self.discard()
                raise BadFrame("a frame was lost in noise or ended half way")
            if time.ticks_diff(deadline_ms, now_ms) <= 0:
                return None
            await asyncio.sleep_ms(poll_ms)

    def _fill(self) -> bool:
        waiting = self._uart.any()
        room = len(self._received) - self._count
        if not waiting or not room:
            return False
        self._count += self._uart.readinto(self._view[self._count : self._count + min(waiting, room)]) or 0
        return True

    def _forget_used(self) -> None:
        if not self._used:
            return
        left = self._count - self._used
        self._view[:left] = self._view[self._used : self._count]
        self._count = left
        self._used = 0

    def _parse(self) -> "memoryview | bytes | None":
        """Return the first whole frame's data, or None when more bytes are needed."""
        received = self._received
        start = received.find(_START_CODE, 0, self._count)
        if start < 0:  # noise, or a preamble: keep what may be half a start code
            self._used = self._count - 1 if self._count and received[self._count - 1] == 0 else self._count
            self._noise = self._noise or any(self._view[: self._used])
            self._forget_used()
            return None
        self._used = start  # keeps the start code in front, so that a frame always fits
        self._forget_used()
        if self._count < 4:
            return None
        length, check, body = received[2], received[3], 4
        if length == 0 and check == 0xFF:
            self._used = 4
            return self.ACK
        if length == 0xFF and check == 0xFF:
            if self._count < 7:
                return None
            length, check, body = received[4] << 8 | received[5], received[4] + received[6], 7
        if (length + check) & 0xFF or not 0 < length <= DATA_BYTES_MAX:
            self.discard()
            raise BadFrame("a frame's length does not add up")
        if self._count < body + length + 1:
            return None
        self._used = body + length + 1
        if sum(self._view[body : self._used]) & 0xFF:
            self.discard()
            raise BadFrame("a frame's checksum does not add up")
        return self._view[body : body + length]
