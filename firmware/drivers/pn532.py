"""PN532 contactless reader on a UART (NXP UM0701-02; module switched to HSU, 115200 baud, 8N1).

The chip does ISO/IEC 14443-3 and -4 itself (anticollision, RATS, chaining, waiting time extensions); this driver gives
it APDUs. Every `card()` starts by waking and configuring the chip from scratch, whatever state it was left in:
a reader that browned out, hangs or holds half a frame is thereby put right, for some 40 ms.

Give the UART a receive buffer of 512 bytes: the longest answer has 275, and a screen being drawn holds us up for 23 ms.
"""

import asyncio
import time

from micropython import const

from drivers.pn532_frames import ERROR_FRAME, POLL_MS, TO_HOST, BadFrame, Frames
from payer import CardLost, CardProtocolError, ReaderFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from machine import UART

_GET_FIRMWARE_VERSION = const(0x02)
_SAM_CONFIGURATION = const(0x14)
_POWER_DOWN = const(0x16)
_RF_CONFIGURATION = const(0x32)
_IN_DATA_EXCHANGE = const(0x40)
_IN_LIST_PASSIVE_TARGET = const(0x4A)

_IC_PN532 = const(0x32)
_SAK_ISO_DEP = const(0x20)  # ISO/IEC 14443-3 §6.4.3.4: the card speaks ISO/IEC 14443-4
_STATUS_MORE = const(0x40)  # more to come than fits one frame
_STATUS_ERROR = const(0x3F)  # UM0701-02 §7.1

_TRIES = const(3)
_LATE_FRAMES_MAX = const(4)
_ACK_MS = const(50)  # the chip acknowledges within 15 ms (§6.2.2)
_ANSWER_MS = const(250)  # of a command that does not wait for a card
_EXCHANGE_MS = const(6000)  # ISO/IEC 14443-4 lets a card take 4.95 s
_LISTEN_POLL_MS = const(20)
_WAKE_MS = const(5)  # the oscillator takes 2 ms
_FIELD_OFF_MS = const(10)  # ISO/IEC 14443-3 §5.1: 5 ms without a field reset every card
_OTHER_CARD_MS = const(200)

RESPONSE_BYTES_MAX = 258  # short APDU: 256 and the status word
_UID_BYTES_MAX = const(10)

_WAKE = b"\x55\x55" + b"\x00" * 14
_UNSTICK_BYTES = const(280)  # fill up any frame that the chip still waits for the end of


class _Silence(Exception):
    """The chip does not answer as it should."""


class Target:
    """A card in the field (hardware.Card)."""

    def __init__(self, reader: "PN532", number: int, uid: bytes) -> None:
        self._reader = reader
        self._number = number
        self.uid = uid

    async def transceive(self, apdu: bytes) -> bytes:
        """Send a command APDU, return the response APDU with its status word (2 to 258 bytes).

        Raises CardLost when the card or the reader stopped answering, CardProtocolError for an oversized response.
        """
        return await self._reader.exchange(self, self._number, apdu)


class PN532:
    """The contactless reader (hardware.Reader)."""

    def __init__(self, uart: "UART") -> None:
        self._uart = uart
        self._frames = Frames(uart)
        self._target = None
        self.version = ""  # "1.6" once the chip has answered

    async def card(self, timeout_ms: int) -> "Target | None":
        """Wait for a card that speaks ISO-DEP, with the field on; None when none came in time.

        Cards activated before are reset. Raises ReaderFault when the reader does not answer.
        """
        deadline_ms = time.ticks_add(time.ticks_ms(), timeout_ms)
        await self._start()
        while True:
            left_ms = time.ticks_diff(deadline_ms, time.ticks_ms())
            if left_ms <= 0:
                self._frames.send_ack()  # stop looking
                return None
            try:
                number, uid, speaks_iso_dep = await self._list_target(left_ms)
            except _Silence:
                if time.ticks_diff(deadline_ms, time.ticks_ms()) > 0:  # no card would have been silence to the end
                    await self._start()
                continue
            if speaks_iso_dep:
                self._target = Target(self, number, uid)
                return self._target
            await asyncio.sleep_ms(_OTHER_CARD_MS)  # a travel card or a tag: wait for another

    def release(self) -> None:
        """Stop the field and let the chip sleep until the next card(). Does not wait, so it can be called anywhere."""
        self._target = None
        self._frames.send_ack()
        self._frames.send(bytes((_POWER_DOWN, 0x10)))  # §7.2.11: wake on HSU

    async def exchange(self, target: Target, number: int, apdu: bytes) -> bytes:
        """Target.transceive()."""
        if target is not self._target:
            raise CardLost("the card was released")
        try:
            answer = await self._command(bytes((_IN_DATA_EXCHANGE, number)), apdu, _EXCHANGE_MS)
        except _Silence as silence:
            self._target = None
            raise CardLost("the reader went silent in the middle of an exchange: %s" % silence)
        if not answer or answer[0] & _STATUS_ERROR:
            self._target = None
            raise CardLost("the reader reports error %02x" % (answer[0] if answer else 0))
        if answer[0] & _STATUS_MORE or not 2 <= len(answer) - 1 <= RESPONSE_BYTES_MAX:
            self._target = None  # the rest of a long answer would be taken for the next one
            raise CardProtocolError("the card's answer is not 2 to %d bytes long" % RESPONSE_BYTES_MAX)
        return bytes(answer[1:])

    async def _start(self) -> None:
        """Wake the chip, stop what it does, reset every card in the field, wait for cards without limit."""
        self._target = None
        reason = None
        for attempt in range(_TRIES):
            self._uart.write(_WAKE + bytes(_UNSTICK_BYTES) if attempt else _WAKE)
            await asyncio.sleep_ms(_WAKE_MS)
            self._frames.send_ack()
            await asyncio.sleep_ms(_WAKE_MS)
            try:
                await self._command(bytes((_SAM_CONFIGURATION, 1, 0, 0)))  # no SAM: a plain reader
                if not self.version:
                    await self._identify()
                await self._command(bytes((_RF_CONFIGURATION, 1, 0)))  # field off
                await asyncio.sleep_ms(_FIELD_OFF_MS)
                await self._command(bytes((_RF_CONFIGURATION, 5, 0xFF, 1, 0xFF)))  # look for a card until told to stop
                return
            except _Silence as silence:
                reason = silence
        raise ReaderFault("the card reader does not answer, check its cable: %s" % reason)

    async def _identify(self) -> None:
        answer = await self._command(bytes((_GET_FIRMWARE_VERSION,)))
        if len(answer) != 4 or answer[0] != _IC_PN532:
            raise _Silence("it is no PN532")
        self.version = "%d.%d" % (answer[1], answer[2])

    async def _list_target(self, timeout_ms: int) -> tuple:
        """Wait for one card at 106 kbit/s type A: (number, uid, speaks ISO-DEP) (§7.3.5). Raises _Silence."""
        request = bytes((_IN_LIST_PASSIVE_TARGET, 1, 0))
        answer = await self._command(request, b"", timeout_ms, _LISTEN_POLL_MS)
        if len(answer) < 6 or answer[0] != 1:
            return 0, b"", False
        uid_bytes = answer[5]
        if uid_bytes > _UID_BYTES_MAX or len(answer) < 6 + uid_bytes:
            return 0, b"", False
        return answer[1], bytes(answer[6 : 6 + uid_bytes]), bool(answer[4] & _SAK_ISO_DEP)

    async def _command(
        self, head: bytes, data: bytes = b"", timeout_ms: int = _ANSWER_MS, poll_ms: int = POLL_MS
    ) -> "memoryview | bytes":
        """Send a command until it is acknowledged; return its answer after the command code. Raises _Silence."""
        for _ in range(_TRIES):
            self._frames.discard()
            self._frames.send(head, data)
            if await self._acknowledged():
                return await self._answer(head[0] + 1, timeout_ms, poll_ms)
        raise _Silence("command %02x is not acknowledged" % head[0])

    async def _acknowledged(self) -> bool:
        """Nothing counts before its ACK: what comes earlier is a late answer to something given up."""
        try:
            for _ in range(_LATE_FRAMES_MAX):
                frame = await self._frames.receive(_ACK_MS)
                if frame is None or frame is Frames.ACK:
                    return frame is not None
        except BadFrame:
            pass
        return False

    async def _answer(self, code: int, timeout_ms: int, poll_ms: int) -> "memoryview | bytes":
        for _ in range(_TRIES):
            try:
                frame = await self._frames.receive(timeout_ms, poll_ms)
            except BadFrame:
                self._frames.send_nack()
                timeout_ms = _ANSWER_MS  # it has the answer, so it is quick
                continue
            if frame is None:
                raise _Silence("command %02x is not answered" % (code - 1))
            if len(frame) > 1 and frame[0] == TO_HOST and frame[1] == code:
                return frame[2:]
            if len(frame) and frame[0] == ERROR_FRAME:
                raise _Silence("command %02x is not understood" % (code - 1))
        raise _Silence("command %02x is answered with noise" % (code - 1))
