# SPDX-License-Identifier: Apache-2.0
# nodeseed: one non-recursive Makefile. New .c files are found by wildcard; an area that has no files
# or no main.c yet is simply not built.
#
#   make                  build/seed-server build/seedctl build/seed-bootstrap (static)
#   make unit             unit tests; ONLY=plan limits them to paths that contain "plan"
#   make fuzz-replay      every fuzz target over its corpus, under sanitizers
#   make fuzz SECONDS=60  fuzz each target so long, or MODULE=x alone (clang)
#   make man              manual pages, in build/man
#   make install          onto a taskbox, below PREFIX=/usr/local; DESTDIR goes before every path
#   make uninstall        takes that away again, but for a configuration that was changed
#   make bench            figures, beside nginx
#   make lint             formatting, static analysis, layering, banned functions
#   make check            everything that needs no virtual machine, from nothing
#   make up, make down    the lab, see images/lab.mk
#   make SAN=1 TARGET     the same target under ASan and UBSan, in build/asan
#   make CC=clang TARGET  the other compiler

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
PKG_CONFIG ?= pkg-config
SAN ?= 0
ifeq ($(FUZZING),1)
CC := clang
endif
BUILD := build$(if $(filter 1,$(SAN)),/asan)$(if $(filter 1,$(FUZZING)),/fuzz)
MAKEFLAGS += --no-print-directory
JOBS := -j$(shell nproc)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

# ---- flags ------------------------------------------------------------------------------------
# pkg-config may be missing until `make deps` ran, so its complaints wait until something compiles.
LIBRARIES := jansson libcurl yaml-0.1 libmicrohttpd sqlite3 gnutls nettle libsystemd blkid uuid openssl
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
LIBS_common := $(shell $(PKG_CONFIG) --libs jansson libcurl yaml-0.1 2>/dev/null)
LIBS_server := $(shell $(PKG_CONFIG) --libs libmicrohttpd sqlite3 gnutls nettle libsystemd 2>/dev/null)
LIBS_bootstrap := $(shell $(PKG_CONFIG) --libs blkid uuid openssl 2>/dev/null)
LIBS := $(LIBS_server) $(LIBS_bootstrap) $(LIBS_common)

WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wconversion -Wno-sign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Werror
DIALECT := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -pthread
ifeq ($(SAN),1)
MODE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Their own code leads gcc astray; the plain build has these warnings.
MODE += $(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized -Wno-format-truncation)
else ifeq ($(FUZZING),1)
MODE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=undefined
else
MODE := -O2 -g -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
CFLAGS := $(DIALECT) $(WARNINGS) $(MODE) -fPIE $(PKG_CFLAGS) $(EXTRA_CFLAGS)
LDFLAGS := $(filter -fsanitize% -fno-sanitize%,$(MODE:%,fuzzer-no-link=%,fuzzer)) -pthread -pie \
	-Wl,-z,relro,-z,now -Wl,--as-needed $(EXTRA_LDFLAGS)

# ---- areas ------------------------------------------------------------------------------------
AREAS := common inventory plan server seedctl bootstrap
DIR_common := common
DIR_inventory := seed-server/inventory
DIR_plan := seed-server/plan
DIR_server := seed-server/server
DIR_seedctl := seed-server/seedctl
DIR_bootstrap := bootstrap
# What each area may link with: itself and the areas below it.
USES_common := common
USES_inventory := inventory common
USES_plan := plan inventory common
USES_server := server plan inventory common
USES_seedctl := seedctl plan inventory common
USES_bootstrap := bootstrap common

sources = $(filter-out $(1)/main.c,$(sort $(wildcard $(1)/*.c)))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
archives = $(foreach area,$(1),$(BUILD)/lib$(area).a)

PROGRAMS := \
	$(if $(wildcard seed-server/server/main.c),$(BUILD)/seed-server) \
	$(if $(wildcard seed-server/seedctl/main.c),$(BUILD)/seedctl) \
	$(if $(wildcard bootstrap/main.c),$(BUILD)/seed-bootstrap)

.PHONY: all
all: $(PROGRAMS) $(call archives,$(AREAS))

# Objects are made anew when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' >$@

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# The texts of templates/ are built in.
$(BUILD)/obj/seed-server/plan/templates.o: $(wildcard templates/*) bootstrap/seed-bootstrap.service

# The folder is a prerequisite because its time changes when a file goes.
define area_rules
$(BUILD)/lib$(1).a: $(call objects,$(call sources,$(DIR_$(1)))) $(wildcard $(DIR_$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@ && $$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach area,$(AREAS),$(eval $(call area_rules,$(area))))

# The power cuts that tests try (bootstrap/cut.h) are in what tests run; the product is the static
# build further down and has none. private: $(BUILD)/flags must not see it.
$(BUILD)/obj/bootstrap/%.o: private CFLAGS += -DNODESEED_TEST_CUTS

define link
@mkdir -p $(@D)
@echo "  LINK  $@"
@$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
endef

$(BUILD)/seed-server: $(call objects,seed-server/server/main.c) $(call archives,$(USES_server))
	$(link)

$(BUILD)/seedctl: $(call objects,seed-server/seedctl/main.c) $(call archives,$(USES_seedctl))
	$(link)

# ---- seed-bootstrap ---------------------------------------------------------------------------
# The product is one static musl binary. images/static-deps builds (or finds in its cache) the
# libraries and prints their folder on stdout: include/, lib/, and kernel/ with the kernel's headers
# for musl-gcc. Sanitizers need the ordinary C library, so that twin is dynamic.
ifeq ($(SAN),1)
$(BUILD)/seed-bootstrap: $(call objects,bootstrap/main.c) $(call archives,$(USES_bootstrap))
	$(link)
else
STATIC := $(BUILD)/static
STATIC_CC := musl-gcc
STATIC_SOURCES := $(sort $(wildcard common/*.c bootstrap/*.c))
STATIC_OBJECTS := $(patsubst %.c,$(STATIC)/obj/%.o,$(STATIC_SOURCES))
STATIC_CFLAGS := $(DIALECT) $(WARNINGS) -Wno-format-truncation -Os -g1 -fstack-protector-strong -ffunction-sections \
	-fdata-sections -ffile-prefix-map=$(CURDIR)=.
STATIC_LIBS := -lmimalloc -lcurl -lssl -lcrypto -lcares -ljansson -lyaml -lblkid -luuid

$(STATIC)/prefix: FORCE
	@mkdir -p $(@D)
	@if [ images/static-deps -nt $@ ] || ! [ -s $@ ] || ! [ -d "$$(cat $@)" ]; then \
		images/static-deps >$@.new && mv $@.new $@; fi

$(STATIC)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(STATIC_CFLAGS)' | cmp -s - $@ || echo '$(STATIC_CFLAGS)' >$@

$(STATIC)/obj/%.o: %.c $(STATIC)/flags $(STATIC)/prefix
	@mkdir -p $(@D)
	@echo "  MUSL  $<"
	@p=$$(cat $(STATIC)/prefix) && $(STATIC_CC) $(STATIC_CFLAGS) -isystem "$$p/include" \
		-idirafter "$$p/kernel" -MMD -MP -c -o $@ $<

# A static-pie by musl-gcc is silently a dynamic one, hence plain -static, and the look at the result.
$(BUILD)/seed-bootstrap: $(STATIC_OBJECTS) $(STATIC)/prefix
	@echo "  LINK  $@ (static)"
	@p=$$(cat $(STATIC)/prefix) && $(STATIC_CC) -static -Wl,--gc-sections -Wl,-z,relro,-z,now \
		-o $(STATIC)/seed-bootstrap $(STATIC_OBJECTS) -L"$$p/lib" $(STATIC_LIBS)
	@file $(STATIC)/seed-bootstrap | grep -q 'statically linked'
	@strip -o $@ $(STATIC)/seed-bootstrap
endif

.PHONY: bootstrap-static
bootstrap-static: $(BUILD)/seed-bootstrap

# ---- tests ------------------------------------------------------------------------------------
ONLY ?=
only = $(if $(ONLY),$(foreach t,$(1),$(if $(findstring $(ONLY),$(t)),$(t))),$(1))
unit_sources := $(sort $(wildcard tests/unit/*/test_*.c))
unit_program = $(patsubst %.c,$(2)/%,$(1))
UNIT := $(call only,$(call unit_program,$(unit_sources),$(BUILD)))
scripts = $(call only,$(foreach s,$(sort $(wildcard tests/$(1)/test_*)),$(if $(shell test -x $(s) && echo x),$(s))))

# Test helpers: tests/unit/*.c for all, tests/unit/AREA/*.c other than test_*.c for an area's programs.
$(BUILD)/libunit.a: $(call objects,$(wildcard tests/unit/*.c)) $(wildcard tests/unit)
	@rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

define unit_rules
unit_helpers_$(1) := $(filter-out tests/unit/$(1)/test_%,$(wildcard tests/unit/$(1)/*.c))
$(BUILD)/tests/unit/$(1)/test_%: $(BUILD)/obj/tests/unit/$(1)/test_%.o \
		$$(call objects,$$(unit_helpers_$(1))) $(BUILD)/libunit.a $(call archives,$(USES_$(1)))
	@mkdir -p $$(@D)
	@echo "  LINK  $$@"
	@$$(CC) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $$(LIBS) -lcmocka
endef
$(foreach area,$(AREAS),$(eval $(call unit_rules,$(area))))

# Programs that test scripts run: tests/disks/*.c, tests/http/*.c, and the bootstrapper with the points for power cuts.
TEST_TOOLS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/disks/*.c tests/http/*.c))) \
	$(if $(wildcard bootstrap/main.c),$(BUILD)/tests/seed-bootstrap)
$(BUILD)/tests/disks/%: $(BUILD)/obj/tests/disks/%.o $(call archives,$(USES_bootstrap))
	$(link)
# They put load on a server as the benchmark does.
$(BUILD)/tests/http/%: $(BUILD)/obj/tests/http/%.o \
		$(call objects,tests/bench/engine.c tests/bench/identities.c) $(call archives,common)
	$(link)
$(BUILD)/tests/seed-bootstrap: $(call objects,bootstrap/main.c) $(call archives,$(USES_bootstrap))
	$(link)

# Folders of black-box tests that need no virtual machine; `make FOLDER` runs one.
SCRIPT_FOLDERS := $(filter-out lint unit fuzz cluster bench,$(patsubst tests/%/,%,$(sort $(dir $(wildcard tests/*/test_*)))))

.PHONY: unit unit-programs test-tools $(SCRIPT_FOLDERS)
unit-programs: $(UNIT)
test-tools: $(TEST_TOOLS)
unit: unit-programs
	tests/run --build $(BUILD) $(UNIT)
$(SCRIPT_FOLDERS): all test-tools unit-programs
	tests/run --build $(BUILD) $(call scripts,$@)

# A fuzz target links one program's areas, as the program does: the two have functions of the same
# names. Files that are read and written are the target's own (tests/fuzz/files.h), in memory.
FUZZ := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_NODE := $(patsubst tests/fuzz/%.c,%,$(shell grep -l '"bootstrap/' tests/fuzz/fuzz_*.c))
FUZZ_SHARED := $(addprefix $(BUILD)/obj/tests/fuzz/,files.o)
FUZZ_WRAP := file_read file_write_atomic access scandir64
fuzz_archives = $(call archives,$(if $(filter fuzz_$(1),$(FUZZ_NODE)),$(USES_bootstrap),server seedctl plan inventory common))
define fuzz_rules
$(BUILD)/tests/fuzz/fuzz_$(1): $(BUILD)/obj/tests/fuzz/replay.o
$(BUILD)/tests/fuzz/fuzz_$(1) $(BUILD)/tests/fuzz/libfuzzer_$(1): private LDFLAGS += $(FUZZ_WRAP:%=-Wl,--wrap=%)
$(BUILD)/tests/fuzz/fuzz_$(1) $(BUILD)/tests/fuzz/libfuzzer_$(1): $(BUILD)/obj/tests/fuzz/fuzz_$(1).o \
		$(FUZZ_SHARED) $(call fuzz_archives,$(1))
	$$(link)
endef
$(foreach target,$(FUZZ:fuzz_%=%),$(eval $(call fuzz_rules,$(target))))

.PHONY: fuzz-programs fuzz-replay fuzz
fuzz-programs: $(FUZZ:%=$(BUILD)/tests/fuzz/%)
ifeq ($(SAN),1)
fuzz-replay: fuzz-programs
	tests/run --build $(BUILD) $(call only,$(FUZZ:%=$(BUILD)/tests/fuzz/%)) $(call scripts,fuzz)
else
fuzz-replay:
	@$(MAKE) SAN=1 fuzz-replay
endif

# Finds new inputs, by each target in turn or by MODULE alone. The objects are made once for all.
SECONDS ?= 60
MODULE ?= $(FUZZ:fuzz_%=%)
.PHONY: fuzz-links
fuzz: fuzz-links
	@tests/fuzz/run $(SECONDS) $(MODULE)
fuzz-links:
	@$(MAKE) FUZZING=1 $(patsubst %,build/fuzz/tests/fuzz/libfuzzer_%,$(MODULE))

# From nothing: what is missing is installed first, and then everything is looked at afresh, because
# this make was started before pkg-config could answer.
.PHONY: check check-built
check: deps
	@$(MAKE) $(JOBS) all unit-programs test-tools
	@$(MAKE) $(JOBS) SAN=1 all unit-programs fuzz-programs test-tools
	@$(MAKE) check-built
check-built:
	tests/run --build build $(call scripts,boot) $(call scripts,http) \
		--beside --build build $(call scripts,disks) $(call scripts,etcd) \
		--beside --build build $(call unit_program,$(unit_sources),build) \
		$(foreach d,$(filter-out boot disks etcd http,$(SCRIPT_FOLDERS)),$(call scripts,$(d))) \
		--build build/asan $(call unit_program,$(unit_sources),build/asan) \
		$(FUZZ:%=build/asan/tests/fuzz/%) $(call scripts,fuzz) $(call scripts,http)

# ---- the lab ----------------------------------------------------------------------------------
include images/lab.mk

# ---- manual pages -----------------------------------------------------------------------------
MAN_SOURCES := $(sort $(wildcard */*.scd */*/*.scd))
MAN := $(foreach m,$(MAN_SOURCES),$(BUILD)/man/$(basename $(notdir $(m))))
define man_rule
$(BUILD)/man/$(basename $(notdir $(1))): $(1)
	@mkdir -p $$(@D)
	@scdoc <$$< >$$@.new && mv $$@.new $$@
endef
$(foreach m,$(MAN_SOURCES),$(eval $(call man_rule,$(m))))
.PHONY: man
man:
	@images/install-packages scdoc
	@$(MAKE) $(MAN)

# ---- installing -------------------------------------------------------------------------------
# What a taskbox has. GNU's names for where things go, but that sysconfdir is /etc, as in
# /etc/nodeseed, which the programs know by themselves. The units name the programs by their path.
PREFIX ?= /usr/local
prefix = $(PREFIX)
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
sbindir = $(exec_prefix)/sbin
mandir = $(prefix)/share/man
sysconfdir = /etc
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
INSTALL ?= install

UNITS := $(sort $(wildcard seed-server/*.service seed-server/*.socket bootstrap/*.service))
PAGES := $(notdir $(MAN))
page_path = $(mandir)/man$(patsubst .%,%,$(suffix $(1)))/$(1)
DEFAULTS = $(sysconfdir)/default/seed-server
# All but that one, which becomes the administrator's.
INSTALLED = $(sbindir)/seed-server $(bindir)/seedctl $(bindir)/seed-bootstrap \
	$(addprefix $(unitdir)/,$(notdir $(UNITS))) $(sysusersdir)/nodeseed.conf \
	$(foreach page,$(PAGES),$(call page_path,$(page)))

.PHONY: install uninstall
install: $(PROGRAMS) $(MAN)
	$(INSTALL) -D -m 755 $(BUILD)/seed-server '$(DESTDIR)$(sbindir)/seed-server'
	$(INSTALL) -D -m 755 $(BUILD)/seedctl '$(DESTDIR)$(bindir)/seedctl'
	$(INSTALL) -D -m 755 $(BUILD)/seed-bootstrap '$(DESTDIR)$(bindir)/seed-bootstrap'
	@for unit in $(UNITS); do \
		to='$(DESTDIR)$(unitdir)'/$${unit##*/}; \
		echo "$(INSTALL) -D -m 644 $$unit $$to"; \
		$(INSTALL) -D -m 644 $$unit "$$to" && \
		sed -i -e 's,/usr/sbin/seed-server,$(sbindir)/seed-server,' \
			-e 's,/usr/local/bin/seed-bootstrap,$(bindir)/seed-bootstrap,' \
			-e 's,/etc/default/seed-server,$(DEFAULTS),' "$$to" || exit 1; done
	$(INSTALL) -D -m 644 seed-server/nodeseed.sysusers '$(DESTDIR)$(sysusersdir)/nodeseed.conf'
	$(foreach page,$(PAGES),$(INSTALL) -D -m 644 $(BUILD)/man/$(page) '$(DESTDIR)$(call page_path,$(page))' &&) :
	@if [ -e '$(DESTDIR)$(DEFAULTS)' ]; then echo '$(DESTDIR)$(DEFAULTS) stays as it is'; else \
		echo "$(INSTALL) -D -m 644 seed-server/seed-server.default $(DESTDIR)$(DEFAULTS)"; \
		$(INSTALL) -D -m 644 seed-server/seed-server.default '$(DESTDIR)$(DEFAULTS)'; fi

uninstall:
	rm -f $(INSTALLED:%='$(DESTDIR)%')
	@if cmp -s seed-server/seed-server.default '$(DESTDIR)$(DEFAULTS)'; then \
		echo 'rm -f $(DESTDIR)$(DEFAULTS)'; rm -f '$(DESTDIR)$(DEFAULTS)'; \
	elif [ -e '$(DESTDIR)$(DEFAULTS)' ]; then echo '$(DESTDIR)$(DEFAULTS) was changed and stays'; fi

# ---- bench ------------------------------------------------------------------------------------
BENCH_CLIENT := $(BUILD)/tests/bench/client
$(BENCH_CLIENT): $(call objects,$(filter-out %/measure.c,$(sort $(wildcard tests/bench/*.c)))) \
		$(BUILD)/libcommon.a
	$(link)
$(BUILD)/tests/bench/measure: tests/bench/measure.c
	@mkdir -p $(@D)
	@$(CC) $(DIALECT) $(WARNINGS) -Os -static -o $@ $<

# Everything is measured on this machine in one run; ONLY=gates limits it to parts of that name.
.PHONY: bench bench-built
bench: deps deps-bench
	@$(MAKE) bench-built
bench-built: all $(BENCH_CLIENT) $(BUILD)/tests/bench/measure
	BUILD=$(BUILD) tests/bench/bench $(ONLY)

# ---- packages ---------------------------------------------------------------------------------
PACKAGES_BUILD := gcc libc6-dev make pkg-config file libjansson-dev libcurl4-openssl-dev libyaml-dev \
	libmicrohttpd-dev libsqlite3-dev libgnutls28-dev nettle-dev libsystemd-dev libblkid-dev uuid-dev libssl-dev
PACKAGES_STATIC := musl-tools linux-libc-dev autoconf automake libtool bison flex gettext autopoint bc \
	dpkg-dev
PACKAGES_TEST := libcmocka-dev python3 scdoc openssl curl iproute2 e2fsprogs xfsprogs btrfs-progs util-linux \
	fdisk jq etcd-server etcd-client netplan.io ifupdown dnsmasq-base qemu-utils wget zstd xz-utils \
	dosfstools exfatprogs ntfs-3g f2fs-tools nilfs-tools jfsutils reiserfsprogs udftools genisoimage squashfs-tools erofs-utils
PACKAGES_LINT := clang-14 clang-format-14 cppcheck shellcheck python3 scdoc
PACKAGES_BENCH := nginx-light openssl python3
.PHONY: deps deps-lint deps-bench
deps-bench:
	@images/install-packages $(PACKAGES_BENCH)
deps:
	@images/install-packages $(PACKAGES_BUILD) $(PACKAGES_STATIC) $(PACKAGES_TEST)
deps-lint:
	@images/install-packages $(PACKAGES_BUILD) $(PACKAGES_LINT)

.PHONY: lint
lint: deps-lint
	tests/run --build $(BUILD) tests/lint/test_tree tests/lint/test_parts

# For tests/lint: what must hold with every compiler.
.PHONY: print-warnings
print-warnings:
	@echo '$(DIALECT) $(WARNINGS) $(PKG_CFLAGS)'

.PHONY: clean
clean:
	rm -rf build

.PHONY: FORCE
FORCE:

-include $(shell find build -name '*.d' 2>/dev/null)
