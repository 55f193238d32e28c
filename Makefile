# Two commands do everything: `make run` and `make test`. Each sets up what it needs by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test test-all setup lint bench bench-fleet chaos lock

BIN := .venv/bin
PY_SOURCES := hashkeep bot capture storage playground tests bench
# Most tests wait more than they compute: two processes more than there are cores.
TEST_PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
SHARED := -n $(TEST_PROCESSES) --dist loadscope

help: ## what can be made here
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## start Hashkeep; without a BOT_TOKEN: the playground, a chat in your browser
	@deploy/setup.sh run
	@if [ -n "$$BOT_TOKEN" ] || grep -qsE '^[[:space:]]*(export[[:space:]]+)?BOT_TOKEN=.*[0-9]' .env; \
	then exec $(BIN)/hashkeep run; else exec $(BIN)/hashkeep playground; fi

setup: ## install everything without starting anything
	@deploy/setup.sh run

test: lint ## check types, style and import rules, then run the tests
	$(BIN)/pytest $(SHARED)

test-all: lint ## the same with each kill three times, and with the attacks that take long
	KILL_ROUNDS=3 $(BIN)/pytest $(SHARED)
	HOSTILE_LANES=1 $(BIN)/pytest -m slow_hostile

lint: ## types, style, import rules
	@deploy/setup.sh test
	$(BIN)/ruff check $(PY_SOURCES)
	$(BIN)/ruff format --check $(PY_SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: ## measure cost and latency against a bare browser, as ratios
	@deploy/setup.sh test
	@deploy/peers.sh all
	$(BIN)/python -m bench

bench-fleet: ## measure a fleet: PostgreSQL, S3, webhook replicas, 1, 2 and 4 workers (QUICK=1: 500 messages)
	@deploy/setup.sh test
	$(BIN)/python -m bench.fleet $(if $(QUICK),--quick)

chaos: ## kill and pause parts of a fleet at random, 20 rounds, and look for what is lost or comes twice
	@deploy/setup.sh test
	$(BIN)/python -m tests.chaos --rounds 20

lock: ## write the lock files again from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
		--no-emit-index-url --no-emit-find-links --extra build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra build --extra dev -c requirements.lock \
		pyproject.toml -o requirements-dev.lock
