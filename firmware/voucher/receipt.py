"""The receipt: a reconciler's statement that the chain is held up to here. It alone lets the terminal prune."""

from collections import namedtuple

from voucher import cose, fields
from wire.entry import FORM_RECEIPT

RECEIPT_BYTES_MAX = 200

# head: hash of the entry `sequence` (32 bytes); count: sales and voids up to it; turnover_minor: as in that entry;
# time_s: since 1970.
Receipt = namedtuple("Receipt", ("terminal", "sequence", "head", "count", "turnover_minor", "time_s"))

_FIELDS = ("terminal", "sequence", "head", "count", "turnover", "time")


def verify(data: bytes, public: bytes) -> Receipt:
    """Return the receipt in `data`, signed by the key `public`. Raises BadSignature, DocumentError.

    Whose key that is (a certificate's with ROLE_RECONCILER) and which terminal is meant are for the caller to check.
    """
    signed = cose.open_named("receipt", data, RECEIPT_BYTES_MAX)
    signed.verify(public)
    values = fields.read("receipt", FORM_RECEIPT, len(_FIELDS), signed.payload)
    fields.check("receipt", _FIELDS, values)
    return Receipt(*values)
