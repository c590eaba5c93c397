"""The ledger: the host's database of what terminals signed, what was made of it, and what was posted.

    with Ledger.open(path) as ledger, ledger.writing("reconcile") as book:
        ...

Everything but `entries`, `policies`, `receipts` and `settlement_rows` can be worked out again from those.
"""

from nyala.ledger.book import Book, HeldEntry
from nyala.ledger.store import Ledger

__all__ = ["Book", "HeldEntry", "Ledger"]
