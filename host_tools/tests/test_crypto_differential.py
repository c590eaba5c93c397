"""The firmware's ECDSA against OpenSSL's, both ways, on random keys and messages.

NYALA_CRYPTO_ROUNDS sets how many (long run: 100000), NYALA_CRYPTO_SEED which.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

ROOT = Path(__file__).parents[2]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ROUNDS = int(os.environ.get("NYALA_CRYPTO_ROUNDS", "150"))
SEED = int(os.environ.get("NYALA_CRYPTO_SEED", "1"))
TABLES_EVERY = 10
ES256 = ec.ECDSA(hashes.SHA256())


def firmware_answers(questions: list[str]) -> list[str]:
    """Ask the firmware's code in MicroPython; one answer a question."""
    done = subprocess.run(
        [Path(sys.executable).with_name("micropython"), "-X", "heapsize=2M", "firmware/tests/crypto_differential.py"],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": ".frozen:firmware"},
        input="\n".join(questions) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    answers = done.stdout.split()
    assert len(answers) == len(questions), done.stdout[-1000:]
    return answers


def hexed(data: bytes) -> str:
    return data.hex() or "-"


class Party:
    """A key held by OpenSSL."""

    def __init__(self, private: int) -> None:
        self.key = ec.derive_private_key(private, ec.SECP256R1())
        self.private = private.to_bytes(32, "big")
        numbers = self.key.public_key().public_numbers()
        self.public = numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ES256))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def accepts(self, message: bytes, signature: bytes) -> bool:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self.key.public_key().verify(encode_dss_signature(r, s), message, ES256)
        except InvalidSignature:
            return False
        return True


def private_key(chance: random.Random) -> int:
    """Mostly uniform, sometimes with long runs of equal bits."""
    kind = chance.randrange(4)
    if kind == 0:
        return 1 + chance.getrandbits(chance.randrange(1, 256)) % (ORDER - 1)
    if kind == 1:
        return ORDER - 1 - chance.getrandbits(chance.randrange(1, 256)) % (ORDER - 1)
    return chance.randrange(1, ORDER)


def altered(chance: random.Random, signature: bytes) -> bytes:
    """The signature with one bit turned, or with a word next to a limit in place of r or s."""
    if chance.random() < 0.5:
        turned = 1 << chance.randrange(512)
        return (int.from_bytes(signature, "big") ^ turned).to_bytes(64, "big")
    limit = chance.choice([0, 1, ORDER - 1, ORDER, ORDER + 1, 1 << 255])
    word = limit.to_bytes(32, "big")
    return word + signature[32:] if chance.random() < 0.5 else signature[:32] + word


def test_the_firmware_and_openssl_agree_both_ways() -> None:
    chance = random.Random(SEED)
    questions: list[str] = []
    checks: list[tuple[str, Party, bytes, bytes]] = []
    for i in range(ROUNDS):
        party = Party(private_key(chance))
        message = chance.randbytes(chance.choice([0, 1, 55, 56, 64, 200, 1000]))
        signature = party.sign(message)
        wrong = altered(chance, signature)
        questions += [
            "public " + hexed(party.private),
            f"sign {hexed(party.private)} {hexed(message)} {hexed(chance.randbytes(chance.choice([0, 32])))}",
            f"verify {hexed(party.public)} {hexed(message)} {hexed(signature)}",
            f"verify {hexed(party.public)} {hexed(message)} {hexed(wrong)}",
        ]
        checks += [("public", party, message, b""), ("sign", party, message, b"")]
        checks += [("verify", party, message, signature), ("verify", party, message, wrong)]
        if i % TABLES_EVERY == 0:
            for candidate in (signature, wrong):
                questions.append(f"verify_with_table {hexed(party.public)} {hexed(message)} {hexed(candidate)}")
                checks.append(("verify", party, message, candidate))

    verdicts: set[bool] = set()
    for question, answer, (kind, party, message, signature) in zip(
        questions, firmware_answers(questions), checks, strict=True
    ):
        if kind == "public":
            assert answer == party.public.hex(), question
        elif kind == "sign":
            assert party.accepts(message, bytes.fromhex(answer)), question
        else:
            verdict = party.accepts(message, signature)
            assert answer == str(int(verdict)), question
            verdicts.add(verdict)
    assert verdicts == {True, False}
