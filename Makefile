# What a person types. Each target does what is missing and nothing else, so each may be run again at any time.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run model test check bench faults screenshots lock packages clean

# all-MiniLM-L6-v2, or any name or folder that sentence-transformers can load.
EMBEDDING_MODEL ?= all-MiniLM-L6-v2
export EMBEDDING_MODEL

# More arguments for the command that the target ends in: make run ARGS="--roles ingest".
ARGS ?=

help: ## Show what can be done
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

run: .venv/.run model ## Set up what is missing, then run the bot
	@exec .venv/bin/leadbot run $(ARGS)

model: ## Export the embedding model to model/, unless it is there
	@sh .ci/model.sh "$$EMBEDDING_MODEL"

test: .venv/.dev packages model ## Run the tests
	@.venv/bin/python -m pytest $(ARGS)

check: .venv/.dev ## Run the linters, the type checker and the architecture contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/python -m bot.generate --check

bench: .venv/.dev packages model ## Measure speed and memory
	@.venv/bin/python -m tests.benchmarks.run $(ARGS)

faults: .venv/.dev packages model ## Break the running bot for long and reckon up what was lost
	@.venv/bin/python -m tests.faults.run $(ARGS)

screenshots: .venv/.dev packages model ## Take the pictures of docs/images anew
	@.venv/bin/python -m tests.screenshots $(ARGS)

lock: ## Write the lock files again from pyproject.toml
	@sh .ci/lock.sh

packages: # The real servers of the tests, from Debian's packages where that is possible
	@sh .ci/packages.sh

clean: ## Delete what the other targets made; data/ stays
	rm -rf .venv .venv-export build model *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# A stamp is written only when everything before it went well.
.venv/.run: requirements.lock pyproject.toml
	@sh .ci/setup.sh run
	@touch $@

.venv/.dev: requirements-dev.lock requirements.lock pyproject.toml
	@sh .ci/setup.sh dev
	@touch .venv/.run $@
