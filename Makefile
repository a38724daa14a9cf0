# Two commands: `make run` starts the forum, `make test` runs every test. `make help` lists the rest.

PYTHON_BIN := .venv/bin/python
ARGS :=
export PYTHON CHROMIUM

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench screenshots semantic requirements clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1 /p' Makefile | while read -r name words; do printf '  make %-14s %s\n' "$$name" "$$words"; done

# Two installers at once would be in each other's way.
.NOTPARALLEL:

# The environment is made again only when a list of packages changes or its Python is gone.
RUN_READY := .venv/ready-to-run
DEV_READY := .venv/ready-to-test
SEMANTIC_TRIED := .venv/tried-semantic

$(PYTHON_BIN):
	@:

$(RUN_READY): requirements.txt $(PYTHON_BIN)
	@.ci/environment requirements.txt
	@touch $@

$(DEV_READY): requirements.txt requirements-dev.txt $(PYTHON_BIN)
	@.ci/environment requirements.txt requirements-dev.txt
	@touch $(RUN_READY) $@

# Optional: tried once, and what comes of it is said.
$(SEMANTIC_TRIED): requirements-semantic.txt | $(RUN_READY)
	@.ci/environment --optional requirements-semantic.txt
	@touch $@

run: $(RUN_READY) $(SEMANTIC_TRIED) ## start the forum on http://127.0.0.1:8000, with a demo community when it is empty
	@exec $(PYTHON_BIN) -m app.serve $(ARGS)

test: $(DEV_READY) $(SEMANTIC_TRIED) ## every test: SQLite, PostgreSQL, Redis, Chromium; narrow it with ARGS="tests/test_x.py -k word"
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PYTHON_BIN) -m pytest -n logical $(ARGS)

lint: $(DEV_READY) ## style, types and formatting, without changing anything
	@$(PYTHON_BIN) -m ruff check .
	@$(PYTHON_BIN) -m ruff format --check .
	@$(PYTHON_BIN) -m mypy

format: $(DEV_READY) ## put the code in the house's form
	@$(PYTHON_BIN) -m ruff check --fix .
	@$(PYTHON_BIN) -m ruff format .

bench: $(DEV_READY) ## how fast it is, beside a bare server in the same run
	@exec $(PYTHON_BIN) -m benchmarks $(ARGS)

screenshots: $(DEV_READY) ## the README's pictures, from the demo community
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PYTHON_BIN) -m tests.browser.screenshots $(ARGS)

# Neither the index asked nor a path of this machine belongs into the lists.
COMPILE = CUSTOM_COMPILE_COMMAND="make requirements" $(PYTHON_BIN) -m piptools compile --quiet --no-config \
	--allow-unsafe --strip-extras --annotation-style line \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

semantic: $(RUN_READY) ## try again to install the model for search by meaning
	@.ci/environment --optional requirements-semantic.txt

requirements: $(DEV_READY) ## pin what requirements*.in ask for; ARGS=--upgrade takes the newest
	@$(COMPILE) $(ARGS) --output-file requirements.txt requirements.in
	@$(COMPILE) $(ARGS) --output-file requirements-dev.txt requirements-dev.in

clean: ## remove the environment and what tools leave behind, never var/ (your data)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
