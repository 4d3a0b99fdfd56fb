# Every task of the project is one word. The first time a task runs, it installs its tools:
# requirements/NAME.txt into .venv, where the file .venv/.NAME records that they are installed.

PYTHON ?= python3
VENV ?= .venv
# The document, and the package that is generated from it. Pass absolute paths to use others.
SPEC ?= openapi.yaml
OUTPUT ?= generated/certifier_generated

PORT ?= 4010
DIST ?= dist
# May exceed the number of cores: the tests wait as much as they compute.
WORKERS ?= 4

# Without .venv, to find the interpreter that creates .venv.
SYSTEM_PATH := $(PATH)
BIN := $(abspath $(VENV))/bin
# Tests start many Python processes, which would each compile all modules again.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(BIN):$(abspath $(VENV))/node_modules/.bin:$(PATH)

TOOLS := audit demo dist docs fuzz interface lint lock mutants page test types
# The tools that the tests need, without the browser.
TESTED_TOOLS := demo test dist docs interface types
TESTED := $(addprefix $(VENV)/., $(TESTED_TOOLS) node)

# The output of a shell command, without .venv on the path.
system = $(shell PATH='$(SYSTEM_PATH)' sh -c '$(1)' 2>&1)

# Tools are installed with uv if it is on the path, otherwise with pip.
UV := $(call system,command -v uv)
ifdef UV
MAKE_VENV = uv venv --quiet --clear --no-project --python $(PYTHON)
INSTALL = uv pip install --quiet --python $(BIN)/python
else
MAKE_VENV = $(PYTHON) -m venv --clear
INSTALL = $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo quick test test-oldest test-newest test-page docs check generate check-generated \
        lint types spec contract measure-contract spec-diff interface faults fuzz soak mutants bench \
        bench-apply bench-mocks bench-suite sandbox audit dist sbom lock clean always

ifneq ($(realpath $(dir $(lastword $(MAKEFILE_LIST)))),$(CURDIR))
# Called as `make -f path/Makefile`, from another directory.
$(or $(MAKECMDGOALS),help):
	@$(MAKE) --no-print-directory -C $(dir $(lastword $(MAKEFILE_LIST))) $@
else

help: ## List the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

demo: generate ## Generate the package, then update a credential template on a new sandbox
	@python examples/demo.py

quick: $(VENV)/.test ## Run the tests worth running between edits, in about a minute
	@pytest -q -n $(WORKERS) -m "not slow" $(addprefix --ignore=tests/, dist docs interface/test_interface.py)

test: $(TESTED) ## Run all tests, except those in a browser
	@pytest -n $(WORKERS)

test-oldest: ## Run all tests with the oldest releases that pyproject.toml allows
	@$(MAKE) --no-print-directory test VENV=.venv-oldest RELEASES=oldest

test-newest: ## Run all tests with the newest releases that pyproject.toml allows
	@$(MAKE) --no-print-directory test VENV=.venv-newest RELEASES=newest

test-page: $(addprefix $(VENV)/., test page docs node) ## Test the sandbox's page and the site in Chromium or Chrome
	@pytest tests/page

docs: $(VENV)/.docs $(VENV)/.node ## Build the documentation into build/site
	@output=$$(zensical build --strict 2>&1) || { echo "$$output" >&2; exit 1; }
	@cp $(VENV)/node_modules/iframe-worker/shim/index.js build/site/assets/iframe-worker.js
	@echo "build/site/index.html"

check: lint types spec check-generated interface test ## Check everything except the page: lint, types, spec, drift, interface, tests

generate: $(VENV)/.project ## Rewrite the generated package from openapi.yaml
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && \
	SCHEMAS="$(abspath overrides/write_schemas.py)" DOCUMENT="$(abspath $(SPEC))" \
	openapi-python-client generate --path $(SPEC) --config generator-config.yaml --meta none \
	  --custom-template-path overrides/templates --fail-on-warning \
	  --output-path "$$new/package" >"$$new/log" 2>&1 || { cat "$$new/log" >&2; exit 1; } && \
	! grep -rhi "^# ERROR:" "$$new/package" >&2 && \
	rm -rf $(OUTPUT) && mkdir -p $(dir $(OUTPUT)) && mv "$$new/package" $(OUTPUT)
	@echo "generated $(OUTPUT) from $(SPEC)"

check-generated: $(VENV)/.project ## Fail if the generated package differs from what openapi.yaml generates
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && \
	$(MAKE) -s generate OUTPUT="$$new/package" >/dev/null && \
	{ diff -ru -x __pycache__ $(OUTPUT) "$$new/package" || \
	  { echo "$(OUTPUT) is not what $(SPEC) generates: run 'make generate' and commit both" >&2; exit 1; }; }
	@echo "$(OUTPUT) is what $(SPEC) generates"

# All prose.
PROSE := *.md Makefile docs examples generated generator-config.yaml openapi.yaml overrides \
  pyproject.toml sandbox tests

lint: $(VENV)/.lint ## Check style, format, words, imports between packages, and the workflows of .github
	@ruff check && ruff format --check
	@codespell $(PROSE) && codespell -D requirements/words.txt --skip '*.svg' $(PROSE)
	@output=$$(lint-imports 2>&1) || { echo "$$output" >&2; exit 1; }
	@zizmor --offline --pedantic --no-progress --quiet .github

types: $(addprefix $(VENV)/., test docs interface mutants page types node) ## Check types, in our code and in code that uses it
	@mypy && pyright

spec: $(VENV)/.test $(VENV)/.node ## Check openapi.yaml with three validators
	@for validator in \
	  "openapi-spec-validator openapi.yaml" \
	  "redocly lint --extends recommended-strict openapi.yaml" \
	  "spectral lint --ruleset tests/spec/spectral.yaml --fail-severity hint openapi.yaml"; do \
	  output=$$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $$validator 2>&1) || \
	    { echo "$$output" >&2; exit 1; }; \
	  echo "$${validator%% *} finds nothing in openapi.yaml"; \
	done

contract: $(VENV)/.test ## Compare document, sandbox and client; or test another server, BASE_URL=…
ifdef BASE_URL
	@python tests/contract/live
else
	@pytest -n $(WORKERS) tests/contract $(if $(SEED),--hypothesis-seed=$(SEED))
endif

measure-contract: $(VENV)/.test ## Count how many faults of a second service `make contract BASE_URL=…` finds; NAMES=…
	@python tests/contract/independent/measure.py $(NAMES)

spec-diff: $(VENV)/.test ## Report which changes of openapi.yaml since BASE=<git rev> break a client
	@$(if $(BASE),,echo "name a revision to compare with: make spec-diff BASE=origin/main" >&2; exit 2;) \
	python tests/contract/spec_diff --base='$(BASE)'

interface: $(VENV)/.interface ## Compare the public interface with its snapshot and the last release; UPDATE=1 BASE=…
	@python tests/interface $(if $(UPDATE),--update) $(if $(BASE),--base='$(BASE)')

faults: $(VENV)/.test ## Expose both clients to every fault, and print the figures; SEED=…
	@$(if $(SEED),SEED=$(SEED)) pytest -q -n $(WORKERS) tests/faults

fuzz: $(VENV)/.test $(VENV)/.fuzz ## Fuzz the HTTP reader and the decoding of responses for SECONDS (60)
	@python tests/faults/fuzz.py $(or $(SECONDS),60)

soak: $(VENV)/.test ## Use both clients for MINUTES (30) against a server of random faults; SEED=…
	@python tests/soak $(or $(MINUTES),30) $(or $(SEED),1)

mutants: $(TESTED) $(VENV)/.mutants ## Count how many mutants the tests or mypy notice: of TARGETS, CHANGED since a commit, a SAMPLE
	@python tests/mutants $(TARGETS) $(addprefix --changed=,$(CHANGED)) \
	  $(addprefix --sample=,$(SAMPLE)) $(addprefix --seed=,$(SEED))

bench: $(VENV)/.test ## Compare the speed with alternatives; QUICK=1 takes about a minute
	@python tests/bench/speed $(if $(QUICK),--quick)

bench-apply: $(VENV)/.test ## Compare the command with a model, and measure its rate and its memory with 100,000 lines
	@python tests/bench/apply.py

bench-suite: $(VENV)/.test ## Time demo, quick and test in a fresh clone, also on a busy machine
	@python tests/bench/suite.py

bench-mocks: $(VENV)/.test ## Compare the sandbox with Prism, a mock server
	@python tests/bench/mocks.py

sandbox: $(VENV)/.project ## Run the sandbox server, on PORT (4010)
	@certifier-sandbox --port $(PORT)

audit: $(VENV)/.audit ## Check the dependencies for known vulnerabilities
	@pip-audit --strict --disable-pip --no-deps --requirement requirements/test.txt

dist: $(VENV)/.dist ## Build the sdist and the wheel into dist/, reproducibly, and check them
	@rm -rf $(DIST) && python -m build --no-isolation --outdir $(DIST)
	@validate-pyproject pyproject.toml && twine check --strict $(DIST)/*
	@pyroma --min 10 --skip-tests AuthorEmail $(DIST)/*.tar.gz

sbom: $(VENV)/.dist ## Write the dependencies of an installation to requirements/sbom.cdx.json
	@python requirements/sbom.py requirements/sbom.cdx.json

lock: $(if $(UV),,$(VENV)/.lock) ## Pin the newest releases that pyproject.toml allows in requirements/
	@all=$$(mktemp) && trap 'rm -f "$$all"' EXIT && \
	compile="uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command='make lock' --upgrade pyproject.toml" && \
	eval $$compile --all-extras $(TOOLS:%=--group %) --output-file "$$all" && \
	for name in $(TOOLS); do \
	  case $$name in demo) what="--extra sandbox" ;; test) what=--all-extras ;; *) what= ;; esac; \
	  eval $$compile $$what --group $$name --constraint "$$all" --output-file requirements/$$name.txt; \
	done && \
	eval $$compile --resolution lowest-direct --all-extras \
	  $(TESTED_TOOLS:%=--group %) --output-file requirements/oldest.txt

clean: ## Remove everything that these tasks made, .venv included
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
	@rm -rf .venv .venv-oldest .venv-newest build dist .cache .*_cache .hypothesis .schemathesis

# RELEASES: pinned, with hashes, or the oldest or newest that pyproject.toml allows.
RELEASES ?= pinned
INSTALL_pinned = $(INSTALL) --no-deps --require-hashes --requirement requirements/$*.txt
INSTALL_oldest = $(INSTALL) --no-deps --require-hashes --requirement requirements/oldest.txt
INSTALL_newest = $(if $(UV),,$(INSTALL) --upgrade pip &&) \
  $(INSTALL) --upgrade --group $* --editable '.[cli,otel,sandbox]'

# .venv is recreated if PYTHON is given and has another version than .venv.
ifneq ($(filter environment command,$(origin PYTHON)),)
ifneq ($(call system,$(PYTHON) -V),$(call system,$(BIN)/python -V))
$(VENV)/.python: always
endif
endif
ifneq ($(call system,test -L $(VENV) && echo link),)
$(VENV)/.python: always
endif

$(VENV)/.python:
	@test ! -L $(VENV) || { echo "$(VENV) is a symbolic link: remove it, because the folder that it points to would be emptied" >&2; exit 1; }
	@export PATH='$(SYSTEM_PATH)'; $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed: pass one, such as make … PYTHON=python3.12")' && \
	$(MAKE_VENV) $(VENV)
	@touch $@

$(TOOLS:%=$(VENV)/.%): $(VENV)/.%: $(VENV)/.python requirements/%.txt
	@echo "installing the tools of requirements/$*.txt into $(VENV)"
	@$(INSTALL_$(RELEASES))
	@touch $@

# The project itself, for its commands and its pytest plugin. The file has the path of the clone.
$(VENV)/.project: pyproject.toml $(VENV)/.demo
	@! grep -svxF '$(CURDIR)' $@ >/dev/null || \
	  { echo "$(VENV) has the project of $$(cat $@): name another VENV, or remove it" >&2; exit 1; }
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@echo '$(CURDIR)' >$@

$(filter-out %/.demo,$(TOOLS:%=$(VENV)/.%)): | $(VENV)/.project

$(VENV)/.node: requirements/package.json requirements/package-lock.json | $(VENV)/.python
	@echo "installing the Node tools into $(VENV)"
	@cp requirements/package.json requirements/package-lock.json $(VENV)/
	@npm ci --prefix $(VENV) --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

endif
