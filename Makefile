# Two commands do everything: `make up` runs Toft, `make test` runs every test.
# Each installs what is missing; a second run is quick.

TARGET  ?= target
TRIPLE  := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
TOFT    := $(TARGET)/$(TRIPLE)/release/toft
SUDO    := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export CARGO_TARGET_DIR := $(abspath $(TARGET))

.PHONY: up build web test lint unit e2e test-v2 api browser readme fuzz bench audit clean help

help: ## Show what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | expand -t 14

up: build ## Build what changed, start Toft, print a link to sign in
	$(SUDO) $(TOFT) up $(ARGS)

build: .made/run web ## Build the one binary
	cargo build --release --locked --package toft

web: web/dist/index.html

web/dist/index.html: web/package-lock.json $(shell find web/src web/public web/index.html web/desktop web/vite.config.ts web/vite.desktop.config.ts -type f 2>/dev/null)
	cd web && npm ci --no-audit --no-fund && npm run build

.made/%: scripts/setup
	@scripts/setup $*
	@mkdir -p .made && touch $@

test: .made/run .made/test lint unit build e2e test-v2 api browser readme ## Run every test
	@echo "all tests passed"

lint: .made/test web ## Formatting, warnings, types
	cargo fmt --all --check
	scripts/check-spec
	cargo xtask crds --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd web && npm run check

unit: .made/test web ## Tests beside the code; they need root for namespaces and mounts
	cd web && npm test
	cargo build --workspace --all-targets --locked
	$(SUDO) env "PATH=$$PATH" cargo test --workspace --exclude toft-e2e --locked --no-fail-fast

e2e: build ## The real daemon from the command line, with kubectl and from the neighbour's workspace
	TOFT_BIN=$(abspath $(TOFT)) $(SUDO) env "PATH=$$PATH" cargo test --package toft-e2e --locked --no-fail-fast -- --test-threads=2

test-v2: build .made/test ## A machine with control groups of version 2, an older kernel and systemd, in QEMU
	TOFT_BIN=$(abspath $(TOFT)) $(SUDO) env "PATH=$$PATH" scripts/test-v2

api: build ## The real daemon against its own OpenAPI documents, by schemathesis
	programs=$$(scripts/schemathesis) && \
		$(SUDO) env "PATH=$$PATH" TOFT_BIN=$(abspath $(TOFT)) $$programs/python tests/api/run.py $$programs

browser: build ## The whole story in Chromium; PICTURES=1 renews those in docs/screenshots
	TOFT_BIN=$(abspath $(TOFT)) $(SUDO) env $(if $(PICTURES),PICTURES=$(PICTURES)) "PATH=$$PATH" scripts/browser-tests

readme: build ## The README's first command, as a new user runs it
	$(SUDO) env "PATH=$$PATH" scripts/try-readme

bench: build .made/bench ## Toft measured against its peers, in one table; ONLY=create,start takes some of it
	cargo build --release --locked --package toft-bench
	TOFT_BIN=$(abspath $(TOFT)) $(SUDO) env "PATH=$$PATH" $(TARGET)/$(TRIPLE)/release/toft-bench \
		--cache $(abspath $(TARGET))/bench-cache $(if $(ONLY),--only $(ONLY)) $(ARGS)

audit: ## Licences, sources, flaws and uselessness of what Toft is built from
	scripts/audit

fuzz: .made/run .made/fuzz ## Run every fuzz target for FUZZ_SECONDS (20)
	scripts/fuzz

clean: ## Remove what was built
	rm -rf .made $(TARGET) web/dist web/dist-desktop web/node_modules
