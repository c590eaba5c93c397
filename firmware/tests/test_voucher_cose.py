"""COSE_Sign1: who signed what, and nothing else."""

from crypto import ecdsa
from expect import raises
from voucher import DocumentError, cbor, cose

_PRIVATE = bytes(range(1, 33))
_PUBLIC = ecdsa.public_key(_PRIVATE)
_OTHER = ecdsa.public_key(bytes(range(2, 34)))
_PAYLOAD = b"\x83\x01\x02\x03"


def _document(protected=b"\xa1\x01\x26", unprotected=None, payload=_PAYLOAD, signature=bytes(64)):
    return b"\xd2" + cbor.encode([protected, unprotected or {}, payload, signature])


def test_a_plain_and_a_named_document_open_to_what_was_signed():
    for kid in (None, cose.key_id(_PUBLIC)):
        signed = cose.open_signed(cose.sign(_PAYLOAD, _PRIVATE, bytes(32), kid))
        assert signed.kid == kid and signed.payload == _PAYLOAD
        signed.verify(_PUBLIC)
        signed.verify(_PUBLIC, ecdsa.key_table(_PUBLIC))
        raises(cose.BadSignature, signed.verify, _OTHER)
        raises(cose.BadSignature, signed.verify, bytes(64))
        raises(cose.BadSignature, signed.verify, _PUBLIC[:63])


def test_the_bytes_are_those_of_the_format_page():
    kid = cose.key_id(_PUBLIC)
    plain = cose.sign(_PAYLOAD, _PRIVATE)
    named = cose.sign(_PAYLOAD, _PRIVATE, b"", kid)
    assert plain[:12] == bytes.fromhex("d28443a10126a04483010203"[:24]) and plain[12:14] == b"\x58\x40"
    assert named[:22] == bytes.fromhex("d2844da201260448") + kid + bytes.fromhex("a04483010203")
    assert len(plain) == 12 + 66 and len(named) == 22 + 66


def test_a_signature_is_no_signature_under_the_other_header():
    kid = cose.key_id(_PUBLIC)
    plain = cose.open_signed(cose.sign(_PAYLOAD, _PRIVATE))
    named = cose.open_signed(cose.sign(_PAYLOAD, _PRIVATE, b"", kid))
    raises(cose.BadSignature, cose.Signed(kid, _PAYLOAD, plain.signature).verify, _PUBLIC)
    raises(cose.BadSignature, cose.Signed(None, _PAYLOAD, named.signature).verify, _PUBLIC)


def test_a_document_in_the_name_of_another_key_does_not_verify():
    data = cose.sign(_PAYLOAD, _PRIVATE, b"", cose.key_id(_OTHER))
    signed = cose.open_signed(data)
    raises(cose.BadSignature, signed.verify, _PUBLIC)
    raises(cose.BadSignature, signed.verify, _OTHER)


def test_entropy_changes_the_signature_and_not_its_worth():
    first = cose.sign(_PAYLOAD, _PRIVATE, b"\x01" * 32)
    second = cose.sign(_PAYLOAD, _PRIVATE, b"\x02" * 32)
    assert first != second and first[:-64] == second[:-64]
    cose.open_signed(first).verify(_PUBLIC)
    cose.open_signed(second).verify(_PUBLIC)


def test_every_other_structure_is_refused():
    assert cose.open_signed(_document()).signature == bytes(64)
    for document in (
        _document(protected=b""),
        _document(protected=b"\xa0"),
        _document(protected=b"\xa1\x01\x38\x22"),
        _document(protected=b"\xa2\x01\x26\x04\x48" + bytes(7)),
        _document(protected=b"\xa2\x01\x26\x04\x48" + bytes(9)),
        _document(protected={1: -7}),
        _document(protected="\x01\x26"),
        _document(unprotected={4: b"12345678"}),
        _document(unprotected=[1]),
        _document(payload=None),
        _document(payload="text"),
        _document(signature=bytes(63)),
        _document(signature=bytes(65)),
        _document(signature="x" * 64),
        _document()[1:],
        b"\xd1" + _document()[1:],
        b"\x12" + _document()[1:],  # the integer 18, no tag
        b"\xd2\xa4" + _document()[2:],  # a map
        b"\xd2" + _document(),
        b"\xd2" + cbor.encode([b"\xa1\x01\x26", {}, _PAYLOAD]),
        b"\xd2" + cbor.encode([b"\xa1\x01\x26", {}, _PAYLOAD, bytes(64), 0]),
        b"\xd2" + cbor.encode({1: 2, 3: 4}),
    ):
        raises(DocumentError, cose.open_signed, document)
    raises(cbor.TrailingBytes, cose.open_signed, _document() + b"\x00")
    raises(cbor.TooLong, cose.open_signed, _document(), len(_document()) - 1)
    raises(DocumentError, cose.open_signed, b"\xd8\x12" + _document()[1:])
    for end in range(len(_document())):
        raises(DocumentError, cose.open_signed, _document()[:end])
    raises(cbor.Truncated, cose.open_signed, _document()[:-1])
    raises(cbor.Truncated, cose.open_signed, _document()[:10])


def test_key_ids_are_hashes_of_keys():
    assert cose.key_id(_PUBLIC) != cose.key_id(_OTHER) and len(cose.key_id(_PUBLIC)) == 8
    cose.check_public(_PUBLIC)
    raises(DocumentError, cose.check_public, _PUBLIC[:-1] + bytes((_PUBLIC[-1] ^ 1,)))
    raises(DocumentError, cose.check_public, _PUBLIC[:63])
