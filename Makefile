# Everything runs in .venv, made from uv.lock. What a fresh machine needs: git, make, and
# python3 (3.11 or newer) with its venv module. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
DATA ?= .demo
PORT ?= 8000
ORACLES_PYTHON ?= python3.12

BIN := .venv/bin
UV := .venv-boot/bin/uv
READY := .venv/.ready

# The interpreter is the one named by PYTHON, never one that uv would download. An environment
# that happens to be active must not receive the packages either.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV
# The tests start hundreds of processes: each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 chooses the interpreter; DATA= and PORT= are for the demo; ORACLES_PYTHON= for oracles."

.PHONY: setup
setup: $(READY)  ## make .venv from uv.lock

$(READY): $(UV) pyproject.toml uv.lock
	@$(UV) sync --frozen --quiet --python "$$(command -v $(PYTHON))"
	@touch $@

$(UV):
	@command -v $(PYTHON) >/dev/null || { \
	    echo "$(PYTHON) is not installed; on Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed and $(PYTHON) is $$($(PYTHON) -V 2>&1);" \
	         "name another with PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "the venv module of $(PYTHON) is missing; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@rm -rf .venv-boot
	@$(PYTHON) -m venv .venv-boot
	@.venv-boot/bin/pip install --quiet --disable-pip-version-check uv

.PHONY: demo
demo: $(READY)  ## serve a demonstration coalition on 127.0.0.1, port 8000
	@exec $(BIN)/coalition demo --data "$(DATA)" --port "$(PORT)"

.PHONY: test
test: $(READY)  ## run every test, on SQLite and on a real PostgreSQL
	@exec $(BIN)/python -m pytest -n 2

.PHONY: drill
drill: $(READY)  ## kill and damage backups, send thousands of generated requests; takes minutes
	@COALITION_DRILL_KILLS=40 $(BIN)/python -m pytest -n 2 tests/faults/test_kill_backups.py
	@$(BIN)/python -m pytest tests/oracles
	@exec $(BIN)/python -m pytest -n 2 --hypothesis-profile=drill tests/faults/test_damaged_files.py \
	    tests/service/test_generated_requests.py \
	    tests/service/test_generated_bodies.py tests/service/test_generated_commands.py \
	    tests/service/live/test_hostile_messages.py tests/service/evidence/test_hostile_uploads.py

.PHONY: scan
scan: .venv-scan/.ready  ## let others' scanners loose on the demonstration that is being served
	@SCHEMATHESIS_HOOKS=scalars PYTHONPATH=tests/e2e/conformance/scanners PYTHONDONTWRITEBYTECODE=1 \
	    .venv-scan/bin/schemathesis run http://127.0.0.1:$(PORT)/graphql --checks only_documented_errors \
	    --max-examples 5 --workers 1
	@.venv-scan/bin/vamp-graphql-audit --target http://127.0.0.1:$(PORT)/graphql || \
	    echo 'What of this stands, and why the rest does not: docs/conformance.md'

.venv-scan/.ready: tests/e2e/conformance/scanners/requirements.txt
	@$(PYTHON) -m venv --clear .venv-scan
	@.venv-scan/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.PHONY: oracles
oracles: .venv-oracles/.ready  ## make .venv-oracles: others' libraries, which `make drill` compares with

.venv-oracles/.ready: tests/oracles/requirements.txt | $(UV)
	@$(UV) venv --quiet --clear --python "$(ORACLES_PYTHON)" .venv-oracles
	@$(UV) pip install --quiet --python .venv-oracles/bin/python --require-hashes -r $<
	@touch $@

.PHONY: lint
lint: $(READY)  ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(UV) lock --check

.PHONY: bench
bench: $(READY)  ## measure, and compare with the targets
	@exec $(BIN)/python -m benchmarks

.PHONY: schema
schema: $(READY)  ## print schema.graphql, docs/reference.md and GraphiQL's cookbook
	@$(BIN)/coalition schema print > schema.graphql.new || { rm -f schema.graphql.new; exit 1; }
	@mv schema.graphql.new schema.graphql
	@$(BIN)/python -m service.graphql.reference_page > docs/reference.md
	@$(BIN)/python -m service.web.graphiql

.PHONY: clean
clean:  ## remove the environment, the caches and the demo's data
	rm -rf .venv .venv-boot .venv-oracles .venv-scan .demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find domain projections service tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
