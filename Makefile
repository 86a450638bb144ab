# Two commands are enough: `make run` and `make test`. Both install what is missing first.
#
#   PYTHON=/path/to/python   another Python than the system's or, where that is too old, the first from 3.11 on PATH
#   PORT=8001                where `make run` listens
#   PYTEST="tests/sales/orders -x" what `make test` hands to pytest
#   UPGRADE=--upgrade        lets `make requirements` take newer versions

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup run test lint style screenshots bench instructions openapi requirements clean

BIN := .venv/bin
# Each worker has half of the tests, in their order, and takes from the other at the end: modules' fixtures are made once.
PYTEST ?= -n 2 --dist worksteal
# What is installed, and where: a change of either makes the environment anew.
STAMP := .venv/installed-$(shell (cat requirements/dev.txt requirements/client-generator.txt requirements/s3-server.txt requirements/oidc-provider.txt requirements/left-out pyproject.toml; pwd) | cksum | cut -d ' ' -f 1)
# What is required, and not installed on purpose.
MISSING := requires ($(shell grep -o '^[a-z][a-z0-9-]*' requirements/left-out | paste -s -d '|' -)), which is not installed\.$$
# A user's pip configuration is respected but for what cannot work in a virtual environment.
PIP := PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet --no-input

# Python keeps what it has compiled, whatever the environment says: tests start a hundred processes.
export PYTHONDONTWRITEBYTECODE :=

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## install what is missing: PostgreSQL, PostGIS, .venv with hash-pinned packages
	@python=$$(requirements/system.sh $(SYSTEM)) && \
	if ! $(BIN)/python -c '' 2>/dev/null || ! test -e $(STAMP); then \
	    $(MAKE) --no-print-directory $(STAMP) INTERPRETER="$$python"; \
	fi

$(STAMP):
	@echo "setup: installing the packages of requirements/dev.txt into .venv" >&2
	@$(BIN)/python -c 'import pip' 2>/dev/null || "$(INTERPRETER)" -m venv --clear .venv
	@rm -f .venv/installed-*
	@# not compiled: Python does that with what is imported, which is a small part of it
	@$(PIP) install --no-compile --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@told=$$($(PIP) --verbose check) || { test -n "$$told" && ! grep -vE '$(MISSING)' <<<"$$told"; }
	@# openapi-python-client holds typer back: it has an environment of its own, for the test that generates a client
	@$(BIN)/python -m venv --clear --without-pip .venv/client-generator
	@$(PIP) --python .venv/client-generator install --no-compile --require-hashes --no-deps -r requirements/client-generator.txt
	@$(PIP) --python .venv/client-generator check
	@# moto holds python-dateutil back: likewise, for the tests of attachments in a bucket
	@$(BIN)/python -m venv --clear --without-pip .venv/s3-server
	@$(PIP) --python .venv/s3-server install --no-compile --require-hashes --no-deps -r requirements/s3-server.txt
	@$(PIP) --python .venv/s3-server check
	@# Canaille brings a web framework and much beside: likewise, for the tests of signing in by an organisation's provider
	@$(BIN)/python -m venv --clear --without-pip .venv/oidc-provider
	@$(PIP) --python .venv/oidc-provider install --no-compile --require-hashes --no-deps -r requirements/oidc-provider.txt
	@$(PIP) --python .venv/oidc-provider check
	@touch $@

run: setup ## API, docs and scheduler on http://127.0.0.1:8000 (or another PORT), after a demo day if the database is empty
	@exec $(BIN)/fieldproof run $(if $(PORT),--port $(PORT))

test screenshots bench instructions: SYSTEM := --for-tests
test: style ## everything that CI demands: lint and all tests, types checked beside the tests
	@types=$$(mktemp) && { $(BIN)/mypy >"$$types" 2>&1 & checking=$$!; }; \
	echo "ENDS_WITH=$$PPID $(BIN)/python -m pytest $(PYTEST)"; \
	ENDS_WITH=$$PPID $(BIN)/python -m pytest $(PYTEST); tests=$$?; \
	wait $$checking; typed=$$?; \
	echo "$(BIN)/mypy"; cat "$$types"; rm -f "$$types"; \
	exit $$((tests ? tests : typed))

lint: style ## ruff, mypy, import-linter
	$(BIN)/mypy

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

screenshots: setup ## the console's pages as pictures, in docs/pictures/console
	SCREENSHOTS=docs/pictures/console $(BIN)/python -m pytest tests/doors/console/pictures.py -n 2

bench: setup ## measure against pgbench and print the table of benchmarks/README.md
	$(BIN)/python -m benchmarks

instructions: setup ## count those of the hot requests by valgrind; fails where they have grown by a tenth
	$(BIN)/python -m benchmarks --only instructions

openapi: setup ## write openapi/openapi.json anew
	$(BIN)/fieldproof openapi

requirements: setup ## pin requirements/*.txt anew from pyproject.toml
	requirements/compile.sh $(UPGRADE)

clean: ## remove what tools made; the database in var/ stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find app scheduler migrations tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
