"""The envelope: COSE_Sign1 with ES256."""

from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from nyala.documents import cose
from nyala.errors import DocumentError

KEY = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
PUBLIC = cose.public_bytes(KEY)


@pytest.mark.parametrize("size", [1, 22, 23, 24, 25, 254, 255, 256, 257, 3000])
@pytest.mark.parametrize("named", [False, True])
def test_a_payload_of_any_size_comes_back_and_verifies(size: int, named: bool) -> None:
    payload = bytes(range(256)) * 12
    kid = cose.key_id(PUBLIC) if named else None
    data = cose.sign1(payload[:size], KEY, kid)
    signed = cose.open1(data)
    assert (signed.payload, signed.kid) == (payload[:size], kid)
    signed.verify(PUBLIC)
    assert cose.assemble(signed.payload, signed.signature, signed.kid) == data


def test_an_empty_payload_is_opened_like_any_other() -> None:
    # What an empty payload means is the document's to say; none allows it.
    assert cose.open1(cose.sign1(b"", KEY)).payload == b""


def test_the_signed_bytes_are_the_sig_structure_of_the_rfc() -> None:
    signed = cose.open1(cose.sign1(b"payload", KEY))
    assert signed.to_be_signed == cbor2.dumps(["Signature1", bytes.fromhex("a10126"), b"", b"payload"])
    named = cose.open1(cose.sign_named(b"payload", KEY))
    assert named.to_be_signed == cbor2.dumps(
        ["Signature1", cbor2.dumps({1: -7, 4: cose.key_id(PUBLIC)}), b"", b"payload"]
    )


def test_signatures_are_deterministic_and_those_of_rfc_6979() -> None:
    # RFC 6979 appendix A.2.5: P-256, SHA-256, message "sample".
    key = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
    assert cose.sign_message(b"sample", key).hex().upper() == (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )


def test_numbers_with_leading_zeros_make_sound_signatures() -> None:
    # About one signature in 128 has r or s with a leading zero byte: DER drops it, r || s keeps it.
    short = 0
    for number in range(600):
        message = number.to_bytes(2, "big")
        signature = cose.sign_message(message, KEY)
        cose.check_signature(PUBLIC, message, signature)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        KEY.public_key().verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        short += signature[0] == 0 or signature[32] == 0
    assert short > 0


def test_both_signs_of_s_are_taken() -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = cose.sign_message(b"message", KEY)
    other = (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    cose.check_signature(PUBLIC, b"message", signature[:32] + other)


@pytest.mark.parametrize("signature", [b"", b"\1", bytes(64), b"\1" + bytes(63), bytes(63) + b"\1", b"\xff" * 64])
def test_numbers_that_are_no_signature_are_a_bad_signature(signature: bytes) -> None:
    with pytest.raises(cose.BadSignature):
        cose.check_signature(PUBLIC, b"message", signature)


@pytest.mark.parametrize(
    "public", [b"", PUBLIC[:63], b"\x04" + PUBLIC, bytes(64), PUBLIC[32:] + PUBLIC[:32], b"\xff" * 64]
)
def test_bytes_that_are_no_point_are_a_bad_public_key(public: bytes) -> None:
    with pytest.raises(cose.BadPublicKey):
        cose.check_public(public)
    with pytest.raises(cose.BadPublicKey):
        cose.check_signature(public, b"message", bytes(31) + b"\1" + bytes(31) + b"\1")


def test_a_key_on_another_curve_signs_nothing() -> None:
    with pytest.raises(cose.BadPublicKey):
        cose.sign1(b"payload", ec.generate_private_key(ec.SECP384R1()))


def test_a_key_id_of_another_length_signs_nothing() -> None:
    with pytest.raises(cose.BadProtectedHeader):
        cose.sign1(b"payload", KEY, b"1234567")


def test_the_key_id_is_the_start_of_the_hash_of_the_key() -> None:
    assert cose.key_id(PUBLIC) == sha256(PUBLIC).digest()[:8]


def test_a_document_longer_than_its_bound_is_refused_unread() -> None:
    data = cose.sign1(b"payload", KEY)
    cose.open1(data, len(data))
    with pytest.raises(DocumentError):
        cose.open1(data, len(data) - 1)


def envelope(*items: Any) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, list(items)))


SIGNATURE = bytes(64)
HEADER = bytes.fromhex("a10126")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (envelope(HEADER, {}, b"", SIGNATURE)[1:], cose.CoseError),
        (envelope(HEADER, {}, b""), cose.CoseError),
        (envelope(b"", {}, b"", SIGNATURE), cose.WrongAlgorithm),
        (envelope(b"\xa0", {}, b"", SIGNATURE), cose.WrongAlgorithm),
        (envelope(bytes.fromhex("a10127"), {}, b"", SIGNATURE), cose.WrongAlgorithm),
        (envelope(bytes.fromhex("a101f4"), {}, b"", SIGNATURE), cose.WrongAlgorithm),
        (envelope(bytes.fromhex("a201260300"), {}, b"", SIGNATURE), cose.BadProtectedHeader),
        (envelope(bytes.fromhex("a201260126"), {}, b"", SIGNATURE), cose.BadProtectedHeader),
        (envelope(b"\x80", {}, b"", SIGNATURE), cose.BadProtectedHeader),
        (envelope({1: -7}, {}, b"", SIGNATURE), cose.BadProtectedHeader),
        (envelope(HEADER, {1: -7}, b"", SIGNATURE), cose.BadUnprotectedHeader),
        (envelope(HEADER, [], b"", SIGNATURE), cose.BadUnprotectedHeader),
        (envelope(HEADER, {}, None, SIGNATURE), cose.BadPayload),
        (envelope(HEADER, {}, "", SIGNATURE), cose.BadPayload),
        (envelope(HEADER, {}, b"", SIGNATURE[1:]), cose.BadSignatureSize),
        (envelope(HEADER, {}, b"", None), cose.BadSignatureSize),
    ],
)
def test_each_fault_of_an_envelope_has_its_name(data: bytes, fault: type[DocumentError]) -> None:
    with pytest.raises(DocumentError) as caught:
        cose.open1(data)
    assert type(caught.value) is fault


@given(st.binary(max_size=200))
def test_any_bytes_are_opened_or_refused_by_name(data: bytes) -> None:
    with pytest.raises(DocumentError):
        cose.open1(data)


@given(st.binary(max_size=400), st.integers(0, 500), st.binary(max_size=3))
@settings(max_examples=300)
def test_comparing_bytes_opens_exactly_what_a_cbor_reader_does(payload: bytes, at: int, patch: bytes) -> None:
    sound = cose.assemble(payload, SIGNATURE)
    spoilt = sound[:at] + patch + sound[at + len(patch) :]
    try:
        signed = cose.open1(spoilt)
    except DocumentError:
        return
    protected, unprotected, inner, signature = cbor2.loads(spoilt[1:])
    assert (protected, unprotected, inner, signature) == (signed.protected, {}, signed.payload, signed.signature)
    assert cose.assemble(signed.payload, signed.signature, signed.kid) == spoilt
