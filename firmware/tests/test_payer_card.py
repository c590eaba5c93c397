"""The card protocol: the APDUs as documented, and a card that says anything at all."""

import asyncio
import struct

from expect import raises
from payer import CardLost, CardProtocolError, CardRefused, NotNyala, card

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FINGERPRINT = b"\x01\x02\x03\x04\x05\x06\x07\x08"
PREVIOUS = bytes(range(32))
SIGNATURE = bytes(range(64))


class ScriptedCard:
    """Answers each APDU with the next answer; keeps what it was asked."""

    uid = b"\x04\x01\x02\x03"

    def __init__(self, *answers: "bytes | None") -> None:
        self.answers = list(answers)
        self.asked: list = []

    async def transceive(self, apdu: bytes) -> bytes:
        self.asked.append(bytes(apdu))
        answer = self.answers.pop(0)
        if answer is None:
            raise CardLost("gone")
        return answer


def selected(length: int = 300, version: int = 1) -> bytes:
    return bytes((version,)) + FINGERPRINT + struct.pack(">H", length) + b"\x90\x00"


def select(scripted: "Any") -> tuple:
    return asyncio.run(card.select(scripted))


def certificate(scripted: "Any", length: int) -> bytes:
    return asyncio.run(card.certificate(scripted, length))


def authorize(scripted: "Any") -> tuple:
    return asyncio.run(card.authorize(scripted, 7, 0xFFFFFFFF, PREVIOUS, 0xFFFFFFFE, 360))


def test_select_sends_the_documented_apdu_and_returns_fingerprint_and_length() -> None:
    scripted = ScriptedCard(selected())
    assert select(scripted) == (FINGERPRINT, 300)
    assert scripted.asked == [bytes.fromhex("00a4040007f04e59414c410100")]


def test_a_card_without_our_application_is_not_nyala_whatever_its_status() -> None:
    for sw in (0x6A82, 0x6D00, 0x6999, 0x6283):
        raises(NotNyala, select, ScriptedCard(struct.pack(">H", sw)))


def test_an_answer_to_select_of_any_other_length_is_refused() -> None:
    whole = selected()[:-2]
    for count in list(range(11)) + list(range(12, 257)):
        answer = (whole + bytes(256))[:count] + b"\x90\x00"
        raises(CardProtocolError, select, ScriptedCard(answer))


def test_an_unknown_protocol_version_is_refused() -> None:
    for version in (0, 2, 255):
        raises(CardProtocolError, select, ScriptedCard(selected(version=version)))


def test_a_certificate_length_beyond_the_bound_is_refused_before_a_byte_is_read() -> None:
    assert select(ScriptedCard(selected(1)))[1] == 1
    assert select(ScriptedCard(selected(400)))[1] == 400
    for length in (0, 401, 512, 0xFFFF):
        raises(CardProtocolError, select, ScriptedCard(selected(length)))


def test_the_certificate_is_read_in_chunks_of_240_bytes() -> None:
    for length in (1, 239, 240, 241, 300, 399, 400):
        whole = bytes(n & 0xFF for n in range(length))
        chunks = [whole[at : at + 240] for at in range(0, length, 240)]
        scripted = ScriptedCard(*[chunk + b"\x90\x00" for chunk in chunks])
        assert certificate(scripted, length) == whole
        assert scripted.asked == [
            bytes((0x80, 0xCA, 240 * number >> 8, 240 * number & 0xFF, len(chunk)))
            for number, chunk in enumerate(chunks)
        ]


def test_a_chunk_of_the_wrong_length_is_refused() -> None:
    for count in list(range(60)) + list(range(61, 257)):
        raises(CardProtocolError, certificate, ScriptedCard(bytes(240) + b"\x90\x00", bytes(count) + b"\x90\x00"), 300)


def test_a_refused_chunk_is_a_protocol_error() -> None:
    raises(CardProtocolError, certificate, ScriptedCard(b"\x6b\x00"), 300)


def test_authorize_sends_the_documented_apdu_and_returns_counter_spent_and_signature() -> None:
    scripted = ScriptedCard(struct.pack(">II", 0xFFFFFFFD, 0x80000001) + SIGNATURE + b"\x90\x00")
    assert authorize(scripted) == (0xFFFFFFFD, 0x80000001, SIGNATURE)
    data = bytes.fromhex("00000007ffffffff") + PREVIOUS + bytes.fromhex("fffffffe0168")
    assert scripted.asked == [bytes.fromhex("80a800002e") + data + b"\x48"]


def test_every_other_status_of_authorize_is_a_refusal_with_its_number() -> None:
    for sw in (0x6985, 0x6986, 0x6983, 0x6A80, 0x6D00, 0x0000, 0xFFFF, 0x9001):
        refused: "Any" = raises(CardRefused, authorize, ScriptedCard(struct.pack(">H", sw)))
        assert refused.sw == sw


def test_an_authorization_of_any_other_length_is_refused() -> None:
    for count in list(range(72)) + list(range(73, 257)):
        raises(CardProtocolError, authorize, ScriptedCard(bytes(count) + b"\x90\x00"))


def test_an_answer_without_a_status_word_is_refused() -> None:
    for answer in (b"", b"\x90"):
        for ask in (select, authorize, lambda scripted: certificate(scripted, 10)):
            raises(CardProtocolError, ask, ScriptedCard(answer))


def test_a_card_that_leaves_is_lost_at_every_step() -> None:
    raises(CardLost, select, ScriptedCard(None))
    raises(CardLost, certificate, ScriptedCard(None), 300)
    raises(CardLost, certificate, ScriptedCard(bytes(240) + b"\x90\x00", None), 300)
    raises(CardLost, authorize, ScriptedCard(None))
