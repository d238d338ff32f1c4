# Everything here works on a fresh clone with only Python >= 3.11 and make: environments are made on demand,
# from the pins in constraints/.

PYTHON ?= python3
AIRFLOW := 3.3.2
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PINS := constraints/airflow-$(AIRFLOW).txt
INSTALLED := $(VENV)/installed
ENVIRONMENTS := $(patsubst constraints/%.txt,.venvs/%,$(wildcard constraints/airflow-*.txt))
# The other Airflows that the tests run on.
MATRIX := $(filter-out .venvs/airflow-$(AIRFLOW),$(ENVIRONMENTS))

# `make test` runs these beside the unit tests, `make test-all` all the others in tests/ as well.
TESTS := tests/contract tests/airflow tests/system/test_demo.py
PYTEST := $(BIN)/pytest -q --durations=10

.PHONY: help install check test test-all demo up bench constraints clean $(ENVIRONMENTS) $(MATRIX:%=%/tests)

help:
	@echo "make demo         back up and restore an index with a real Airflow and an emulated Pinecone"
	@echo "make up           the same set-up, staying up, with the Airflow UI"
	@echo "make check        ruff, mypy, import rules, unit tests"
	@echo "make test         make check, the tests of the client, the emulator and the operators, and the demo"
	@echo "make test-all     make test, then all others: judges, faults, kills, a browser, the other Airflows"
	@echo "make bench        run the benchmarks and rewrite docs/benchmarks.md"
	@echo "make constraints  resolve the pins in constraints/ anew, and try that each Airflow starts with them"
	@echo "make clean        remove what these commands made"

install: $(INSTALLED)

$(INSTALLED): pyproject.toml $(PINS)
	test -x $(UV) || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) uv
	$(UV) pip install --quiet --python $(VENV) --constraints $(PINS) \
		"apache-airflow==$(AIRFLOW)" --editable ".[emulator]" --group dev
	touch $@

# An environment for each Airflow that has pins, to run the tests on: `make .venvs/airflow-2.11.2`.
$(ENVIRONMENTS): %: %/installed

$(ENVIRONMENTS:%=%/installed): .venvs/airflow-%/installed: pyproject.toml constraints/airflow-%.txt | $(INSTALLED)
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(@D)
	$(UV) pip install --quiet --python $(@D) --constraints constraints/airflow-$*.txt \
		"apache-airflow==$*" --editable ".[emulator]" --group test
	touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n auto tests/unit

test: check
	$(PYTEST) -n auto --dist worksteal $(TESTS)

# One after the other, since system tests need the machine for themselves.
test-all: test $(MATRIX)
	$(PYTEST) -n auto --dist worksteal tests/judges tests/resilience
	$(PYTEST) $(addprefix --ignore=,$(TESTS)) tests/system
	$(MAKE) --no-print-directory --jobs=3 --output-sync $(MATRIX:%=%/tests)

# Each has a database, an emulator and ports of its own.
$(MATRIX:%=%/tests): %/tests: %/installed
	$*/bin/python -m pytest -q --durations=10 -p no:cacheprovider tests/airflow

demo: install
	$(BIN)/python -m tests.system.demo

up: install
	$(BIN)/python -m tests.system.demo --stay-up

bench: install
	$(BIN)/python -m benchmarks

constraints: install
	$(BIN)/python constraints/resolve.py
	$(BIN)/python constraints/smoke.py

clean:
	rm -rf $(VENV) .venvs .demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
