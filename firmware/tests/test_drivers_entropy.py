"""The random number generator's health tests: what a broken generator looks like, and that ours is really asked."""

import hashlib

from drivers.entropy import EntropyFault, HardwareEntropy
from expect import raises


class Generator:
    """A raw source: SHA-256 of a counter, with a fault switched in at will."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault = None
        self._count = 0
        self._stock = b""

    def read(self, count: int) -> bytes:
        self.asked += count
        while len(self._stock) < count:
            self._stock += hashlib.sha256(b"%d" % self._count).digest()
            self._count += 1
        out, self._stock = self._stock[:count], self._stock[count:]
        return out if self.fault is None else self.fault(out)


def started() -> tuple:
    generator = Generator()
    return HardwareEntropy(generator.read), generator


def test_the_generator_is_asked_for_1024_bytes_at_the_start_and_for_every_byte_after() -> None:
    entropy, generator = started()
    assert generator.asked == 1024
    expected = hashlib.sha256(b"32").digest()  # the 33rd block: nothing is kept back, nothing is made up
    assert entropy.read(32) == expected
    assert generator.asked == 1056


def test_the_board_itself_passes() -> None:
    assert len(HardwareEntropy().read(32)) == 32


def test_a_generator_stuck_at_one_value_is_found_at_the_start() -> None:
    for value in (0, 0x55, 0xFF):
        raises(EntropyFault, HardwareEntropy, lambda count, value=value: bytes((value,)) * count)


def test_a_generator_that_gets_stuck_later_is_found_within_nine_bytes() -> None:
    entropy, generator = started()
    generator.fault = lambda out: b"\x07" * len(out)
    raises(EntropyFault, entropy.read, 9)


def test_bytes_repeated_eight_times_are_chance_and_nine_times_a_fault() -> None:
    entropy, generator = started()
    generator.fault = lambda out: b"\x07" * 8 + b"\x08" + out[9:]
    entropy.read(32)
    generator.fault = lambda out: b"\x07" * 9 + out[9:]
    raises(EntropyFault, entropy.read, 32)


def test_repetition_is_counted_across_reads() -> None:
    entropy, generator = started()
    generator.fault = lambda out: b"\x07" * len(out)
    for _ in range(8):
        entropy.read(1)
    raises(EntropyFault, entropy.read, 1)


def test_a_generator_that_favours_one_value_is_found_within_a_few_windows() -> None:
    entropy, generator = started()
    generator.fault = lambda out: bytes(0 if byte < 64 else byte for byte in out)  # a quarter of all bytes is 0

    def a_hundred_windows() -> None:
        for _ in range(100 * 512 // 64):
            entropy.read(64)

    raises(EntropyFault, a_hundred_windows)


def test_a_healthy_generator_raises_no_alarm_in_a_hundred_thousand_bytes() -> None:
    entropy, _ = started()
    for _ in range(100_000 // 512):
        entropy.read(512)


def test_a_generator_that_gives_too_few_bytes_is_a_fault() -> None:
    entropy, generator = started()
    generator.fault = lambda out: out[:-1]
    raises(EntropyFault, entropy.read, 32)
