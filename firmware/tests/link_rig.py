"""A terminal for the tests of the link: real identity, chain, clock and journal; what the link cannot touch is played.

`link_bench.py` serves one on a line, for the tests of the host.
"""

import asyncio
import hashlib

from crypto import ecdsa
from journal.journal import Journal
from link.frames import Decoder, Encoder
from link.service import Link
from parts.nor_flash import NorFlash
from terminal.chain import Chain
from terminal.clock import Clock
from terminal.identity import Identity
from terminal.key_tables import KeyTables
from voucher import cbor, cose
from wire import entry as wire_entry
from wire import link as wire

NOW_S = 1800000000
TERMINAL = 7
NONCE = b"n" * 16
_SECTORS = 12
FAR_S = NOW_S + 10 * 365 * 86400


class Entropy:
    """Bytes that differ from draw to draw, the same on every run."""

    def __init__(self):
        self._state = b"seed"

    def read(self, count):
        data = b""
        while len(data) < count:
            self._state = hashlib.sha256(self._state).digest()
            data += self._state
        return data[:count]


class Vault:
    """Values in memory; `puts` counts, and `cut_at` lets the power go just before that put."""

    def __init__(self):
        self.values = {}
        self.puts = 0
        self.cut_at = 0

    def get(self, name):
        return self.values.get(name)

    def put(self, name, value):
        assert isinstance(value, bytes)
        assert value
        self.puts += 1
        if self.puts == self.cut_at:
            raise PowerCut()
        self.values[name] = value


class PowerCut(BaseException):
    """The power goes, here."""


class Ups:
    status = wire_entry.OL
    charge = 80
    runtime_s = 3600
    millivolts = 3900
    milliamps = None
    safe = True

    def safe_to_write(self):
        return self.safe

    def words(self):
        return "OL"


class Rtc:
    def __init__(self):
        self.time_s = 0

    def seconds(self):
        return self.time_s

    def set(self, seconds):
        self.time_s = seconds


class Buzzer:
    beeps = 0

    async def beep(self, frequency_hz, duration_ms):
        self.beeps += 1


class Board:
    name = "test bench"

    def __init__(self, entropy):
        self.entropy = entropy
        self.buzzer = Buzzer()


class Terminal:
    """What the link knows of a terminal. `faults` holds the texts given to `fault`; `ticks_ms` is its time."""

    state = "ready"

    def __init__(self, vault=None, flash=None):
        self.ticks_ms = 0
        self.entropy = Entropy()
        self.vault = vault or Vault()
        self.flash = flash or NorFlash(None, _SECTORS)
        self.board = Board(self.entropy)
        self.ups = Ups()
        self.rtc = Rtc()
        self.clock = Clock(self.rtc, lambda: self.ticks_ms)
        self.identity = Identity(self.vault)
        self.tables = KeyTables(NorFlash(None, 2))
        self.journal = Journal(self.flash)
        recovery = self.journal.recover()
        self.chain = Chain(self.journal, self.identity, self.clock, self.ups, self.entropy)
        self.faults = []
        if self.identity.provisioned:
            self.chain.start(recovery, 1)

    async def enrolled(self):
        if self.journal.next_sequence:
            for sector in range(self.flash.sectors):
                self.flash.erase(sector)
            self.journal.recover()
            self.chain.forget()
        self.chain.start(None, 1)
        self.chain.apply_policy()

    def fault(self, code, text):
        self.faults.append(text)

    def pass_s(self, seconds):
        """Let time go by, not more than a day."""
        self.ticks_ms = (self.ticks_ms + seconds * 1000) & 0x3FFFFFFF


class Key:
    """A key pair of the world outside, with its certificate."""

    def __init__(self, seed):
        self.private = hashlib.sha256(seed).digest()
        self.public = ecdsa.public_key(self.private)
        self.kid = cose.key_id(self.public)
        self.certificate = b""

    def sign(self, payload):
        return cose.sign(payload, self.private, kid=self.kid)

    def certify(self, public, role, number=0, expires_s=FAR_S):
        """A certificate for `public`, signed by this key."""
        claims = {
            1: "operator",
            2: "subject",
            4: expires_s,
            6: NOW_S - 1,
            8: {1: {1: 2, -1: 1, -2: public[:32], -3: public[32:]}},
            wire_entry.CLAIM_ROLE: role,
            wire_entry.CLAIM_NUMBER: number,
        }
        return self.sign(cbor.encode(claims))

    def login(self, challenge, terminal=TERMINAL):
        return self.sign(cbor.encode([wire_entry.FORM_LOGIN, terminal, challenge]))

    def receipt(self, sequence, head, turnover_minor=0, terminal=TERMINAL):
        return self.sign(cbor.encode([wire_entry.FORM_RECEIPT, terminal, sequence, head, 0, turnover_minor, NOW_S]))

    def policy(self, version=1, denied=()):
        issuer = [cose.key_id(self.public), self.public]
        money = [360, "Rp", 2, 0, "."]
        limits = [10000000, 10000000, 1000000000, 500, 72]
        return self.sign(
            cbor.encode([wire_entry.FORM_POLICY, version, NOW_S, [issuer], limits, 20, 1, money, 1, list(denied)])
        )


_made = {}


def key(name, role=0):
    """The key pair of that name, made once; with a role, certified by the operator's root."""
    if name not in _made:
        made = _made[name] = Key(name.encode())
        if role:
            made.certificate = key("root").certify(made.public, role)
    return _made[name]


def root():
    return key("root")


def technician():
    return key("technician", wire_entry.ROLE_TECHNICIAN)


def reconciler():
    return key("reconciler", wire_entry.ROLE_RECONCILER)


class Host:
    """The other end: `ask` sends one request and returns (status, results) of each response."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.link = Link(self, terminal)
        self._encoder = Encoder(wire.REQUEST_FRAME_BYTES_MAX)
        self._sent = b""

    async def write(self, data):
        """The terminal's line."""
        self._sent += bytes(data)

    def raw(self, message):
        """The responses, undivided, to a message that need not be a request."""
        self._sent = b""
        asyncio.run(self.link.answer(message))
        return [cbor.decode(response) for response in Decoder(wire.RESPONSE_FRAME_BYTES_MAX).feed(self._sent)]

    def responses(self, command, *arguments):
        answers = self.raw(cbor.encode([9, command] + list(arguments)))
        assert all(answer[0] == 9 for answer in answers)
        return [(answer[1], answer[2:]) for answer in answers]

    def ask(self, command, *arguments):
        """Status and results of the one response."""
        (response,) = self.responses(command, *arguments)
        return response

    def done(self, command, *arguments):
        """Results of a command that must be done."""
        status, results = self.ask(command, *arguments)
        assert status == wire.DONE, (command, status, results)
        return results

    def refused(self, command, *arguments):
        """Number of the error that the command must meet with."""
        status, results = self.ask(command, *arguments)
        assert status > wire.MORE, (command, status, results)
        assert isinstance(results[0], str)
        return status

    def upload(self, slot, document):
        for offset in range(0, len(document), wire.PUT_BYTES_MAX):
            piece = document[offset : offset + wire.PUT_BYTES_MAX]
            assert self.done(wire.PUT, slot, offset, len(document), piece) == [offset + len(piece)]

    def offer_login(self, staff, certificate=None, terminal=TERMINAL):
        """Status of a login with this key."""
        (challenge,) = self.done(wire.CHALLENGE)
        self.upload(wire.SLOT_STAFF_CERTIFICATE, certificate or staff.certificate)
        self.upload(wire.SLOT_LOGIN, staff.login(challenge, terminal))
        return self.ask(wire.LOGIN)[0]

    def login(self, staff):
        assert self.offer_login(staff) == wire.DONE

    def make_key(self, terminal=TERMINAL):
        """The public key of a key request, its signature checked."""
        (request,) = self.done(wire.MAKE_KEY, terminal, NONCE)
        signed = cose.open_signed(request)
        _, number, public, nonce = cbor.decode(signed.payload)
        assert (number, nonce) == (terminal, NONCE)
        signed.verify(public)
        return public

    def offer_identity(self, certificate, policy=None, root_key=None):
        """Status of an install with these documents."""
        self.upload(wire.SLOT_ROOT_KEY, root_key or root().public)
        self.upload(wire.SLOT_TERMINAL_CERTIFICATE, certificate)
        self.upload(wire.SLOT_POLICY, policy or root().policy())
        return self.ask(wire.INSTALL)[0]

    def provision(self, terminal=TERMINAL):
        public = self.make_key(terminal)
        certificate = root().certify(public, wire_entry.ROLE_TERMINAL, terminal)
        assert self.offer_identity(certificate) == wire.DONE


def provisioned():
    """A host at a terminal that has its identity, its clock set."""
    terminal = Terminal()
    terminal.clock.set(NOW_S)
    host = Host(terminal)
    host.provision()
    return host


def sell(terminal, amount_minor=5000):
    """One sale in the chain, as the till does it when idle before; the card's signature is not the link's business."""
    terminal.journal.tidy()
    body = [b"cardcard", amount_minor, 360, 1, amount_minor, b"s" * 64]
    return terminal.chain.append(wire_entry.SALE, body, amount_minor)
