"""Entries of every kind."""

from hashlib import sha256
from typing import Any

from .documents_parts import (
    CARD,
    JSON,
    NOW_S,
    P256_ORDER,
    PLAIN,
    TERMINAL,
    TOTAL_MAX,
    UINT32,
    UINT64,
    Parts,
    accept,
    add_valid,
    dumps,
    to_be_signed,
)


def entry(kind: int, body: object, /, **changes: Any) -> list[Any]:
    """The items of an entry."""
    fields: JSON = {
        "form": 1,
        "kind": kind,
        "terminal": 17,
        "sequence": 42,
        "previous": sha256(b"the entry before").digest(),
        "turnover": 123_456_700,
        "time": NOW_S + 3600,
        "trust": 2,
        "boot": 3,
        "uptime": 7_260,
        "power": 34,
        "charge": 87,
        "body": body,
    }
    return list((fields | changes).values())


ENTRY_FIELDS = [
    *("kind", "terminal", "sequence", "previous", "turnover_minor", "time_s", "trust", "boot", "uptime_s", "power"),
    *("charge", "body"),
]


def accept_entry(name: str, items: list[Any]) -> bytes:
    return accept(name, "entry", dumps(items), TERMINAL, dict(zip(ENTRY_FIELDS, items[1:], strict=True)))


def sale_body(
    items: list[Any],
    card: bytes,
    amount: int = 2_500_000,
    counter: int = 12,
    spent: int = 7_500_000,
    currency: int = 360,
) -> list[Any]:
    """A sale's body with the card's own signature over its place in the chain."""
    payload = dumps([2, *items[2:5], amount, currency, counter, spent])
    return [card, amount, currency, counter, spent, CARD.sign(to_be_signed(PLAIN, payload))]


def sale(card: bytes, changes: JSON | None = None, **body: int) -> list[Any]:
    items = entry(4, None, **(changes or {}))
    items[12] = sale_body(items, card, **body)
    return items


LARGEST: JSON = {
    "terminal": UINT32,
    "sequence": UINT32,
    "previous": b"\xff" * 32,
    "turnover": TOTAL_MAX,
    "time": UINT64,
    "boot": UINT32,
    "uptime": UINT32,
    "power": 63,
    "charge": 100,
}


def entries(terminal_certificate: bytes, card_certificate: bytes) -> None:
    """Valid entries of every kind."""
    card = sha256(card_certificate).digest()[:8]
    genesis = {
        "sequence": 0,
        "previous": sha256(terminal_certificate).digest(),
        "turnover": 0,
        "time": 0,
        "trust": 0,
        "boot": 1,
        "uptime": 1,
    }
    accept_entry("genesis", entry(0, [terminal_certificate], **genesis, power=17, charge=100))
    accept_entry("boot", entry(1, [1, "0.1.0", 2, 1], trust=1))
    accept_entry("outage_began", entry(2, []))
    accept_entry("outage_ended", entry(3, [21_600, 200, 500_000_000], power=17))
    accept_entry("sale", sale(card))
    accept_entry("void", entry(5, [42, 2_500_000], sequence=43))
    accept_entry("shift_closed", entry(6, [200, 500_000_000, 1, 2_500_000]))
    accept_entry("policy_applied", entry(7, [7, sha256(b"policy").digest()]))
    accept_entry("clock_set", entry(8, [0, NOW_S]))
    accept_entry("receipt_applied", entry(9, [41, sha256(b"head").digest()]))
    accept_entry("card_seen", entry(10, [card_certificate]))
    accept_entry("fault", entry(11, [3, "gauge silent"]))
    accept_entry("declined, card known", entry(12, [11, 2_500_000, card]))
    accept_entry("declined, card unknown", entry(12, [15, UINT32, None]))
    accept_entry(
        "smallest sale",
        sale(
            card,
            {
                "terminal": 0,
                "sequence": 1,
                "turnover": 1,
                "time": 0,
                "trust": 0,
                "boot": 0,
                "uptime": 0,
                "power": 0,
                "charge": 0,
            },
            amount=1,
            counter=0,
            spent=1,
            currency=0,
        ),
    )
    largest = accept_entry(
        "largest sale", sale(b"\xff" * 8, LARGEST, amount=UINT32, counter=UINT32, spent=UINT32, currency=999)
    )
    if len(largest) != 249:
        raise SystemExit(f"the largest sale has {len(largest)} bytes, the format's budget says 249")
    accept_entry("charge unknown", entry(2, [], charge=None))
    accept_entry("largest outage_ended", entry(3, [UINT64, UINT64, TOTAL_MAX], **LARGEST))
    accept_entry("boot with an empty version", entry(1, [0, "", 0, 0]))
    accept_entry("fault with 40 bytes of detail", entry(11, [UINT64, "é" * 20]))
    resigned_entries()


def resigned_entries() -> None:
    """The same entry with s and with the order less s: ES256 takes both."""
    items = entry(5, [41, 1])
    parts = Parts.make(dumps(items), TERMINAL, PLAIN)
    r, s = parts.signature[:32], int.from_bytes(parts.signature[32:], "big")
    for name, other in (("low s", min(s, P256_ORDER - s)), ("high s", max(s, P256_ORDER - s))):
        twin = Parts(PLAIN, parts.payload, r + other.to_bytes(32, "big"))
        fields = dict(zip(ENTRY_FIELDS, items[1:], strict=True))
        add_valid(f"void, {name}", "entry", bytes.fromhex(twin.hex()), twin, TERMINAL, fields, resigned=other != s)
