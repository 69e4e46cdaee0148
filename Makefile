# Everything runs in .venv; `make run` and `make test` set up what they need on a fresh machine.
# The first Python of at least 3.11 that really starts (a shim may name one that does not).
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
AMMO_MODELS_DIR ?= $(CURDIR)/.models
export AMMO_MODELS_DIR

.PHONY: setup-train run test test-core test-web chromium check fix setup setup-dev models bench types layers clean

run: models ## Set up, pull the models, start the app and open it.
	@$(BIN)/ammo up

setup: $(VENV)/.setup ## Make .venv and install everything (about 130 packages, two minutes).
setup-dev: $(VENV)/.setup-dev

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "AMMO needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv does not work here: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 2; }
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip 'setuptools>=77' wheel

$(VENV)/.setup: requirements.txt constraints.txt pyproject.toml $(wildcard plugins/*/pyproject.toml subspaces/*/pyproject.toml) | $(VENV)/bin/python
	@echo "Installing AMMO and what it needs into .venv (about 130 packages, a minute or two) …"
	$(BIN)/python -m pip install --quiet --no-build-isolation -r requirements.txt
	@touch $@

setup-train: $(VENV)/.setup ## What fine-tuning needs: torch, transformers, trl, peft (1.2 GB).
	@echo "Installing what fine-tuning needs (torch, transformers, trl, peft: 1.2 GB with the CPU build of torch) …"
	$(BIN)/python -m pip install --quiet --no-build-isolation -r requirements-train.txt

$(VENV)/.setup-dev: requirements-dev.txt requirements-train.txt training/pyproject.toml $(VENV)/.setup
	$(BIN)/python -m pip install --quiet --no-build-isolation -r requirements-dev.txt
	@touch $@

models: $(VENV)/.setup ## Pull the default models (about 120 MB) and verify their hashes.
	@$(BIN)/ammo models pull --default

test: test-core test-web ## The whole test suite, with the real small model, real Chroma and a real browser.

test-core: $(VENV)/.setup-dev models
	$(BIN)/python -m pytest -n 2 --ignore=tests/browser

test-web: $(VENV)/.setup-dev models chromium ## The browser tests: processes of their own, a browser each.
	$(BIN)/python -m pytest -n 2 --dist loadfile --timeout=180 tests/browser

chromium: ## Debian's browser, for the browser tests.
	@command -v chromium >/dev/null || command -v chromium-headless-shell >/dev/null || { \
		echo "Installing Debian's chromium for the browser tests …"; \
		as=; [ "$$(id -u)" = 0 ] || as=sudo; \
		$$as apt-get update -q && $$as apt-get install -qy --no-install-recommends chromium; }

check: $(VENV)/.setup-dev ## Format, lint, types and layers.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.setup-dev ## Format and mend what can be mended.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/.setup-dev
	$(BIN)/mypy

layers: $(VENV)/.setup-dev
	$(BIN)/lint-imports

bench: $(VENV)/.setup-dev models ## Every figure of the README, with machine, seed, versions and peers.
	@for file in bench/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
