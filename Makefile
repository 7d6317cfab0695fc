# `make` lists what there is. `make check` is what CI runs.
.DEFAULT_GOAL := help
SHELL := bash

GOLANGCI_VERSION := v2.15.0
GOLANGCI := bin/tools/golangci-lint-$(GOLANGCI_VERSION)
PACKAGES ?= ./...
BENCH ?= run
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
DATE := $(shell git log -1 --format=%cI 2>/dev/null)
GORELEASER := bin/tools/goreleaser-v2.15.4
CYCLONEDX := bin/tools/cyclonedx-gomod-v1.10.0
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)
CHAOS_FOR ?= 10m
# One set of flags for all that is built, the race run apart: for each other set all
# packages are compiled anew, which takes two cores two minutes (SQLite is most of it).
export CGO_ENABLED := 0
export GOFLAGS := $(strip -trimpath $(filter-out -trimpath,$(GOFLAGS)))
# SQLite is C made into Go: its memory is not Go's, so the race detector finds
# nothing there and takes twice the time of a test to look. (Packages with generics
# must not be left out: the linker may take their copy of an atomic for everybody's,
# and races are seen that are none.) Tests wait for timers more than they work, so
# that four at once fit on two cores.
RACE_FLAGS := -parallel 4 -gcflags='modernc.org/...=-d=checkptr=0' -gcflags='modernc.org/sqlite/lib=-race=false -d=checkptr=0'

.PHONY: help
help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/fettle, one static binary, with the web app where npm is there
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui; else echo "no npm: the binary has no web app"; fi
	go build -ldflags "$(LDFLAGS)" -o bin/fettle ./cmd/fettle

.PHONY: release
release: $(GORELEASER) $(CYCLONEDX) ui ## bin/release: archives for six systems, SHA256SUMS, SBOMs; of the tag, else a snapshot of the commit
	export VERSION="$$(git describe --tags --exact-match 2>/dev/null | sed s/^v//)" COMMIT=$(COMMIT) DATE=$(DATE) TIMESTAMP="$$(git log -1 --format=%ct)" PATH="$(CURDIR)/bin/tools:$$PATH"; \
	VERSION="$${VERSION:-0.0.0-$$(git rev-parse --short HEAD)}" $(GORELEASER) release --clean --snapshot
	cd bin/release && sha256sum --check --quiet SHA256SUMS
	FETTLE_ARCHIVE="$$(ls $(CURDIR)/bin/release/fettle_*_$$(go env GOOS)_$$(go env GOARCH).tar.gz)" go test ./cmd/fettle -run '^TestGettingStarted$$' -count=1 -v

.PHONY: image
image: ui ## bin/fettle-image-ARCH.tar.gz for amd64 and arm64, without a container engine: docker load < FILE
	@for arch in amd64 arm64; do \
	  GOOS=linux GOARCH=$$arch go build -ldflags "$(LDFLAGS)" -o bin/image-$$arch ./cmd/fettle || exit 1; \
	  go run ./cmd/image -binary bin/image-$$arch -arch $$arch -version "$(VERSION)" -made $$(git log -1 --format=%ct) -o bin/fettle-image-$$arch.tar.gz || exit 1; \
	  rm bin/image-$$arch; ls -l bin/fettle-image-$$arch.tar.gz; done

# The newest goreleaser that this project's Go builds.
$(GORELEASER):
	mkdir -p $(@D)
	GOBIN=$(CURDIR)/bin/tools go install github.com/goreleaser/goreleaser/v2@v2.15.4
	mv bin/tools/goreleaser $@

$(CYCLONEDX):
	mkdir -p $(@D)
	GOBIN=$(CURDIR)/bin/tools go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
	mv bin/tools/cyclonedx-gomod $@

.PHONY: demo
demo: build ## a sample workspace, a simulated provider and the server
	bin/fettle demo

.PHONY: test
test: ## all the tests: both databases, the web app, the browser, each where it is there
	go test $(PACKAGES)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui-check ui-e2e; else echo "SKIPPED: no npm, so the web app was not tested"; fi

.PHONY: check
check: fmt small tidy lint drift api-lint ui-check clients ## everything that CI holds: format, size of files, go.mod, lint, drift, race tests on both databases, the web app, the browser
	CI=true CGO_ENABLED=1 go test -race $(RACE_FLAGS) -timeout 45m $(PACKAGES)
	CI=true $(MAKE) --no-print-directory ui-e2e

.PHONY: fmt
fmt: ## fails on Go that gofmt would change
	@bad=$$(git ls-files '*.go' | xargs -r gofmt -l); [ -z "$$bad" ] || { echo "run gofmt on:"; echo "$$bad"; exit 1; }

.PHONY: small
small: ## fails on a committed file above 1 MB: binaries do not belong in the repository
	@bad=$$(git ls-files -z | xargs -0r -I{} find {} -prune -type f -size +1024k); [ -z "$$bad" ] || { echo "above 1 MB, take them out (git rm --cached):"; echo "$$bad"; exit 1; }

.PHONY: tidy
tidy: ## fails if go.mod is not what the imports need
	@go mod tidy -diff || { echo "run: go mod tidy"; exit 1; }

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint, pinned
	$(GOLANGCI) run $(PACKAGES)

$(GOLANGCI):
	mkdir -p $(@D)
	GOBIN=$(CURDIR)/bin/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv bin/tools/golangci-lint $@

.PHONY: generate
generate: ## writes the files that are made from code: api/openapi.json, the types of the web app, the licences of others
	go run ./cmd/comments > api/comments.json.new
	mv api/comments.json.new api/comments.json
	go run ./cmd/fettle openapi > api/openapi.json.new
	mv api/openapi.json.new api/openapi.json
	@if [ -d ui/node_modules ]; then $(MAKE) --no-print-directory notices && cd ui && npm run --silent generate; fi

.PHONY: notices
notices: ui/node_modules ## writes the licences of the Go modules and npm packages that the program ships with
	go run ./cmd/notices > cmd/fettle/notices.txt.new
	mv cmd/fettle/notices.txt.new cmd/fettle/notices.txt

.PHONY: drift
drift: ui/node_modules ## fails if a generated file is not what the code makes
	@go run ./cmd/comments | diff -u api/comments.json - || { echo "run: make generate"; exit 1; }
	@go run ./cmd/fettle openapi | diff -u api/openapi.json - || { echo "run: make generate"; exit 1; }
	@cd ui && npx --no-install openapi-typescript ../api/openapi.json -o node_modules/.schema.d.ts >/dev/null
	@diff -q ui/src/api/schema.d.ts ui/node_modules/.schema.d.ts || { echo "run: make generate"; exit 1; }
	@go run ./cmd/notices | diff -q - cmd/fettle/notices.txt || { echo "run: make notices"; exit 1; }

UI_SOURCES := $(shell find ui/src ui/public ui/scripts ui/index.html ui/vite.config.ts -type f 2>/dev/null)

.PHONY: ui
ui: ui/dist/index.html ## the web app in ui/dist, which the binary embeds

# Not npm ci: it wants every platform's optional packages in the lock file, and
# not every registry serves them.
ui/node_modules: ui/package-lock.json
	cd ui && npm install --no-save --no-audit --no-fund
	touch $@

ui/dist/index.html: ui/node_modules $(UI_SOURCES)
	cd ui && rm -rf dist/assets dist/.vite && npm run --silent build

.PHONY: clients
clients: provider/catalog/clients/node_modules ## the vendors' own npm clients, which the catalogue's definitions are compared with in tests

# As above. Their install scripts are not run: none is needed.
provider/catalog/clients/node_modules: provider/catalog/clients/package-lock.json
	cd $(@D) && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

.PHONY: api-lint
api-lint: api/lint/node_modules ## redocly and spectral on api/openapi.json, every rule but those that say why not
	set -o pipefail; cd api/lint && REDOCLY_SUPPRESS_UPDATE_NOTICE=true REDOCLY_TELEMETRY=off npx --no-install redocly lint --config redocly.yaml ../openapi.json 2>&1 | grep -v '[║╔╚]' && npx --no-install spectral lint --fail-severity hint --ruleset spectral.yaml ../openapi.json

api/lint/node_modules: api/lint/package-lock.json
	cd $(@D) && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

.PHONY: ui-check
ui-check: ui/node_modules ## the web app's types, lint and tests
	cd ui && npm run --silent types && npm run --silent lint && npm run --silent test

.PHONY: ui-e2e
ui-e2e: build ## a browser walks the real binary, where there is a Chromium
	cd ui && npm run --silent e2e

.PHONY: pictures
pictures: build ## docs/pictures, from a demo, where there is a Chromium
	node ui/scripts/pictures.mjs

.PHONY: docs
docs: ## bin/docs, the documentation as a site
	go run ./cmd/fettle docs -o bin/docs

.PHONY: bench
bench: build ## the product's own benchmark: make bench BENCH="run|import|hub|limit"
	bin/fettle bench $(BENCH)

.PHONY: chaos
chaos: ## kills, stops and cuts off the real binary: CHAOS_FOR=10m per database, CHAOS_SEED=N as a run printed it
	CHAOS_FOR=$(CHAOS_FOR) go test -count=1 -timeout 24h -v -run 'TestChaos$$' ./chaos
	CHAOS_FOR=$(CHAOS_FOR) go test -count=1 -timeout 24h -v -run 'TestCrashAtEveryStatement$$|TestPowerCut|TestSimulation$$|TestADifferenceIsNoChange$$|TestBacktestIsWhatWasBought$$|TestALifeIsItsBacktest$$|TestWhatWasTakenBackStays$$' ./engine
	CHAOS_FOR=$(CHAOS_FOR) go test -count=1 -timeout 24h -v -run 'TestNobodySpendsWithoutTheRight$$' ./engine -rapid.checks=20 -rapid.seed=$(or $(CHAOS_SEED),0)

.PHONY: frames
frames: build ## how smoothly the grid scrolls: make frames URL=http://127.0.0.1:7070 against a running server
	cd ui && node scripts/frames.mjs "$(or $(URL),http://127.0.0.1:7070)"

.PHONY: wire
wire: build ## what a browser receives for the first page and when it is useful, cold: make wire [URL=http://127.0.0.1:7070]
	cd ui && node scripts/wire.mjs $(URL)

.PHONY: clean
clean: ## removes what was built
	rm -rf bin
