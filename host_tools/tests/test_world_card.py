"""The card as the host plays it: docs/card-protocol.md, command by command, and what each liar lies about."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from nyala.documents import authorization, certificate
from nyala.documents.authorization import Authorization
from nyala.documents.cose import BadSignature
from nyala.wire import card as wire
from nyala.wire import entry as wire_entry
from nyala.world.card import (
    ForeignKeyCard,
    ForgetfulCard,
    FreeSpendingCard,
    OversizedCard,
    PlayedCard,
    WrongSignatureCard,
)

PREVIOUS = bytes(range(32))
ALLOWANCE, PAYMENT = 10_000, 4_000


def xy(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def certified(key: ec.EllipticCurvePrivateKey) -> bytes:
    claims = certificate.Claims(
        issuer="Issuer",
        subject="Card",
        expires_s=2_000_000_000,
        issued_s=1_500_000_000,
        public=xy(key),
        role=wire_entry.ROLE_CARD,
        number=42,
        currency=360,
        payment_minor=PAYMENT,
        allowance_minor=ALLOWANCE,
    )
    return certificate.sign(claims, ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def card(key: ec.EllipticCurvePrivateKey) -> PlayedCard:
    return PlayedCard(key, certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT)


def authorize(amount_minor: int, sequence: int = 5, terminal: int = 7, previous: bytes = PREVIOUS) -> bytes:
    data = terminal.to_bytes(4, "big") + sequence.to_bytes(4, "big") + previous
    data += amount_minor.to_bytes(4, "big") + (360).to_bytes(2, "big")
    return bytes.fromhex("80a800002e") + data + b"\x48"


def opened(answer: bytes) -> tuple[int, int, bytes]:
    assert answer[-2:] == b"\x90\x00"
    assert len(answer) == 74
    return int.from_bytes(answer[:4], "big"), int.from_bytes(answer[4:8], "big"), answer[8:72]


def sw(answer: bytes) -> int:
    assert len(answer) == 2
    return int.from_bytes(answer, "big")


def test_select_names_version_fingerprint_and_length(card: PlayedCard) -> None:
    answer = card.answer(bytes.fromhex("00a4040007f04e59414c410100"))
    fingerprint = sha256(card.certificate).digest()[:8]
    assert answer == b"\x01" + fingerprint + len(card.certificate).to_bytes(2, "big") + b"\x90\x00"


@pytest.mark.parametrize("apdu", ["00a4040007a000000003101000", "00a4040000", "00a4", "00a4000007f04e59414c410100"])
def test_select_of_anything_else_finds_nothing(card: PlayedCard, apdu: str) -> None:
    assert sw(card.answer(bytes.fromhex(apdu))) == wire.SW_NOT_FOUND


def test_certificate_chunks_put_together_are_the_certificate(card: PlayedCard) -> None:
    whole = b""
    while len(whole) < len(card.certificate):
        count = min(240, len(card.certificate) - len(whole))
        answer = card.answer(bytes((0x80, 0xCA)) + len(whole).to_bytes(2, "big") + bytes((count,)))
        assert answer[-2:] == b"\x90\x00"
        whole += answer[:-2]
    assert whole == card.certificate


def test_an_offset_outside_the_certificate_is_refused(card: PlayedCard) -> None:
    assert sw(card.answer(b"\x80\xca" + len(card.certificate).to_bytes(2, "big") + b"\x01")) == wire.SW_WRONG_P1P2
    assert sw(card.answer(b"\x80\xca\xff\xff\x01")) == wire.SW_WRONG_P1P2


def test_an_authorization_verifies_with_the_certificates_key(card: PlayedCard) -> None:
    counter, spent_minor, signature = opened(card.answer(authorize(1_500)))
    signed = Authorization(7, 5, PREVIOUS, 1_500, 360, counter, spent_minor)
    authorization.verify(signed, signature, certificate.parse(card.certificate).public)
    assert (counter, spent_minor) == (1, 1_500)


def test_counter_and_spent_add_up_over_payments(card: PlayedCard) -> None:
    for place, spent_minor in enumerate((1_000, 2_000, 3_000), 1):
        assert opened(card.answer(authorize(1_000, sequence=place)))[:2] == (place, spent_minor)
    assert [made.authorization.sequence for made in card.log] == [1, 2, 3]


def test_the_same_data_gives_the_same_answer_and_changes_nothing(card: PlayedCard) -> None:
    first = card.answer(authorize(1_000))
    for _ in range(3):
        assert card.answer(authorize(1_000)) == first
    assert (card.counter, card.spent_minor, len(card.log)) == (1, 1_000, 1)


def test_a_torn_tap_at_the_end_of_the_allowance_can_be_finished(card: PlayedCard) -> None:
    card.spent_minor = ALLOWANCE - 1_000
    first = card.answer(authorize(1_000))
    assert opened(first)[1] == ALLOWANCE
    assert card.answer(authorize(1_000)) == first


@pytest.mark.parametrize(
    "other", [{"sequence": 6}, {"terminal": 8}, {"previous": bytes(32)}, {"amount_minor": 1_001}], ids=str
)
def test_different_data_is_another_payment(card: PlayedCard, other: dict[str, int]) -> None:
    card.answer(authorize(1_000))
    card.answer(authorize(**({"amount_minor": 1_000} | other)))  # pyright: ignore[reportArgumentType]
    assert card.counter == 2


def test_limits_are_inclusive_and_refusals_change_nothing(card: PlayedCard) -> None:
    assert sw(card.answer(authorize(PAYMENT + 1))) == wire.SW_OVER_CARD_LIMIT
    assert opened(card.answer(authorize(PAYMENT, sequence=1)))[1] == PAYMENT
    assert opened(card.answer(authorize(PAYMENT, sequence=2)))[1] == 2 * PAYMENT
    assert sw(card.answer(authorize(2_001, sequence=3))) == wire.SW_OVER_ALLOWANCE
    assert opened(card.answer(authorize(2_000, sequence=3)))[:2] == (3, ALLOWANCE)
    assert sw(card.answer(authorize(1, sequence=4))) == wire.SW_OVER_ALLOWANCE
    assert len(card.log) == 3


def test_an_amount_of_zero_or_data_of_the_wrong_length_is_refused(card: PlayedCard) -> None:
    assert sw(card.answer(authorize(0))) == wire.SW_WRONG_DATA
    whole = authorize(1_000)
    for cut in range(2, len(whole) - 1):
        assert sw(card.answer(whole[:cut])) == wire.SW_WRONG_DATA
    assert sw(card.answer(b"\x80\xa8\x00\x00\x2d" + whole[5:50])) == wire.SW_WRONG_DATA
    assert sw(card.answer(whole + b"\x00")) == wire.SW_WRONG_DATA
    assert not card.log


def test_a_blocked_card_refuses_to_authorize(card: PlayedCard) -> None:
    card.blocked = True
    assert sw(card.answer(authorize(1_000))) == wire.SW_BLOCKED


@pytest.mark.parametrize("apdu", ["", "80", "00b0000000", "80a4", "00a8"])
def test_unknown_instructions_are_refused(card: PlayedCard, apdu: str) -> None:
    assert sw(card.answer(bytes.fromhex(apdu))) == wire.SW_UNKNOWN_INS


def test_uids_differ_between_cards_and_have_seven_bytes(card: PlayedCard) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    uid = PlayedCard(other, certified(other), allowance_minor=1, payment_minor=1).uid
    assert len(uid) == len(card.uid) == 7
    assert uid != card.uid


# -- the liars


def pays(card: PlayedCard, count: int) -> list[tuple[int, int, bytes]]:
    return [opened(card.answer(authorize(1_000, sequence=place))) for place in range(1, count + 1)]


def check(card: PlayedCard, place: int, answer: tuple[int, int, bytes]) -> None:
    counter, spent_minor, signature = answer
    signed = Authorization(7, place, PREVIOUS, 1_000, 360, counter, spent_minor)
    authorization.verify(signed, signature, certificate.parse(card.certificate).public)


def test_a_wrong_signature_does_not_verify(key: ec.EllipticCurvePrivateKey) -> None:
    card = WrongSignatureCard(key, certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT)
    with pytest.raises(BadSignature):
        check(card, 1, pays(card, 1)[0])


def test_somebody_elses_certificate_does_not_verify_its_signature(key: ec.EllipticCurvePrivateKey) -> None:
    card = ForeignKeyCard(certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT)
    with pytest.raises(BadSignature):
        check(card, 1, pays(card, 1)[0])


def test_a_forgetful_card_repeats_a_counter_under_good_signatures(key: ec.EllipticCurvePrivateKey) -> None:
    card = ForgetfulCard(key, certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT)
    answers = pays(card, 3)
    for place, answer in enumerate(answers, 1):
        check(card, place, answer)
    assert [counter for counter, _, _ in answers] == [1, 2, 1]


def test_a_free_spending_card_never_adds_up_under_good_signatures(key: ec.EllipticCurvePrivateKey) -> None:
    card = FreeSpendingCard(key, certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT)
    answers = pays(card, 20)
    for place, answer in enumerate(answers, 1):
        check(card, place, answer)
    assert {spent_minor for _, spent_minor, _ in answers} == {1_000}
    assert [counter for counter, _, _ in answers] == list(range(1, 21))


@pytest.mark.parametrize("extra", [1, 100, 500])
def test_an_oversized_card_lies_about_one_instruction_only(key: ec.EllipticCurvePrivateKey, extra: int) -> None:
    card = OversizedCard(key, certified(key), allowance_minor=ALLOWANCE, payment_minor=PAYMENT, extra=extra)
    assert len(card.answer(authorize(1_000))) == 74 + extra
    assert len(card.answer(bytes.fromhex("00a4040007f04e59414c410100"))) == 13
