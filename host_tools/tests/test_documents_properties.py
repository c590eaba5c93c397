"""Properties of every document: it survives a round trip, and nothing but its own bytes verifies."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nyala.documents import authorization, bodies, cbor, certificate, cose, entry, key_request, login, policy, receipt
from nyala.documents.authorization import Authorization
from nyala.documents.certificate import Claims
from nyala.documents.entry import Entry
from nyala.documents.login import Login
from nyala.documents.policy import Policy
from nyala.documents.receipt import Receipt
from nyala.errors import DocumentError
from nyala.wire import entry as wire

KEY = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
PUBLIC = cose.public_bytes(KEY)
PUBLICS = [cose.public_bytes(ec.derive_private_key(number, ec.SECP256R1())) for number in range(1, 9)]

uint32 = st.integers(0, (1 << 32) - 1)
uint64 = st.integers(0, (1 << 64) - 1)
amounts = st.integers(1, (1 << 32) - 1)
totals = st.integers(0, (1 << 53) - 1)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(lambda text: len(text.encode()) <= 40)
blobs = st.binary(max_size=400)
currencies = st.integers(0, 999)


def octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


BODIES: tuple[st.SearchStrategy[Any], ...] = (
    st.builds(bodies.Genesis, blobs),
    st.builds(bodies.Boot, uint64, names, uint64, uint64),
    st.just(bodies.OutageBegan()),
    st.builds(bodies.OutageEnded, uint64, uint64, totals),
    st.builds(bodies.Sale, octets(8), amounts, currencies, uint32, amounts, octets(64)),
    st.builds(bodies.Void, uint32, amounts),
    st.builds(bodies.ShiftClosed, uint64, totals, uint64, totals),
    st.builds(bodies.PolicyApplied, uint64, octets(32)),
    st.builds(bodies.ClockSet, uint64, uint64),
    st.builds(bodies.ReceiptApplied, uint32, octets(32)),
    st.builds(bodies.CardSeen, blobs),
    st.builds(bodies.Fault, uint64, names),
    st.builds(bodies.Declined, st.integers(0, 15), amounts, st.none() | octets(8)),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    kind = draw(st.integers(0, 12))
    trust = draw(st.integers(0, 2))
    return Entry(
        kind=kind,
        terminal=draw(uint32),
        sequence=draw(st.integers(1, (1 << 32) - 1)) if kind else 0,
        previous=draw(octets(32)),
        turnover_minor=draw(totals),
        time_s=draw(uint64) if trust else 0,
        trust=trust,
        boot=draw(uint32),
        uptime_s=draw(uint32),
        power=draw(st.integers(0, 63)),
        charge=draw(st.none() | st.integers(0, 100)),
        body=draw(BODIES[kind]),
    )


@st.composite
def claims(draw: st.DrawFn) -> Claims:
    role = draw(st.integers(1, 5))
    highest = {wire.ROLE_CARD: wire.CARD_NUMBER_MAX, wire.ROLE_TERMINAL: wire.TERMINAL_MAX}.get(role, 0)
    card = role == wire.ROLE_CARD
    return Claims(
        issuer=draw(names),
        subject=draw(names),
        expires_s=draw(uint64),
        issued_s=draw(uint64),
        public=draw(st.sampled_from(PUBLICS)),
        role=role,
        number=draw(st.integers(0, highest)),
        currency=draw(currencies) if card else 0,
        payment_minor=draw(amounts) if card else 0,
        allowance_minor=draw(amounts) if card else 0,
    )


policies = st.builds(
    Policy,
    version=st.integers(1, (1 << 32) - 1),
    issued_s=uint64,
    issuers=st.lists(st.sampled_from(PUBLICS), min_size=1, max_size=8, unique=True).map(
        lambda publics: {cose.key_id(public): public for public in publics}
    ),
    payment_minor=amounts,
    card_minor=amounts,
    stored_value_minor=totals,
    stored_count=uint64,
    hours=uint64,
    minimum_charge=st.integers(0, 100),
    sales_when=st.integers(0, 1),
    currency=currencies,
    prefix=names,
    exponent=st.integers(0, 4),
    shown=st.integers(0, 4),
    separator=names,
    language=st.integers(0, 1),
    denied=st.sets(st.integers(0, wire.CARD_NUMBER_MAX), max_size=200).map(lambda cards: tuple(sorted(cards))),
)


@given(entries())
@settings(max_examples=300)
def test_any_entry_survives_a_round_trip(written: Entry) -> None:
    assert entry.verify(entry.sign(written, KEY), PUBLIC) == written


@given(claims())
def test_any_certificate_survives_a_round_trip(written: Claims) -> None:
    data = certificate.sign(written, KEY)
    read = certificate.verify(data, PUBLIC)
    assert {name: getattr(read, name) for name in Claims.__slots__} == {
        name: getattr(written, name) for name in Claims.__slots__
    }
    assert (read.kid, read.fingerprint) == (cose.key_id(PUBLIC), cose.fingerprint(data))
    assert len(data) <= wire.CERTIFICATE_BYTES_MAX


@given(policies)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example])
def test_any_policy_survives_a_round_trip(written: Policy) -> None:
    data = policy.sign(written, KEY)
    assert policy.verify(data, PUBLIC) == written
    assert len(data) <= wire.POLICY_BYTES_MAX
    assert all(written.denies(number) for number in written.denied)


@given(st.builds(Receipt, uint32, uint32, octets(32), uint64, totals, uint64))
def test_any_receipt_survives_a_round_trip(written: Receipt) -> None:
    assert receipt.verify(receipt.sign(written, KEY), PUBLIC) == written


@given(st.builds(Login, uint32, octets(32)))
def test_any_login_survives_a_round_trip(written: Login) -> None:
    assert login.verify(login.sign(written, KEY), PUBLIC) == written


@given(uint32, octets(16))
def test_any_key_request_survives_a_round_trip(terminal: int, nonce: bytes) -> None:
    read = key_request.verify(key_request.sign(terminal, nonce, KEY))
    assert (read.terminal, read.public, read.nonce) == (terminal, PUBLIC, nonce)


@given(st.builds(Authorization, uint32, uint32, octets(32), amounts, currencies, uint32, amounts))
def test_any_authorization_survives_a_round_trip(written: Authorization) -> None:
    signature = authorization.sign(written, KEY)
    authorization.verify(written, signature, PUBLIC)
    assert authorization.parse(authorization.document(written, signature)) == written


def test_an_entry_with_the_body_of_another_kind_is_not_signed() -> None:
    rest = (bytes(32), 0, 0, 0, 1, 1, 0, None)
    with pytest.raises(DocumentError):
        entry.sign(Entry(wire.VOID, 7, 1, *rest, bodies.OutageBegan()), KEY)
    with pytest.raises(DocumentError):  # both bodies are one certificate
        entry.sign(Entry(wire.GENESIS, 7, 0, *rest, bodies.CardSeen(b"certificate")), KEY)
    entry.sign(Entry(wire.GENESIS, 7, 0, *rest, bodies.Genesis(b"certificate")), KEY)


def test_only_a_sale_has_an_authorization() -> None:
    began = Entry(wire.OUTAGE_BEGAN, 7, 1, bytes(32), 0, 0, 0, 1, 1, 0, None, bodies.OutageBegan())
    with pytest.raises(DocumentError):
        authorization.verify_sale(began, PUBLIC)


VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "vectors" / "documents.json").read_text()
)
READERS: dict[str, Callable[[bytes, bytes], Any]] = {
    "certificate": certificate.verify,
    "entry": entry.verify,
    "key_request": lambda data, public: key_request.verify(data),
    "login": login.verify,
    "policy": policy.verify,
    "receipt": receipt.verify,
}
READABLE = [pytest.param(vector, id=vector["name"]) for vector in VECTORS["valid"] if vector["document"] in READERS]


def read(vector: dict[str, Any], data: bytes) -> None:
    READERS[vector["document"]](data, bytes.fromhex(VECTORS["keys"][vector["signer"]]["public"]))


@pytest.mark.parametrize("vector", READABLE)
def test_every_flipped_bit_is_noticed(vector: dict[str, Any]) -> None:
    sound = bytes.fromhex(vector["hex"])
    bits = 8 if len(sound) < 400 else 1
    for place in range(len(sound)):
        for bit in range(bits):
            spoilt = bytearray(sound)
            spoilt[place] ^= 1 << (bit + place) % 8
            with pytest.raises(DocumentError):
                read(vector, bytes(spoilt))


@pytest.mark.parametrize("vector", READABLE)
def test_every_missing_and_every_added_byte_is_noticed(vector: dict[str, Any]) -> None:
    sound = bytes.fromhex(vector["hex"])
    for place in range(len(sound)):
        for spoilt in (sound[:place], sound[:place] + sound[place + 1 :], sound[:place] + b"\0" + sound[place:]):
            with pytest.raises(DocumentError):
                read(vector, spoilt)


@pytest.mark.parametrize("vector", READABLE)
def test_no_document_passes_for_one_of_another_kind(vector: dict[str, Any]) -> None:
    data, public = bytes.fromhex(vector["hex"]), bytes.fromhex(VECTORS["keys"][vector["signer"]]["public"])
    for document, reader in READERS.items():
        if document != vector["document"]:
            with pytest.raises(DocumentError):
                reader(data, public)


numbers: st.SearchStrategy[Any] = st.integers(-2, 20) | st.integers(-(1 << 64), (1 << 64) - 1)
items: st.SearchStrategy[Any] = st.recursive(
    st.one_of(numbers, st.binary(max_size=70), st.text(max_size=45), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=14) | st.dictionaries(numbers, inner, max_size=9),
    max_leaves=40,
)


@pytest.mark.parametrize("document", sorted(READERS))
@given(items)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_well_signed_payload_of_anything_is_read_or_refused_by_name(document: str, value: Any) -> None:
    try:
        payload = cbor.dumps(value)
    except DocumentError:
        return
    signed = cose.sign1(payload, KEY) if document in ("entry", "key_request") else cose.sign_named(payload, KEY)
    with pytest.raises(DocumentError):
        READERS[document](signed, PUBLIC)


@pytest.mark.parametrize("document", sorted(READERS))
@given(st.binary(max_size=300))
def test_well_signed_noise_is_refused_by_name(document: str, payload: bytes) -> None:
    signed = cose.sign1(payload, KEY) if document in ("entry", "key_request") else cose.sign_named(payload, KEY)
    with pytest.raises(DocumentError):
        READERS[document](signed, PUBLIC)


@given(st.data())
@settings(max_examples=400)
def test_an_entry_with_one_field_replaced_is_read_back_as_such_or_refused_by_name(data: st.DataObject) -> None:
    sound = cbor.loads(cose.open1(entry.sign(data.draw(entries()), KEY)).payload, 768)
    assert isinstance(sound, list)
    target = sound
    place = data.draw(st.integers(0, len(sound) - 1))
    if place == len(sound) - 1 and isinstance(sound[-1], list) and sound[-1]:
        target = sound[-1]
        place = data.draw(st.integers(0, len(target) - 1))
    target[place] = data.draw(items)
    try:
        signed = cose.sign1(cbor.dumps(sound), KEY)
        read_back = entry.verify(signed, PUBLIC)
    except DocumentError:
        return
    assert entry.sign(read_back, KEY) == signed
