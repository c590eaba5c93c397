"""The payment terminal: what happens between a keyed amount and APPROVED, and what surrounds it."""

FIRMWARE = "0.1.0"
