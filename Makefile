# Liuhen 留痕 — everything is started from here. `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SUFFIXES:

# The demo's folder, its clips and whether it ends by itself; `make demo ONCE=1 CLIPS=dir DATA=dir`.
DATA ?= .data
CLIPS ?=
ONCE ?=
# `make verifier PUBLISH=1` writes the digests of what it built into README.md and CHANGELOG.md.
PUBLISH ?=
# More arguments for pytest (`make test PYTEST_ARGS='-k note'`) and how many tests run side by side.
PYTEST_ARGS ?=
JOBS ?= 3

# Chinese output must not depend on the caller's locale, nor a bare environment on HOME being set.
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1
export HOME ?= $(shell getent passwd "$$(id -u)" | cut -d: -f6)
export DATA CLIPS

once := $(filter-out 0 no false,$(ONCE))
pytest = .venv/bin/pytest -n $(JOBS) --dist loadgroup

.PHONY: help demo test test-long bench verifier lint setup lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

demo: ## deposit recordings, verify them, then serve (ONCE=1: exit; CLIPS=dir: own files; DATA=dir: folder)
	@scripts/setup.sh demo
	@.venv/bin/liuhen demo --data "$$DATA" $(if $(once),--once) $(if $(CLIPS),--clips "$$CLIPS")

test: ## lint, then every test but the minutes-long ones, on the real embedded parts
	@scripts/setup.sh test
	@scripts/lint.sh
	@$(pytest) -m "not long" $(PYTEST_ARGS)

test-long: ## the minutes-long variants
	@scripts/setup.sh test
	@$(pytest) -m long $(PYTEST_ARGS)

bench: ## speed, beside plain tools doing the same work; writes build/bench.json
	@scripts/setup.sh bench
	@scripts/bench.sh

verifier: ## build the verifier for other machines into build/verifier/; the same bytes wherever it is built
	@scripts/setup.sh demo
	@.venv/bin/python scripts/verifier_page.py
	@.venv/bin/python scripts/verifier.py $(if $(PUBLISH),--publish)

lint: ## ruff, mypy, import contracts, unused and undeclared dependencies
	@scripts/setup.sh test
	@scripts/lint.sh

setup: ## everything the demo and the tests need, and nothing twice
	@scripts/setup.sh test

lock: ## compile pyproject.toml into the two hashed lock files
	@scripts/lock.sh

clean: ## remove what was built or installed here; never the data folder
	rm -rf .venv .setup build dist *.egg-info node_modules api/web/static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +
