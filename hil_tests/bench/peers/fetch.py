"""Puts the peers into build/peers, ready for MicroPython: see README.md."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
TARGET = Path("build/peers")
# Archive, folder of modules in it, package, modules taken.
PACKAGES = (
    (
        "ecdsa-0.19.2.tar.gz",
        "ecdsa-0.19.2/src/ecdsa",
        "ecdsa",
        ("ecdsa", "ellipticcurve", "numbertheory", "rfc6979", "errors"),
    ),
    (
        "starkbank_ecdsa-2.3.1.tar.gz",
        "starkbank_ecdsa-2.3.1/ellipticcurve",
        "ellipticcurve",
        ("ecdsa", "math", "curve", "point"),
    ),
)
# What MicroPython does not have: module, text, replacement.
REWRITES = (
    ("ellipticcurve/math.py", "return pow(x, -1, n)", "raise ValueError"),
    ("ellipticcurve/curve.py", "N.bit_length()", "256"),
)


def fetch() -> Path:
    """Download (once, checked against its hash), unpack and adapt; return the folder to import from."""
    archives = TARGET / "archives"
    if not all((archives / archive).exists() for archive, _, _, _ in PACKAGES):
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        pip += ["--no-binary", ":all:", "--require-hashes", "-r", str(HERE / "requirements.txt"), "-d", str(archives)]
        subprocess.run(pip, check=True, capture_output=True)
    modules = TARGET / "modules"
    shutil.rmtree(modules, ignore_errors=True)
    shutil.copytree(HERE / "shims", modules)
    for archive, folder, package, names in PACKAGES:
        with tarfile.open(archives / archive) as opened:
            for name in names:
                file = opened.extractfile(f"{folder}/{name}.py")
                if file is None:
                    raise FileNotFoundError(f"{folder}/{name}.py in {archive}")
                (modules / package / f"{name}.py").write_bytes(file.read())
    for path, text, replacement in REWRITES:
        source = (modules / path).read_text()
        if text not in source:
            raise ValueError(f"{path} no longer says {text!r}")
        (modules / path).write_text(source.replace(text, replacement))
    return modules
