"""Deterministic CBOR: what is read, what is refused and under which name."""

from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nyala.documents import cbor
from nyala.errors import DocumentError

BYTES_MAX = 4096
INTEGERS = st.integers(-(1 << 64), (1 << 64) - 1)
KEYS = st.one_of(INTEGERS, st.text(max_size=8), st.binary(max_size=8))
LEAVES = st.one_of(INTEGERS, st.text(max_size=30), st.binary(max_size=300), st.booleans(), st.none())
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=20,
)


def depth(value: Any) -> int:
    if isinstance(value, list):
        return 1 + max((depth(item) for item in value), default=0)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return 1 + max((depth(item) for item in value.values()), default=0)  # pyright: ignore[reportUnknownVariableType]
    return 0


# RFC 8949 appendix A, as far as documents use it.
@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65536, "1a00010000"),
        (1000000000000, "1b000000e8d4a51000"),
        (18446744073709551615, "1bffffffffffffffff"),
        (-18446744073709551616, "3bffffffffffffffff"),
        (-1, "20"),
        (-100, "3863"),
        (False, "f4"),
        (True, "f5"),
        (None, "f6"),
        (b"", "40"),
        (bytes.fromhex("01020304"), "4401020304"),
        ("IETF", "6449455446"),
        ("\u6c34", "63e6b0b4"),
        ([1, [2, 3], [4, 5]], "8301820203820405"),
        ({"a": 1, "b": [2, 3]}, "a26161016162820203"),
        ([], "80"),
        ({}, "a0"),
    ],
)
def test_examples_of_the_rfc_are_written_and_read(value: Any, encoded: str) -> None:
    assert cbor.dumps(value).hex() == encoded
    assert cbor.loads(bytes.fromhex(encoded), BYTES_MAX) == value


def test_map_keys_are_written_in_bytewise_order_and_not_shortest_first() -> None:
    # RFC 8949 section 4.2.1; by RFC 7049, -1 and "z" would come before 1000.
    value: dict[cbor.Key, int] = {"aa": 1, -1: 2, 1000: 3, "z": 4, 10: 5, b"b": 6}
    encoded = cbor.dumps(value)
    assert encoded.hex() == "a6" + "0a05" + "1903e803" + "2002" + "416206" + "617a04" + "62616101"
    assert cbor.loads(encoded, BYTES_MAX) == value
    with pytest.raises(cbor.UnorderedKeys):
        cbor.loads(cbor2.dumps(value, canonical=True), BYTES_MAX)


@pytest.mark.parametrize(
    ("encoded", "fault"),
    [
        ("", cbor.Truncated),
        ("18", cbor.Truncated),
        ("82", cbor.Truncated),
        ("58ff00", cbor.Truncated),
        ("5bffffffffffffffff", cbor.Truncated),
        ("9bffffffffffffffff", cbor.Truncated),
        ("bbffffffffffffffff", cbor.Truncated),
        ("0000", cbor.TrailingBytes),
        ("8000", cbor.TrailingBytes),
        ("1801", cbor.NotShortest),
        ("190001", cbor.NotShortest),
        ("1b0000000000000001", cbor.NotShortest),
        ("580100", cbor.NotShortest),
        ("780161", cbor.NotShortest),
        ("980100", cbor.NotShortest),
        ("b8010000", cbor.NotShortest),
        ("a1180100", cbor.NotShortest),
        ("9fff", cbor.IndefiniteLength),
        ("bfff", cbor.IndefiniteLength),
        ("5f4101ff", cbor.IndefiniteLength),
        ("7f6161ff", cbor.IndefiniteLength),
        ("819f00ff", cbor.IndefiniteLength),
        ("a201000100", cbor.DuplicateKey),
        ("a201000101", cbor.DuplicateKey),
        ("81a2010001f6", cbor.DuplicateKey),
        ("a202000100", cbor.UnorderedKeys),
        ("a220000100", cbor.UnorderedKeys),
        ("a2616100190100f6", cbor.UnorderedKeys),
        ("81818181818180", cbor.TooDeep),
        ("a101a101a101a101a101a101a0", cbor.TooDeep),
        ("81" * 2000 + "00", cbor.TooDeep),
        ("f90000", cbor.UnexpectedType),
        ("fa3f800000", cbor.UnexpectedType),
        ("fb3ff0000000000000", cbor.UnexpectedType),
        ("f97e00", cbor.UnexpectedType),
        ("f7", cbor.UnexpectedType),
        ("e0", cbor.UnexpectedType),
        ("f0", cbor.UnexpectedType),
        ("f8ff", cbor.UnexpectedType),
        ("82f4f7", cbor.UnexpectedType),
        ("a1f500", cbor.UnexpectedType),
        ("a1f600", cbor.UnexpectedType),
        ("a18000", cbor.UnexpectedType),
        ("a1a000", cbor.UnexpectedType),
        ("a1f9000000", cbor.UnexpectedType),
        ("61ff", cbor.BadText),
        ("62c328", cbor.BadText),
        ("63eda080", cbor.BadText),
        ("8161ff", cbor.BadText),
        ("1c", cbor.CborError),
        ("1f", cbor.CborError),
        ("f818", cbor.CborError),
        ("fe", cbor.CborError),
        ("ff", cbor.CborError),
    ],
)
def test_each_fault_has_its_name(encoded: str, fault: type[cbor.CborError]) -> None:
    with pytest.raises(cbor.CborError) as caught:
        cbor.loads(bytes.fromhex(encoded), BYTES_MAX)
    assert type(caught.value) is fault
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("tag", [*range(300), 1004, 43000, 55799, (1 << 64) - 1])
def test_no_tag_is_decoded_at_any_depth(tag: int) -> None:
    # A date, a bignum, a rational, a MIME message, a shared value, a string reference ...: cbor2 would build them all.
    for content in ("00", "6161", "4101", "820101"):
        tagged = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1] + bytes.fromhex(content)
        for data in (tagged, b"\x81" + tagged, b"\xa1\x01" + tagged, b"\xa1" + tagged + b"\x01"):
            with pytest.raises(cbor.UnexpectedTag):
                cbor.loads(data, BYTES_MAX)


def test_a_value_that_holds_itself_is_refused() -> None:
    with pytest.raises(cbor.UnexpectedTag):
        cbor.loads(bytes.fromhex("d81c81d81d00"), BYTES_MAX)


def test_nothing_longer_than_the_bound_is_looked_at() -> None:
    assert cbor.loads(b"\x41\x00", 2) == b"\0"
    with pytest.raises(cbor.TooLong):
        cbor.loads(b"\x41\x00", 1)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (1.0, cbor.UnexpectedType),
        (1 << 64, cbor.UnexpectedType),
        (-(1 << 64) - 1, cbor.UnexpectedType),
        ([{1, 2}], cbor.UnexpectedType),
        ({1.5: 0}, cbor.UnexpectedType),
        ({True: 0}, cbor.UnexpectedType),
        ([[[[[[[0]]]]]]], cbor.TooDeep),
        ({1: {1: {1: {1: {1: {1: {}}}}}}}, cbor.TooDeep),
        ("\ud800", cbor.BadText),
        ({"\ud800": 0}, cbor.BadText),
    ],
)
def test_what_could_not_be_read_is_not_written(value: Any, fault: type[cbor.CborError]) -> None:
    with pytest.raises(fault):
        cbor.dumps(value)


@given(VALUES.filter(lambda value: depth(value) <= cbor.DEPTH_MAX))
def test_what_is_written_is_read_again(value: Any) -> None:
    encoded = cbor.dumps(value)
    assert cbor.loads(encoded, len(encoded)) == value
    assert cbor2.loads(encoded) == value


@given(VALUES.filter(lambda value: depth(value) <= cbor.DEPTH_MAX))
def test_no_part_of_a_value_is_a_value(value: Any) -> None:
    encoded = cbor.dumps(value)
    for end in range(len(encoded)):
        with pytest.raises(cbor.Truncated):
            cbor.loads(encoded[:end], BYTES_MAX)


@given(st.binary(max_size=60))
@example(b"\xc5\x82\x1b\x00\xff\xff\xff\xff\xff\xff\xff\x01")
def test_any_bytes_are_read_one_way_or_refused_by_name(data: bytes) -> None:
    try:
        value = cbor.loads(data, BYTES_MAX)
    except DocumentError:
        return
    assert cbor.dumps(value) == data
