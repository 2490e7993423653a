# make run    serve the chat on http://127.0.0.1:7860 (PORT= to change it)
# make test   every test but the slow ones (SLOW=1 for all)
# make check  formatting, lint, types, tests
# make bench  quality and speed on public questions (needs ../shared/data)

PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test lint check format bench clean

run: .venv/run
	@PORT=$(PORT) $(BIN)/python app.py

test: .venv/dev
	$(BIN)/python -m pytest $(if $(SLOW),,-m "not slow") $(ARGS)

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev
	$(BIN)/python benchmarks/evaluate.py
	$(BIN)/python benchmarks/bench.py $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 run" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python pyproject.toml constraints.txt
	@echo "Installing (the first time takes some minutes) ..."
	$(PIP_INSTALL) -e .
	@touch $@

.venv/dev: .venv/run
	$(PIP_INSTALL) -e ".[dev]"
	@touch $@
