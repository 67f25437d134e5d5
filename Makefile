# Tetra: every target needs only Python 3.11 (or 3.12) with pip and venv, make and git; the rest is installed below .tetra/.
.DEFAULT_GOAL := help
.PHONY: help run stop clean test lint format sql airflow dbt lock picture bench environment test-environment superset-environment tetra

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3 2>/dev/null) python3)
PLATFORM := .tetra/environments/platform/bin/python
export PYTHONPATH := $(CURDIR)/include:$(CURDIR)/plugins:$(CURDIR)/great_expectations
TETRA = $(PLATFORM) -m tetra.cli

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

environment:
	@$(PYTHON) include/bootstrap.py platform

superset-environment:
	@$(PYTHON) include/bootstrap.py platform superset

test-environment:
	@$(PYTHON) include/bootstrap.py tests superset

run: superset-environment ## start everything, run the whole chain on the sample, print the ranking and the URLs
	@$(TETRA) platform run

# the program that stops things lives in the environment: where state is left without one, it is built again
stop: ## stop what run started, and nothing else
	@if [ ! -e .tetra/secrets.json ]; then echo "nothing runs: nothing was started here"; \
	else $(PYTHON) include/bootstrap.py platform && $(TETRA) platform stop; fi

clean: stop ## stop, and remove everything run and test made: the checkout is as cloned
	@if [ -e .tetra/secrets.json ]; then $(TETRA) platform remove-state; fi
	@rm -rf .tetra .mypy_cache .pytest_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs dbt_project/.user.yml logs
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

sql: environment ## psql as the read-only role; Q="select …" prints one query's rows unaligned
	@$(TETRA) sql $(if $(filter-out undefined,$(origin Q)),--query "$$Q")
# taken as it was typed: make would read a dollar sign in a query as a variable of its own
ifdef Q
override Q := $(value Q)
export Q
endif

airflow: environment ## the Airflow CLI in the project's environment and configuration: make airflow ARGS="dags list"
	@$(TETRA) airflow -- $(value ARGS)

dbt: environment ## dbt in the project's environment and configuration: make dbt ARGS="run --select tag:derived"
	@$(TETRA) dbt -- $(value ARGS)

tetra: environment ## Tetra's own command line: make tetra ARGS="scenarios generate --dry-run"
	@$(TETRA) $(value ARGS)

test: test-environment ## everything CI checks
	@$(PLATFORM) tests/run_checks.py

bench: test-environment ## measure the numbers to reach, one JSON line each; ONLY=load,data runs some areas
	@$(PLATFORM) tests/bench/run_benchmarks.py --only "$(ONLY)"

lint: test-environment ## the linters alone
	@$(PLATFORM) tests/run_checks.py --only lint

format: test-environment ## let the formatters change files
	@.tetra/environments/platform/bin/ruff format . && .tetra/environments/platform/bin/ruff check --fix .

lock: test-environment ## compile the lock files anew from the .in files
	@$(PYTHON) include/bootstrap.py --lock

picture: test-environment ## photograph the running dashboard into include/docs/images (needs Debian's chromium)
	@$(TETRA) picture
