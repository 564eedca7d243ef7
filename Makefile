# The commands of the README. Everything real is in CMake; this file installs
# what a fresh Debian 12 machine lacks and calls it.

SAN ?=
comma := ,
preset := $(if $(SAN),$(subst $(comma),-,$(SAN)),default)
folder := $(if $(SAN),build-$(preset),build)
jobs ?= $(shell nproc)
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := build
.PHONY: build run demo addon test check format tidy fuzz bench clean packages \
        packages-tests

build: packages
	@cmake --preset $(preset) $(if $(wildcard $(folder)/build.ninja),> /dev/null)
	@cmake --build $(folder) -j $(jobs) --target mekiki

run: build
	$(folder)/mekiki serve

demo: build
	$(folder)/mekiki demo

# The add-on for Thunderbird.
addon:
	@tools/pack-addon addon/thunderbird build/mekiki-thunderbird.xpi

# make test, make test SAN=address,undefined, make test SAN=thread
test: packages packages-tests
	@cmake --preset $(preset) > /dev/null
	@cmake --build $(folder) -j $(jobs)
	ctest --test-dir $(folder) --output-on-failure

# Format, includes between layers, coroutine use.
check: packages
	@cmake --preset default > /dev/null
	tools/check-format
	tools/check-layers
	tools/check-coroutines build

format: packages
	git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

tidy: packages
	@cmake --preset default > /dev/null
	git ls-files 'src/*.cpp' | xargs -P $(jobs) -n 4 clang-tidy-19 -p build --quiet

# Each fuzz target for FUZZ_SECONDS, from its corpus.
fuzz: packages
	@cmake --preset fuzz > /dev/null
	@cmake --build build-fuzz -j $(jobs)
	tools/fuzz build-fuzz $(FUZZ_SECONDS)

bench: packages packages-tests
	@cmake --preset default > /dev/null
	@cmake --build build -j $(jobs)
	build/bench/dkim_bench

clean:
	rm -rf build build-*

packages:
	@tools/install-packages build

packages-tests:
	@tools/install-packages tests
