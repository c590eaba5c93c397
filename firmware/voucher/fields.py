"""What each field of a document may hold, as the CDDL of docs/voucher-format.md says, and arrays of such fields."""

from voucher import DocumentError, cbor
from voucher.cbor import put_head
from wire.entry import (
    AMOUNT_MINOR_MAX,
    CARD_NUMBER_MAX,
    CERTIFICATE_BYTES_MAX,
    KIND_NAMES,
    NAME_BYTES_MAX,
    REASON_NAMES,
    SEQUENCE_MAX,
    TERMINAL_MAX,
    TURNOVER_MINOR_MAX,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_buffer = bytearray(512)  # the largest payload written, a `card_seen` entry's, takes 484

# CBOR major type, least, greatest: of the value of an integer, of the bytes in a string.
_UINT = (0, 0, 0xFFFFFFFFFFFFFFFF)
_COUNT = (0, 0, 0xFFFFFFFF)
_SEQUENCE = (0, 0, SEQUENCE_MAX)
_AMOUNT = (0, 1, AMOUNT_MINOR_MAX)
_TOTAL = (0, 0, TURNOVER_MINOR_MAX)
_HASH = (2, 32, 32)
_NAME = (3, 0, NAME_BYTES_MAX)

_FIELDS = {
    # the chain, and what refers to it
    "terminal": (0, 0, TERMINAL_MAX),
    "sequence": _SEQUENCE,
    "previous": _HASH,
    "turnover": _TOTAL,
    "time": _UINT,
    "currency": (0, 0, 999),
    "amount": _AMOUNT,
    "counter": _COUNT,
    "spent": _AMOUNT,
    "head": _HASH,
    # entries and their bodies
    "kind": (0, 0, len(KIND_NAMES) - 1),
    "trust": (0, 0, 2),
    "boot": _COUNT,
    "uptime": _COUNT,
    "power": (0, 0, 63),
    "charge/null": (0, 0, 100),
    "certificate": (2, 0, CERTIFICATE_BYTES_MAX),
    "cause": _UINT,
    "firmware": _NAME,
    "rebuilt": _UINT,
    "closed": _UINT,
    "seconds": _UINT,
    "payments": _UINT,
    "value": _TOTAL,
    "card": (2, 8, 8),
    "card/null": (2, 8, 8),
    "signature": (2, 64, 64),
    "sale": _SEQUENCE,
    "sales": _UINT,
    "voids": _UINT,
    "voided": _TOTAL,
    "version": _UINT,
    "hash": _HASH,
    "before": _UINT,
    "after": _UINT,
    "code": _UINT,
    "detail": _NAME,
    "reason": (0, 0, len(REASON_NAMES) - 1),
    # receipt, login, key request
    "count": _UINT,
    "challenge": _HASH,
    "public-key": (2, 64, 64),
    "nonce": (2, 16, 16),
    # policy
    "policy-version": (0, 1, 0xFFFFFFFF),
    "issued": _UINT,
    "key-id": (2, 8, 8),
    "payment-limit": _AMOUNT,
    "card-limit": _AMOUNT,
    "hours": _UINT,
    "minimum-charge": (0, 0, 100),
    "sales-when": (0, 0, 1),
    "prefix": _NAME,
    "exponent": (0, 0, 4),
    "shown": (0, 0, 4),
    "separator": _NAME,
    "language": (0, 0, 1),
    # certificates
    "issuer": _NAME,
    "subject": _NAME,
    "expires": _UINT,
    "role": (0, 1, 5),
    "number": (0, 0, CARD_NUMBER_MAX),
    "coordinate": _HASH,
    "allowance": _AMOUNT,
}


def check(document: str, names: "tuple[str, ...]", values: "Any") -> None:
    """Raise DocumentError, naming the field, unless `values` are exactly the fields `names`, each within its bounds."""
    if not isinstance(values, (list, tuple)) or len(values) != len(names):
        raise DocumentError("%s: must be an array of %d fields" % (document, len(names)))
    for index in range(len(names)):
        if not _fits(names[index], values[index]):
            raise DocumentError(_must(document, names[index]))


def write(form: int, values: "list | tuple", body: "list | tuple | None" = None) -> bytes:
    """Return the payload [form, *values] or [form, *values, body]: as cbor.encode does, with an eighth of the garbage.

    The fields must have been checked: they are integers, bytes, text or None, and all together fit the buffer.
    """
    count = 1 + len(values) + (body is not None)
    at = put_head(_buffer, 0, 4, count)
    at = put_head(_buffer, at, 0, form)
    at = _put(at, values)
    if body is not None:
        at = put_head(_buffer, at, 4, len(body))
        at = _put(at, body)
    return bytes(memoryview(_buffer)[:at])


def read(document: str, form: int, count: int, payload: bytes) -> list:
    """Return the `count` values, not checked, that follow the form in the array `payload`."""
    values = cbor.decode(payload)
    # The head of the array and the form, each in its only encoding: type, count and document in one comparison.
    if payload[:2] != bytes((0x81 + count, form)):
        raise DocumentError("%s: must be an array of %d fields, the first of them %d" % (document, count + 1, form))
    return values[1:]


# What runs once a field is kept to frames of eleven, as in `cbor`.


def _fits(name: str, value: "Any") -> bool:
    major, least, greatest = _FIELDS[name]
    if value is None:
        return name.endswith("/null")
    if major == 0:
        return type(value) is int and least <= value <= greatest  # bool is a type of its own
    if major == 3 and type(value) is str:
        value = value.encode()
    elif major == 3 or type(value) is not bytes:
        return False
    return least <= len(value) <= greatest


def _must(document: str, name: str) -> str:
    major, least, greatest = _FIELDS[name]
    what = ("an integer", "", "bytes, as many as", "text, bytes")[major]
    return "%s: %s must be %s %d..%d" % (document, name, what, least, greatest)


def _put(at: int, values: "list | tuple") -> int:
    for index in range(len(values)):
        value = values[index]
        if type(value) is int:
            at = put_head(_buffer, at, 0, value)
        elif value is None:
            _buffer[at] = 0xF6
            at += 1
        else:
            at = _put_string(at, value)
    return at


def _put_string(at: int, value: "bytes | str") -> int:
    major = 2
    if isinstance(value, str):
        major = 3
        value = value.encode()
    at = put_head(_buffer, at, major, len(value))
    end = at + len(value)
    _buffer[at:end] = value
    return end
