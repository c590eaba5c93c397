"""Checks of single fields, shared by the documents. Each names the field it refuses and says what it must be."""

from nyala.documents import cose
from nyala.documents.cbor import Item
from nyala.errors import DocumentError
from nyala.wire import entry as wire

UINT32_MAX = 0xFFFFFFFF
UINT64_MAX = (1 << 64) - 1
CURRENCY_MAX = 999
HASH_BYTES = 32
CARD_BYTES = 8


class FieldError(DocumentError):
    """A field of a document has the wrong type or is out of its bounds."""

    def __init__(self, field: str, must: str) -> None:
        super().__init__(f"{field} must be {must}.")
        self.field = field


class WrongForm(FieldError):
    """The document is of another kind, or of another version of the format."""


def uint(value: Item, field: str, high: int = UINT64_MAX, low: int = 0) -> int:
    """An integer low..high; a boolean is none."""
    if type(value) is not int or not low <= value <= high:
        raise FieldError(field, f"an integer {low}..{high}, not {_shown(value)}")
    return value


def amount(value: Item, field: str) -> int:
    """Money that moves, in minor units."""
    return uint(value, field, wire.AMOUNT_MINOR_MAX, 1)


def total(value: Item, field: str) -> int:
    """A sum of money, in minor units."""
    return uint(value, field, wire.TURNOVER_MINOR_MAX)


def octets(value: Item, field: str, size: int) -> bytes:
    """Exactly `size` bytes."""
    if type(value) is not bytes or len(value) != size:
        raise FieldError(field, f"{size} bytes, not {_shown(value)}")
    return value


def blob(value: Item, field: str) -> bytes:
    """Any number of bytes."""
    if type(value) is not bytes:
        raise FieldError(field, f"bytes, not {_shown(value)}")
    return value


def name(value: Item, field: str) -> str:
    """Text of at most NAME_BYTES_MAX bytes of UTF-8."""
    if type(value) is not str or len(value.encode()) > wire.NAME_BYTES_MAX:
        raise FieldError(field, f"text of at most {wire.NAME_BYTES_MAX} bytes, not {_shown(value)}")
    return value


def array(value: Item, field: str, count: int) -> list[Item]:
    """An array of exactly `count` items."""
    if type(value) is not list or len(value) != count:
        raise FieldError(field, f"an array of {count}, not {_shown(value)}")
    return value


def public_key(value: Item, field: str) -> bytes:
    """x || y of a point on P-256."""
    point = octets(value, field, cose.PUBLIC_KEY_BYTES)
    cose.check_public(point)
    return point


def form(items: list[Item], document: str, number: int) -> None:
    """The first item of an array names the document and its version."""
    if type(items[0]) is not int or items[0] != number:
        raise WrongForm(f"{document}.form", f"{number}, not {_shown(items[0])}")


def _shown(value: Item) -> str:
    """Enough of a hostile value to recognise it by."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, list | dict | str):
        return f"{type(value).__name__} of {len(value)}"
    return repr(value)
