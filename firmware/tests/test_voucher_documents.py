"""Certificates, policies, receipts, logins and authorizations: what the vectors do not say about them."""

from array import array

from crypto import ecdsa
from expect import raises
from voucher import DocumentError, authorization, cbor, certificate, cose, key_request, login, policy, receipt
from wire.entry import CARD_NUMBER_MAX, DENIED_CARDS_MAX

_ROOT = bytes(range(1, 33))
_ROOT_PUBLIC = ecdsa.public_key(_ROOT)
_ROOT_ID = cose.key_id(_ROOT_PUBLIC)
_CARD = bytes(range(2, 34))
_CARD_PUBLIC = ecdsa.public_key(_CARD)


def _certificate(role=2, number=17, limits=(360, 50000000, 100000000), expires_s=2000000000):
    key = {1: 2, -1: 1, -2: _CARD_PUBLIC[:32], -3: _CARD_PUBLIC[32:]}
    claims = {1: "Bank Contoh", 2: "Kartu 17", 4: expires_s, 6: 1785000000, 8: {1: key}, -65537: role, -65538: number}
    if limits:
        claims[-65539] = limits
    return cose.sign(cbor.encode(claims), _ROOT, b"", _ROOT_ID)


def _policy(denied=(), issuer=_ROOT_PUBLIC, tail=b""):
    issuers = [[cose.key_id(issuer), issuer]]
    items = [3, 7, 1785000000, issuers, [50, 100, 2000, 500, 72], 10, 1, [360, "Rp", 2, 0, "."], 0, denied]
    return cose.sign(cbor.encode(items) + tail, _ROOT, b"", _ROOT_ID)


def test_a_certificate_expires_at_its_second():
    said = certificate.verify(_certificate(expires_s=1000), _ROOT_PUBLIC)
    assert not said.expired(0) and not said.expired(999) and said.expired(1000) and said.expired(1 << 40)


def test_a_certificate_is_taken_only_from_the_key_that_signed_it():
    data = _certificate()
    table = ecdsa.key_table(_ROOT_PUBLIC)
    assert certificate.verify(data, _ROOT_PUBLIC, table).public == _CARD_PUBLIC
    raises(cose.BadSignature, certificate.verify, data, _CARD_PUBLIC)
    bad = data[:-1] + bytes((data[-1] ^ 1,))
    raises(cose.BadSignature, certificate.verify, bad, _ROOT_PUBLIC)
    assert certificate.parse(bad).fingerprint != certificate.parse(data).fingerprint


def test_no_byte_of_a_signed_certificate_can_be_changed():
    good = _certificate()
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 8
        raises(DocumentError, certificate.verify, bytes(bad), _ROOT_PUBLIC)


def test_only_a_card_has_limits_and_it_always_has():
    assert certificate.parse(_certificate(role=3, limits=None)).allowance_minor == 0
    raises(DocumentError, certificate.parse, _certificate(role=3))
    raises(DocumentError, certificate.parse, _certificate(limits=None))


def test_a_denied_card_is_found_and_no_other():
    numbers = [3, 17, 1 << 30, (1 << 31) - 1, 1 << 31, 1 << 32, 6200000000000017, CARD_NUMBER_MAX]
    said = policy.verify(_policy(numbers), _ROOT_PUBLIC)
    for number in numbers:
        assert said.denies(number), number
        assert not said.denies(number - 1) or number - 1 in numbers
        assert not said.denies(number + 1) or number + 1 in numbers
    assert not policy.parse(_policy()).denies(0)


def test_a_full_deny_list_is_held_in_eight_bytes_a_card():
    numbers = [CARD_NUMBER_MAX - 1000 + 5 * index for index in range(DENIED_CARDS_MAX)]
    data = _policy(numbers)
    said = policy.parse(data)
    assert isinstance(said.denied, array) and list(said.denied) == numbers
    assert all(said.denies(number) and not said.denies(number + 1) for number in numbers)
    raises(DocumentError, policy.parse, _policy([0] + numbers))
    raises(DocumentError, policy.parse, _policy([CARD_NUMBER_MAX + 1]))


def test_a_policy_is_taken_only_from_the_root():
    data = _policy()
    assert policy.verify(data, _ROOT_PUBLIC, ecdsa.key_table(_ROOT_PUBLIC)).issuers == {_ROOT_ID: _ROOT_PUBLIC}
    raises(cose.BadSignature, policy.verify, data, _CARD_PUBLIC)


def test_a_policy_ends_where_it_ends_and_its_issuers_have_keys():
    raises(cbor.TrailingBytes, policy.parse, _policy(tail=b"\x00"))
    raises(DocumentError, policy.parse, _policy(issuer=_ROOT_PUBLIC[32:] + _ROOT_PUBLIC[:32]))


def test_a_deny_list_as_long_as_a_number_is_refused_before_it_is_made():
    payload = cose.open_signed(_policy()).payload
    assert payload[-1:] == b"\x80"  # the empty deny list
    for head in (b"\x9b\x7f" + b"\xff" * 7, b"\x9a\xff\xff\xff\xff", b"\x98\xc9"):
        raises(DocumentError, policy.parse, cose.sign(payload[:-1] + head, _ROOT, b"", _ROOT_ID))


def test_an_authorization_holds_for_its_own_place_and_amount_only():
    place = [17, 42, bytes(range(32)), 2500000, 360, 12, 7500000]
    signature = cose.open_signed(cose.sign(authorization.payload(*place), _CARD)).signature
    authorization.verify(_CARD_PUBLIC, signature, *place)
    authorization.verify(_CARD_PUBLIC, signature, *place, table=ecdsa.key_table(_CARD_PUBLIC))
    raises(cose.BadSignature, authorization.verify, _ROOT_PUBLIC, signature, *place)
    for index, value in enumerate(place):
        other = list(place)
        other[index] = bytes(32) if index == 2 else value + 1
        raises(cose.BadSignature, authorization.verify, _CARD_PUBLIC, signature, *other)


def test_what_no_card_may_say_is_a_bad_signature_too():
    place = [17, 42, bytes(32), 2500000, 360, 12, 7500000]
    for index, value in ((6, 0), (6, 1 << 32), (5, 1 << 32), (5, -1)):
        other = list(place)
        other[index] = value
        raises(cose.BadSignature, authorization.verify, _CARD_PUBLIC, bytes(64), *other)
        raises(DocumentError, authorization.payload, *other)
    raises(cose.BadSignature, authorization.verify, _CARD_PUBLIC, bytes(63), *place)


def test_one_document_does_not_pass_for_another():
    receipt_items = cbor.encode([4, 17, 42, bytes(32), 31, 123456700, 1785090000])
    login_items = cbor.encode([5, 17, bytes(32)])
    a_receipt = cose.sign(receipt_items, _ROOT, b"", _ROOT_ID)
    a_login = cose.sign(login_items, _ROOT, b"", _ROOT_ID)
    assert receipt.verify(a_receipt, _ROOT_PUBLIC).count == 31
    login.verify(a_login, _ROOT_PUBLIC, 17, bytes(32))
    raises(cose.BadSignature, receipt.verify, a_receipt, _CARD_PUBLIC)
    raises(cose.BadSignature, receipt.verify, a_receipt[:-1] + bytes((a_receipt[-1] ^ 1,)), _ROOT_PUBLIC)
    raises(DocumentError, receipt.verify, a_login, _ROOT_PUBLIC)
    raises(DocumentError, login.verify, a_receipt, _ROOT_PUBLIC, 17, bytes(32))
    raises(DocumentError, receipt.verify, cose.sign(receipt_items, _ROOT), _ROOT_PUBLIC)  # names no signer
    for data in (a_receipt, a_login, _policy()):
        raises(DocumentError, certificate.parse, data)
    for data in (a_receipt, a_login, _certificate()):
        raises(DocumentError, policy.parse, data)


def test_a_key_request_is_signed_by_the_key_it_is_for():
    data = key_request.make(_CARD, 17, _CARD_PUBLIC, bytes(16), bytes(32))
    signed = cose.open_signed(data)
    signed.verify(_CARD_PUBLIC)
    assert signed.kid is None and cbor.decode(signed.payload) == [6, 17, _CARD_PUBLIC, bytes(16)]
    raises(DocumentError, key_request.make, _CARD, 17, _CARD_PUBLIC, bytes(15), b"")
    raises(DocumentError, key_request.make, _CARD, 1 << 32, _CARD_PUBLIC, bytes(16), b"")
