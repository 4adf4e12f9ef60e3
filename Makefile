# What can be made here. Each target does its own set-up where it needs any.
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help build release demo test check format reference bench bench-startup soak kills sanitizers install clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

build: ## a debug build
	@scripts/setup-debian build
	swift build

release: ## the programs as they are shipped, in build/bin
	@scripts/setup-debian build
	@scripts/build-release

demo: ## the whole thing on this machine, without Azure
	@scripts/demo

test: ## set-up, checks, build and every test
	@scripts/test

check: ## the checks of the sources alone
	@scripts/check-layers --self-test
	@scripts/check-layers
	@scripts/check-format
	@scripts/check-errors
	@scripts/make-profile-reference --check

format: ## bring every Swift file into form
	swift format --in-place --parallel --recursive --configuration .swift-format Package.swift Sources Tests

reference: ## write docs/profile-reference.md anew
	@scripts/make-profile-reference

bench: ## the data plane against stunnel4 and plain TCP; docs/benchmarks.md
	@scripts/setup-debian build bench
	@scripts/build-release bastion-up bastion-bench
	@scripts/bench

bench-startup: release ## start-up time against a C program with the same libraries
	@scripts/bench-startup

soak: release ## five minutes of random data and faults through one tunnel
	@scripts/soak

kills: release ## a thousand processes killed at random moments, and what they leave behind
	@scripts/check-kills --programs build/bin

sanitizers: ## the tests and the soak with ThreadSanitizer and AddressSanitizer
	@scripts/setup-debian test
	@scripts/check-sanitizers

install: ## put the built release below PREFIX (default /usr/local)
	@test -x build/bin/bastion-up || { echo "run 'make release' first" >&2; exit 1; }
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 build/bin/bastion-up build/bin/bastion-emulator "$(DESTDIR)$(PREFIX)/bin"
	ln -sf bastion-up "$(DESTDIR)$(PREFIX)/bin/bastion-up-askpass"
	ln -sf bastion-up "$(DESTDIR)$(PREFIX)/bin/bastion-up-inventory"

clean: ## remove what was built
	rm -rf .build build
