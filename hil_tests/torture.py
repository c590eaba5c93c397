"""`make torture`: long fault sweeps, with a progress bar; writes build/torture.json.

Power cuts of the whole terminal by seed, and the journal's own exhaustive sweep, sharded over the cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.progress import track

from hil_tests.conftest import SCENARIO
from hil_tests.power_cuts import cut_at, cut_once, operations
from nyala.world.scenario import load
from nyala.world.simulated_terminal import CHECKOUT, find_micropython

OUT = Path("build/torture.json")
CUT_AFTER_BYTES = (0, 3, 200)  # nothing, a torn head, a torn record
COUNTS = ("cuts", "approved", "lost", "duplicated", "corrupt")


def one_seed(seed: int) -> dict[str, int]:
    """Counts of one power cut of the whole terminal at a moment of its own."""
    with tempfile.TemporaryDirectory(prefix="nyala-cut-") as folder:
        result = cut_once(seed, Path(folder), load(SCENARIO))
    return {name: getattr(result, name) for name in COUNTS}


def one_operation(operation: int, count: int) -> dict[str, int]:
    """Counts of a power cut of the whole terminal in one flash operation of its outage, after so many bytes."""
    with tempfile.TemporaryDirectory(prefix="nyala-cut-") as folder:
        result = cut_at(operation, count, Path(folder), load(SCENARIO))
    return {name: getattr(result, name) for name in COUNTS}


def every(stride: int) -> list[tuple[int, int]]:
    """Every stride-th flash operation of the outage, with the bytes to cut after."""
    with tempfile.TemporaryDirectory(prefix="nyala-cut-") as folder:
        last = operations(Path(folder), load(SCENARIO))
    return [(operation, count) for operation in range(1, last + 1, stride) for count in CUT_AFTER_BYTES]


def journal_shard(shard: int, shards: int) -> dict[str, int]:
    """Counts of one shard of the journal's exhaustive sweep, inside MicroPython."""
    path = ":".join(str(CHECKOUT / part) for part in ("firmware", "firmware/tests", "boards/simulator"))
    done = subprocess.run(
        [
            find_micropython(),
            "-X",
            "heapsize=8M",
            str(CHECKOUT / "firmware/tests/sweep_journal.py"),
            str(shard),
            str(shards),
        ],
        env=os.environ | {"MICROPYPATH": ".frozen:" + path},
        capture_output=True,
        text=True,
        check=True,
    )
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return {name: int(counts[name]) for name in COUNTS}


def sweep(seeds: int, shards: int, places: list[tuple[int, int]]) -> Iterator[dict[str, int]]:
    """Every piece of work as it is done."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(journal_shard, shard, shards) for shard in range(shards)]
        work += [pool.submit(one_seed, seed) for seed in range(seeds)]
        work += [pool.submit(one_operation, *place) for place in places]
        for piece in track(
            as_completed(work), total=len(work), description="cutting power", console=Console(stderr=True)
        ):
            yield piece.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="power cuts of the whole terminal")
    parser.add_argument("--shards", type=int, default=8, help="pieces of the journal's sweep")
    parser.add_argument(
        "--every", type=int, default=0, metavar="N", help="cut in every N-th flash operation of the outage, too"
    )
    options = parser.parse_args()
    started = time.monotonic()
    total = dict.fromkeys(COUNTS, 0)
    for counts in sweep(options.seeds, options.shards, every(options.every) if options.every else []):
        for name in COUNTS:
            total[name] += counts[name]
    summary = {**total, "seconds": round(time.monotonic() - started, 1)}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(summary) + "\n")
    print(", ".join(f"{value} {name}" for name, value in summary.items()))
    return 1 if total["lost"] or total["duplicated"] or total["corrupt"] else 0


if __name__ == "__main__":
    sys.exit(main())
