# Everything a developer runs. `make demo` and `make test` set themselves up; nothing else is needed
# than Python 3.11 (or newer) and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

OTHERS := tests/conformance
NPM_CI := $(OTHERS)/node_modules/.package-lock.json
DRIVER := $(VENV)/browser

.PHONY: demo test test-browser check format lint types imports generated conformance clients bench soak lock clean help

help:        ## list these targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "chasedata-mcp needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the pinned dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --quiet --disable-pip-version-check
	@touch $(READY)

demo: $(READY)  ## play a session against the embedded sandbox
	@$(BIN)/chasedata-mcp demo

# One more at once than there are processors, since tests wait too; and the bytecode is kept, since
# they start the server often.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

test: export PYTHONDONTWRITEBYTECODE =
test: $(READY)  ## run the tests; make check runs them with COVER, which takes half as long again
	@$(BIN)/python -m pytest -q -n $(WORKERS) $(COVER)

check: COVER := --cov --cov-report=term
check: format lint types imports generated test  ## everything that must pass before a change lands

format: $(READY)  ## the layout of the code
	@$(BIN)/ruff format --check --quiet . || { echo "mend with: $(BIN)/ruff format ." >&2; exit 1; }

lint: $(READY)  ## the rules of the code
	@$(BIN)/ruff check --quiet .

types: $(READY)  ## mypy and basedpyright, both strict
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/basedpyright --level error > .basedpyright.log || { cat .basedpyright.log; rm -f .basedpyright.log; exit 1; }; rm -f .basedpyright.log

imports: $(READY)  ## which room may know which
	@$(BIN)/lint-imports --no-logo > .imports.log 2>&1 || { cat .imports.log; rm -f .imports.log; exit 1; }; rm -f .imports.log

generated: $(READY)  ## tool_schemas/ and the tables of the documents are what the code makes
	@$(BIN)/chasedata-mcp schemas tool_schemas --readme README.md --policy docs/policy.md --check

$(NPM_CI): $(OTHERS)/package-lock.json $(OTHERS)/package.json $(OTHERS)/.npmrc
	@command -v npm > /dev/null || { echo "npm is needed for the programs of others that test the server" >&2; exit 1; }
	@cd $(OTHERS) && npm ci --silent && touch node_modules/.package-lock.json

conformance: $(READY) $(NPM_CI)  ## the protocol's own conformance suite, both revisions (needs npm)
	@$(BIN)/python $(OTHERS)/run_suite.py

clients: $(READY) $(NPM_CI)  ## the TypeScript clients and the Inspector (needs npm)
	@$(BIN)/python $(OTHERS)/run_clients.py

$(DRIVER): $(READY) requirements-browser.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock
	@touch $(DRIVER)

test-browser: $(DRIVER)  ## the approvals page in Debian's chromium; pictures in build/pictures
	@command -v chromium > /dev/null || { echo "chromium is needed: apt-get install chromium" >&2; exit 1; }
	@$(BIN)/python -m pytest -q -o pythonpath="tests tests/browser" tests/browser

bench: $(READY)  ## beside a server of the bare SDK, the ledger's cost for a call, 100,000 entries
	@status=0; for measured in bench ledger_cost ledger_store judging_cost; do \
	  $(BIN)/python tests/bench/$$measured.py || status=1; done; exit $$status

soak: $(READY)  ## kill servers in the midst of their calls; the ledger has to be right (two minutes)
	@$(BIN)/python tests/bench/soak.py

lock: $(READY)  ## pin the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements.lock --upgrade
	@$(BIN)/uv pip compile --group browser --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements-browser.lock --upgrade

clean:       ## take away what these targets made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
