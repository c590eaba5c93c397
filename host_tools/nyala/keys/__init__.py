"""The operator's keys and certificates, in a folder on disk."""

from nyala.keys.folder import (
    CARD_LIFETIME_S,
    ISSUER_LIFETIME_S,
    STAFF_LIFETIME_S,
    TERMINAL_LIFETIME_S,
    Issuer,
    KeyFolder,
    Staff,
)
from nyala.keys.store import Held

__all__ = [
    "CARD_LIFETIME_S",
    "ISSUER_LIFETIME_S",
    "STAFF_LIFETIME_S",
    "TERMINAL_LIFETIME_S",
    "Held",
    "Issuer",
    "KeyFolder",
    "Staff",
]
