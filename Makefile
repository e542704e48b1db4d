# SPDX-License-Identifier: Apache-2.0
# The two commands of a newcomer, and those of a contributor. Meson does the building.
#
#   make demo [DATA=folder]   install what is missing, build, run the whole Olist example
#   make test                 install what tests need, build with sanitizers, run every test
#   make build                only build/release/vitrine
#   make lint                 what .ci/run checks besides the tests
#   make test-long            the long runs: crashes, fuzzing (see docs/measurements.md)
.PHONY: demo test build lint test-long fuzz bench clean

build:
	@tools/setup build
	@tools/build release

demo: build
	@tools/demo $(if $(DATA),"$(DATA)")

test:
	@tools/setup test
	@tools/test

lint:
	@tools/setup lint
	@tools/lint/all

test-long:
	@tools/setup test
	@tools/test long

fuzz:
	@tools/setup lint
	@tools/fuzz

bench:
	@tools/setup test
	@bench/run

clean:
	rm -rf build
