"""What people read aloud: a voucher's id and its receipt code (docs/voucher-format.md)."""

import re

from nyala.errors import InputError
from nyala.wire import entry as wire

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"  # Crockford base 32; the last five only as check characters
_CODE_BITS = 35
_VOUCHER_ID = re.compile(r"T([0-9]{6,10})-([0-9]{6,10})", re.ASCII)
_MISREAD = str.maketrans("ILO", "110")  # Crockford: letters that look like digits stand for them


class BadVoucherId(InputError):
    """The text is not a voucher's id."""


class BadReceiptCode(InputError):
    """The text is not a receipt code, or was misread: its check character does not fit."""


def voucher_id(terminal: int, sequence: int) -> str:
    """Terminal and sequence in at least six digits each, as "T000017-000042"."""
    return f"T{terminal:06d}-{sequence:06d}"


def parse_voucher_id(text: str) -> tuple[int, int]:
    """Terminal and sequence out of an id; BadVoucherId unless it is exactly as `voucher_id` writes it."""
    match = _VOUCHER_ID.fullmatch(text)
    if match is not None:
        terminal, sequence = int(match[1]), int(match[2])
        if terminal <= wire.TERMINAL_MAX and sequence <= wire.SEQUENCE_MAX and voucher_id(terminal, sequence) == text:
            return terminal, sequence
    raise BadVoucherId(f"{text[:40]!r} is not a voucher's id; write it like T000017-000042.")


def receipt_code(digest: bytes) -> str:
    """First 35 bits of an entry's digest in Crockford base 32 and their check character modulo 37, as "XXXX-XXXX"."""
    number = int.from_bytes(digest[:5], "big") >> 5
    symbols = (
        "".join(_ALPHABET[number >> shift & 31] for shift in range(_CODE_BITS - 5, -1, -5)) + _ALPHABET[number % 37]
    )
    return f"{symbols[:4]}-{symbols[4:]}"


def parse_receipt_code(text: str) -> str:
    """A code as somebody typed it, in the form `receipt_code` writes; BadReceiptCode when it does not check.

    Small letters, missing or extra hyphens and spaces, and I, L, O for 1, 1, 0 are forgiven.
    """
    symbols = text.upper().translate(_MISREAD).replace("-", "").replace(" ", "")
    places = [_ALPHABET.find(symbol) for symbol in symbols]
    if len(places) == 8 and min(places) >= 0 and max(places[:7]) < 32:
        number = 0
        for place in places[:7]:
            number = number << 5 | place
        if number % 37 == places[7]:
            return f"{symbols[:4]}-{symbols[4:]}"
    raise BadReceiptCode(f"{text[:40]!r} is not a receipt code; read it again from the terminal's screen.")
