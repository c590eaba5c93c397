"""Twenty thousand hostile messages: no crash, no fault, no state moved, every answer well formed (I7)."""

import link_rig
from link.frames import Decoder, Encoder
from voucher import cbor
from wire import link as wire
from wire import link_errors

_MESSAGES = 20000
_ID = 9


class _Dice:
    """Numbers that look random and are the same on every run (Lehmer, 2^31 - 1)."""

    def __init__(self, seed):
        self._state = seed

    def below(self, count):
        self._state = self._state * 48271 % 0x7FFFFFFF
        return self._state % count

    def bytes(self, count):
        return bytes(self.below(256) for _ in range(count))


def _corpus():
    """A request of every command, as an honest host sends it, and what has gone wrong elsewhere."""
    root = link_rig.root()
    staff = link_rig.reconciler()
    honest = [
        (wire.HELLO,),
        (wire.STATUS,),
        (wire.CHALLENGE,),
        (wire.PUT, wire.SLOT_STAFF_CERTIFICATE, 0, len(staff.certificate), staff.certificate[:128]),
        (wire.PUT, wire.SLOT_POLICY, 0, 3072, root.policy(2)[:128]),
        (wire.PUT, wire.SLOT_LOGIN, 0, 120, staff.login(b"c" * 32)[:120]),
        (wire.PUT, wire.SLOT_RECEIPT, 0, 100, staff.receipt(3, b"h" * 32)[:100]),
        (wire.LOGIN,),
        (wire.LOGOUT,),
        (wire.READ, 0, 64),
        (wire.READ, 3, 1),
        (wire.RECEIPT,),
        (wire.MAKE_KEY, 7, link_rig.NONCE),
        (wire.INSTALL,),
        (wire.SET_CLOCK, link_rig.NOW_S + 100),
        (wire.POLICY,),
        (wire.IDENTIFY,),
        (wire.HEAD,),
    ]
    requests = [cbor.encode((_ID,) + request) for request in honest]
    requests += [b"\x9b" + b"\xff" * 8, b"\x82\x09\x1b" + b"\xff" * 8, b"\x83\x09\x06\x9f\xff", b"\xa0", b"\x81" * 190]
    return requests


def _mutated(dice, message):
    """The message with a few bytes changed, cut, doubled or put in."""
    message = bytearray(message)
    for _ in range(1 + dice.below(4)):
        kind = dice.below(6)
        at = dice.below(len(message) + 1)
        if kind == 0 and at < len(message):
            message[at] ^= 1 << dice.below(8)
        elif kind == 1 and at < len(message):
            message[at] = dice.below(256)
        elif kind == 2:
            message = message[:at]
        elif kind == 3:
            message = message[:at] + dice.bytes(1 + dice.below(8)) + message[at:]
        elif kind == 4:
            message = message[:at] + message[at + 1 + dice.below(8) :]
        else:
            message = message + message[:at]
        message = message[:190] or bytearray(1)
    return bytes(message)


def _state(terminal):
    return (
        dict(terminal.vault.values),
        terminal.journal.next_sequence,
        terminal.journal.first_sequence,
        terminal.chain.head,
        terminal.clock.trust,
        terminal.rtc.time_s,
        terminal.faults,
    )


def _check(host, message):
    answers = host.raw(message)
    assert answers, message
    for answer in answers:
        assert isinstance(answer, list)
        assert 0 <= answer[0] <= 65535
        if answer[1] > wire.MORE:
            assert answer[1] in link_errors.ERRORS, (message, answer)
            assert len(answer) == 3
            assert len(answer[2]) <= 40
    assert [answer[1] for answer in answers[:-1]] == [wire.MORE] * (len(answers) - 1)


def test_without_a_session_no_message_moves_anything():
    dice = _Dice(1)
    corpus = _corpus()
    host = link_rig.provisioned()
    link_rig.sell(host.terminal)
    before = _state(host.terminal)
    for _ in range(_MESSAGES // 2):
        _check(host, _mutated(dice, corpus[dice.below(len(corpus))]))
        host.terminal.pass_s(1)  # so that a lockout, should there be one, ends
    assert host.link.session.role is None
    # The challenge is the session's own, not the terminal's.
    assert _state(host.terminal)[:2] == before[:2]
    assert _state(host.terminal)[3:] == before[3:]
    host.login(link_rig.reconciler())
    assert host.done(wire.HEAD)[1] == before[3]


def test_with_a_session_no_message_breaks_the_chain():
    dice = _Dice(2)
    corpus = _corpus()
    host = link_rig.provisioned()
    link_rig.sell(host.terminal)
    kept = [host.terminal.journal.entry(sequence) for sequence in range(4)]
    identity = host.terminal.vault.get("identity")
    for _ in range(_MESSAGES // 4):
        if host.link.session.role is None:
            host.login(link_rig.reconciler())
        _check(host, _mutated(dice, corpus[dice.below(len(corpus))]))
    assert host.terminal.faults == []
    assert host.terminal.vault.get("identity") == identity
    assert [host.terminal.journal.entry(sequence) for sequence in range(4)] == kept
    again = link_rig.Terminal(host.terminal.vault, host.terminal.flash)
    assert again.chain.next_sequence == host.terminal.chain.next_sequence + 1


def test_no_bytes_on_the_line_move_anything():
    dice = _Dice(3)
    corpus = _corpus()
    host = link_rig.provisioned()
    before = _state(host.terminal)
    encoder = Encoder(wire.REQUEST_FRAME_BYTES_MAX)
    decoder = Decoder(wire.REQUEST_FRAME_BYTES_MAX)
    requests = [request for request in corpus if len(request) < 180]
    for _ in range(_MESSAGES // 4):
        frame = bytes(encoder.encode(requests[dice.below(len(requests))]))
        for message in decoder.feed(_mutated(dice, frame)):
            _check(host, message)
    assert _state(host.terminal) == before
