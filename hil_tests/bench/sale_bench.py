"""Time per stage of a sale under `micropython`, as shares of one signature: ratios hold where times do not."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from nyala.world.simulated_terminal import CHECKOUT, find_micropython

SIGN = "encode and sign the entry"


def run() -> list[dict[str, Any]]:
    """One row a stage in microseconds, and beside it the ratio to signing an entry.

    No targets: interpreted code against machine code stands differently on the ESP32, where targets are set in
    instructions.
    """
    path = ":".join(str(CHECKOUT / part) for part in ("firmware", "boards/simulator"))
    done = subprocess.run(
        [find_micropython(), "-X", "heapsize=4M", str(Path(__file__).with_name("sale_on_board.py"))],
        env=os.environ | {"MICROPYPATH": ".frozen:" + path},
        capture_output=True,
        text=True,
        check=True,
    )
    stages: dict[str, int] = dict(json.loads(done.stdout))
    return [
        {
            "name": f"sale: {stage}",
            "value": us,
            "unit": "us",
            "target": None,
            "holds": None,
            "peer": None,
            "note": f"{us / stages[SIGN]:.2f} of a signed entry",
        }
        for stage, us in stages.items()
    ]
