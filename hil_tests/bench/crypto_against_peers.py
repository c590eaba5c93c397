"""Times the firmware's ECDSA and its peers in turn inside MicroPython; prints JSON. Run by crypto_bench.py.

Each round times every case for a slice of about the same length, one after the other: on a busy computer all of them
have the same chance of an undisturbed slice. Output:
{case: [microseconds of one call, round by round]}.
"""

import json
import sys
from hashlib import sha256

from crypto_on_board import MESSAGE, PRIVATE, cases, once_us
from ecdsa import ecdsa as python_ecdsa
from ecdsa import rfc6979
from ellipticcurve.curve import prime256v1
from ellipticcurve.ecdsa import Ecdsa
from ellipticcurve.math import Math

from crypto import ecdsa as firmware

SLICE_US = 8000
SECRET = int.from_bytes(PRIVATE, "big")


class Sha256:
    """What python-ecdsa asks a hash function for."""

    digest_size = 32


class StarkbankKey:
    """A private and public key as starkbank-ecdsa wants them."""

    curve = prime256v1
    secret = SECRET
    point = Math.multiplyGenerator(prime256v1, SECRET)


def check(name: str, r: int, s: int) -> None:
    """Nobody is timed who does not sign correctly."""
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if not firmware.verify(firmware.public_key(PRIVATE), MESSAGE, signature):
        raise ValueError(name + " signs wrongly")


def peers() -> list:
    generator = python_ecdsa.generator_256
    order = generator.order()
    public = python_ecdsa.Public_key(generator, generator * SECRET)
    private = python_ecdsa.Private_key(public, SECRET)
    key = StarkbankKey()

    def sign_with_ecdsa() -> object:
        digest = sha256(MESSAGE).digest()
        nonce = rfc6979.generate_k(order, SECRET, Sha256, digest)
        return private.sign(int.from_bytes(digest, "big"), nonce)

    def verify_with_ecdsa() -> None:
        if not public.verifies(int.from_bytes(sha256(MESSAGE).digest(), "big"), signed_with_ecdsa):
            raise ValueError("ecdsa verify")

    def sign_with_starkbank() -> object:
        return Ecdsa.sign(MESSAGE, key)

    def verify_with_starkbank() -> None:
        if not Ecdsa.verify(MESSAGE, signed_with_starkbank, key):
            raise ValueError("starkbank-ecdsa verify")

    signed_with_ecdsa = sign_with_ecdsa()
    signed_with_starkbank = sign_with_starkbank()
    check("ecdsa", signed_with_ecdsa.r, signed_with_ecdsa.s)
    check("starkbank-ecdsa", signed_with_starkbank.r, signed_with_starkbank.s)
    return [
        ("sign: ecdsa 0.19.2", sign_with_ecdsa),
        ("verify: ecdsa 0.19.2", verify_with_ecdsa),
        ("sign: starkbank-ecdsa 2.3.1", sign_with_starkbank),
        ("verify: starkbank-ecdsa 2.3.1", verify_with_starkbank),
    ]


def main() -> None:
    named = cases() + peers()
    times = [max(1, int(SLICE_US / once_us(function))) for _, function in named]
    found = {name: [] for name, _ in named}
    for _ in range(int(sys.argv[1])):
        for (name, function), count in zip(named, times):  # noqa: B905 (MicroPython's zip has no strict)
            found[name].append(once_us(function, count))
    print(json.dumps(found))


main()
