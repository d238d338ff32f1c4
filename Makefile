# Everything here works on a fresh clone with only Python >= 3.11 and make: the .venv is made on demand.

PYTHON ?= python3
AIRFLOW_VERSION ?= 3.3.2
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := constraints/airflow-$(AIRFLOW_VERSION).txt
INSTALLED := $(VENV)/installed-$(AIRFLOW_VERSION)

.PHONY: help check test demo up bench clean constraints install

help:
	@echo "make demo         back up and restore an index with a real Airflow and an emulated Pinecone"
	@echo "make up           the same set-up, staying up, with the Airflow UI"
	@echo "make check        ruff, mypy, import rules, unit tests"
	@echo "make test         all tests"
	@echo "make bench        run the benchmarks and rewrite docs/benchmarks.md"
	@echo "make constraints  resolve the pinned sets in constraints/ anew"
	@echo "make clean        remove what these commands made"

install: $(INSTALLED)

$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints $(CONSTRAINTS) \
		"apache-airflow==$(AIRFLOW_VERSION)" --editable ".[emulator]" --group dev
	touch $@

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit

test: install
	$(BIN)/pytest tests

demo: install
	$(BIN)/python -m tests.system.demo

up: install
	$(BIN)/python -m tests.system.demo --stay-up

constraints: install
	$(BIN)/python constraints/resolve.py

clean:
	rm -rf $(VENV) .venvs .demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
