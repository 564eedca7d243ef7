# The commands of the README. Everything real is in CMake; this file installs
# what a fresh Debian 12 machine lacks and calls it.

SAN ?=
comma := ,
preset := $(if $(SAN),$(subst $(comma),-,$(SAN)),default)
folder := $(if $(SAN),build-$(preset),build)
cores := $(shell nproc)
jobs ?= $(cores)
# Tests mostly wait.
test_jobs ?= $(shell echo $$((2 * $(cores))))
MODULES ?=
LABELS ?= unit
FUZZ_SECONDS ?= 60

# Other programs are tested on the build that people get, and times are
# measured there.
not_run := boot|$(if $(SAN),client|timing,timing)
ctest := ctest --test-dir $(folder) --output-on-failure --no-tests=error
configure = @cmake --preset $(preset) $(if $(wildcard $(folder)/build.ninja),> /dev/null)
# Of the named modules those that exist, as programs.
programs := $(foreach m,$(MODULES),$(if $(wildcard src/$(m)/*_test.cpp src/auth/$(m)/*_test.cpp),$(m)_test))
space := $() $()

.DEFAULT_GOAL := build
.PHONY: build run demo image addon test unit e2e programs coverage check format tidy \
        soak renew-cost fuzz bench bench-programs clean package package-arm64 test-arm64 \
        packages packages-tests

build: packages
	$(configure)
	@cmake --build $(folder) -j $(jobs) --target mekiki

run: build
	$(folder)/mekiki serve

# By an installed package or an image, where this checkout was not built yet.
demo:
	@tools/run-demo $(folder)

# build/mekiki_VERSION_ARCH.deb
package: build
	@packaging/make-deb $(folder) $(shell sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' $(folder)/CMakeCache.txt 2> /dev/null || true)

# build-arm64/mekiki_VERSION_arm64.deb, on any machine.
package-arm64: packages
	@tools/install-packages arm64
	@tools/make-sysroot arm64 build-arm64/sysroot
	@cmake --preset arm64 > /dev/null
	@cmake --build build-arm64 -j $(jobs) --target mekiki
	@MEKIKI_SYSROOT=build-arm64/sysroot DEB_HOST_ARCH=arm64 packaging/make-deb build-arm64 \
	  $$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' build-arm64/CMakeCache.txt)

# The same, started under qemu. Not in .ci/run: compiling takes ten minutes.
test-arm64: package-arm64
	@tools/test-foreign build-arm64/mekiki_$$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' build-arm64/CMakeCache.txt)_arm64.deb \
	  build-arm64/sysroot

# The image mekiki, with that package in it.
image: package
	@tools/build-image $(BASE)

# The add-on for Thunderbird.
addon:
	@tools/pack-addon addon/thunderbird build/mekiki-thunderbird.xpi

# make test, make test SAN=address,undefined
test: programs
	$(ctest) -j $(test_jobs) -LE '$(not_run)'
ifeq ($(SAN),)
	$(ctest) -L timing
endif

# What the tests need, and no test.
programs: packages packages-tests
	$(configure)
	@cmake --build $(folder) -j $(jobs)

# make unit, make unit MODULES="dkim spf", make unit SAN=thread MODULES=net
unit: packages
	$(configure)
	@cmake --build $(folder) -j $(jobs) --target $(or $(programs),unit)
	$(ctest) -j $(test_jobs) $(if $(MODULES),-R '^($(subst $(space),|,$(strip $(programs))))(_[0-9])?$$',-L unit)

e2e: packages packages-tests
	$(configure)
	@cmake --build $(folder) -j $(jobs) --target e2e
	$(ctest) -j $(test_jobs) -L e2e -LE '$(not_run)'
ifeq ($(SAN),)
	$(ctest) -L e2e -L timing
endif

# What the unit tests run of each folder; with LABELS='unit|e2e' those, too.
coverage: packages $(if $(filter-out unit,$(LABELS)),packages-tests)
	@cmake --preset coverage > /dev/null
	@cmake --build build-coverage -j $(jobs) --target $(subst |, ,$(LABELS))
	tools/coverage build-coverage $(test_jobs) '$(LABELS)'

# Format, includes between layers, coroutine use.
check: packages
	@cmake --preset default > /dev/null
	tools/check-format
	tools/check-layers
	tools/draw-layers --check
	tools/check-sql
	tools/check-coroutines build

format: packages
	git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

# All files, or those changed since a commit: make tidy TIDY_SINCE=origin/main
tidy: packages
	@cmake --preset default > /dev/null
	tools/tidy build $(TIDY_SINCE)

# Each fuzz target for FUZZ_SECONDS, from its corpus.
fuzz: packages
	@cmake --preset fuzz > /dev/null
	@cmake --build build-fuzz -j $(jobs)
	tools/fuzz build-fuzz $(FUZZ_SECONDS)

# make soak, make soak SOAK_MINUTES=10
soak: packages packages-tests
	$(configure)
	@cmake --build $(folder) -j $(jobs) --target mekiki
	cd tests/e2e && MEKIKI=$(CURDIR)/$(folder)/mekiki MEKIKI_SOAK_MINUTES=$(or $(SOAK_MINUTES),60) \
		/usr/bin/python3 -m pytest -q -s -p no:cacheprovider test_soak.py

# What a mail costs now is what e2e_cost compares with from now on.
renew-cost: build packages-tests
	cd tests/e2e && MEKIKI=$(CURDIR)/$(folder)/mekiki MEKIKI_RENEW=1 \
		/usr/bin/python3 -m pytest -q -p no:cacheprovider test_cost.py

bench: bench-programs
	build/bench/dkim_bench

bench-programs: packages
	@cmake --preset default > /dev/null
	@cmake --build build -j $(jobs) --target bench mekiki

clean:
	rm -rf build build-*

packages:
	@tools/install-packages build

packages-tests:
	@tools/install-packages tests
