# Everything a developer runs. `make demo` and `make test` set themselves up; nothing else is needed
# than Python 3.11 (or newer) and make.

# The newest of those that tests run on, else a newer one. Each has to start, which the shim of a
# version manager does only where its version is switched on.
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3
PYTHON  ?= $(shell for python in $(PYTHONS); do \
  $$python -c 'import ensurepip, venv' 2> /dev/null && command -v $$python && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

OTHERS := tests/conformance
NPM_CI := $(OTHERS)/node_modules/.package-lock.json
OURS   := tests/release
NPM_OF_RELEASE := $(OURS)/node_modules/.package-lock.json
DRIVER := $(VENV)/browser
MUTMUT := build/mutmut
PEERS  := build/peers
TOOLS  := build/release/tools
SHIM   := build/faults/shim.so

.PHONY: demo test test-spellings test-pythons test-browser pictures check format lint types imports generated conformance clients hosts setup-hosts bench soak faults evals transcripts mutants dist bundle first-call container release-files lock clean help

help:        ## list these targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Says which Python is used, or why it can't be. Any Python has to understand it, the oldest too.
define SUITABLE
import sys
used = "Python %s (%s)" % (sys.version.split()[0], sys.executable)
if sys.version_info < (3, 11):
    sys.exit(used + " is too old: chasedata-mcp needs 3.11 or newer. Name another: make PYTHON=/path/to/python3.13")
print("Using " + used + ".")
endef
export SUITABLE

# Nothing is resolved: the lock lists everything, and newer releases can't come between. Whether it
# does list everything, pip check says.
PIP     := $(BIN)/python -m pip --quiet --disable-pip-version-check
INSTALL := $(PIP) install --no-user --require-hashes --no-deps -r
WHOLE   := said=$$($(BIN)/python -m pip --disable-pip-version-check check) || { echo "$$said" >&2; exit 1; }

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" \
	  || { echo "chasedata-mcp needs Python 3.11 or newer: install one, or name it: make PYTHON=/path/to/python3.13" >&2; exit 1; }
	@"$(PYTHON)" -c "$$SUITABLE"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@echo "Installing the pinned dependencies into $(VENV): half a minute, or a few on a slow line or a busy machine ..."
	@$(INSTALL) requirements.lock
	@$(PIP) install --no-user --no-deps --no-build-isolation -e .
	@$(WHOLE)
	@touch $(READY)

# An environment is made anew where it doesn't start (its Python is gone), where its folder was
# moved, and where PYTHON names another Python than it was made with.
NAMED    := $(if $(filter command environment,$(origin PYTHON)),$(PYTHON))
VERSION  := -c 'import sys; print(sys.version)'
HOME_OF  := sed -n 's,^[^/]*\(/.*\)/python[0-9.]*.*,\1,p;2q' $(BIN)/chasedata-mcp
ifneq ($(wildcard $(READY)),)
ifneq ($(shell $(BIN)/python -c '' && test "$$($(HOME_OF))" -ef $(BIN) \
  && { test -z "$(NAMED)" || test "$$("$(NAMED)" $(VERSION))" = "$$($(BIN)/python $(VERSION))"; } \
  || echo stale),)
.PHONY: $(READY)
endif
endif

demo: $(READY)  ## play a session against the embedded sandbox
	@$(BIN)/chasedata-mcp demo

# One more at once than there are processors, since tests wait too; and the bytecode is kept, since
# they start the server often.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

TOOK := build/tests-took

test: export PYTHONDONTWRITEBYTECODE =
test: $(READY)  ## run the tests; make check runs them with COVER, which takes half as long again
	@echo "Running the tests: $$(cat $(TOOK) 2> /dev/null || echo "about two and a half minutes on two idle processors, longer on busy ones") ..."
	@mkdir -p $(dir $(TOOK)); began=$$(date +%s); \
	  $(BIN)/python -m pytest -q -n $(WORKERS) $(COVER) || exit $$?; \
	  took=$$(($$(date +%s) - began)); said="$$((took / 60)) min $$((took % 60)) s"; \
	  echo "they took $$said the last time" > $(TOOK); echo "The tests took $$said."

# Tests in the vendor's words only, such as those of the commands, are left out; `make test` has a set for every profile.
SPELLED := tests/dialer tests/sandbox tests/pipeline tests/tools

test-spellings: $(READY)  ## the tests of client, sandbox, pipeline and tools on dialers that spell differently (five minutes)
	@for profile in bare html json; do \
	  echo "On the dialer of tests/_support/wire_profiles/$$profile.toml ..."; \
	  WIRE_PROFILE_OF_TESTS=$$profile $(BIN)/python -m pytest -q -n $(WORKERS) $(SPELLED) || exit $$?; done

test-pythons: $(READY)  ## each command and both transports on every Python of 3.11 to 3.14 that is here
	@$(BIN)/python tests/pythons/run.py

check: COVER := --cov --cov-report=term
check: format lint types imports generated test test-pythons  ## everything that must pass before a change lands

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
	@$(BIN)/chasedata-mcp schemas tool_schemas --readme docs/tools.md $(addprefix --policy docs/,policy.md policy-file.md calling-hours.md wire.md) --check

$(NPM_CI) $(NPM_OF_RELEASE): %/node_modules/.package-lock.json: %/package-lock.json %/package.json %/.npmrc
	@command -v npm > /dev/null || { echo "npm is needed for the programs of others that test the server" >&2; exit 1; }
	@cd $* && npm ci --silent && touch node_modules/.package-lock.json

conformance: $(READY) $(NPM_CI)  ## the protocol's own conformance suite, both revisions (needs npm)
	@$(BIN)/python $(OTHERS)/run_suite.py

clients: $(READY) $(NPM_CI)  ## the TypeScript clients and the Inspector (needs npm)
	@$(BIN)/python $(OTHERS)/run_clients.py

# Needs npm and, for the hosts that draw on a screen, tmux. It takes what the registries serve today.
hosts: $(READY)  ## real hosts and frameworks, with a scripted model; writes docs/clients.md (ten minutes)
	@$(BIN)/python tests/hosts/run_hosts.py $(or $(HOSTS),--docs docs/clients.md)

setup-hosts: $(READY)  ## real hosts read what `chasedata-mcp setup` writes (needs npm; two minutes)
	@$(BIN)/python tests/hosts/run_setup.py

$(DRIVER): $(READY) requirements-browser.lock
	@$(INSTALL) requirements-browser.lock
	@$(WHOLE)
	@touch $(DRIVER)

test-browser: $(DRIVER)  ## the approvals page in Debian's chromium; pictures in build/pictures
	@command -v chromium > /dev/null || { echo "chromium is needed: apt-get install chromium" >&2; exit 1; }
	@$(BIN)/python -m pytest -q -o pythonpath="tests tests/browser" tests/browser

pictures: $(DRIVER)  ## the pictures of the documents, of the real page and the real demo
	@PYTHONPATH=tests $(BIN)/python tests/pictures/take_pictures.py

EVALS := --endpoint $(ENDPOINT) --model $(MODEL) $(if $(PROTOCOL),--protocol $(PROTOCOL)) $(if $(REPORT),--report $(REPORT))

evals: $(READY)  ## which calls a model makes for what people say, by ENDPOINT=... MODEL=... (needs a model; its key in EVALS_KEY)
	@test -n "$(ENDPOINT)" -a -n "$(MODEL)" || { echo "say which: make evals ENDPOINT=http://127.0.0.1:11434/v1 MODEL=NAME" >&2; exit 1; }
	@PYTHONPATH=tests $(BIN)/python -m evals $(EVALS)

# The naive servers run in environments of their own, with what their author would have installed.
$(PEERS)/%/ready: tests/bench/peers/requirements-%.txt $(READY)
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/$(PIP:$(BIN)/%=%) install --no-user --no-deps -r $<
	@touch $@

bench: $(PEERS)/sdk/ready $(PEERS)/fastmcp/ready  ## what a call costs beside naive servers, in ROWS="writes-1 start" or all (fifteen minutes)
	@$(BIN)/python tests/bench/bench.py $(ROWS)

SOAK := $(if $(SEED),--seed $(SEED)) $(if $(ENDS),--ends $(ENDS))

# The traces of a soak that failed stay in build/soak.
soak: $(READY)  ## end 1,000 servers in the midst of their calls, and 200 that run a batch; the ledger has to be right (SEED=1, half an hour)
	@PYTHONPATH=tests:tests/bench $(BIN)/python -m soak $(SOAK)

$(SHIM): tests/faults/shim.c
	@command -v $(CC) > /dev/null || { echo "a C compiler is needed to build what makes the disk fail" >&2; exit 1; }
	@mkdir -p $(dir $@)
	@$(CC) -O1 -Wall -Wextra -shared -fPIC -o $@ $< -ldl

faults: $(READY) $(SHIM)  ## servers on disks that are full, fail, are read-only or have no locks (Linux, needs a C compiler; three minutes)
	@PYTHONPATH=tests $(BIN)/python -m faults --shim $(SHIM) $(FAULTS)

# An environment of its own: the server isn't installed there, so that the tests import the mutants.
$(MUTMUT)/ready: $(READY) requirements.lock tests/mutation/requirements.txt
	@$(BIN)/python -m venv --clear $(MUTMUT)
	@$(MUTMUT)/bin/$(INSTALL:$(BIN)/%=%) requirements.lock
	@$(MUTMUT)/bin/$(PIP:$(BIN)/%=%) install --no-user -r tests/mutation/requirements.txt
	@touch $@

mutants: $(MUTMUT)/ready  ## changes of the code that no test notices, in MUTATED="approvals/service.py policy/rules" (an hour)
	@$(MUTMUT)/bin/python tests/mutation/run_mutants.py $(MUTATED)

# An environment of their own, which needs nothing of the server's.
$(TOOLS)/ready: requirements-release.lock $(READY)
	@$(BIN)/python -m venv --clear $(TOOLS)
	@$(TOOLS)/bin/$(INSTALL:$(BIN)/%=%) requirements-release.lock
	@touch $@

transcripts: $(READY)  ## write docs/transcripts.md anew, by playing its conversations
	@PYTHONPATH=tests $(BIN)/python -m transcripts

dist: $(TOOLS)/ready  ## wheel and sdist in dist/: built, checked, installed on every Python that is here, started (two minutes)
	@PYTHONPATH=tests/pythons $(BIN)/python $(OURS)/make_dist.py

bundle: $(READY) $(NPM_OF_RELEASE)  ## the bundle for Claude Desktop in dist/: packed, unpacked and started (needs npm; a minute)
	@$(BIN)/python $(OURS)/make_bundle.py

first-call: $(READY) $(NPM_OF_RELEASE)  ## from nothing to a first safe call by uvx, bundle and setup, timed (after make dist and make bundle)
	@PYTHONPATH=tests/hosts $(BIN)/python $(OURS)/first_call.py

container: $(TOOLS)/ready $(NPM_OF_RELEASE)  ## what can be seen of the container without a daemon (after make dist; needs npm, and root for all of it)
	@$(BIN)/python $(OURS)/check_container.py

release-files: $(TOOLS)/ready $(NPM_OF_RELEASE)  ## the workflows, by programs that know their form (needs npm)
	@$(BIN)/python $(OURS)/check_release_files.py

lock: $(READY)  ## pin the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements.lock --upgrade
	@$(BIN)/uv pip compile pyproject.toml --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet --output-file requirements-server.lock --upgrade
	@$(BIN)/uv pip compile --group browser --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements-browser.lock --upgrade
	@$(BIN)/uv pip compile --group release --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --quiet --output-file requirements-release.lock --upgrade

clean:       ## take away what these targets made
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
