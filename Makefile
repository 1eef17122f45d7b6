# halld: `make help` lists the targets.
SHELL := /bin/bash
export CGO_ENABLED := 1
GO ?= go
WEB := display/web
BIN := bin/halld
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser)

.PHONY: all build demo test check bench web fmt golden help need need-test lint race rig soak

# golangci-lint: that of the PATH if it has this version, else one that is built into bin/, once; that takes some minutes.
LINT_VERSION := 2.15.0
LINT := $(shell [ "$$(golangci-lint version --short 2>/dev/null)" = "$(LINT_VERSION)" ] && command -v golangci-lint || echo bin/golangci-lint-$(LINT_VERSION))


all: build ## build the screens and the program

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

need:
	@command -v $(GO) >/dev/null || { echo "Go 1.26 is missing: install it from https://go.dev/dl/"; exit 1; }
	@command -v npm >/dev/null || { echo "Node 20 or later is missing: install it from https://nodejs.org/"; exit 1; }
	@command -v gcc >/dev/null || .ci/install gcc libc6-dev

need-test: need
	@command -v "$(CHROMIUM)" >/dev/null || .ci/install chromium
	@command -v zbarimg >/dev/null || .ci/install zbar-tools
	@ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || .ci/install fonts-noto-cjk
	@command -v espeak-ng >/dev/null || .ci/install espeak-ng
	@command -v ser2net >/dev/null || .ci/install ser2net

.ci/oracles/node_modules/.stamp: .ci/oracles/package.json .ci/oracles/package-lock.json
	cd .ci/oracles && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.stamp

$(WEB)/node_modules/.stamp: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci --no-audit --no-fund && touch node_modules/.stamp

web: need $(WEB)/node_modules/.stamp ## build the screens into display/web/dist
	cd $(WEB) && npm run build

build: web ## build bin/halld with the screens inside
	$(GO) build -o $(BIN) ./cmd/halld

demo: build ## run a whole simulated hall and print the address of each screen
	$(BIN) demo $(DEMO)

fmt: ## format the Go sources
	gofmt -w $$(git ls-files '*.go')

bin/golangci-lint-$(LINT_VERSION):
	@echo "building golangci-lint $(LINT_VERSION) into bin/"
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION)
	@mv bin/golangci-lint $@

lint: need $(LINT) ## formatting and golangci-lint: no finding passes
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); [ -z "$$bad" ] || { echo "not formatted (make fmt):"; echo "$$bad"; exit 1; }
	$(LINT) run --max-issues-per-linter=0 --max-same-issues=0 ./...

# what computes side by side: the core, its store, the screens' server, and the device packages that do not wait for lines
RACE := ./queue/... ./display/... ./devices ./devices/floor ./devices/profile ./devices/wire ./devices/frame/... ./devices/gpio ./devices/sim

race: need ## the race detector over the core, the server and the quick device packages
	TMPDIR=$${TMPDIR:-/tmp} $(GO) test -race -timeout 15m -skip '^(TestStartWithManyTickets|TestACountFloodsNoLine|TestSlowScreen)$$' $(RACE) # the first two measure times, the third fills a socket 64 KB at a time

check: need-test lint $(WEB)/node_modules/.stamp .ci/oracles/node_modules/.stamp ## everything that must pass before a commit
	$(GO) test -timeout 15m ./...
	cd $(WEB) && npm run check && npm test

test: check build rig ## all of it: check, build, real kernel drivers, a minute of soak, screens in Chromium against the real program, clean tree
	.ci/soak/run
	CHROMIUM=$(CHROMIUM) .ci/visit
	.ci/clean

rig: need ## the real program on real kernel drivers, in a guest under QEMU: GPIO, UART, USB unplugged
	.ci/rig/run

soak: need ## an hour of random commands and kill -9 against a model of the hall; HALLD_SOAK_SECONDS, SOAK="-seed N"
	HALLD_SOAK_SECONDS=$${HALLD_SOAK_SECONDS:-3600} .ci/soak/run $(SOAK)

golden: ## write the golden files anew; look at the difference before you commit it
	$(GO) test ./display ./devices/profile -update

bench: build ## measure; every figure beside a reference of the same run
	$(BIN) bench
