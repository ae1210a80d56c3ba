# Stator's front door. Every target first installs the Debian packages it misses (scripts/bootstrap) and says so.
# Meson does the building: build/release is an ordinary build directory, the others are described in scripts/configure.

LISTEN ?= 127.0.0.1:8000
DATA ?= data
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
CRASH_ROUNDS ?= 3
SIZE ?= 1G

.PHONY: all run test unit api property e2e examples crash isolation check bench bench-large bench-soak fuzz format install clean help

all: ## build build/stator (optimised, with debug information)
	@scripts/bootstrap run
	@scripts/build release src/cli/stator
	@ln -sf release/src/cli/stator build/stator

run: all ## build, then serve on LISTEN (127.0.0.1:8000) with the data in DATA (./data)
	build/stator serve --listen $(LISTEN) --data $(DATA)

test: unit api property e2e examples crash isolation ## all tests: unit, storage, conformance, properties, real SDKs, kill -9, isolation

unit: ## only the unit and storage tests
	@scripts/bootstrap test
	@scripts/unit release

api: all ## only the conformance cases: what DynamoDB answers, against a running server
	@scripts/bootstrap test
	@scripts/api

property: all ## only the property tests: random items and expressions against a model
	@scripts/bootstrap test
	@test/property/run

e2e: all ## only the tests with the AWS SDKs and the AWS CLI against a running server
	@scripts/bootstrap test
	@scripts/e2e

examples: all ## only the tests of the examples
	@scripts/bootstrap test
	@scripts/examples

crash: all ## only the kill -9 rounds (CRASH_ROUNDS)
	@scripts/bootstrap test
	@scripts/crash $(CRASH_ROUNDS)

isolation: all ## only concurrent sessions: what they see must have a serial order
	@scripts/bootstrap test
	@scripts/isolation

check: ## everything that CI runs: tests, two compilers, sanitizers, linters, fuzzing
	@scripts/bootstrap check
	@FUZZ_SECONDS=$(FUZZ_SECONDS) CRASH_ROUNDS=$(CRASH_ROUNDS) scripts/check

fuzz: ## every fuzz target for FUZZ_SECONDS
	@scripts/bootstrap check
	@scripts/fuzz $(FUZZ_SECONDS)

bench: all ## measure this machine, beside what else is there; BENCH=--quick for a short look
	@bench/run --build build/release --stator build/stator $(BENCH)

bench-large: all ## a store of SIZE (1G), many times larger than the server's memory
	@bench/large --size $(SIZE) $(BENCH)

bench-soak: all ## half an hour of everything: whether memory, descriptors or latencies grow
	@bench/soak $(BENCH)

format: ## lay out all C files as .clang-format says
	@scripts/bootstrap check
	@scripts/format

install: all ## install the program under PREFIX (/usr/local), below DESTDIR if given
	@meson configure build/release --prefix $(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C build/release --no-rebuild

clean: ## remove everything built; ./data stays
	rm -rf build test/e2e/node_modules examples/*/node_modules

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
	    while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done
