"""What each named field of a document may hold, as the CDDL of docs/voucher-format.md says, and arrays of such fields."""

from voucher import DocumentError, cbor
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

# CBOR major type, least, greatest: of the value of an integer, of the bytes in a string.
_UINT = (0, 0, 0xFFFFFFFFFFFFFFFF)
_COUNT = (0, 0, 0xFFFFFFFF)
_SEQUENCE = (0, 0, SEQUENCE_MAX)
_AMOUNT = (0, 1, AMOUNT_MINOR_MAX)
_TOTAL = (0, 0, TURNOVER_MINOR_MAX)
_HASH = (2, 32, 32)
_NAME = (3, 0, NAME_BYTES_MAX)

_FIELDS = {
    # every document
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
    "boot": (0, 1, 0xFFFFFFFF),
    "uptime": _COUNT,
    "power": (0, 0, 63),
    "charge/null": (0, 0, 100),
    "certificate": (2, 1, CERTIFICATE_BYTES_MAX),
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
    "key-id": (2, 8, 8),
    "payment-limit": _AMOUNT,
    "card-limit": _AMOUNT,
    "hours": _UINT,
    "minimum-charge": (0, 0, 100),
    "sales-when": (0, 0, 1),
    "prefix": _NAME,
    "exponent": (0, 0, 4),
    "separator": _NAME,
    "language": (0, 0, 1),
    # certificates
    "issuer": _NAME,
    "subject": _NAME,
    "role": (0, 1, 5),
    "number": (0, 0, CARD_NUMBER_MAX),
    "coordinate": _HASH,
    "allowance": _AMOUNT,
}


def check(document: str, names: "tuple[str, ...]", values: object) -> None:
    """Raise DocumentError, naming the field, unless `values` is an array of exactly the fields `names`, each in bounds."""
    if not isinstance(values, (list, tuple)) or len(values) != len(names):
        raise DocumentError("%s: must be an array of %d fields" % (document, len(names)))
    for index, name in enumerate(names):
        major, least, greatest = _FIELDS[name]
        measure = value = values[index]
        if value is None and name.endswith("/null"):
            continue
        if type(value) is not (int, None, bytes, str)[major]:  # bool is a type of its own here
            measure = None
        elif major:
            measure = len(value if major == 2 else value.encode())
        if measure is None or not least <= measure <= greatest:
            what = ("an integer", "", "bytes, as many as", "text, bytes")[major]
            raise DocumentError("%s: %s must be %s %d..%d" % (document, name, what, least, greatest))


def write(document: str, names: "tuple[str, ...]", values: "list | tuple") -> bytes:
    """Return the encoded fields one after the other, without an array head. Raises DocumentError as `check` does."""
    check(document, names, values)
    parts = []
    for value in values:
        if type(value) is int:
            parts.append(cbor.write_head(0, value))
        elif type(value) is bytes:
            parts.append(cbor.write_head(2, len(value)))
            parts.append(value)
        else:
            parts.append(cbor.encode(value))
    return b"".join(parts)


def read(document: str, form: int, names: "tuple[str, ...]", payload: bytes, nested: int = 0) -> list:
    """Return the fields that follow the form in the array `payload`: `names`, checked, and `nested` more, to be checked."""
    values = cbor.decode(payload)
    count = 1 + len(names) + nested
    # The head of the array and the form, each in its only encoding: kind, count and document in one comparison.
    if payload[:2] != bytes((0x80 | count, form)):
        raise DocumentError("%s: must be an array of %d fields, the first of them %d" % (document, count, form))
    check(document, names, values[1 : 1 + len(names)])
    return values[1:]
