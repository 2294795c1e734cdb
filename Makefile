# The commands of this repository.  `make` alone prints them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
PIP := --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types layers tests browser sdks node surface bench serve format clean

help: ## Print the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(DEMO)/ready ## Install into a private environment and replay three billing stories, end to end
	@$(DEMO)/bin/mockbill demo

$(DEMO)/ready: pyproject.toml $(shell find mockbill scenarios -name '*.py' -o -name '*.yaml' -o -name '*.html' -o -name '*.json' 2>/dev/null)
	@echo "Installing mockbill into $(DEMO) ..."
	@$(PYTHON) -m venv --clear $(DEMO)
	@$(DEMO)/bin/pip install $(PIP) --upgrade pip
	@$(DEMO)/bin/pip install $(PIP) .
	@touch $@

setup: $(VENV)/ready ## Make the development environment

$(VENV)/ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install $(PIP) --upgrade pip
	$(BIN)/pip install $(PIP) --editable . --group dev
	@touch $@

test: check browser sdks node tests ## Run everything CI runs: lint, types, layers, surface, tests

check: lint types layers current ## Lint, types, layers, and whether generated files are current

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready
	$(BIN)/mypy

layers: $(VENV)/ready
	$(BIN)/lint-imports

current: $(VENV)/ready
	$(BIN)/python tools/compile_surface.py --check

tests: $(VENV)/ready
	$(BIN)/pytest -n 2 --dist loadfile

# The page tests drive Debian's Chromium.  Where it cannot be installed they skip with a reason (and fail in CI).
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the page tests ..."; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
		else echo "No Chromium here: the page tests will skip. On Debian: apt-get install chromium"; fi

# Older majors of stripe-python, each in a directory of its own beside the environment's. Those that cannot be installed
# here skip their tests with a reason (and fail in CI).
sdks: $(VENV)/ready
	@for sdk in $$(cat tests/sdks/pinned.txt); do \
		test -e $(VENV)/sdks/$$sdk || { \
			rm -rf $(VENV)/sdks/.new; \
			$(BIN)/pip install $(PIP) --no-deps --target $(VENV)/sdks/.new stripe==$$sdk && \
			mv $(VENV)/sdks/.new $(VENV)/sdks/$$sdk; \
		} || echo "stripe-python $$sdk is not here: its tests will skip."; \
	done

# Stripe's SDK for Node, Express and Stripe's command line, as the lock in tests/node pins them. Where npm is missing or the
# machine is another, the tests that need them skip with a reason (and fail in CI).
NODE := $(VENV)/node
node: $(VENV)/ready
	@cmp -s tests/node/package-lock.json $(NODE)/package-lock.json || { \
		rm -rf $(NODE).new && mkdir $(NODE).new && \
		cp tests/node/package.json tests/node/package-lock.json $(NODE).new && \
		(cd $(NODE).new && npm ci --no-audit --no-fund --no-update-notifier --loglevel error) && \
		rm -rf $(NODE) && mv $(NODE).new $(NODE); \
	} || echo "The packages for Node are not here: their tests will skip."

surface: $(VENV)/ready ## Compile Stripe's surface anew from the installed SDK
	$(BIN)/python tools/compile_surface.py

bench: $(VENV)/ready ## Measure mockbill beside localstripe
	$(BIN)/python bench/run.py

serve: $(VENV)/ready ## Serve on http://127.0.0.1:12111
	$(BIN)/mockbill

format: $(VENV)/ready ## Format the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## Remove the environments and caches that make has made
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
