# Every task of the project, one word each. All that a task needs is installed into .venv first.

PYTHON ?= python3
# What is generated from what. Another document, with an absolute path, goes the same way.
SPEC ?= openapi.yaml
OUTPUT ?= generated/certifier_generated

PORT ?= 4010
DIST ?= dist

# The interpreter that .venv is made with is not the one in .venv.
SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.venv/node_modules/.bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test test-page docs check generate check-generated lint types spec contract \
        spec-diff interface faults fuzz mutants bench bench-apply bench-mocks sandbox audit dist sbom constraints clean

ifneq ($(realpath $(dir $(lastword $(MAKEFILE_LIST)))),$(CURDIR))
# Called as `make -f path/Makefile`: the same from any working directory.
$(or $(MAKECMDGOALS),help):
	@$(MAKE) --no-print-directory -C $(dir $(lastword $(MAKEFILE_LIST))) $@
else

help: ## List the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

demo: generate ## Generate, then update a credential template on a sandbox started for it
	@python examples/demo.py

test: .venv/.python ## Run all tests
	@pytest

test-page: .venv/.python ## Test the sandbox's page in a browser: chromium, or Chrome
	@pytest tests/page

docs: .venv/.python .venv/.node ## Build the documentation into build/site
	@said=$$(NO_MKDOCS_2_WARNING=1 mkdocs build 2>&1) || { echo "$$said" >&2; exit 1; }
	@cp .venv/node_modules/iframe-worker/shim/index.js build/site/assets/iframe-worker.js
	@echo "build/site/index.html"

check: lint types spec check-generated interface test ## Check all but the page: lint, types, spec, drift, interface, tests

generate: .venv/.python ## Rewrite the generated package from openapi.yaml
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && \
	openapi-python-client generate --path $(SPEC) --config generator-config.yaml --meta none \
	  --custom-template-path overrides/templates --fail-on-warning \
	  --output-path "$$new/package" >"$$new/log" 2>&1 || { cat "$$new/log" >&2; exit 1; } && \
	rm -rf $(OUTPUT) && mkdir -p $(dir $(OUTPUT)) && mv "$$new/package" $(OUTPUT)
	@echo "generated $(OUTPUT) from $(SPEC)"

check-generated: .venv/.python ## Fail when the generated package is not what openapi.yaml makes
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && \
	$(MAKE) -s generate OUTPUT="$$new/package" >/dev/null && \
	{ diff -ru -x __pycache__ $(OUTPUT) "$$new/package" || \
	  { echo "$(OUTPUT) is not what $(SPEC) makes: run 'make generate' and commit both" >&2; exit 1; }; }
	@echo "$(OUTPUT) is what $(SPEC) makes"

lint: .venv/.python ## Check style and format, and the workflows of .github
	@ruff check && ruff format --check
	@zizmor --offline --pedantic --no-progress --quiet .github

types: .venv/.python .venv/.node ## Check types, in our code and in code that uses it
	@mypy && pyright

spec: .venv/.python .venv/.node ## Check openapi.yaml with three validators
	@for validator in \
	  "openapi-spec-validator openapi.yaml" \
	  "redocly lint --extends recommended-strict openapi.yaml" \
	  "spectral lint --ruleset tests/spec/spectral.yaml --fail-severity hint openapi.yaml"; do \
	  said=$$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $$validator 2>&1) || \
	    { echo "$$said" >&2; exit 1; }; \
	  echo "$${validator%% *} finds nothing in openapi.yaml"; \
	done

contract: .venv/.python ## Hold document, sandbox and client against each other; BASE_URL=… a server
ifdef BASE_URL
	@python tests/contract/live
else
	@pytest tests/contract $(if $(SEED),--hypothesis-seed=$(SEED))
endif

spec-diff: .venv/.python ## Say which changes of openapi.yaml since BASE=<git rev> break a client
	@$(if $(BASE),,echo "name a revision to compare with: make spec-diff BASE=origin/main" >&2; exit 2;) \
	python tests/contract/spec_diff --base='$(BASE)'

interface: .venv/.python ## Say what of the public interface broke since the last release; BASE=…
	@python tests/interface $(if $(BASE),--base='$(BASE)')

faults: .venv/.python ## Meet every fault with both clients, and print what was measured; SEED=…
	@$(if $(SEED),SEED=$(SEED)) pytest -q tests/faults

fuzz: .venv/.python ## Fuzz the parser of answers for SECONDS (60)
	@pip install -qq --constraint $(CONSTRAINTS) --group fuzz
	@python tests/faults/fuzz.py $(or $(SECONDS),60)

mutants: .venv/.python ## Measure how many mechanical mutants the tests notice; takes many minutes
	@pip install -qq --constraint $(CONSTRAINTS) --group mutants
	@python tests/mutants $(TARGETS)

bench: .venv/.python ## Measure speed beside what people would use; QUICK=1 ends within a minute
	@python tests/bench/speed $(if $(QUICK),--quick)

bench-apply: .venv/.python ## Kill and resume the command, pace it, and give it 100,000 lines
	@python tests/bench/apply.py

bench-mocks: .venv/.python ## Ask Prism, a mock server, the contract's table, and print the comparison
	@python tests/bench/mocks.py

sandbox: .venv/.python ## Run the sandbox server, on PORT (4010)
	@certifier-sandbox --port $(PORT)

audit: .venv/.python ## Ask the package index for known vulnerabilities of what is installed
	@pip install -qq --constraint $(CONSTRAINTS) --group audit
	@pip-audit --strict --disable-pip --no-deps --requirement $(CONSTRAINTS)

dist: .venv/.python ## Build the sdist and the wheel into dist/, the same from the same commit
	@rm -rf $(DIST) && python -m build --installer pip --outdir $(DIST)

sbom: .venv/.python ## Write what an installation brings into requirements/sbom.cdx.json
	@python requirements/sbom.py requirements/sbom.cdx.json

constraints: ## Take the newest releases that pyproject.toml allows into requirements/
	@rm -f .venv/.python && $(MAKE) --no-print-directory .venv/.python CONSTRAINTS=/dev/null
	@pip install -qq --group mutants --group fuzz --group audit
	@pip freeze --all --exclude-editable >requirements/constraints.txt && touch .venv/.python

clean: ## Remove all that these tasks made, .venv included
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf .venv build dist .*_cache .hypothesis .schemathesis

CONSTRAINTS ?= requirements/constraints.txt

.venv/.python: pyproject.toml requirements/constraints.txt
	@export PATH="$(SYSTEM_PATH)"; $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed: name one, such as make … PYTHON=python3.12")' && \
	echo "installing the Python tools into .venv, which takes a moment" && \
	$(PYTHON) -m venv --clear .venv
	@pip install -qq --upgrade --constraint $(CONSTRAINTS) pip
	@pip install -qq --constraint $(CONSTRAINTS) --group dev --editable '.[cli,fast,otel,sandbox]'
	@touch $@

.venv/.node: requirements/package.json requirements/package-lock.json | .venv/.python
	@echo "installing the Node tools into .venv, which takes a moment"
	@cp requirements/package.json requirements/package-lock.json .venv/
	@npm ci --prefix .venv --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

endif
