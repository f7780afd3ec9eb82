# Everything a newcomer, a developer and CI run. `make demo` and `make test` need nothing beforehand but Swift:
# system packages are installed when they are missing, with sudo when not root.

PREFIX ?= /usr/local
EARSHOT := .build/release/earshot
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Optimised across modules at link time, with a register more (perf record: --call-graph dwarf). Small and quick to load:
# nothing is exported to be looked up, nothing unused or twice is kept.
LINK_FLAGS := --experimental-lto-mode full --omit-frame-pointers -Xswiftc -use-ld=lld $(addprefix -Xlinker ,-s --gc-sections --icf=safe --exclude-libs=ALL --no-export-dynamic)
BUILD_FLAGS := -c release --static-swift-stdlib $(LINK_FLAGS)

.PHONY: demo test build lint golden corpus bench micro fuzz install clean swift build-packages test-packages bench-packages

demo: build
	@$(EARSHOT) demo

test: build test-packages
	EARSHOT_BINARY="$(CURDIR)/$(EARSHOT)" swift test --parallel

build: swift build-packages
	swift build $(BUILD_FLAGS) --product earshot

# The arrows of the design, then the format.
lint: swift build-packages
	swift build --explicit-target-dependency-import-check error
	.ci/check-imports
	.ci/check-folders
	.ci/check-unsafe
	swift format lint --strict --recursive Package.swift Benchmarks Sources Tests

# Rewrites the expected outputs beside the fixtures; read the diff before you commit it.
golden: build test-packages
	EARSHOT_BINARY="$(CURDIR)/$(EARSHOT)" EARSHOT_UPDATE_GOLDEN=1 swift test --filter GoldenTests
	git --no-pager diff --stat -- Fixtures

# CORPUS: a folder of captures with, in ../oracle beside it, the reference and the program that compares.
corpus: build
	@[ -n "$(CORPUS)" ] || { echo "make corpus CORPUS=FOLDER: which captures?" >&2; exit 2; }
	@python3 Tests/Corpus/json.py $(EARSHOT) "$(CORPUS)" Fixtures/corpus/allow.tsv
	@python3 Tests/Corpus/tcp.py $(EARSHOT) "$(CORPUS)" Fixtures/corpus/allow-tcp.tsv

# A minute for each target, or as many seconds as FUZZ_SECONDS says; goes on from where earlier runs got.
fuzz: swift test-packages
	Tests/Fuzz/run.sh

# What single operations cost; then ratios to other programs, each pair in one run, in turn: the last table also as
# .build/bench.json.
# WORKLOAD: another program that makes captures; BENCH_CAPTURES: a folder to keep them in; BENCH_FLAGS: as
# Benchmarks/compare.py --help has them (--readme Sources/earshot/earshot.docc/Benchmarks.md records the table there).
bench: build bench-packages micro
	$(SUDO) Benchmarks/capture.py $(EARSHOT)
	$(SUDO) Benchmarks/probes.py $(EARSHOT)
	Benchmarks/compare.py $(EARSHOT) --results .build/bench.json $(if $(WORKLOAD),--workload "$(WORKLOAD)") \
		$(if $(BENCH_CAPTURES),--captures "$(BENCH_CAPTURES)") $(BENCH_FLAGS)

micro: swift build-packages test-packages
	swift build $(BUILD_FLAGS) --product EarshotBenchmarks
	gcc -O2 -shared -fPIC -o .build/allocations.so Benchmarks/allocations.c
	@LD_PRELOAD=.build/allocations.so .build/release/EarshotBenchmarks

install: build
	install -D -m 755 $(EARSHOT) "$(DESTDIR)$(PREFIX)/bin/earshot"
	@echo "to capture without root: sudo setcap cap_net_raw+ep $(PREFIX)/bin/earshot"

clean:
	swift package clean
	rm -rf .build

swift:
	@command -v swift >/dev/null || { echo "Swift 6.2 or later is missing: install it from https://www.swift.org/install/linux" >&2; exit 1; }

build-packages:
	@pkg-config --exists libpcap zlib 2>/dev/null || $(call install_packages,libpcap-dev zlib1g-dev pkg-config)

test-packages: build-packages
	@missing=; \
	command -v tcpdump >/dev/null || missing="$$missing tcpdump"; \
	command -v python3 >/dev/null || missing="$$missing python3"; \
	command -v ip >/dev/null || missing="$$missing iproute2"; \
	command -v nft >/dev/null || missing="$$missing nftables"; \
	command -v ping >/dev/null || missing="$$missing iputils-ping"; \
	command -v gcc >/dev/null || missing="$$missing gcc libc6-dev"; \
	[ -z "$$missing" ] || $(call install_packages,$$missing)

# Whom the benchmarks compare with.
bench-packages: test-packages
	@missing=; \
	command -v tshark >/dev/null || missing="$$missing tshark"; \
	command -v tcpflow >/dev/null || missing="$$missing tcpflow"; \
	command -v readelf >/dev/null || missing="$$missing binutils"; \
	command -v fping >/dev/null || missing="$$missing fping"; \
	[ -z "$$missing" ] || $(call install_packages,$$missing)

define install_packages
{ command -v apt-get >/dev/null || { echo "install these packages first: $(1)" >&2; exit 1; }; \
  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; }
endef
