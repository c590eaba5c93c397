"""Writes the generated modules of `firmware/crypto`: `python firmware/crypto/generate/regenerate.py`."""

from __future__ import annotations

from pathlib import Path

import p256_base_table
import p256_field
import p256_programs


def sources() -> dict[str, str]:
    """Text of each generated module by file name."""
    return {
        "field.py": p256_field.source(),
        "programs.py": p256_programs.source(),
        "base_table.py": p256_base_table.source(),
    }


if __name__ == "__main__":
    for name, text in sources().items():
        (Path(__file__).parent.parent / name).write_text(text)
