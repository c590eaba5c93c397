"""The service: who may do what, what is no request, and that nothing ends it."""

import asyncio
import gc

import link_rig
from journal.journal import JournalFault, JournalFull, UnsafeVoltage
from link.commands import COMMANDS
from link.frames import Decoder, Encoder
from link.service import serve
from terminal.chain import ChainBroken, PlaceTaken
from voucher import cbor
from wire import link as wire
from wire.link import TERMINAL_FAULT


def _arguments(command):
    return [1 if kind == "u" else b"x" for kind in COMMANDS[command][1]]


def _outcomes(host):
    """Status of each command, except those that answer with work of their own."""
    return {command: host.ask(command, *_arguments(command))[0] for command in range(len(COMMANDS))}


def test_the_table_is_the_one_that_hosts_know():
    assert tuple(row[0] for row in COMMANDS) == wire.COMMAND_NAMES


def test_without_a_session_nothing_that_needs_one_is_done():
    outcomes = _outcomes(link_rig.provisioned())
    for command in (wire.READ, wire.RECEIPT, wire.SET_CLOCK, wire.HEAD):
        assert outcomes[command] == wire.NO_SESSION
    for command in (wire.MAKE_KEY, wire.INSTALL):
        assert outcomes[command] == wire.ALREADY_PROVISIONED
    for command in (wire.HELLO, wire.STATUS, wire.CHALLENGE, wire.LOGOUT, wire.IDENTIFY):
        assert outcomes[command] == wire.DONE
    assert outcomes[wire.POLICY] == wire.SLOT_INCOMPLETE  # its authority is the operator's signature


def test_each_role_may_do_what_is_its_own():
    host = link_rig.provisioned()
    host.login(link_rig.technician())
    assert host.refused(wire.RECEIPT) == wire.WRONG_ROLE
    assert host.refused(wire.INSTALL) == wire.SLOT_INCOMPLETE
    assert host.refused(wire.SET_CLOCK, 1) == wire.BAD_CLOCK
    host.done(wire.HEAD)
    host.done(wire.MAKE_KEY, 7, link_rig.NONCE)
    host.login(link_rig.reconciler())
    assert host.refused(wire.RECEIPT) == wire.SLOT_INCOMPLETE
    assert host.refused(wire.MAKE_KEY, 7, link_rig.NONCE) == wire.WRONG_ROLE
    assert host.refused(wire.INSTALL) == wire.WRONG_ROLE
    host.done(wire.HEAD)


def test_before_provisioning_only_provisioning_is_done():
    host = link_rig.Host(link_rig.Terminal())
    outcomes = _outcomes(host)
    for command in (wire.CHALLENGE, wire.LOGIN, wire.READ, wire.RECEIPT, wire.POLICY, wire.HEAD):
        assert outcomes[command] == wire.NOT_PROVISIONED
    assert outcomes[wire.MAKE_KEY] == wire.BAD_REQUEST  # a nonce of one byte
    assert outcomes[wire.INSTALL] == wire.SLOT_INCOMPLETE
    assert host.done(wire.HELLO)[3:] == [None, False, "ready"]


def test_hello_says_who_and_status_says_how():
    host = link_rig.provisioned()
    assert host.done(wire.HELLO) == [wire.PROTOCOL_VERSION, "0.1.0", "test bench", 7, True, "ready"]
    (status,) = host.done(wire.STATUS)
    assert status["ups.status"] == "OL"
    assert status["battery.voltage"] == 3900
    assert status["nyala.clock"] == link_rig.NOW_S
    assert "battery.current" not in status  # the gauge does not say
    assert not [name for name in status if "turnover" in name or "count" in name]


def test_identify_beeps():
    host = link_rig.provisioned()
    host.done(wire.IDENTIFY)
    assert host.terminal.board.buzzer.beeps == 3


def test_whatever_is_no_request_is_a_bad_request_to_id_zero():
    host = link_rig.provisioned()
    for message in (
        b"\x00",
        b"\xff",
        b"\x80",
        b"\x81\x09",
        b"\x82\x20\x00",
        b"\x82\x1a\x00\x01\x00\x00\x00",
        b"\x82\x41\x09\x00",
        b"\x82\xf5\x00",
        b"\xa1\x09\x00",
        b"\x9f\x09\x00\xff",
        b"\x82\x18\x09\x00",
        b"\x82\x09\x00\x00",
        b"\x82\x09",
        b"\x81" * 20 + b"\x00",
        b"\x82\x09\xfb\x00\x00\x00\x00\x00\x00\x00\x00",
    ):
        ((number, status, detail),) = host.raw(message)
        assert (number, status) == (0, wire.BAD_REQUEST), message
        assert 0 < len(detail) <= 40


def test_wrong_arguments_are_a_bad_request_to_its_own_id():
    host = link_rig.provisioned()
    for command in range(len(COMMANDS)):
        right = _arguments(command)
        for wrong in [right + [0]] + ([right[:-1]] if right else []):
            assert host.refused(command, *wrong) == wire.BAD_REQUEST
        for index in range(len(right)):
            for value in (-1, "text", None, True, [], {}, b"" if right[index] == 1 else 1):
                wrong = right[:]
                wrong[index] = value
                assert host.refused(command, *wrong) == wire.BAD_REQUEST, (command, value)
    for command in (len(COMMANDS), 255, 1 << 32, (1 << 64) - 1):
        assert host.refused(command) == wire.UNKNOWN_COMMAND
    ((number, status, _),) = host.raw(b"\x82\x19\xff\xff\x20")
    assert (number, status) == (65535, wire.BAD_REQUEST)


class _FailingChain:
    """A chain whose every append ends in one exception."""

    def __init__(self, chain, error):
        self._chain = chain
        self._error = error

    def __getattr__(self, name):
        return getattr(self._chain, name)

    def append(self, kind, body, delta_minor=0):
        raise self._error


def test_every_trouble_of_the_chain_has_its_error():
    for error, status in (
        (PlaceTaken("a card"), wire.BUSY),
        (UnsafeVoltage("2900 mV"), wire.BUSY),
        (JournalFull("full"), wire.UNRECEIPTED_ENTRIES),
        (JournalFault("dead"), wire.JOURNAL_FAULT),
        (ChainBroken("broken"), wire.JOURNAL_FAULT),
        (ValueError("a secret, perhaps"), TERMINAL_FAULT),
        (MemoryError(), TERMINAL_FAULT),
    ):
        host = link_rig.provisioned()
        host.login(link_rig.technician())
        host.terminal.chain = _FailingChain(host.terminal.chain, error)
        (answer,) = host.raw(cbor.encode([9, wire.SET_CLOCK, link_rig.NOW_S + 100]))
        assert answer[:2] == [9, status]
        assert "secret" not in answer[2]
        assert host.terminal.faults == (["link set_clock " + type(error).__name__] if status == TERMINAL_FAULT else [])
        host.terminal.chain = host.terminal.chain._chain
        host.done(wire.HEAD)


def test_a_result_that_cannot_be_sent_is_a_fault_and_no_end():
    host = link_rig.provisioned()
    host.terminal.ups.charge = 1.5
    assert host.refused(wire.STATUS) == TERMINAL_FAULT
    assert host.terminal.faults == ["link status Unsupported"]
    host.terminal.ups.charge = 15
    host.done(wire.STATUS)


def test_a_thousand_requests_leave_the_heap_as_it_was():
    host = link_rig.provisioned()
    host.login(link_rig.reconciler())
    requests = [cbor.encode([9, command] + _arguments(command)) for command in range(len(COMMANDS))]

    def used():
        for message in requests:
            asyncio.run(host.link.answer(message))
        host._sent = b""
        gc.collect()
        return gc.mem_alloc()

    used()
    before = used()
    for _ in range(1000 // len(requests)):
        used()
    assert used() - before < 500, (before, used())


class _Script:
    """A line that brings these pieces and then ends the test."""

    class Over(BaseException):
        pass

    def __init__(self, *pieces):
        self._pieces = list(pieces)
        self.sent = b""

    async def read(self):
        if not self._pieces:
            raise self.Over()
        return self._pieces.pop(0)

    async def write(self, data):
        self.sent += bytes(data)


def _serve(terminal, *pieces):
    line = _Script(*pieces)
    try:
        asyncio.run(serve(line, terminal))
    except _Script.Over:
        pass
    return [cbor.decode(message) for message in Decoder(wire.RESPONSE_FRAME_BYTES_MAX).feed(line.sent)]


def test_requests_are_answered_in_order_however_the_bytes_come():
    encoder = Encoder(wire.REQUEST_FRAME_BYTES_MAX)
    stream = b"boot text\r\n"
    for number in (1, 2, 3):
        stream += bytes(encoder.encode(cbor.encode([number, wire.LOGOUT])))
    for size in (1, 2, 7, len(stream)):
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        answers = _serve(link_rig.provisioned().terminal, *pieces)
        assert answers == [[1, wire.DONE], [2, wire.DONE], [3, wire.DONE]], size


def test_serving_begins_with_what_a_power_cut_left_undone():
    terminal = link_rig.provisioned().terminal
    terminal.identity.apply_policy(link_rig.root().policy(2), terminal.tables)
    again = link_rig.Terminal(terminal.vault, terminal.flash)
    before = again.journal.next_sequence
    _serve(again)
    assert again.journal.next_sequence == before + 1
    _serve(again)
    assert again.journal.next_sequence == before + 1
