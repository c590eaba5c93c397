"""What the card signs for one payment. Only its signature travels; the rest is rebuilt from the sale."""

from voucher import DocumentError, cose, fields
from wire.entry import FORM_AUTHORIZATION

_FIELDS = ("terminal", "sequence", "previous", "amount", "currency", "counter", "spent")


def payload(
    terminal: int, sequence: int, previous: bytes, amount_minor: int, currency: int, counter: int, spent_minor: int
) -> bytes:
    """Return the bytes that the card's COSE_Sign1 (`plain`) covers. Raises DocumentError for a field out of bounds."""
    values = (terminal, sequence, previous, amount_minor, currency, counter, spent_minor)
    fields.check("authorization", _FIELDS, values)
    return fields.write(FORM_AUTHORIZATION, values)


def verify(
    public: bytes,
    signature: bytes,
    terminal: int,
    sequence: int,
    previous: bytes,
    amount_minor: int,
    currency: int,
    counter: int,
    spent_minor: int,
    table: "bytes | None" = None,
) -> None:
    """Raise BadSignature unless the card with key `public` signed exactly this payment."""
    try:
        content = payload(terminal, sequence, previous, amount_minor, currency, counter, spent_minor)
    except DocumentError as error:  # counter and spent come from the card
        raise cose.BadSignature(str(error))
    cose.Signed(None, content, signature).verify(public, table)
