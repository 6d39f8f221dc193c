# The one entry point. `make help` lists the targets.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
CARGO ?= cargo
PROFILE ?= ci
VENV := .venv
PY := $(VENV)/bin/python
# One selection of packages for all of Rust: another would build the core anew.
RUST := --workspace --exclude lofting-py --exclude lofting-node --exclude lofting-benches
ROOM ?= lang
SEED ?= 1
COUNT ?= 1000
TIME ?= 60
TARGET ?=

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The rig: a real control plane on this machine (tests/rig/README.md).
RIG_BIN ?= $(HOME)/.cache/lofting-rig
RIG_STATE ?= $(CURDIR)/target/rig/state

.PHONY: test
test: test-node test-py test-rust test-parity test-web test-tracker test-examples ## every test, in three languages

.PHONY: test-rust
test-rust: ## the core, the command line, conformance, properties, purity
	$(CARGO) test --profile $(PROFILE) $(RUST)

.PHONY: test-parity
test-parity: ## what the real controllers did, replayed; and that COMPATIBILITY.md is fresh
	$(CARGO) build --profile $(PROFILE) $(RUST) --bin lofting
	tests/rig/parity.py --bin target/$(PROFILE)/lofting
	tests/tools/compatibility.py --bin target/$(PROFILE)/lofting --check

.PHONY: test-py
test-py: $(VENV)/.built ## the Python binding: vectors, types, threads
	cd crates/py && ../../$(PY) -m pytest -q
	cd crates/py && ../../$(PY) -m mypy --strict tests/typed.py

.PHONY: test-node
test-node: crates/node/lofting.node ## the Node binding: vectors, types, ESM and CJS
	cd crates/node && npm test
	cd crates/node && npm run types

WEB := crates/cli/web
PORTAL := examples/backstage-plugin

.PHONY: web
web: $(WEB)/node_modules/.tools ## bundle the page of `lofting preview -o html` into crates/cli/web/dist
	cd $(WEB) && npm run -s types && npm run -s build

.PHONY: test-web
test-web: $(WEB)/node_modules/.tools ## the page in Chromium (skipped where there is none)
	$(CARGO) build -q --profile $(PROFILE) $(RUST) --bin lofting
	cd $(WEB) && LOFTING=$(CURDIR)/target/$(PROFILE)/lofting npm test

.PHONY: test-tracker
test-tracker: crates/node/lofting.node $(PORTAL)/node_modules/.backend ## the portal plugin's backend
	cd $(PORTAL) && npm run -s test:backend

.PHONY: test-plugin
test-plugin: crates/node/lofting.node $(PORTAL)/node_modules/.all ## the whole portal plugin in a host, in Chromium (installs 700 MB)
	cd $(PORTAL) && npm run -s types && npm run -s build && npm test

.PHONY: test-fleet
test-fleet: $(VENV)/.built ## the fleet example in Ray's local mode (installs ray)
	$(VENV)/bin/pip install -q --disable-pip-version-check 'ray>=2.40,<3'
	cd examples/fleet && ../../$(PY) -m pytest -q

$(WEB)/node_modules/.tools: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# The backend's tests need few packages, the host very many.
$(PORTAL)/node_modules/.backend: $(PORTAL)/package.json $(PORTAL)/package-lock.json
	test -e $(PORTAL)/node_modules/.all || (cd $(PORTAL) && npm ci --ignore-scripts --no-audit --no-fund -w plugins/deployment-tracker-backend --include-workspace-root)
	touch $@

$(PORTAL)/node_modules/.all: $(PORTAL)/package.json $(PORTAL)/package-lock.json
	cd $(PORTAL) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: test-examples
test-examples: bindings ## the examples, each on the demo
	$(CARGO) test -q --profile $(PROFILE) $(RUST) --test gate
	$(CARGO) build -q --profile $(PROFILE) $(RUST) --bin lofting
	cd examples/python && ../../$(PY) -m pytest -q
	mkdir -p examples/node/node_modules && ln -sfn ../../../crates/node examples/node/node_modules/lofting
	cd examples/node && node --test
	LOFTING=$(CURDIR)/target/$(PROFILE)/lofting examples/github-action/test.sh
	LOFTING=$(CURDIR)/target/$(PROFILE)/lofting examples/pre-commit/test.sh

# Everything a native library is made of.
SOURCES := Cargo.toml Cargo.lock $(shell find crates/core crates/py/src crates/node/src -name '*.rs' -o -name '*.json' | grep -v node_modules)

$(VENV)/.tools: crates/py/pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check 'maturin>=1.9,<2' 'pytest>=8,<9' 'mypy>=1.10,<2' 'ruff>=0.8,<1'
	touch $@

$(VENV)/.built: $(VENV)/.tools $(SOURCES) $(wildcard crates/py/python/lofting/*)
	cd crates/py && VIRTUAL_ENV=$(CURDIR)/$(VENV) ../../$(VENV)/bin/maturin develop -q --profile $(PROFILE)
	touch $@

crates/node/node_modules/.tools: crates/node/package.json crates/node/package-lock.json
	cd crates/node && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

crates/node/lofting.node: crates/node/node_modules/.tools $(SOURCES)
	cd crates/node && LOFTING_PROFILE=$(PROFILE) node scripts/build.cjs

.PHONY: bindings
bindings: $(VENV)/.built crates/node/lofting.node ## build both bindings in place

.PHONY: lint
lint: $(VENV)/.tools crates/node/node_modules/.tools $(WEB)/node_modules/.tools ## formatting, clippy, licences, types of the hosts
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --profile $(PROFILE) -- -D warnings
	tests/tools/deny.sh
	$(VENV)/bin/ruff check -q crates/py tests examples
	$(VENV)/bin/ruff format --check -q crates/py/python/lofting/__init__.py crates/py/python/lofting/_answer.py crates/py/python/lofting/_handle.py crates/py/tests tests/tools examples/python
	node --check crates/node/index.cjs
	cd $(WEB) && npm run -s types && npm run -s check

.PHONY: fmt
fmt: $(VENV)/.tools ## format everything
	$(CARGO) fmt --all
	$(VENV)/bin/ruff format -q crates/py/python/lofting/__init__.py crates/py/python/lofting/_answer.py crates/py/python/lofting/_handle.py crates/py/tests tests/tools examples/python

.PHONY: bindgen
bindgen: ## write the host functions, stubs, schemas and pages anew from the table of operations
	$(CARGO) run -q --profile $(PROFILE) -p lofting-tests --bin bindgen
	LOFTING_WRITE_SCHEMAS=1 $(CARGO) test -q --profile $(PROFILE) -p lofting-tests --test wire committed_schemas

.PHONY: wasm
wasm: ## the core builds for wasm32-unknown-unknown
	@rustc --print target-libdir --target wasm32-unknown-unknown | xargs test -d \
		|| rustup target add wasm32-unknown-unknown \
		|| { echo "make wasm needs the standard library of wasm32-unknown-unknown: rustup target add wasm32-unknown-unknown" >&2; exit 1; }
	$(CARGO) build -p lofting --target wasm32-unknown-unknown

.PHONY: snapshots
snapshots: ## accept what the command line prints now (read the diff before you commit it)
	INSTA_UPDATE=always $(CARGO) test -q --profile $(PROFILE) -p lofting-cli --test output

.PHONY: vectors
vectors: ## choose the committed vectors anew from the corpus
	python3 tests/tools/pick_vectors.py ../shared/corpus tests/vectors

.PHONY: score
score: ## score a release build against the whole corpus
	$(CARGO) build --release -p lofting-cli
	python3 ../shared/tools/score.py --brief ../shared/corpus

.PHONY: oracles
oracles: ## build the programs that ask upstream (Go, Node; see tests/oracles)
	tests/oracles/build.sh

.PHONY: drt
drt: ## differential run: ROOM=lang SEED=1 COUNT=1000 (needs `make oracles`); LEDGER=tests/fuzz-runs.jsonl keeps the result
	$(CARGO) build --profile $(PROFILE) -p lofting-cli
	python3 tests/tools/drt.py --bin target/$(PROFILE)/lofting --room $(ROOM) --seed $(SEED) --count $(COUNT) $(if $(LEDGER),--ledger $(LEDGER))

.PHONY: fuzz
fuzz: ## coverage-guided fuzzing of the small languages: TARGET=expr TIME=600 (all of them without TARGET)
	fuzz/run.sh $(TIME) $(TARGET)

.PHONY: rig-up
rig-up: ## start a real control plane on this machine, Argo CD and Argo Rollouts in it (the first time builds it)
	tests/rig/build.sh $(RIG_BIN)
	tests/rig/up.sh $(RIG_BIN) $(RIG_STATE)

.PHONY: rig-down
rig-down: ## end what rig-up started
	tests/rig/down.sh $(RIG_STATE)

.PHONY: parity
parity: rig-up ## play the demo on the rig, about ten minutes, and compare every verdict with ours; the rig stays up
	$(CARGO) build --profile $(PROFILE) -p lofting-cli
	tests/rig/platform.py demo target/rig/platform
	tests/rig/record.py $(RIG_STATE) target/rig/platform target/rig/recording
	tests/rig/pack.py target/rig/recording target/rig/demo.json.gz
	tests/rig/parity.py --bin target/$(PROFILE)/lofting target/rig/demo.json.gz

.PHONY: recording
recording: ## keep what `make parity` recorded: the replay of `make test`, and the demo's snapshot
	cp target/rig/demo.json.gz tests/rig/recording/demo.json.gz
	tests/rig/live.py target/rig/recording/02-hand-edits demo/live

.PHONY: compatibility
compatibility: ## write COMPATIBILITY.md anew, from the recording, the vectors, the corpus if it is there, and the fuzz runs
	$(CARGO) build --profile $(PROFILE) -p lofting-cli
	tests/tools/compatibility.py --bin target/$(PROFILE)/lofting $(if $(wildcard ../shared/corpus),--corpus ../shared/corpus)

.PHONY: bench
bench: ## our speed on named inputs
	$(CARGO) bench -p lofting-benches

.PHONY: bench-peers
bench-peers: ## our speed beside upstream's on the same bytes (needs `make oracles`)
	benches/peers/run.sh
