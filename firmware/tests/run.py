"""Run the unit tests inside MicroPython: every `test_*` function of every `test_*.py` in this folder.

    micropython firmware/tests/run.py [name-part ...]

Prints one line a file and the traceback of each failure; exits with 1 when a test failed, with 2 when none ran.
"""

import gc
import os
import sys
import time


def selected(folder: str, parts: list) -> list:
    """Names of the test modules in `folder` that contain one of `parts` (all of them when there are none)."""
    names = sorted(name[:-3] for name in os.listdir(folder) if name.startswith("test_") and name.endswith(".py"))
    return [name for name in names if not parts or any(part in name for part in parts)]


def run_module(name: str) -> tuple:
    """Run one module's tests; return (passed, failed)."""
    started_ms = time.ticks_ms()
    try:
        module = __import__(name)
    except Exception as error:
        print("FAILED", name, "cannot be imported")
        sys.print_exception(error)
        return 0, 1
    passed = failed = 0
    for test in sorted(item for item in dir(module) if item.startswith("test_")):
        gc.collect()
        try:
            getattr(module, test)()
        except Exception as error:  # a failing test must not hide the ones after it
            failed += 1
            print("FAILED", name, test)
            sys.print_exception(error)
        else:
            passed += 1
    print("%-28s %4d passed %4d failed  %5d ms" % (name, passed, failed, time.ticks_diff(time.ticks_ms(), started_ms)))
    return passed, failed


def main() -> int:
    folder = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    passed = failed = 0
    for name in selected(folder, sys.argv[1:]):
        done = run_module(name)
        passed += done[0]
        failed += done[1]
    print("%d passed, %d failed" % (passed, failed))
    if not passed and not failed:
        return 2
    return 1 if failed else 0


sys.exit(main())
