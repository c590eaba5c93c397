"""The ESP32's hardware random number generator, and the tests that notice when it is broken.

`os.urandom` reads the generator's register on the ESP32. What is in it (ESP-IDF Programming Guide, "Random Number
Generation"): true random numbers while the radio is on, or while the boot loader runs with its own noise source. After
start-up with the radio off, as here, the boot loader's noise has seeded the generator and an unsynchronised 8 MHz
oscillator goes on stirring it, but Espressif then calls the output pseudo-random only. Signatures do not depend on it
(RFC 6979 derives their nonces); the terminal's key does: a board that wants thermal noise under it passes a `read`
that has the radio on.

No statistics can prove a generator good. These tests (NIST SP 800-90B §4.4) find one that is stuck or badly
lopsided; there is one path, and no fallback when they fail.
"""

import os

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Samples are bytes, of which we claim 4 bits of entropy each: half of what an ideal generator gives. Both cutoffs for
# a false alarm once in 2^30 samples or windows (SP 800-90B §4.4.1 and §4.4.2).
_REPETITIONS = const(9)  # 1 + 30 / 4
_WINDOW = const(512)
_SAME_IN_WINDOW = const(71)  # 1 + critbinom(512, 2^-4, 1 - 2^-30)

_START_UP_SAMPLES = const(1024)  # §4.3, start-up tests
_CHUNK = const(64)


class EntropyFault(Exception):
    """The random number generator is broken. No key, challenge or signature may be made with it: replace the board."""


class HardwareEntropy:
    """The entropy (hardware.Entropy). `read(count)` gives raw bytes of the generator; every one of them is tested."""

    def __init__(self, read: "Callable[[int], bytes]" = os.urandom) -> None:
        self._read = read
        self._last = -1
        self._repetitions = 0
        self._watched = -1
        self._watched_count = 0
        self._left_in_window = 0
        for _ in range(_START_UP_SAMPLES // _CHUNK):
            self.read(_CHUNK)

    def read(self, count: int) -> bytes:
        """Return `count` random bytes. Raises EntropyFault."""
        samples = self._read(count)
        if len(samples) != count:
            raise EntropyFault("the random number generator gave %d bytes of %d" % (len(samples), count))
        for sample in samples:
            self._test_repetition(sample)
            self._test_proportion(sample)
        return samples

    def _test_repetition(self, sample: int) -> None:
        """SP 800-90B §4.4.1: the same value many times in a row."""
        if sample != self._last:
            self._last = sample
            self._repetitions = 1
            return
        self._repetitions += 1
        if self._repetitions >= _REPETITIONS:
            raise EntropyFault("the random number generator is stuck")

    def _test_proportion(self, sample: int) -> None:
        """SP 800-90B §4.4.2: the window's first value too often in it."""
        if not self._left_in_window:
            self._watched = sample
            self._watched_count = 0
            self._left_in_window = _WINDOW
        self._left_in_window -= 1
        if sample == self._watched:
            self._watched_count += 1
            if self._watched_count >= _SAME_IN_WINDOW:
                raise EntropyFault("the random number generator favours one value")
