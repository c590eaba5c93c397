"""Benchmarks: every `*_bench.py` here has `run() -> list[dict]` with rows {name, value, unit, target, holds, peer,
note}.

`python -m hil_tests.bench [name]` runs them, prints a table and writes build/bench.json.
"""
