"""PN532 on a high speed UART, with a card that the host plays (NXP UM0701-02: §6.2 frames and dialogue, §7 commands).

It answers as the chip does: a damaged frame is met with silence, an unknown command with an error frame. It starts in
low battery mode, asleep, and looks for no card before SAMConfiguration. A new command or an abort stops the one before.
"""

_ACK = b"\x00\x00\xff\x00\xff\x00"
_ERROR = b"\x00\x00\xff\x01\xff\x7f\x81\x00"
_ABORT = object()
_AGAIN = object()

_DATA_BYTES_MAX = 262  # in one InDataExchange, either way

_ACK_DELAY_MS = 1
_COMMAND_MS = 2
_ACTIVATION_MS = 25  # REQA, anticollision, RATS
_RETRY_MS = 5  # one passive activation in vain
_CARD_TIMEOUT_MS = 80  # frame waiting time of our cards (ATS: FWI 8)
_ATS = b"\x05\x78\x80\x70\x02"

_TIMEOUT, _BAD_CONTEXT = 0x01, 0x27


class _Card:
    def __init__(self, uid: bytes, iso_dep: bool) -> None:
        self.uid = uid
        self.iso_dep = iso_dep
        self.active = False  # selected; does not answer REQA again before the field was off


class Pn532Part:
    """`uart.deliver(data, delay_ms)` carries answers; `panel.ask("capdu <hex>")` gets the card's `rapdu <hex> <ms>`.

    Faults, counted down as they happen: `lost_commands` (damaged on the way in), `lost_acks`, `damaged_answers`,
    `late_answers` (by `late_ms`); for good: `dead`. `hang()`: it waits for the rest of a frame that never comes.
    """

    def __init__(self, uart: object, panel: object) -> None:
        self._uart = uart
        self._panel = panel
        self._card = None
        self.dead = False
        self.lost_commands = self.lost_acks = self.damaged_answers = self.late_answers = 0
        self.late_ms = 0
        self.version = b"\x32\x01\x06\x07"  # PN532, firmware 1.6
        self.power_on()

    def power_on(self) -> None:
        """After a brown-out: asleep in low battery mode, nothing configured, the field off."""
        self._input = bytearray()
        self._wakes_on_uart = True
        self.asleep = True
        self._configured = False
        self._retries = 0xFF
        self._listing = False
        self._selected = None
        self._answer_sent = b""
        self._under_way = bytearray()
        self._rest = b""
        self._set_field(False)

    def hang(self) -> None:
        self._input = bytearray(b"\x00\x00\xff\xff\x01")

    # -- the card

    def card_in(self, uid: bytes, iso_dep: bool = True) -> None:
        """Hold a card to the reader. `iso_dep` False: a tag or travel card that has no APDUs."""
        self._card = _Card(uid, iso_dep)
        if self._listing and not self.dead:
            self._listing = False
            self._activate()

    def card_out(self) -> None:
        self._card = None

    # -- the UART

    def feed(self, data: bytes) -> None:
        """Take what the host wrote."""
        if self.dead:
            return
        if self.asleep:  # a rising edge wakes it, and while its oscillator starts it hears nothing
            self.asleep = not (self._wakes_on_uart and 0x55 in data)
            return
        self._input.extend(data)
        while True:
            packet = self._next_packet()
            if packet is None:
                return
            if packet is _ABORT:
                self._stop()
            elif packet is _AGAIN:
                self._send_answer(_COMMAND_MS)
            else:
                self._take(packet)

    def _next_packet(self) -> "bytes | object | None":
        """Cut the next whole frame out of the input; damaged ones are dropped without a word (§6.2.2.2)."""
        while True:
            start = self._input.find(b"\x00\xff")
            if start < 0 or len(self._input) < start + 4:
                return None
            length, check, at = self._input[start + 2], self._input[start + 3], start + 4
            if (length, check) in ((0, 0xFF), (0xFF, 0)):
                self._input = self._input[at:]
                return _AGAIN if length else _ABORT
            if length == check == 0xFF:
                if len(self._input) < start + 7:
                    return None
                high, length, check = self._input[start + 4], self._input[start + 5], self._input[start + 6]
                length, check, at = high << 8 | length, high + check, start + 7
            if (length + check) & 0xFF or not length:
                self._input = self._input[start + 2 :]
                continue
            if len(self._input) <= at + length:
                return None
            packet = bytes(self._input[at : at + length])
            damaged = (sum(packet) + self._input[at + length]) & 0xFF
            self._input = self._input[at + length + 1 :]
            if not damaged:
                return packet

    def _take(self, packet: bytes) -> None:
        if self.lost_commands:
            self.lost_commands -= 1
            return
        self._stop()
        if self.lost_acks:
            self.lost_acks -= 1
        else:
            self._deliver(_ACK, _ACK_DELAY_MS)
        handler = self._COMMANDS.get(packet[1]) if packet[0] == 0xD4 and len(packet) > 1 else None
        if handler is None or not handler(self, packet[2:]):
            self._deliver(_ERROR, _COMMAND_MS)

    def _stop(self) -> None:
        """Give up the command being done; its answer is not sent any more."""
        self._listing = False
        self._under_way[:] = b""

    def _answer(self, code: int, data: bytes, delay_ms: int = _COMMAND_MS) -> bool:
        packet = bytes((0xD5, code)) + data
        length = len(packet)
        if length < 256:
            head = bytes((0, 0, 0xFF, length, -length & 0xFF))
        else:
            head = bytes((0, 0, 0xFF, 0xFF, 0xFF, length >> 8, length & 0xFF, -(length >> 8) - (length & 0xFF) & 0xFF))
        self._answer_sent = head + packet + bytes((-sum(packet) & 0xFF, 0))
        self._send_answer(delay_ms)
        return True

    def _send_answer(self, delay_ms: int) -> None:
        frame = self._answer_sent
        if self.damaged_answers:
            self.damaged_answers -= 1
            frame = frame[:-3] + bytes((frame[-3] ^ 0x10,)) + frame[-2:]
        if self.late_answers:
            self.late_answers -= 1
            delay_ms += self.late_ms
        self._under_way = bytearray(frame)  # emptied when the command is stopped before its time
        self._deliver(self._under_way, delay_ms)

    def _deliver(self, frame: bytes, delay_ms: int) -> None:
        self._uart.deliver(frame, _ACK_DELAY_MS + delay_ms + len(frame) * 10 // 115)

    # -- commands; each returns False for what the chip answers with an error frame

    def _get_firmware_version(self, _: bytes) -> bool:
        return self._answer(0x03, self.version)

    def _sam_configuration(self, parameters: bytes) -> bool:
        if not parameters or not 1 <= parameters[0] <= 4:
            return False
        self._configured = parameters[0] == 1
        return self._answer(0x15, b"")

    def _power_down(self, parameters: bytes) -> bool:
        if not parameters:
            return False
        self._answer(0x17, b"\x00")
        self.asleep = True
        self._wakes_on_uart = bool(parameters[0] & 0x10)
        self._input = bytearray()
        self._set_field(False)
        return True

    def _rf_configuration(self, parameters: bytes) -> bool:
        if len(parameters) < 2:
            return False
        if parameters[0] == 1:
            self._set_field(bool(parameters[1] & 1))
        elif parameters[0] == 5:
            if len(parameters) != 4:
                return False
            self._retries = parameters[3]
        return self._answer(0x33, b"")

    def _in_list_passive_target(self, parameters: bytes) -> bool:
        if not self._configured or len(parameters) < 2 or parameters[0] not in (1, 2) or parameters[1]:
            return False
        self._selected = None
        self._set_field(True)
        if self._card is not None and not self._card.active:
            self._activate()
        elif self._retries == 0xFF:
            self._listing = True
        else:  # a card that comes in the meantime is found the next time
            self._answer(0x4B, b"\x00", (self._retries + 1) * _RETRY_MS)
        return True

    def _activate(self) -> None:
        card = self._selected = self._card
        card.active = True
        sens_res = bytes((0, 0x04 | {4: 0x00, 7: 0x40}.get(len(card.uid), 0x80)))
        target = b"\x01\x01" + sens_res + (b"\x20" if card.iso_dep else b"\x08") + bytes((len(card.uid),)) + card.uid
        self._answer(0x4B, target + (_ATS if card.iso_dep else b""), _ACTIVATION_MS)

    def _in_data_exchange(self, parameters: bytes) -> bool:
        if not parameters:
            return False
        if self._rest and len(parameters) == 1:
            return self._pass_on(self._rest, _COMMAND_MS)
        self._rest = b""
        if parameters[0] != 1 or self._selected is None:
            return self._answer(0x41, bytes((_BAD_CONTEXT,)))
        if self._selected is not self._card or not self._card.active or not self._card.iso_dep:
            return self._answer(0x41, bytes((_TIMEOUT,)), _CARD_TIMEOUT_MS)
        words = self._panel.ask("capdu " + (parameters[1:].hex() or "-")).split(" ")
        if len(words) != 3 or words[0] != "rapdu":
            self._panel.say("error a capdu is answered by rapdu <hex> <ms>")
            words = ["rapdu", "-", "0"]
        if words[1] == "-":
            self.card_out()
            return self._answer(0x41, bytes((_TIMEOUT,)), int(words[2]) + _CARD_TIMEOUT_MS)
        return self._pass_on(bytes.fromhex(words[1]), int(words[2]) + _COMMAND_MS)

    def _pass_on(self, response: bytes, delay_ms: int) -> bool:
        self._rest = response[_DATA_BYTES_MAX:]
        return self._answer(0x41, (b"\x40" if self._rest else b"\x00") + response[:_DATA_BYTES_MAX], delay_ms)

    def _in_release(self, parameters: bytes) -> bool:
        if not parameters:
            return False
        self._selected = None
        return self._answer(0x53, b"\x00")

    def _set_field(self, on: bool) -> None:
        if not on and self._card is not None:
            self._card.active = False

    _COMMANDS = {
        0x02: _get_firmware_version,
        0x14: _sam_configuration,
        0x16: _power_down,
        0x32: _rf_configuration,
        0x40: _in_data_exchange,
        0x4A: _in_list_passive_target,
        0x52: _in_release,
    }
