# Everything a person does with Tremolo from a checkout. `make help` lists it.
# The only place that names the packages which the project needs from the system.

BUILD_PACKAGES := libsqlite3-dev pkg-config
GEOIP_PACKAGES := libmaxminddb-dev
OUTSIDE_PACKAGES := curl python3 sqlite3 strace systemd faketime e2fsprogs mount util-linux iproute2 procps passwd \
  rsync logrotate chromium prometheus haproxy nginx-light caddy openssl slowhttptest binutils python3-yaml man-db mandoc \
  zsh fish clickhouse-server
IMAGE_PACKAGES := buildah debootstrap curl iproute2 util-linux
FLEET_PACKAGES := haproxy clickhouse-server
ENGINE_PACKAGES := python3-venv
DEB_PACKAGES := dpkg-dev debhelper lintian
DEB_TEST_PACKAGES := debootstrap
SYSTEMD_TEST_PACKAGES := debootstrap systemd-container
BENCH_PACKAGES := nginx-light haproxy wrk openssl
SWIFT_MINIMUM := 6.2

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

RELEASE_FLAGS := -c release --static-swift-stdlib
TEST_FLAGS := -Xswiftc -warnings-as-errors
# Tests take some ten minutes; of those that hang it says which, and what they wait for.
WATCHED := Tests/watched 25
BINARY := .build/release/tremolo
# GEOIP=1 builds with the trait that reads country databases.
TRAITS := $(if $(GEOIP),--traits GeoIP)
SECONDS ?= 60
CHAOS ?= 300
ENGINE := .build-engine
DEMO_BINARY := .build/release/tremolo-demo
LOAD_BINARY := .build/release/tremolo-load
URL ?= http://127.0.0.1:8080
SCENARIO ?= click
BENCH_PRODUCTS := tremolo tremolo-load tremolo-bench journal-maker kernel-floor

.PHONY: help
help: ## This list
	@echo "make targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## Build, then start the edge on 127.0.0.1:8080 with Config/tremolo.json5
	@exec $(BINARY) serve --config Config/tremolo.json5 --greet

.PHONY: demo
demo: build ## Play two campaigns in seconds, and look at them: report, truth and dashboard [DEMO_FLAGS=--once]
	swift build $(RELEASE_FLAGS) --product tremolo-demo
	@exec $(DEMO_BINARY) $(DEMO_FLAGS)

.PHONY: build
build: packages $(if $(GEOIP),geoip-packages) ## Build the binary that ships: make build [GEOIP=1 (reads country databases)]
	swift build $(RELEASE_FLAGS) $(TRAITS) --product tremolo

# Where `make install` puts things. DESTDIR stands in front of all of it, for whoever makes a package.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
MANUAL := $(DESTDIR)$(PREFIX)/share/man/man1/tremolo.1
SHARE := $(DESTDIR)$(PREFIX)/share/tremolo
DOCUMENTS := $(DESTDIR)$(PREFIX)/share/doc/tremolo
INSTALLED := $(PREFIX)/bin/tremolo $(PREFIX)/share/man/man1/tremolo.1 $(BASHDIR)/tremolo $(ZSHDIR)/_tremolo \
  $(FISHDIR)/tremolo.fish $(UNITDIR)/tremolo.service $(UNITDIR)/tremolo.socket $(SYSUSERSDIR)/tremolo.conf
CONFIGURATION := $(DESTDIR)$(SYSCONFDIR)/tremolo/tremolo.json5
# What the units and the configuration say of /usr/local, /etc and a checkout, for the place that is installed to.
PLACED := sed -e 's|/usr/local/|$(PREFIX)/|g' -e 's|/etc/tremolo|$(SYSCONFDIR)/tremolo|g'
PLACED_CONFIGURATION := sed -e 's|^  data: "data"|  data: "/var/lib/tremolo"|' \
  -e 's,Config/\(rules\|esp\|pages\),$(PREFIX)/share/tremolo/\1,g' -e 's,Config/examples/tremolo.socket,tremolo.socket,'

.PHONY: install
install: ## Install what `make build` built: make install [PREFIX=/usr/local] [DESTDIR=folder]
	@for place in "$(PREFIX)" "$(SYSCONFDIR)"; do case "$$place" in \
	  *[!A-Za-z0-9._/+~-]*) ;; /*) continue ;; esac; \
	  echo "PREFIX and SYSCONFDIR begin with / and have letters, digits and ._+~- alone" >&2; exit 64; done
	@[ -x "$(BINARY)" ] || { echo "There is no $(BINARY): run make build first" >&2; exit 66; }
	install -D -m 755 "$(BINARY)" "$(DESTDIR)$(PREFIX)/bin/tremolo"
	"$(BINARY)" manual | install -D -m 644 /dev/stdin "$(MANUAL)"
	"$(BINARY)" completion bash | install -D -m 644 /dev/stdin "$(DESTDIR)$(BASHDIR)/tremolo"
	"$(BINARY)" completion zsh | install -D -m 644 /dev/stdin "$(DESTDIR)$(ZSHDIR)/_tremolo"
	"$(BINARY)" completion fish | install -D -m 644 /dev/stdin "$(DESTDIR)$(FISHDIR)/tremolo.fish"
	for unit in tremolo.service tremolo.socket; do \
	  $(PLACED) "Config/examples/$$unit" | install -D -m 644 /dev/stdin "$(DESTDIR)$(UNITDIR)/$$unit"; done
	install -D -m 644 Config/examples/tremolo.sysusers "$(DESTDIR)$(SYSUSERSDIR)/tremolo.conf"
	rm -rf "$(SHARE)" "$(DOCUMENTS)"
	install -d "$(SHARE)/rules" "$(SHARE)/esp" "$(SHARE)/pages" "$(DOCUMENTS)/examples"
	for folder in rules esp; do install -m 644 Config/$$folder/*.json5 "$(SHARE)/$$folder"; done
	install -m 644 Config/pages/*.html "$(SHARE)/pages"
	install -m 644 Documentation/*.md "$(DOCUMENTS)"
	install -m 644 $(filter-out %.service %.socket %.sysusers %/fleet,$(wildcard Config/examples/*)) "$(DOCUMENTS)/examples"
	install -d "$(DOCUMENTS)/examples/fleet"
	cp Config/examples/fleet/* "$(DOCUMENTS)/examples/fleet"
	$(PLACED_CONFIGURATION) Config/tremolo.json5 | install -m 644 /dev/stdin "$(DOCUMENTS)/examples/tremolo.json5"
	@if [ -e "$(CONFIGURATION)" ]; then echo "$(CONFIGURATION) stays as it is"; \
	else install -D -m 644 "$(DOCUMENTS)/examples/tremolo.json5" "$(CONFIGURATION)"; fi

.PHONY: uninstall
uninstall: ## Remove what `make install` installed, but configuration and data: make uninstall [PREFIX=] [DESTDIR=]
	rm -f $(foreach file,$(INSTALLED),"$(DESTDIR)$(file)")
	rm -rf "$(SHARE)" "$(DOCUMENTS)"

# The binary in the package is the one that `make build` makes, stripped; what a debugger needs of it becomes a package of
# its own beside it. The date is that of the commit, so that the same binary makes the same package. A copy that is no
# clone says DEB_MAINTAINER and SOURCE_DATE_EPOCH itself.
DEB := .build/deb

.PHONY: deb
deb: build deb-packages ## Make a Debian package of the binary that ships, clean under lintian: make deb [GEOIP=1]
	rm -rf $(DEB)
	mkdir -p $(DEB)/source
	cp -r Config/debian $(DEB)/source/debian
	@version=$$($(BINARY) --version | sed -nE 's/^tremolo ([0-9][0-9a-z.]*).*/\1/p'); \
	maintainer=$${DEB_MAINTAINER:-$$(git log -1 --format='%an <%ae>')}; \
	export SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}; \
	: "$${version:?$(BINARY) names no version}" "$${maintainer:?}" "$${SOURCE_DATE_EPOCH:?}"; \
	sed -i -e "s|@VERSION@|$$version|" -e "s|@MAINTAINER@|$$maintainer|" \
	  -e "s|@DATE@|$$(LC_ALL=C date -u -R -d "@$$SOURCE_DATE_EPOCH")|" $(addprefix $(DEB)/source/debian/,control changelog); \
	cd $(DEB)/source; \
	CHECKOUT="$(CURDIR)" BINARY="$(abspath $(BINARY))" dpkg-buildpackage --build=binary --no-sign
	lintian --fail-on error,warning --info $(DEB)/*.changes
	@ls $(DEB)/*.deb

.PHONY: deb-test
deb-test: deb deb-test-packages ## Install, use, upgrade and purge that package in a clean root of Debian; needs root (3 min)
	@$(MAKE) deb DEB=.build/deb-again >/dev/null
	for package in $(DEB)/*.deb; do cmp "$$package" ".build/deb-again/$${package##*/}"; done
	Tests/Package/deb-test $(DEB)/tremolo_*.deb

.PHONY: systemd-test
systemd-test: deb systemd-test-packages ## Boot a Debian with systemd and that package, and hold the units to what they say; needs root (1 min)
	Tests/Package/systemd-test $(DEB)/tremolo_*.deb

.PHONY: test
test: build ## The tests that need no outside program (minutes)
	swift build --build-tests $(TEST_FLAGS) $(TRAITS)
	TREMOLO_BINARY="$(CURDIR)/$(BINARY)" $(WATCHED) swift test --skip-build $(TEST_FLAGS) $(TRAITS)

.PHONY: test-all
test-all: test test-geoip outside-packages lint ## Also the tests that drive outside programs; installs them
	swift build $(RELEASE_FLAGS) --product journal-maker
	swift build $(RELEASE_FLAGS) --product judge-agents
	swift build $(RELEASE_FLAGS) --product tremolo-load
	TREMOLO_BINARY="$(CURDIR)/$(BINARY)" TREMOLO_OUTSIDE=1 $(WATCHED) swift test --skip-build $(TEST_FLAGS) $(TRAITS) \
	  --filter OutsideTests

.PHONY: test-geoip
test-geoip: export TREMOLO_TESTS := GeoIPTests,SettingsTests,JourneyTests
test-geoip: packages geoip-packages ## The tests of a build that reads country databases; installs libmaxminddb
	swift build --build-tests $(TEST_FLAGS) --traits GeoIP --scratch-path .build-geoip
	TREMOLO_BINARY="$(CURDIR)/.build-geoip/debug/tremolo" $(WATCHED) swift test --skip-build $(TEST_FLAGS) --traits GeoIP \
	  --scratch-path .build-geoip --filter 'GeoIPTests|Countr|SettingsTests'

.PHONY: check
check: check-thread check-address check-fleet check-engine ## The tests, and the server they start, under the thread and address sanitizers

# The tests start the `tremolo` that was built beside them, under the same sanitizer: a finding ends it at once, with
# another exit status than its own. The thread sanitizer needs help with the library's locks, which Tests/Sanitizers/mutex.c
# gives; the simulated world, which has one thread, is left out there.

.PHONY: check-thread
check-thread: packages
	swift build --build-tests --sanitize thread --scratch-path .build-thread
	@resources=$$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p'); \
	"$$resources/../../bin/clang" -shared -fPIC -O1 -Wall -Werror Tests/Sanitizers/mutex.c -o .build-thread/mutex.so
	TREMOLO_BINARY="$(CURDIR)/.build-thread/debug/tremolo" LD_PRELOAD="$(CURDIR)/.build-thread/mutex.so" \
	  TSAN_OPTIONS=halt_on_error=1 swift test --skip-build --sanitize thread --scratch-path .build-thread \
	  --skip SimulationTests

.PHONY: check-address
check-address: packages
	swift build --build-tests --sanitize address --scratch-path .build-address
	TREMOLO_BINARY="$(CURDIR)/.build-address/debug/tremolo" ASAN_OPTIONS=detect_leaks=0 \
	  swift test --skip-build --sanitize address --scratch-path .build-address

.PHONY: check-fleet
check-fleet: build outside-packages ## Torment two edges and their ClickHouse for minutes: make check-fleet [CHAOS=300]
	swift build --build-tests $(TEST_FLAGS)
	TREMOLO_BINARY="$(CURDIR)/$(BINARY)" TREMOLO_OUTSIDE=1 TREMOLO_CHAOS_SECONDS=$(CHAOS) $(WATCHED) swift test --skip-build \
	  $(TEST_FLAGS) --filter OutsideTests.FleetChaosTests

# The engine is a package of PyPI; Tests/CurrentEngine has as much of a server around it as is needed.
.PHONY: check-engine
check-engine: build outside-packages engine-packages ## The fleet's statements against a current engine of ClickHouse, from PyPI
	swift build --build-tests $(TEST_FLAGS)
	@python3 -m venv $(ENGINE) && $(ENGINE)/bin/pip install --quiet chdb || { \
	  echo "check-engine: PyPI gives no chdb: THE CURRENT ENGINE OF CLICKHOUSE WAS NOT TESTED" >&2; exit 0; }; \
	PATH="$(CURDIR)/$(ENGINE)/bin:$$PATH" TREMOLO_CLICKHOUSE_SERVER="$(CURDIR)/Tests/CurrentEngine/clickhouse-server" \
	  TREMOLO_BINARY="$(CURDIR)/$(BINARY)" TREMOLO_OUTSIDE=1 $(WATCHED) swift test --skip-build $(TEST_FLAGS) \
	  --filter 'OutsideTests.(FleetReportTests|ShippingTests|FleetCommandTests|ClickHouseTests|FleetFactsTests)'

.PHONY: simulate
simulate: packages ## Hunt for a lost or doubled event in simulated worlds: make simulate [SECONDS=600] [SEED=n]
	swift build $(RELEASE_FLAGS) --product simulate
	@SWIFT_DETERMINISTIC_HASHING=1 exec .build/release/simulate $(if $(SEED),--seed $(SEED),--seconds $(SECONDS))

# A fuzzer has the program's entry, so the objects are linked here and not by SwiftPM. What it finds lies in .build-fuzz;
# mended, it goes to Tests/Fixtures/fuzz. A trap is the fuzzer's to catch, not the runtime's, which would end before the
# input is written.

.PHONY: fuzz
fuzz: packages ## Feed mutated inputs to every grammar: make fuzz [SECONDS=60] [TARGET=query]
	swift build -c release --scratch-path .build-fuzz --target Fuzz \
	  -Xswiftc -sanitize=fuzzer -Xswiftc -DFUZZING -Xswiftc -parse-as-library
	swiftc -sanitize=fuzzer $$(find $$(readlink -f .build-fuzz/release) -name '*.o') -lsqlite3 -o .build-fuzz/fuzz
	@for target in $(or $(TARGET),head query event segment configuration mail rules table proxy form mask); do \
	  echo "== $$target"; mkdir -p .build-fuzz/corpus/$$target; \
	  FUZZ_TARGET=$$target SWIFT_BACKTRACE=enable=no .build-fuzz/fuzz -verbosity=0 -print_final_stats=1 -max_total_time=$(SECONDS) \
	    -artifact_prefix=.build-fuzz/$$target- .build-fuzz/corpus/$$target Tests/Fixtures/fuzz/$$target; \
	done

.PHONY: load
load: packages ## Measure a running edge: make load [URL=...] [SCENARIO=campaign] [LOAD_FLAGS='--rate 5000']
	swift build $(RELEASE_FLAGS) --product tremolo-load
	@scenario="$(SCENARIO)"; [ -e "$$scenario" ] || scenario="LoadTests/scenarios/$(SCENARIO).json5"; \
	exec $(LOAD_BINARY) $(URL) --scenario "$$scenario" $(LOAD_FLAGS)

# The services that the distribution starts with nginx, HAProxy and Caddy stay alone: the bench and the tests run their
# own, on free ports.

.PHONY: bench
bench: packages bench-packages ## The standard comparison, into LoadTests/RESULTS.md (31 min): make bench [QUICK=1] [ROW=cpu]
	for product in $(BENCH_PRODUCTS); do swift build $(RELEASE_FLAGS) --product $$product; done
	@exec .build/release/tremolo-bench $(if $(QUICK),--quick) $(foreach row,$(ROW),--only $(row))

.PHONY: bench-fleet
bench-fleet: build fleet-packages ## What a fleet's ClickHouse takes (20 min): make bench-fleet [FLAGS=--quick|--huge]
	swift build $(RELEASE_FLAGS) --product journal-maker
	swift build $(RELEASE_FLAGS) --product tremolo-load
	LoadTests/fleet-bench $(FLAGS)

.PHONY: agents
agents: packages ## Judge lists of user agents and measure what that costs: make agents [LISTS=folder]
	swift build $(RELEASE_FLAGS) --product judge-agents
	@exec .build/release/judge-agents Config/rules $(or $(LISTS),Tests/Fixtures/user-agents)

.PHONY: crawlers
crawlers: ## Make Config/rules/crawlers.json5 anew from the community's list: make crawlers LIST=crawler-user-agents.json
	Config/rules/import-crawlers "$(LIST)" > Config/rules/crawlers.json5.new
	mv Config/rules/crawlers.json5.new Config/rules/crawlers.json5

.PHONY: fleet
fleet: build fleet-packages ## Run two edges behind HAProxy and one ClickHouse on this machine, until control-C
	TREMOLO=$(BINARY) Config/examples/fleet/run .build/fleet

.PHONY: screenshots
screenshots: build outside-packages ## Picture the dashboard for the README: make screenshots [DATA=folder] [ALL=folder]
	python3 Documentation/images/screenshots.py --binary $(BINARY) $(if $(DATA),--data $(DATA)) $(if $(ALL),--all $(ALL))

# A target of its own: it needs root and minutes, and compiles everything once more.

.PHONY: image-test
image-test: toolchain image-packages ## Build the container image without an engine, and have it answer a click (5 min, as root)
	@GEOIP=$(GEOIP) Tests/Image/image-test

.PHONY: lint
lint: toolchain ## Hold the layout that `make format` gives
	swift format lint --strict --parallel --recursive Package.swift Sources Tests LoadTests

.PHONY: format
format: toolchain ## Lay out the sources as the project does
	swift format --in-place --parallel --recursive Package.swift Sources Tests LoadTests

.PHONY: clean
clean: ## Remove what was built (never the data folder)
	rm -rf .build .build-*

# What has to be there before anything is built. Debian and Ubuntu are installed to; elsewhere a container is named.

define install-missing
missing=(); \
	for package in $(1); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing+=($$package); \
	done; \
	if [ $${#missing[@]} -gt 0 ]; then $(MAKE) install-packages PACKAGES="$${missing[*]}"; fi
endef

.PHONY: packages
packages: toolchain
	@$(call install-missing,$(BUILD_PACKAGES))

.PHONY: geoip-packages
geoip-packages: toolchain
	@$(call install-missing,$(GEOIP_PACKAGES))

.PHONY: outside-packages
outside-packages: toolchain
	@$(call install-missing,$(OUTSIDE_PACKAGES))

.PHONY: engine-packages
engine-packages: toolchain
	@$(call install-missing,$(ENGINE_PACKAGES))

.PHONY: fleet-packages
fleet-packages: toolchain
	@$(call install-missing,$(FLEET_PACKAGES))

.PHONY: image-packages
image-packages: toolchain
	@$(call install-missing,$(IMAGE_PACKAGES))
.PHONY: deb-packages
deb-packages: toolchain
	@$(call install-missing,$(DEB_PACKAGES))

.PHONY: systemd-test-packages
systemd-test-packages: deb-packages
	@$(call install-missing,$(SYSTEMD_TEST_PACKAGES))

.PHONY: deb-test-packages
deb-test-packages: deb-packages
	@$(call install-missing,$(DEB_TEST_PACKAGES))

.PHONY: bench-packages
bench-packages: toolchain
	@$(call install-missing,$(BENCH_PACKAGES))

.PHONY: install-packages
install-packages:
	@if [ "$$(id -u)" -ne 0 ]; then \
	  echo "These packages are missing: $(PACKAGES). Install them as root, then run make again:" >&2; \
	  echo "  sudo apt-get update && sudo apt-get install -y $(PACKAGES)" >&2; \
	  exit 69; \
	fi
	@echo "Installing what is missing: $(PACKAGES)" >&2
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)

.PHONY: toolchain
toolchain:
	@if ! command -v dpkg-query >/dev/null 2>&1 || [ "$$(uname -s)" != Linux ]; then \
	  echo "Tremolo is built on Debian or Ubuntu. Here, use a container:" >&2; \
	  echo "  docker run --rm -it --name tremolo -v \"\$$PWD:/tremolo\" -w /tremolo -p 127.0.0.1:8080:8080 swift:$(SWIFT_MINIMUM) \\" >&2; \
	  echo "    bash -c 'apt-get update && apt-get install -y make && make build && .build/release/tremolo serve --config Config/tremolo.json5 --listen 0.0.0.0:8080 --greet'" >&2; \
	  echo "and see the report, from another terminal, in the same container:" >&2; \
	  echo "  docker exec -it tremolo .build/release/tremolo report" >&2; \
	  exit 69; \
	fi
	@if ! command -v swift >/dev/null 2>&1; then \
	  echo "No Swift toolchain is on the PATH. Tremolo needs Swift $(SWIFT_MINIMUM) or newer:" >&2; \
	  echo "  follow https://www.swift.org/install/linux/ and run make again." >&2; \
	  exit 69; \
	fi
	@found=$$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1); \
	if [ "$$(printf '%s\n' "$(SWIFT_MINIMUM)" "$${found:-0}" | sort -V | head -n 1)" != "$(SWIFT_MINIMUM)" ]; then \
	  echo "The Swift on the PATH is $${found:-of an unknown version}; Tremolo needs $(SWIFT_MINIMUM) or newer:" >&2; \
	  echo "  follow https://www.swift.org/install/linux/ and run make again." >&2; \
	  exit 69; \
	fi
