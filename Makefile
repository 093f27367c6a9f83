# Two commands carry the project: `make run` to see it work, `make test` to check it. Both install what is missing.

ORIGIN ?=
DIR ?= /usr/share

BUILD_PACKAGES = libhiredis-dev libssl-dev zlib1g-dev pkg-config redis-server
TEST_PACKAGES = $(BUILD_PACKAGES) apache2 nginx-light rclone cadaver litmus curl openssl procps python3-venv s3cmd
BENCH_PACKAGES = $(BUILD_PACKAGES) nginx-light haproxy varnish gcc nghttp2-client

.PHONY: help run test test-clients test-history build lint bench micro clean

help:
	@echo 'make run  [ORIGIN=https://files.example.com] [DIR=/some/tree]   set up, build, run riffle in front of an origin'
	@echo 'make test                                                       set up, build, lint, fuzz, run every test'
	@echo 'make test-clients                                               Microsoft Graph by its real clients (a large install)'
	@echo 'make bench                                                      compare with nginx, HAProxy and Varnish'
	@echo 'make micro                                                      time and heap of the small operations of a request'
	@echo 'make test-history [STEPS=100000] [SEED=n]                       any history of three users through two riffles'
	@echo 'make build                                                      set up and build for release'

build:
	@.ci/packages $(BUILD_PACKAGES)
	swift build -c release

run: build
	@Perf/demo "$$(swift build -c release --show-bin-path)" '$(DIR)' '$(ORIGIN)'

test:
	@.ci/packages $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory lint
	@.ci/venv
	swift build --build-tests
	@.ci/fuzz
	@.ci/tests

# Clients whose installation takes long, in the same private environment as the others.
test-clients:
	@.ci/packages $(TEST_PACKAGES)
	@.ci/venv .ci/graph-packages
	swift build --product riffle
	swift build --product slow-origin
	@.ci/clients

# The long form of the history test: STEPS steps, from SEED when given.
STEPS ?= 100000
SEED ?=
test-history:
	@.ci/packages $(TEST_PACKAGES)
	swift build --build-tests
	RIFFLE_TEST_STEPS=$(STEPS) $(if $(SEED),RIFFLE_TEST_SEED=$(SEED)) swift test --skip-build --filter PropertyTests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Perf

bench: build
	@.ci/packages $(BENCH_PACKAGES)
	@Perf/bench "$$(swift build -c release --show-bin-path)"
	@Perf/kinds "$$(swift build -c release --show-bin-path)"
	@Perf/scale "$$(swift build -c release --show-bin-path)"
	@Perf/allocations "$$(swift build -c release --show-bin-path)"

micro:
	@.ci/packages $(BUILD_PACKAGES)
	@swift build -c release --product riffle-micro
	@"$$(swift build -c release --show-bin-path)/riffle-micro"

clean:
	rm -rf .build
