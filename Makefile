# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Everything runs from here: `make demo` and `make test` are all that a fresh machine needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Servers of the lab, by name (see tests/lab/README.md). Given in the environment or on the command line.
LAB ?= kafka mariadb postgresql redis
export LAB
# What the tests run against. Those of a server that is not named here would be skipped, so all are.
TEST_LAB = kafka kafka_three kafka_destination mariadb postgresql redis clickhouse minio kubernetes strimzi strimzi_operators registry connect connect_old connect_destination
INTEGRATION_LAB = kafka kafka_destination mariadb postgresql redis clickhouse minio connect
MOLECULE_LAB = kafka kafka_destination mariadb postgresql redis clickhouse minio registry connect connect_destination strimzi_operators zookeeper_three

# Every recipe that runs a tool starts with this: it builds the tool chain if needed and puts it first on PATH.
WITH_TOOLS = source tests/lab/activate;

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: demo
demo: ## Fresh machine -> real servers -> experiment reset -> report
	@$(WITH_TOOLS) tests/lab/demo

.PHONY: lab lab-down env
lab: ## Start the servers named by LAB (a second call takes seconds)
	@$(WITH_TOOLS) python -m lab up
lab-down: ## Stop every server of the lab; nothing is left running
	@$(WITH_TOOLS) python -m lab down
env: ## Shell exports for the servers named by LAB: eval "$$(make -s env)"
	@$(WITH_TOOLS) python -m lab env

.PHONY: test tools engines servers lint sanity types unit integration molecule faults bench hundredth docs
test: tools engines lint types sanity servers integration molecule hundredth ## Everything that CI runs
	@# Brokers die and leaders move on a machine that may be busy: what fails there is run once more and listed.
	@# Two processes, because most tests wait for a server most of the time; tests/faults/conftest.py says what must not meet.
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" tests/gates/stage tests python -m pytest tests/unit tests/faults -m "not long" -n 2 \
	  --reruns 1 --rerun-exclude-path tests/unit --rerun-show-tracebacks -rfER --durations 40 --junit-xml build/junit.xml
tools: # so that the time it takes to build the tool chain is not counted as lint's
	@tests/gates/stage tools tests/lab/toolchain
engines: tools # what only tests need, and is too large for the tool chain
	@$(WITH_TOOLS) tests/gates/stage engines python -m pip install --quiet --disable-pip-version-check -r tests/requirements-chdb.txt
servers: tools # started before the tests, so that building one of them is not counted as a test's time
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" tests/gates/stage servers python -m lab up
lint: ## ansible-lint (production), yamllint, changelog and documentation lint
	@tests/gates/stage lint
sanity: ## ansible-test sanity with an empty ignore file, galaxy-importer
	@tests/gates/stage sanity
types: ## mypy --strict on module_utils
	@tests/gates/stage types
unit: ## Pure functions, no servers
	@$(WITH_TOOLS) python -m pytest tests/unit
integration: ## ansible-test targets against the lab (TARGET="name ..." chooses)
	@LAB="$(INTEGRATION_LAB)" tests/gates/stage integration
molecule: ## One scenario per role against the lab (SCENARIO="name ..." chooses)
	@LAB="$(MOLECULE_LAB)" tests/gates/stage molecule
faults: engines ## Fault injection: killed modules, dead brokers, locked tables
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" python -m pytest tests/faults
bench: ## Ratios measured side by side in one run (about half an hour)
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" python -m pytest tests/bench -s
hundredth: tools # the benchmarks with a hundredth of their data, the migration with a tenth: for what they assert, not for what they measure
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" BENCH_SCALE=0.01 tests/gates/stage bench python -m pytest tests/bench -m "not long" \
	  --ignore tests/bench/test_a_whole_migration.py -s
	@$(WITH_TOOLS) LAB="$(TEST_LAB)" BENCH_SCALE=0.1 tests/gates/stage migration python -m pytest tests/bench/test_a_whole_migration.py -s
docs: ## The documentation site in build/docs
	@tests/gates/stage docs

.PHONY: clean
clean: ## Remove what was built in the checkout (the cache outside stays)
	@rm -rf build reports tests/output .mypy_cache .pytest_cache .ansible
