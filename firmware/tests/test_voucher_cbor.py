"""CBOR: RFC 8949's own examples, one name for each fault, and no input that does anything else."""

import gc

from expect import raises
from voucher import cbor

# RFC 8949 appendix A, as far as documents and messages use it.
_EXAMPLES = (
    (0, "00"),
    (1, "01"),
    (10, "0a"),
    (23, "17"),
    (24, "1818"),
    (25, "1819"),
    (100, "1864"),
    (1000, "1903e8"),
    (1000000, "1a000f4240"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (-1, "20"),
    (-10, "29"),
    (-100, "3863"),
    (-1000, "3903e7"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("a", "6161"),
    ("IETF", "6449455446"),
    ('"\\', "62225c"),
    ("\u00fc", "62c3bc"),
    ("\u6c34", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ([], "80"),
    ([1, 2, 3], "83010203"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    (list(range(1, 26)), "98190102030405060708090a0b0c0d0e0f101112131415161718181819"),
    ({}, "a0"),
    ({1: 2, 3: 4}, "a201020304"),
    ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
    (["a", {"b": "c"}], "826161a161626163"),
    ({"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}, "a56161614161626142616361436164614461656145"),
)

# The rest of appendix A, and what else is well-formed CBOR somewhere, but not here.
_UNSUPPORTED = (
    "c249010000000000000000",  # bignums
    "c349010000000000000000",
    "f90000",  # floats
    "f93c00",
    "f97e00",
    "fa47c35000",
    "fa7f800000",
    "fb3ff199999999999a",
    "fb7ff0000000000000",
    "f7",  # undefined
    "f0",  # simple values
    "f8ff",
    "f818",
    "c074323031332d30332d32315432303a30343a30305a",  # tags
    "c11a514b67b0",
    "c1fb41d452d9e20000000000",
    "d74401020304",
    "d818456449455446",
    "d28440a04040",  # also that of COSE_Sign1, which voucher.cose reads itself
    "d9d9f700",
    "1c",  # reserved
    "3d",
    "5e",
    "fc",
    "a18000",  # a key that is an array
    "a1f500",  # true
    "a14000",  # bytes
)
_INDEFINITE = (
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "9fff",
    "9f018202039f0405ffff",
    "83018202039f0405ff",
    "bf61610161629f0203ffff",
    "826161bf61626163ff",
    "ff",
    "8201ff",
    "a101ff",
)
_NOT_SHORTEST = (
    "1800",
    "1817",
    "190018",
    "1900ff",
    "1a0000ffff",
    "1b00000000ffffffff",
    "3817",
    "3900ff",
    "5803010203",
    "590003010203",
    "7801" + "61",
    "980101",
    "b8010101",
    "a1180101",
    "d81200",
)


def _refuses(error, data):
    raised = raises(error, cbor.decode, data)
    assert type(raised) is error, (data.hex(), raised)
    assert error.__name__ in str(raised)


def test_examples_of_rfc_8949_decode_and_encode():
    for value, text in _EXAMPLES:
        data = bytes.fromhex(text)
        got = cbor.decode(data)
        assert type(got) is type(value) and got == value, text
        assert cbor.encode(value) == data, text


def test_every_named_fault_is_raised_by_its_name():
    for error, texts in (
        (cbor.Unsupported, _UNSUPPORTED),
        (cbor.IndefiniteLength, _INDEFINITE),
        (cbor.NotShortest, _NOT_SHORTEST),
        (cbor.DuplicateKey, ("a201000100", "a3010002000100", "a2616100616101")),
        (cbor.UnorderedKeys, ("a202000100", "a220000100", "a2616100181800", "a262616100616200")),
        (cbor.TrailingBytes, ("0000", "80f6", "f4ff", "4000")),
        (cbor.Truncated, ("", "18", "19ff", "1a000000", "1b00000000000000", "41", "6261", "81", "8201", "a1", "a101")),
        (cbor.BadText, ("61ff", "61c3", "6180", "62c328", "63e28228", "64f0288cbc")),
    ):
        for text in texts:
            _refuses(error, bytes.fromhex(text))


def test_every_beginning_of_an_item_is_truncated():
    for _, text in _EXAMPLES:
        data = bytes.fromhex(text)
        for end in range(len(data)):
            _refuses(cbor.Truncated, data[:end])


def test_a_huge_declared_length_costs_nothing():
    for major in range(2, 6):
        for tail in ("5b" + "ff" * 8, "5b" + "7f" + "ff" * 7, "5affffffff", "5a7fffffff", "59ffff"):
            data = bytes.fromhex(tail)
            data = bytes((major << 5 | data[0] & 31,)) + data[1:] + b"\x00\x00"
            gc.collect()
            before = gc.mem_alloc()
            _refuses(cbor.Truncated, data)
            assert gc.mem_alloc() - before < 4096


def test_six_levels_are_read_and_written_and_seven_are_not():
    for opening in (b"\x81", b"\xa1\x01"):
        data = opening * 6 + b"\x00"
        assert cbor.encode(cbor.decode(data)) == data
        _refuses(cbor.TooDeep, opening * 7 + b"\x00")
        _refuses(cbor.TooDeep, opening * 1000 + b"\x00")
    value = 0
    for _ in range(7):
        value = [value]
    raises(cbor.TooDeep, cbor.encode, value)
    endless = []
    endless.append(endless)
    raises(cbor.TooDeep, cbor.encode, endless)


def test_more_bytes_than_allowed_are_not_looked_at():
    assert cbor.decode(b"\x43abc", bytes_max=4) == b"abc"
    raises(cbor.TooLong, cbor.decode, b"\x43abc", 3)
    assert len(cbor.decode(b"\x59\x0b\xfd" + bytes(3069))) == 3069
    raises(cbor.TooLong, cbor.decode, b"\x59\x0b\xfe" + bytes(3070))
    raises(cbor.TooLong, cbor.decode, b"\xff" * 4000)


def test_text_is_utf_8_and_nothing_near_it():
    for code in (0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x40000, 0x10FFFF):
        text = "x" + chr(code) + chr(code)
        assert cbor.decode(cbor.encode(text)) == text
    for raw in (
        "c080",  # overlong
        "c1bf",
        "e08080",
        "e09fbf",
        "f0808080",
        "f08fbfbf",
        "eda080",  # surrogates
        "edbfbf",
        "f4908080",  # past U+10FFFF
        "f5808080",
        "f7bfbfbf",
        "f8888080",
        "80",  # continuation alone
        "c3",
        "c3c3",
        "e282",
        "f09085",
        "fe",
        "ff",
    ):
        raw = bytes.fromhex(raw)
        for text in (raw, b"a" + raw, raw + b"a", b"\xc3\xbc" + raw):
            _refuses(cbor.BadText, bytes((0x60 | len(text),)) + text)


def test_every_input_of_one_and_two_bytes_is_refused_by_name_or_read_as_written():
    taken = 0
    for number in range(0x100 + 0x10000):
        data = bytes((number,)) if number < 0x100 else bytes((number - 0x100 >> 8, number & 0xFF))
        try:
            value = cbor.decode(data)
        except cbor.CborError:
            continue
        assert cbor.encode(value) == data, data.hex()
        taken += 1
    one = 24 + 24 + 4 + 3  # integers, empty strings, array and map, simple values
    two = 2 * 232 + 256 + 128 + one  # integers, a byte, a letter, an array of one
    assert taken == one + two, taken


def test_maps_are_written_in_bytewise_order():
    value = {-65539: 0, "b": 1, 1: 2, -1: 3, 24: 4, 1000: 5, "aa": 6, 23: 7, 0: 8}
    data = cbor.encode(value)
    assert data.hex() == "a900080102170718180419" + "03e805" + "2003" + "3a0001000200" + "616201" + "62616106"
    assert cbor.decode(data) == value


def test_what_cannot_be_read_is_not_written():
    for value in (1.5, 1 << 64, -1 - (1 << 64), {1.5: 0}, {True: 0}, {None: 0}, {(1,): 0}, object(), {1}, [[1.5]]):
        raises(cbor.Unsupported, cbor.encode, value)


def test_heads_change_their_size_where_they_must():
    for argument, size in (
        (0, 1),
        (23, 1),
        (24, 2),
        (0xFF, 2),
        (0x100, 3),
        (0xFFFF, 3),
        (0x10000, 5),
        (0x3FFFFFFF, 5),
        (0x40000000, 5),
        (0x7FFFFFFF, 5),
        (0x80000000, 5),
        (0xFFFFFFFF, 5),
        (0x100000000, 9),
        (0xFFFFFFFFFFFFFFFF, 9),
    ):
        for major in range(8):
            head = cbor.write_head(major, argument)
            assert len(head) == size and head[0] >> 5 == major
            if major < 7:
                assert cbor.read_head(head, 0) == (major, argument, size)
