# The front door. `make run` and `make test` work from a clean checkout: each does all the set-up it needs.
# `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export CARGO_TERM_PROGRESS_WHEN ?= auto
# Most tests wait: for a disk, a process, a server.
export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(nproc))))
BIN := target/debug/bowei
# One command builds both folders of pages, the gateway's last: so this one is newest when both are there.
WEB := web/dist-edge/index.html
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/dist-edge/*' 2>/dev/null)

# The tests that run on either engine, by module; those of the store have both in one run.
ON_POSTGRES := $(addsuffix ::,connections credentials import import_spoilt limits lists other_standards tls tokens \
  open_api open_data vendors_lots neighbours self_described people office reservations supervision way_of_a_report wire city command kill_nine registry_import reservation_kills)

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

.PHONY: setup
setup: ## installs what building needs, where it is missing
	@scripts/setup build

web/node_modules/.package-lock.json: web/package-lock.json web/package.json | setup
	@echo "── fetching the web's packages"
	@cd web && npm ci --no-audit --no-fund
	@touch $@

$(WEB): web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo "── building the pages"
	@cd web && npm run build
	@touch $@

.PHONY: web
web: $(WEB) ## builds the pages into web/dist, and the gateway's into web/dist-edge

.PHONY: build
build: setup $(WEB) ## builds the bowei command
	@echo "── building bowei (the first time takes some minutes)"
	@cargo build --locked --bin bowei

.PHONY: release
release: setup $(WEB) ## one static binary with the pages, for any Linux, in target/…/dist
	@scripts/static

# The demonstration keeps its records in a folder: what a cluster shares is a third of what there is to compile.
.PHONY: demo
demo: setup
	@echo "── building bowei for the demonstration (the first time takes some minutes)"
	@mkdir -p web/dist web/dist-edge
	@cargo build --locked --config .cargo/demo.toml -p bowei --bin bowei --no-default-features --features platform

.PHONY: run
run: setup ## a platform with a simulated city, on http://127.0.0.1:8080
	@$(MAKE) --no-print-directory -j2 web demo
	@exec $(BIN) demo

.PHONY: check
check: web/node_modules/.package-lock.json $(WEB) ## formatting, lints, licences, layering, types
	@scripts/setup check
	@echo "── cargo fmt" && cargo fmt --all --check
	@echo "── cargo clippy" && cargo clippy --locked --workspace --all-targets -- -D warnings
	@# With examples, because cargo then takes the features that clippy's run took, and checks nothing once more.
	@echo "── cargo doc" && RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --workspace --no-deps --lib --bins --examples
	@echo "── cargo deny" && scripts/deny
	@echo "── layering" && cargo test --locked -q --workspace --test layering
	@echo "── spelling, and the links in the documents" && .tools/python/bin/typos && .tools/python/bin/lychee --no-progress --quiet .
	@# Likewise.
	@echo "── the demonstration, which leaves parts out" && cargo clippy --locked --workspace --exclude bowei-bench \
	  --lib --bins --examples --no-default-features --features bowei/platform -- -D warnings
	@echo "── the web's lint and types" && cd web && npm run lint && npm run typecheck

.PHONY: test
test: $(WEB) ## every test, the browser's included
	@scripts/setup test
	@echo "── the web's unit tests" && cd web && npm test
	@# All of it is built by one selection of packages, the command too: another selection has other features, and
	@# would build what depends on them once more.
	@echo "── building the tests (the first time takes some minutes)" && cargo test --locked --workspace --no-run
	@echo "── cargo test" && cargo test --locked --workspace
	@echo "── the platform's and the command's tests once more, on PostgreSQL and S3"
	@BOWEI_TEST_ENGINE=postgres cargo test --locked --workspace --test it --test watched -- $(ON_POSTGRES) whichever_part_panics \
	  --skip recorded_day --skip real_day
	@echo "── the readers under arbitrary input (make fuzz MINUTES=60 for longer)" && scripts/fuzz 2
	@echo "── the pages in a browser" && cd web && BOWEI_BIN="$(CURDIR)/$(BIN)" BOWEI_PAPERS="$(CURDIR)/target/debug/examples/papers" npm run e2e

.PHONY: bench
bench: setup $(WEB) ## speed, as ratios within one run
	@scripts/setup bench
	@cargo run --locked --release -p bowei-bench

.PHONY: bench-scale
bench-scale: setup $(WEB) ## how speed holds at 1, 10 and MILLIONS (50) of ledger rows: takes 30 GB and long
	@scripts/setup bench
	@cargo run --locked --release -p bowei-bench -- scale $(or $(MILLIONS),50)

.PHONY: fuzz
fuzz: setup ## the readers under random input, for MINUTES (10)
	@scripts/fuzz $(or $(MINUTES),10)

.PHONY: api
api: build ## writes web/openapi.json and the web's typed client anew
	@$(BIN) openapi > web/openapi.json
	@cd web && npm run api

.PHONY: clean
clean: ## removes everything that was built
	@cargo clean
	@rm -rf web/dist web/dist-edge web/node_modules .tools
