"""A whole terminal for tests, in virtual time: the real firmware over played hardware, with cards that really sign."""

import asyncio
import hashlib
import struct

import framebuf

import virtual_time
from link_rig import FAR_S, NOW_S, TERMINAL, Entropy, Rtc, Vault, key, root
from parts.nor_flash import NorFlash
from payer import CardLost
from power import GaugeError
from terminal.identity import Identity
from terminal.terminal import Terminal
from voucher import authorization, cbor, cose, entry
from wire import card as wire_card
from wire import entry as wire_entry

_SECTORS = 12
_TABLE_SECTORS = 6  # three tables
_KEY_MS = 20  # between two keys


def card_certificate(
    issuer,
    public,
    number=1,
    currency=360,
    payment_minor=10000000,
    allowance_minor=20000000,
    expires_s=FAR_S,
    role=wire_entry.ROLE_CARD,
):
    claims = {
        1: "issuer",
        2: "",
        4: expires_s,
        6: NOW_S - 1,
        8: {1: {1: 2, -1: 1, -2: public[:32], -3: public[32:]}},
        wire_entry.CLAIM_ROLE: role,
        wire_entry.CLAIM_NUMBER: number,
    }
    if role == wire_entry.ROLE_CARD:
        claims[wire_entry.CLAIM_LIMITS] = [currency, payment_minor, allowance_minor]
    return issuer.sign(cbor.encode(claims))


class Card:
    """A payer's card as docs/card-protocol.md has it; it leaves the reader at the `tear_at`-th APDU from now."""

    uid = b"\x04\x01\x02\x03"

    def __init__(self, name="ayu", issuer=None, certificate=None, **limits):
        self.key = key(name)
        self.certificate = certificate or card_certificate(issuer or root(), self.key.public, **limits)
        self.allowance_minor = limits.get("allowance_minor", 20000000)
        self.counter = self.spent_minor = 0
        self.answers = {}
        self.asked = []  # instructions
        self.tear_at = 0
        self.refuse_sw = 0
        self.forge = lambda answer: answer

    @property
    def fingerprint(self):
        return hashlib.sha256(self.certificate).digest()[:8]

    async def transceive(self, apdu):
        await asyncio.sleep_ms(30)
        self.asked.append(apdu[1])
        answer = self._answer(apdu)  # a card that leaves has done its part all the same
        if self.tear_at:
            self.tear_at -= 1
            if not self.tear_at:
                raise CardLost()
        return answer

    def _answer(self, apdu):
        if apdu[1] == wire_card.INS_SELECT:
            return b"\x01" + self.fingerprint + struct.pack(">H", len(self.certificate)) + b"\x90\x00"
        if apdu[1] == wire_card.INS_GET_CERTIFICATE:
            offset = apdu[2] << 8 | apdu[3]
            return self.certificate[offset : offset + apdu[4]] + b"\x90\x00"
        assert apdu[1] == wire_card.INS_AUTHORIZE
        if self.refuse_sw:
            return struct.pack(">H", self.refuse_sw)
        data = apdu[5:-1]
        if data not in self.answers:
            self.answers[data] = self._authorize(data)
        return self.forge(self.answers[data]) + b"\x90\x00"

    def _authorize(self, data):
        terminal, sequence, previous, amount_minor, currency = struct.unpack(">II32sIH", data)
        self.counter += 1
        self.spent_minor += amount_minor
        payload = authorization.payload(
            terminal, sequence, previous, amount_minor, currency, self.counter, self.spent_minor
        )
        signed = cose.open_signed(cose.sign(payload, self.key.private))
        return struct.pack(">II", self.counter, self.spent_minor) + signed.signature


class OtherCard:
    """A card of somebody else's system."""

    uid = b"\x04\x09\x09\x09"

    async def transceive(self, apdu):
        return b"\x6a\x82"


class Display:
    def __init__(self, log):
        self._log = log
        self._frame = bytearray(1024)
        self.canvas = framebuf.FrameBuffer(self._frame, 128, 64, framebuf.MONO_VLSB)
        self.shown = bytes(1024)

    def show(self):
        self.shown = bytes(self._frame)
        self._log.append("show")


class Keypad:
    def __init__(self):
        self._pressed = []
        self._event = asyncio.Event()
        self.broken = None

    def press(self, keys):
        self._pressed.extend(keys)
        self._event.set()

    async def key(self):
        while not self._pressed:
            self._event.clear()
            await self._event.wait()
            if self.broken:
                raise self.broken
        return self._pressed.pop(0)


class Reader:
    """`card` is at the reader until taken away; `script` of cards (None: none yet) goes first, one a look."""

    def __init__(self):
        self.here = None
        self.script = []
        self.looks = 0
        self.released = 0
        self.fault = None

    async def card(self, timeout_ms):
        self.looks += 1
        if self.fault:
            raise self.fault
        card = self.script.pop(0) if self.script else self.here
        await asyncio.sleep_ms(timeout_ms if card is None else 50)
        return card

    def release(self):
        self.released += 1


class Gauge:
    def __init__(self):
        self.mv = 3900
        self.ma = -150
        self.silent = False

    def millivolts(self):
        if self.silent:
            raise GaugeError("does not answer")
        return self.mv

    def milliamps(self):
        if self.silent:
            raise GaugeError("does not answer")
        return self.ma


class Mains:
    def __init__(self):
        self.on = True

    def present(self):
        return self.on


class Buzzer:
    def __init__(self, log):
        self._log = log

    async def beep(self, frequency_hz, duration_ms):
        self._log.append("beep %d" % duration_ms)
        await asyncio.sleep_ms(duration_ms)


class Lights:
    def __init__(self, log):
        self._log = log
        self.is_green = self.is_red = False

    def green(self, on):
        self.is_green = on
        self._log.append("green %d" % on)

    def red(self, on):
        self.is_red = on
        self._log.append("red %d" % on)


class Line:
    """A cable with nobody at its other end."""

    async def read(self):
        await asyncio.Event().wait()

    async def write(self, data):
        pass


class Board:
    name = "test bench"
    reset_cause = 1
    battery_mah = 3000

    def __init__(self, vault=None, flash=None, rtc=None, table_flash=None):
        self.log = []
        self.display = Display(self.log)
        self.keypad = Keypad()
        self.reader = Reader()
        self.gauge = Gauge()
        self.mains = Mains()
        self.buzzer = Buzzer(self.log)
        self.lights = Lights(self.log)
        self.flash = flash or NorFlash(None, _SECTORS)
        self.table_flash = table_flash or NorFlash(None, _TABLE_SECTORS)
        self.vault = vault or Vault()
        self.entropy = Entropy()
        self.rtc = rtc or Rtc()
        self.line = Line()

    def next_start(self, rtc_kept=False):
        """What is left of this board after its power was cut: flash, vault, and the clock if it has a battery."""
        self.flash.cut(0, 0)  # a cut that did not come in its test does not come later
        board = Board(self.vault, self.flash, self.rtc if rtc_kept else None, self.table_flash)
        board.mains.on = self.mains.on
        board.entropy.read(1000)
        return board


def policy(
    version=1,
    issuers=None,
    payment_minor=10000000,
    card_minor=15000000,
    stored_value_minor=1000000000,
    stored_count=100,
    hours=24,
    minimum_charge=20,
    sales_when=1,
    currency=360,
    prefix="Rp",
    exponent=2,
    shown=0,
    separator=".",
    language=1,
    denied=(),
):
    """A policy document, signed by the root."""
    pairs = [[cose.key_id(issuer.public), issuer.public] for issuer in issuers or (root(),)]
    limits = [payment_minor, card_minor, stored_value_minor, stored_count, hours]
    money = [currency, prefix, exponent, shown, separator]
    return root().sign(
        cbor.encode(
            [wire_entry.FORM_POLICY, version, NOW_S, pairs, limits, minimum_charge, sales_when, money, language, denied]
        )
    )


def enrol(board, policy_document=None):
    """Give a board's vault an identity, as an install does."""
    identity = Identity(board.vault)
    identity.make_key(board.entropy, TERMINAL, b"n" * 16)
    public = cbor.decode(board.vault.get("pending"))[1]
    certificate = root().certify(public, wire_entry.ROLE_TERMINAL, TERMINAL)
    identity.install(root().public, certificate, policy_document or policy())


_enrolled = {}


def terminal(**limits):
    """An enrolled terminal with its clock set, started; `limits` go to the policy."""
    board = Board()
    document = policy(**limits)
    if "identity" not in _enrolled:
        enrol(board)
        _enrolled.update(board.vault.values)
    board.vault.values.update(_enrolled)
    if limits:
        place = Identity(board.vault)._place
        board.vault.values[("policy", "policy_b")[place]] = document
    board.rtc.set(NOW_S)
    return start(board)


def start(board):
    """Power on."""
    machine = Terminal(board)
    machine.clock._ticks_ms = virtual_time.ticks_ms
    machine.clock._ticks = virtual_time.ticks_ms()
    machine.open()
    return machine


def play(machine, course):
    """Run the terminal's tasks and, beside them, the coroutine `course`, to its end; then the power is cut."""

    async def both():
        running = asyncio.create_task(machine.run())
        await asyncio.sleep_ms(10)
        await course
        running.cancel()
        machine.supervisor.stop()  # whatever still waits must not wake up when this machine is played again

    virtual_time.run(both())


async def press(machine, keys):
    for one in keys:
        machine.board.keypad.press(one)
        await asyncio.sleep_ms(_KEY_MS)


async def until(machine, state, timeout_ms=120000):
    """Wait until the till is in this state."""
    for _ in range(timeout_ms // 20):
        if machine.state == state:
            return
        await asyncio.sleep_ms(20)
    raise AssertionError("the till is %s, not %s" % (machine.state, state))


async def pay(machine, amount="25000", card=None):
    """Key an amount, hold a card, take it away at the result; return the till's state."""
    machine.board.reader.here = card or Card()
    await press(machine, amount + "#")
    while machine.state not in ("approved", "declined", "stopped", "ready"):
        await asyncio.sleep_ms(20)
    machine.board.reader.here = None
    state = machine.state
    await asyncio.sleep_ms(1000)  # until the buzzer is silent
    return state


def entries(machine):
    """(kind, body) of every kept entry."""
    return [
        (parsed.kind, parsed.body)
        for parsed in [entry.parse(data) for _, data in machine.journal.entries(machine.journal.first_sequence)]
    ]


def kinds(machine):
    return [kind for kind, _ in entries(machine)]


# -- reading the screen

_glyphs = {}


def _learn():
    buffer = bytearray(8)
    canvas = framebuf.FrameBuffer(buffer, 8, 8, framebuf.MONO_VLSB)
    for code in range(32, 127):
        canvas.fill(0)
        canvas.text(chr(code), 0, 0, 1)
        _glyphs[bytes(buffer)] = chr(code)


def lines(machine):
    """The text lines of ordinary size on the display, read from its pixels."""
    if not _glyphs:
        _learn()
    canvas = framebuf.FrameBuffer(bytearray(machine.board.display.shown), 128, 64, framebuf.MONO_VLSB)
    found = []
    y = 0
    while y <= 56:
        text = "".join([_glyphs.get(_cell(canvas, x, y), "\0") for x in range(0, 128, 8)]).strip()
        if text and "\0" not in text:
            found.append(text)
            y += 8
        else:
            y += 1
    return found


def picture(machine):
    """The screen as text, for a look at it."""
    canvas = framebuf.FrameBuffer(bytearray(machine.board.display.shown), 128, 64, framebuf.MONO_VLSB)
    return "\n".join(["".join(["#" if canvas.pixel(x, y) else "." for x in range(128)]) for y in range(64)])


def _cell(canvas, x, y):
    columns = bytearray(8)
    for column in range(8):
        for row in range(8):
            columns[column] |= canvas.pixel(x + column, y + row) << row
    return bytes(columns)
