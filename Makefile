# One way in: `make help`. Everything sets itself up: the virtual environment lives in .venv, results in build/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIM_PATH := .frozen:firmware:firmware/tests:boards/simulator
BENCH ?=
SEEDS ?= 20
EVERY ?= 0
# What the host tools speak; the terminal follows its policy.
DEMO_LANG ?= en

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-firmware test-host test-hil check format sim bench torture nightly lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready  ## create .venv and install everything, pinned

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Nyala needs Python 3.11 or newer: set PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing pinned packages into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## one outage, end to end, on the simulated terminal
	@$(BIN)/nyala demo --folder build/demo --lang $(DEMO_LANG)

sim: setup  ## the same terminal, interactive, with its serial line on a pty
	@$(BIN)/nyala simulate --folder build/sim

test: test-firmware test-host test-hil  ## all tests: firmware in MicroPython, host tools, the whole terminal

test-firmware: setup  ## unit tests inside MicroPython
	@MICROPYPATH=$(SIM_PATH) $(BIN)/micropython -X heapsize=8M firmware/tests/run.py

test-host: setup  ## unit tests of the host tools
	@$(BIN)/python -m pytest host_tools/tests -q -n auto

test-hil: setup  ## the whole terminal on the simulator (other benches: BENCHES=sim,qemu,board PORT=...)
	@$(BIN)/python -m pytest hil_tests -q -n auto --bench $(or $(BENCHES),sim) $(if $(PORT),--port $(PORT))

check: setup typings  ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright -p pyproject.toml
	@$(BIN)/pyright -p firmware/pyrightconfig.json

format: setup  ## put everything into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

typings: typings.lock | setup
	@rm -rf $@ && $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps --target $@ -r typings.lock
	@touch $@

bench: setup  ## every benchmark (or BENCH=name): build/bench.json and a table
	@$(BIN)/python -m hil_tests.bench $(BENCH)

torture: setup  ## long fault sweeps: build/torture.json
	@$(BIN)/python -m hil_tests.torture --seeds $(SEEDS) --every $(EVERY)

nightly: setup  ## the long forms of fuzzing, differential tests and sweeps
	@NYALA_FUZZ=200000 CRYPTO_HEAP_ROUNDS=1000 MICROPYPATH=$(SIM_PATH) $(BIN)/micropython -X heapsize=16M firmware/tests/run.py fuzz heap
	@NYALA_CRYPTO_ROUNDS=5000 $(BIN)/python -m pytest host_tools/tests/test_crypto_differential.py -q
	@$(MAKE) torture SEEDS=200 EVERY=1

lock: setup  ## write the locks anew after a change of dependencies
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev --generate-hashes --no-header --python-version 3.11 -o requirements.lock
	@$(BIN)/uv pip compile -q typings.in --generate-hashes --no-header --no-deps --no-annotate -o typings.lock

clean:  ## remove everything that was made
	@rm -rf $(VENV) build typings .pytest_cache .ruff_cache
