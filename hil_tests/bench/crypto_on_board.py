"""Times the firmware's ECDSA inside MicroPython, on a board or on a computer, with time.ticks_us.

On a board with the firmware on it: `mpremote run hil_tests/bench/crypto_on_board.py`.
"""

import gc
import sys
import time

from crypto import ecdsa

MESSAGE = b"sample"
PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
ROUNDS = 9


def cases() -> list:
    """(name, function to time) pairs; each function checks its own result."""
    public = ecdsa.public_key(PRIVATE)
    signature = ecdsa.sign(PRIVATE, MESSAGE)
    table = ecdsa.key_table(public)

    def sign() -> None:
        if ecdsa.sign(PRIVATE, MESSAGE) != signature:
            raise ValueError("sign")

    def verify() -> None:
        if not ecdsa.verify(public, MESSAGE, signature):
            raise ValueError("verify")

    def verify_with_table() -> None:
        if not ecdsa.verify(public, MESSAGE, signature, table):
            raise ValueError("verify with table")

    def public_key() -> None:
        if ecdsa.public_key(PRIVATE) != public:
            raise ValueError("public key")

    def key_table() -> None:
        if ecdsa.key_table(public) != table:
            raise ValueError("key table")

    return [
        ("sign", sign),
        ("verify", verify),
        ("verify with table", verify_with_table),
        ("public key", public_key),
        ("key table", key_table),
    ]


def once_us(function: object, times: int = 1) -> float:
    """Microseconds of one call, garbage collected before."""
    gc.collect()
    started = time.ticks_us()
    for _ in range(times):
        function()
    return time.ticks_diff(time.ticks_us(), started) / times


def full_speed() -> None:
    """A stock ESP32 starts at 160 MHz; Nyala runs at 240."""
    try:
        import machine  # noqa: TID251 (this is the board's own clock, not the firmware)
    except ImportError:
        return
    if sys.platform == "esp32":
        machine.freq(240_000_000)


def main() -> None:
    full_speed()
    gc.collect()
    before = gc.mem_alloc()
    named = cases()
    gc.collect()
    print(f"{'held by the cases':<20} {gc.mem_alloc() - before:8d} bytes")
    for name, function in named:
        times_us = sorted(once_us(function) for _ in range(ROUNDS))
        print(f"{name:<20} {int(times_us[ROUNDS // 2]):8d} us  (fastest {int(times_us[0])})")


if __name__ == "__main__":
    main()
