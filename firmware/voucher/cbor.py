"""Deterministic CBOR (RFC 8949 §4.2.1): integers, byte and text strings, arrays, maps, true, false, null; nothing else.

Keys of maps are integers or text. The decoder believes no declared length before it has seen that many bytes.
"""

from struct import pack_into

from voucher import DocumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BYTES_MAX = 3072  # of anything decoded; callers with a tighter bound pass their own
DEPTH_MAX = 6  # arrays and maps inside one another


class CborError(DocumentError):
    """Not the CBOR that both sides agreed on. The class is the fault, `where` its offset or the name of a type."""

    def __init__(self, where: "int | str") -> None:
        super().__init__("CBOR at %s: %s" % (where, type(self).__name__))


class NotShortest(CborError):
    """An integer or a length takes more bytes than it needs."""


class IndefiniteLength(CborError):
    """A string, array or map of indefinite length, or the break that would end one."""


class DuplicateKey(CborError):
    """A key stands twice in one map."""


class UnorderedKeys(CborError):
    """The keys of a map are not in bytewise order of their encodings."""


class TrailingBytes(CborError):
    """Bytes follow the item."""


class TooDeep(CborError):
    """More than DEPTH_MAX arrays and maps inside one another."""


class TooLong(CborError):
    """More bytes than this kind of document or message may have."""


class Truncated(CborError):
    """The bytes end before the item does."""


class Unsupported(CborError):
    """A float, a tag, `undefined`, another simple value, a reserved head, or a key that is no integer and no text."""


class BadText(CborError):
    """A text string is not UTF-8 (RFC 3629)."""


# Bytecode functions with more than eleven locals and temporaries get their frame from the heap, on a board by far the
# dearest part of a call. So what runs once an item is kept small here.


def put_head(buffer: bytearray, at: int, major: int, argument: int) -> int:
    """Write an item's head at offset `at`, its argument (0..2^64-1) in the shortest form; return the offset after."""
    major <<= 5
    if argument < 24:
        buffer[at] = major | argument
        return at + 1
    if argument < 0x100:
        pack_into("BB", buffer, at, major | 24, argument)
        return at + 2
    if argument < 0x10000:
        pack_into(">BH", buffer, at, major | 25, argument)
        return at + 3
    if argument <= 0xFFFFFFFF:
        pack_into(">BI", buffer, at, major | 26, argument)
        return at + 5
    if argument >> 64:
        raise Unsupported("integer")
    pack_into(">BQ", buffer, at, major | 27, argument)
    return at + 9


def write_head(major: int, argument: int) -> bytes:
    """Return the head of an item: its major type (0..7) and its argument (0..2^64-1)."""
    buffer = bytearray(9)
    return bytes(buffer[: put_head(buffer, 0, major, argument)])


def encode(value: object, depth: int = DEPTH_MAX) -> bytes:
    """Return `value` as CBOR. Raises Unsupported or TooDeep for what the decoder would refuse."""
    if type(value) is int:
        return write_head(0, value) if value >= 0 else write_head(1, -1 - value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return write_head(2, len(value)) + value
    if isinstance(value, str):
        value = value.encode()
        return write_head(3, len(value)) + value
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if not depth:
        raise TooDeep(type(value).__name__)
    if isinstance(value, (list, tuple)):
        return _array(value, depth - 1)
    if isinstance(value, dict):
        return _map(value, depth - 1)
    raise Unsupported(type(value).__name__)


def _array(items: "list | tuple", depth: int) -> bytes:
    parts = [write_head(4, len(items))]
    for item in items:
        parts.append(encode(item, depth))
    return b"".join(parts)


def _map(items: dict, depth: int) -> bytes:
    pairs = []
    for key, value in items.items():
        _check_key(key, type(key).__name__)
        pairs.append(encode(key) + encode(value, depth))
    # No encoded key is the beginning of another, so the values cannot change the order.
    pairs.sort()
    return write_head(5, len(pairs)) + b"".join(pairs)


def _check_key(key: object, where: "int | str") -> None:
    if type(key) is not int and type(key) is not str:
        raise Unsupported(where)


def decode(data: bytes, bytes_max: int = BYTES_MAX) -> "Any":
    """Return the one item that `data` holds; arrays come as lists. Raises the CborError that names the fault."""
    if len(data) > bytes_max:
        raise TooLong(bytes_max)
    data = bytes(data)
    value, at = read_item(data, 0)
    if at != len(data):
        raise TrailingBytes(at)
    return value


def read_head(data: bytes, at: int) -> tuple:
    """Return (major type, argument, offset after the head) of the item at offset `at`."""
    if at >= len(data):
        raise Truncated(at)
    major = data[at]
    argument = major & 31
    at += 1
    if argument >= 24:
        if argument == 31:
            raise IndefiniteLength(at - 1)
        if argument > 27 or major >= 0xE0:
            raise Unsupported(at - 1)
        least = (24, 0x100, 0x10000, 0x100000000)[argument - 24]
        end = at + (1 << argument - 24)
        if end > len(data):
            raise Truncated(at)
        argument = int.from_bytes(data[at:end], "big")
        if argument < least:
            raise NotShortest(at - 1)
        at = end
    return major >> 5, argument, at


def read_item(data: bytes, at: int, depth: int = DEPTH_MAX) -> tuple:
    """Return (value, offset after it) of the item at offset `at`, which may hold `depth` levels of arrays and maps."""
    major, argument, at = read_head(data, at)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major > 5:
        if major == 7 and 20 <= argument <= 22:
            return (False, True, None)[argument - 20], at
        raise Unsupported(at)
    # Whatever it is, its length in bytes is at least the argument.
    if argument > len(data) - at:
        raise Truncated(at)
    if major > 3:
        if not depth:
            raise TooDeep(at)
        return (_read_array if major == 4 else _read_map)(data, at, depth - 1, argument)
    argument += at
    if major == 2:
        return data[at:argument], argument
    return _read_text(data[at:argument], at), argument


def _read_array(data: bytes, at: int, depth: int, count: int) -> tuple:
    items = []
    for _ in range(count):
        item, at = read_item(data, at, depth)
        items.append(item)
    return items, at


def _read_map(data: bytes, at: int, depth: int, count: int) -> tuple:
    items = {}
    last = b""
    for _ in range(count):
        start = at
        key, at = read_item(data, at, depth)
        _check_key(key, start)
        if key in items:
            raise DuplicateKey(start)
        if data[start:at] < last:
            raise UnorderedKeys(start)
        last = data[start:at]
        items[key], at = read_item(data, at, depth)
    return items, at


def _read_text(raw: bytes, at: int) -> str:
    try:
        text = raw.decode()
    except UnicodeError:
        raise BadText(at)
    # MicroPython lets through overlong forms, surrogates and what lies past U+10FFFF. Walking over the characters would
    # intern each of them for ever, so look at the first two bytes of each sequence (RFC 3629 §4).
    for index in range(1, len(raw)):
        pair = raw[index - 1] << 8 | raw[index]
        if pair >= 0xC000 and (
            pair < 0xC200
            or 0xE000 <= pair < 0xE0A0
            or 0xEDA0 <= pair < 0xEE00
            or 0xF000 <= pair < 0xF090
            or pair >= 0xF490
        ):
            raise BadText(at + index - 1)
    return text
