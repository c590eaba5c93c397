"""Deterministic CBOR (RFC 8949 section 4.2.1): the only encoding that documents and link messages are read in.

`cbor2` does the work. It is a generous reader, so what it would let through is refused here: tags (before they are
decoded), floats, undefined, indefinite lengths, duplicate or unordered keys, integers that could be shorter, trailing
bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

import cbor2

from nyala.errors import DocumentError

DEPTH_MAX = 6  # arrays and maps inside one another
_UINT_MAX = (1 << 64) - 1
_NINT_MIN = -1 - _UINT_MAX

Key: TypeAlias = int | str | bytes
Item: TypeAlias = "int | str | bytes | bool | list[Item] | dict[Key, Item] | None"
Encodable: TypeAlias = "int | str | bytes | bool | Sequence[Encodable] | Mapping[Any, Encodable] | None"


class CborError(DocumentError):
    """The bytes are not the deterministic CBOR that documents are written in; base of the faults below."""


class TooLong(CborError):
    """More bytes than such a document may have."""


class Truncated(CborError):
    """The bytes end before the value does."""


class TrailingBytes(CborError):
    """Something follows the value."""


class TooDeep(CborError):
    """Arrays and maps are nested more than DEPTH_MAX deep."""


class IndefiniteLength(CborError):
    """A length is left open, to be ended by a break."""


class DuplicateKey(CborError):
    """A map has one key twice."""


class UnorderedKeys(CborError):
    """The keys of a map are not in bytewise order of their encodings."""


class NotShortest(CborError):
    """An integer or a length takes more bytes than it needs."""


class UnexpectedTag(CborError):
    """A tag, where none is part of any document."""


class UnexpectedType(CborError):
    """A float, undefined, a simple value, an integer over 64 bits, or a map key that is no integer, text or bytes."""


class BadText(CborError):
    """A text string is not UTF-8."""


class _RefuseTags(dict[int, Callable[[Any, bool], Any]]):
    """Stands for a decoder of every tag, so that cbor2 never builds a date, a bignum or a regular expression."""

    def __missing__(self, tag: int) -> NoReturn:
        raise UnexpectedTag(f"The CBOR holds tag {tag}; documents hold none inside.")


_REFUSE_TAGS = _RefuseTags()
_LEAVES = frozenset((int, bytes, str, bool, type(None)))


def loads(data: bytes, bytes_max: int) -> Item:
    """The value that `data` encodes; CborError unless it is exactly how `dumps` would write it.

    Arrays come back as lists, maps as dicts. bytes_max bounds the work on hostile input.
    """
    if len(data) > bytes_max:
        raise TooLong(f"The CBOR has {len(data)} bytes; at most {bytes_max} are allowed here.")
    try:
        value = _decode(data)
    except cbor2.CBORError as error:
        raise _named(data, error) from None
    _check(value, 1)
    # cbor2 writes shortest heads and keeps the order of keys, which _check has seen to be right.
    if (again := cbor2.dumps(value)) != data:
        if data.startswith(again):
            raise TrailingBytes(f"Bytes follow the CBOR value ({len(data) - len(again)}); nothing may.")
        raise NotShortest(
            "An integer or a length in the CBOR is not in its shortest form; encode it deterministically."
        )
    return value


def dumps(value: Encodable) -> bytes:
    """Deterministic encoding of integers, text, bytes, booleans, None, lists, tuples and dicts.

    CborError for anything else, and for what `loads` would refuse.
    """
    try:
        return cbor2.dumps(_ordered(value, 0))
    except UnicodeEncodeError:
        raise BadText("Text with a lone surrogate cannot be written as UTF-8.") from None


def _decode(data: bytes, *, depth: int = DEPTH_MAX, indefinite: bool = False, duplicates: bool = False) -> Item:
    return cbor2.loads(
        data,
        semantic_decoders=_REFUSE_TAGS,
        max_depth=depth,
        allow_indefinite=indefinite,
        allow_duplicate_keys=duplicates,
    )


def _named(data: bytes, error: cbor2.CBORError) -> CborError:
    """Which of our faults cbor2 stumbled over: the one whose permission makes it go further."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UnexpectedTag):
            return cause
        if isinstance(cause, UnicodeDecodeError):
            return BadText("A text string in the CBOR is not UTF-8.")
        cause = cause.__cause__
    if isinstance(error, cbor2.CBORDecodeEOF):
        return Truncated("The CBOR ends before its value does; some bytes are missing.")
    if _passes(data, indefinite=True):
        return IndefiniteLength("A length in the CBOR is indefinite; only definite lengths are allowed.")
    if _passes(data, indefinite=True, duplicates=True):
        return DuplicateKey("A map in the CBOR holds one key twice.")
    if _passes(data, indefinite=True, duplicates=True, depth=len(data) + 1):
        return _too_deep()
    return CborError(f"The bytes are not well-formed CBOR: {error}.")


def _too_deep() -> TooDeep:
    return TooDeep(f"Arrays and maps are nested more than {DEPTH_MAX} deep.")


def _passes(data: bytes, *, depth: int = DEPTH_MAX, indefinite: bool = False, duplicates: bool = False) -> bool:
    try:
        _decode(data, depth=depth, indefinite=indefinite, duplicates=duplicates)
    except cbor2.CBORError:
        return False
    return True


def _check(value: Item, depth: int) -> None:
    """Only types of ours, and map keys in order. Without tags, cbor2 reads no integer over 64 bits."""
    if type(value) in (list, dict) and depth > DEPTH_MAX:  # cbor2 counts no empty arrays and maps
        raise _too_deep()
    if type(value) is list:
        for item in value:
            if type(item) not in _LEAVES:
                _check(item, depth + 1)
    elif type(value) is dict:
        _check_map(value, depth)
    elif type(value) not in _LEAVES:
        raise UnexpectedType(f"The CBOR holds a value of type {type(value).__name__}; documents hold none.")


def _check_map(value: dict[Key, Item], depth: int) -> None:
    before = b""
    for key, item in value.items():
        encoded = _encoded_key(key)
        if encoded <= before:
            raise UnorderedKeys("The keys of a map in the CBOR are not in bytewise order.")
        before = encoded
        _check(item, depth + 1)


def _encoded_key(key: object) -> bytes:
    if type(key) not in (int, str, bytes):
        raise UnexpectedType(f"A map key is of type {type(key).__name__}; only integers, text and bytes may be.")
    return cbor2.dumps(key)


def _ordered(value: Encodable, depth: int) -> Item:
    """The value with map keys in bytewise order; cbor2's `canonical` would put shorter keys first (RFC 7049)."""
    if isinstance(value, bool | bytes | str) or value is None:
        return value
    if isinstance(value, int):
        if not _NINT_MIN <= value <= _UINT_MAX:
            raise UnexpectedType(f"{value} does not fit in a 64-bit CBOR integer.")
        return value
    if not isinstance(value, list | tuple | dict):
        raise UnexpectedType(f"A value of type {type(value).__name__} has no place in a document.")
    if depth == DEPTH_MAX:
        raise _too_deep()
    if isinstance(value, dict):
        keys = sorted(value, key=_encoded_key)
        return {key: _ordered(value[key], depth + 1) for key in keys}
    return [_ordered(item, depth + 1) for item in value]
