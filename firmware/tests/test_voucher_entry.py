"""Entries: every kind, every bound, the byte budget of a flash page, and no byte of a sale that can be changed."""

from crypto import ecdsa
from expect import raises
from voucher import DocumentError, cbor, cose, entry
from voucher.entry import Entry
from wire.entry import CARD_SEEN, DECLINED, GENESIS, KIND_NAMES, SALE

_PRIVATE = bytes(range(1, 33))
_PUBLIC = ecdsa.public_key(_PRIVATE)
_PAGE_BYTES = 256
_JOURNAL_FRAME_BYTES = 6  # length 2, CRC-32 4

# docs/voucher-format.md once more: (least, greatest) of an integer, number of bytes, or most bytes of text.
_UINT = (0, (1 << 64) - 1)
_U32 = (0, (1 << 32) - 1)
_AMOUNT = (1, (1 << 32) - 1)
_TOTAL = (0, (1 << 53) - 1)
_NAME = "40"
_HEADER = ((0, 12), _U32, _U32, 32, _TOTAL, _UINT, (0, 2), _U32, _U32, (0, 63), (0, 100))
_BODIES = (
    ("400",),
    (_UINT, _NAME, _UINT, _UINT),
    (),
    (_UINT, _UINT, _TOTAL),
    (8, _AMOUNT, (0, 999), _U32, _AMOUNT, 64),
    (_U32, _AMOUNT),
    (_UINT, _TOTAL, _UINT, _TOTAL),
    (_UINT, 32),
    (_UINT, _UINT),
    (_U32, 32),
    ("400",),
    (_UINT, _NAME),
    ((0, 15), _AMOUNT, 8),
)
_NULLABLE = ((DECLINED, 2),)


def _is_certificate(kind):
    return kind in (GENESIS, CARD_SEEN)


def _extreme(bound, kind, index):
    """The least (index 0) or greatest (1) legal value of a field."""
    if isinstance(bound, tuple):
        return bound[index]
    if isinstance(bound, int):
        return bytes((255 * index,)) * bound
    size = int(bound) * index
    return bytes(size) if _is_certificate(kind) else "\u00e9" * (size // 2)


def _entry(kind, index=0):
    body = [_extreme(bound, kind, index) for bound in _BODIES[kind]]
    header = [_extreme(bound, None, index) for bound in _HEADER]
    header[0] = kind
    header[2] = 0 if kind == GENESIS else header[2] or 1
    return Entry(*(header + [body]))


def _replaced(values, index, value):
    values = list(values)
    values[index] = value
    return values


def _unsigned(values):
    """A document of any values, good or bad, with a signature that is none."""
    payload = cbor.encode([1] + list(values))
    return b"\xd2" + cbor.encode([b"\xa1\x01\x26", {}, payload, bytes(64)])


def _refused(values):
    """Both ways: it is not sealed, and not read when somebody else sealed it."""
    sealing = str(raises(DocumentError, entry.seal, Entry(*values), _PRIVATE, b""))
    try:
        data = _unsigned(values)
    except cbor.Unsupported:  # no CBOR either
        return sealing
    reading = str(raises(DocumentError, entry.parse, data))
    assert sealing == reading, (sealing, reading)
    return sealing


def _out_of_bounds(bound, kind):
    """Values just outside a field's bounds, and of every other type."""
    values = [-1, True, False, [], {}, 1 << 64, "x" * 41, bytes(401), None]
    if isinstance(bound, tuple):
        return values + ["", b"", bound[0] - 1, bound[1] + 1]
    if isinstance(bound, int):
        return values + ["x" * bound, 0, bytes(bound - 1), bytes(bound + 1)]
    return values + [0, "" if _is_certificate(kind) else b"", ("\u00e9" * 20) + "x"]


def test_every_kind_at_its_least_and_greatest_is_sealed_and_read_back():
    for kind in range(len(KIND_NAMES)):
        for index in (0, 1):
            made = _entry(kind, index)
            data = entry.seal(made, _PRIVATE, bytes(32))
            assert entry.parse(data) == made, KIND_NAMES[kind]
            assert entry.peek(data) == (kind, made.sequence)
            cose.open_signed(data).verify(_PUBLIC)
            assert len(data) <= 768


def test_the_general_and_the_fixed_encoder_agree():
    for kind in range(len(KIND_NAMES)):
        for index in (0, 1):
            made = _entry(kind, index)
            assert entry.encode(made) == cbor.encode([1] + list(made)), KIND_NAMES[kind]
    for value in (0, 23, 24, 255, 256, 65535, 65536, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        values = _replaced(_replaced(_entry(SALE), 1, value), 7, value)
        values[11] = _replaced(values[11], 3, value)
        assert entry.encode(Entry(*values)) == cbor.encode([1] + values), value
    unknown = Entry(*_replaced(_entry(SALE), 10, None))
    assert entry.encode(unknown) == cbor.encode([1] + list(unknown))


def test_every_field_of_the_header_is_bounded_on_sealing_and_reading():
    for position, bound in enumerate(_HEADER):
        for value in _out_of_bounds(bound, None):
            if position == 10 and value is None:
                continue
            _refused(_replaced(_entry(SALE), position, value))


def test_every_field_of_every_body_is_bounded_on_sealing_and_reading():
    for kind, bounds in enumerate(_BODIES):
        good = _entry(kind)
        for position, bound in enumerate(bounds):
            for value in _out_of_bounds(bound, kind):
                if value is None and (kind, position) in _NULLABLE:
                    continue
                message = _refused(_replaced(good, 11, _replaced(good.body, position, value)))
                assert message.startswith(KIND_NAMES[kind] + ": "), message


def test_every_body_has_exactly_its_fields():
    for kind in range(len(KIND_NAMES)):
        good = _entry(kind)
        _refused(_replaced(good, 11, good.body + [0]))
        for body in (None, {}, 0, b"", "", good.body[:-1]):
            if body != good.body:
                _refused(_replaced(good, 11, body))


def test_the_message_names_the_field():
    good = _entry(SALE)
    assert "turnover" in _refused(_replaced(good, 4, 1 << 53))
    assert "amount" in _refused(_replaced(good, 11, _replaced(good.body, 1, 0)))
    assert "0..100" in _refused(_replaced(good, 10, 101))


def test_fields_must_make_sense_together():
    good = _entry(SALE)
    _refused(_replaced(good, 2, 0))
    _refused(_replaced(_entry(GENESIS), 2, 1))
    _refused(_replaced(good, 5, 1))  # a time although the clock was never set


def test_only_an_entry_is_read_as_one():
    good = _entry(SALE)
    payload = cbor.encode([1] + list(good))
    for other in (
        cbor.encode([2] + list(good)),
        cbor.encode([True] + list(good)),
        cbor.encode([1] + list(good)[:-1]),
        cbor.encode([1] + list(good) + [0]),
        cbor.encode({1: 2}),
        cbor.encode(b"\x8d\x01"),
        b"",
        payload[:-1],
        payload + b"\x00",
    ):
        data = b"\xd2" + cbor.encode([b"\xa1\x01\x26", {}, other, bytes(64)])
        raises(DocumentError, entry.parse, data)
    raises(DocumentError, entry.parse, cose.sign(payload, _PRIVATE, b"", bytes(8)))  # an entry names no signer
    raises(cbor.TooLong, entry.parse, bytes(769))


def test_the_largest_legal_sale_fits_a_flash_page_with_its_journal_frame():
    data = entry.seal(_entry(SALE, 1), _PRIVATE, bytes(32))
    record_bytes = len(data) + _JOURNAL_FRAME_BYTES
    assert record_bytes <= _PAGE_BYTES, record_bytes
    assert record_bytes == 255, record_bytes


def test_no_byte_of_a_signed_sale_can_be_changed():
    body = [b"12345678", 2500000, 360, 12, 7500000, bytes(range(64))]
    sale = Entry(SALE, 17, 42, bytes(range(32)), 123456700, 1785003600, 2, 3, 7260, 34, 87, body)
    good = entry.seal(sale, _PRIVATE, bytes(32))
    cose.open_signed(good).verify(_PUBLIC)
    parsed = 0
    for at in range(len(good)):
        bad = bytearray(good)
        bad[at] ^= 1 << at % 8
        try:
            entry.parse(bytes(bad))
            parsed += 1
            cose.open_signed(bytes(bad)).verify(_PUBLIC)
        except DocumentError:
            continue
        raise AssertionError("byte %d may be changed" % at)
    assert parsed > 150, parsed  # most of it is hashes, amounts and signatures: only the signature protects those


def test_peek_refuses_what_does_not_begin_as_an_entry():
    data = entry.seal(_entry(SALE), _PRIVATE, b"")
    for bad in (b"", data[:9], data[1:], cose.sign(b"\x88\x02" + bytes(40), _PRIVATE), data[:12]):
        raises(DocumentError, entry.peek, bad)


def test_digest_and_receipt_code_are_those_of_a_known_entry():
    assert entry.receipt_code(bytes(32)) == "0000-0000"
    assert entry.receipt_code(b"\xff" * 32) == "ZZZZ-ZZZJ"  # 2^35 - 1 is 18 modulo 37
    # 0x123456789a >> 5 = 0x91a2b3c4, five bits at a time: 2 8 26 5 12 30 4; modulo 37: 14, which is E.
    assert entry.receipt_code(bytes.fromhex("123456789a") + bytes(27)) == "28T5-CY4E"
    assert entry.digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
