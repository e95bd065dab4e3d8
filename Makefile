# Everything is done through targets; `make` or `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export ESTAFET_HOME ?= $(CURDIR)/.estafet

venv := .venv
bin := $(venv)/bin
python := $(bin)/python
# Bars on a terminal, no list of packages in a log.
quiet := $(shell [ -t 2 ] || echo -q)
service ?=
fault ?=
scale ?= 1
only ?=
seed ?=
name ?=

##@ Environment

.PHONY: help setup lock protos
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(venv)/.project protos ## Make the environment in .venv, with the command estafet
	@$(python) -m infra.local.jars

# A stamp ends each step, so that one that was interrupted is done again.
$(venv)/.made: infra/local/environment.sh
	@infra/local/environment.sh
	@touch $@

$(venv)/.packages: requirements-dev.lock infra/local/bootstrap.txt $(venv)/.made
	@$(python) -m pip install -q --disable-pip-version-check --require-hashes -r infra/local/bootstrap.txt
	@echo "setup: bringing the packages of requirements-dev.lock"
	@$(bin)/uv pip sync $(quiet) --compile-bytecode --python $(python) --require-hashes requirements-dev.lock
	@touch $@

$(venv)/.project: $(venv)/.packages pyproject.toml
	@$(bin)/uv pip install -q --python $(python) --no-deps --no-build-isolation --editable .
	@$(python) -m infra.local.checkout_path
	@touch $@

protos: $(venv)/.project ## Generate the Python of the protos into build/protos
	@$(python) protos/build.py

locking := -q --universal --generate-hashes --python-version 3.11 \
  --no-header --no-annotate --no-emit-index-url
lock: $(venv)/.packages ## Resolve the Python packages and the jars anew
	@$(bin)/uv pip compile $(locking) pyproject.toml -o requirements.lock
	@$(bin)/uv pip compile $(locking) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(bin)/uv pip compile $(locking) --extra protos -c requirements-dev.lock pyproject.toml -o infra/docker/requirements-protos.lock
	@$(python) -m infra.local.jars_lock

##@ Run

.PHONY: up down status logs clean demo
up: setup ## Start everything in the background (foreground=1: stay, Ctrl-C stops)
	@$(python) -m infra.local up $(if $(foreground),--foreground) $(if $(infrastructure),--infrastructure)

down: ## Stop everything in order
	@$(python) -m infra.local down

status: ## Each process with pid, port, health and memory
	@$(python) -m infra.local status

logs: ## The end of a process's log: service=kafka, follow=1
	@$(python) -m infra.local logs $(if $(follow),--follow) $(service)

clean: ## Remove the state (.estafet) and what was built; refuses while anything runs
	@if [ -x $(python) ]; then $(python) -m infra.local clean; fi

demo: setup ## Replay the published year 2024: fault=lose|double|swap_holder, scale=10
	@$(bin)/estafet demo $(if $(fault),--fault $(fault)) --scale $(scale)

##@ Test

.PHONY: test check charts journeys faults bench
test: setup ## Everything: unmarked, property, process, database, broker, contract, journeys, a small demo
	@$(python) -m tests.run

check: setup ## What CI runs first: ruff, mypy, import-linter, buf, compose, derived documents
	@$(python) -m infra.local.check

charts: setup ## Lint, render, validate and look into the Helm chart: ESTAFET_HELM=path of a helm
	@$(python) -m infra.local.charts
	@$(python) -m pytest tests/charts

journeys: setup ## Whole journeys on the real stack, every edge of their traces: only=NAME
	@$(python) -m tests.run journeys $(if $(only),--only "$(only)")

faults: setup ## Everything that can break, broken while people work: only=NAME, seed=N
	@$(if $(seed),ESTAFET_FAULTS_SEED=$(seed)) $(python) -m tests.run faults $(if $(only),--only "$(only)")

bench: setup ## Measure beside peers, into build/bench: only=NAME (complaint, early-warning, growth and soak: by name only)
	@$(python) -m tests.bench $(if $(only),--only "$(only)")
