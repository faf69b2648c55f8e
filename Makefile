# SPDX-License-Identifier: GPL-2.0-or-later
# "make help" lists the targets. Objects go to build/; the sources stay clean.

VERSION := $(shell sed -n 's/^.define RFS_RELEASE "\(.*\)"/\1/p' kmod/include/rfs_version.h)
PREFIX  ?= /usr/local
DESTDIR ?=
V       ?= 0
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
SAN     ?=
LANE    ?= fast

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-7s %s\n' $(1) $(2))

# One folder of objects per compiler and sanitizer, so that neither spoils the other's. What the guest runs
# (programs, library, tests) is always built to the same place.
comma := ,
O     := build/$(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
B     := build

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow
INCLUDE := $(addprefix -I,$(wildcard liburfs/include kmod/uapi kmod/include))
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE $(WARN) $(INCLUDE) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
DEP = -MMD -MP

# --- what there is; each part joins when its folder does ---------------------------------------------------------

lib_src  := $(wildcard liburfs/src/*.c)
ctl_src  := $(wildcard fcdlctl/*.c)
demos    := $(notdir $(patsubst %/,%,$(dir $(wildcard demos/*/*.c))))
# one source, both worlds: the kernel demo is also a program; common is linked into every demo
demos    := $(sort $(filter-out common,$(demos:dummyflt=udummyflt)))
units    := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
mans     := $(patsubst docs/%.scd,%,$(wildcard docs/*.scd))
guests   := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c))

CTL_LIBS   := -lsmartcols -ljson-c -ldl
LIB_LIBS   := -lurcu-mb -lpthread
demo_src   = $(wildcard $(if $(filter udummyflt,$(1)),demos/dummyflt/dummyflt.c,demos/$(1)/*.c) demos/common/*.c)

lib_obj := $(lib_src:%.c=$(O)/%.o)
ctl_obj := $(ctl_src:%.c=$(O)/%.o)
libs    := $(if $(lib_src),$(O)/lib/liburfs.so.0 $(O)/lib/liburfs.a $(O)/lib/liburfs.pc)
bins    := $(if $(ctl_src),$(O)/bin/fcdlctl) $(demos:%=$(O)/bin/%)

.PHONY: format all modules user lib unit lint sparse check check-deep check-fuzz check-matrix check-torture check-conformance check-conformance-fast check-harness check-mutants check-install check-asan check-tsan \
	check-valgrind bench demo shell deps install uninstall clean help guest-base
.DELETE_ON_ERROR:
.SUFFIXES:

all: modules user ## modules, library, tools and demos

help: ## this list
	@echo "targets:"
	@sed -n 's/^#\{0,1\}\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 18
	@echo "variables: V=1 CC= SAN=address,undefined PREFIX= DESTDIR= KERNEL=stock|deep|... KDIR= T=name[@fs] LANE= W= FS= S= K='stock 6.12 ...'"

# --- modules -------------------------------------------------------------------------------------------------------

# Which kernel: KDIR, KERNEL (a cached one, see tests/vm/kernel), the running one's headers, else the cached stock.
running := /lib/modules/$(shell uname -r)/build
ifneq ($(KDIR),)
kernel = KDIR='$(KDIR)'
else ifneq ($(KERNEL),)
kernel = eval "$$(tests/vm/kernel '$(KERNEL)')"
else ifneq ($(wildcard $(running)/Makefile),)
kernel = KDIR=$(running)
else
kernel = eval "$$(tests/vm/kernel stock)"
endif
krel = $$(sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' "$$KDIR/include/generated/utsrelease.h")

modules: ## kernel modules, against KDIR or KERNEL=
	$(Q)set -e; $(kernel); V=$(V) kmod/build.sh "$$KDIR" "build/kmod/$(krel)"

sparse: ## check the modules with sparse; silent or red
	$(Q)set -e; $(kernel); V=$(V) kmod/build.sh "$$KDIR" "build/kmod/$(krel)" sparse

# --- user space ------------------------------------------------------------------------------------------------------

user: lib $(bins) $(mans:%=$(B)/man/%) ## library, fcdlctl, demos and man pages
lib: $(libs) ## liburfs, shared and static

$(O)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(DEP) -fPIC -fvisibility=hidden -c -o $@ $<

$(O)/lib/liburfs.so.0: $(lib_obj) liburfs/liburfs.map
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	@# nodelete: threads of the program carry destructors of ours until they end
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,liburfs.so.0 -Wl,--version-script=liburfs/liburfs.map \
		$(if $(SAN),,-Wl$(comma)--no-undefined) -Wl,-z,nodelete -o $@ $(lib_obj) $(LIB_LIBS)
	$(Q)ln -sf liburfs.so.0 $(@D)/liburfs.so

$(O)/lib/liburfs.a: $(lib_obj)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(lib_obj)

# for "make install" only: PREFIX may be another than last time
$(B)/fcdl-log.service: fcdlctl/fcdl-log.service.in FORCE
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|g' $< >$@

# PREFIX may be another than last time; what did not change keeps its time stamp
$(O)/lib/liburfs.pc: liburfs/liburfs.pc.in FORCE
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@VERSION@|$(VERSION)|g' $< >$@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# the static library: the tool is the way out, and must not depend on what else is installed
$(O)/bin/fcdlctl: $(ctl_obj) $(O)/lib/liburfs.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(ctl_obj) $(O)/lib/liburfs.a $(CTL_LIBS)

define demo_rule
$(O)/bin/$(1): $(patsubst %.c,$(O)/%.o,$(call demo_src,$(1))) $(filter-out %.pc,$(libs))
	$$(call say,LD,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o,$$^) -L$(O)/lib -lurfs -lpthread
endef
$(foreach d,$(demos),$(eval $(call demo_rule,$(d))))

$(B)/man/%: docs/%.scd
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)scdoc <$< >$@

# --- tests -------------------------------------------------------------------------------------------------------------

# A unit test or fuzz target may name sources of the product in its head ("sources: kmod/redirfs/rules.c"), and
# libraries ("libs: -lurcu-mb"); what a kernel source includes comes from tests/unit/shim.
head_sources = $(shell sed -n '1,30s/^ \* sources: *//p' $(1))
head_libs    = $(shell sed -n '1,30s/^ \* libs: *//p' $(1))
SHIM        := -Itests/unit/shim -Ikmod -I.
$(O)/unit/%: tests/unit/%.c FORCE
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SHIM) $(ALL_LDFLAGS) -o $@ $< $(call head_sources,$<) \
		$(call head_libs,$<) -lcheck -lsubunit -lm -lrt -lpthread

# libFuzzer is clang's
FUZZ_SAN := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-missing-field-initializers
$(B)/fuzz/%: tests/fuzz/%.c FORCE
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(ALL_CFLAGS) $(SHIM) $(FUZZ_SAN) -o $@ $< $(call head_sources,$<) $(call head_libs,$<)

.PHONY: FORCE
FORCE:

unit: $(units:%=$(O)/unit/%) ## unit tests on this machine
	$(Q)tests/unit/run $(units:%=$(O)/unit/%)

# What a test is linked with, beyond threads and io_uring, stands in its head.
guest_cc   = $(if $(shell sed -n '1,30{/^ \* build: *32/p}' $(1)),i686-linux-gnu-gcc -m32 -static,$(CC))
guest_libs = $(if $(shell sed -n '1,30{/^ \* links: *urfs/p}' $(1)),-L$(O)/lib -lurfs) \
	$(shell sed -n '1,30s/^ \* libs: *//p' $(1)) \
	$(if $(shell sed -n '1,30{/^ \* build: *32/p}' $(1)),,-luring) -lpthread
define guest_rule
build/$(1)/%: tests/$(1)/%.c
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(call guest_cc,$$<) $$(ALL_CFLAGS) -Itests/guest $$(DEP) -MF $$@.d -o $$@ $$< $$(call guest_libs,$$<)
endef
$(eval $(call guest_rule,guest))
$(eval $(call guest_rule,bench))
$(eval $(call guest_rule,torture))
$(eval $(call guest_rule,conformance))

# The README's example: tests/install builds it as the README says, a guest test runs it.
build/guest/helper/guard.c: README.md
	$(Q)mkdir -p $(@D)
	$(Q)sed -n '/^```c$$/,/^```$$/{/^```/d;p}' $< >$@
build/guest/helper/guard: build/guest/helper/guard.c | user
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< -L$(O)/lib -lurfs

# for tests/vm/run: the rate of this machine's clock, which a guest would only guess at
build/vm/tsc: tests/vm/tsc.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $<

# What every guest finds at build/bin and build/lib.
guest-base: user
	$(Q)mkdir -p $(O)/bin $(O)/lib
	$(Q)ln -sfn $(notdir $(O))/bin $(B)/bin
	$(Q)ln -sfn $(notdir $(O))/lib $(B)/lib

check-fuzz: deps ## fuzz what parses or matches, for a moment; T= picks targets, RUNS= or FUZZ_TIME=seconds each
	$(Q)RUNS='$(RUNS)' FUZZ_TIME='$(FUZZ_TIME)' tests/fuzz/run $(foreach t,$(T),'$(t)')

lint: ## shellcheck, clang-format and the rules that a grep can prove
	$(Q)tests/lint

format: ## clang-format all C in place
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

check: deps ## everything: lint, unit, install and guest tests; T= picks guest tests, LANE= the kernel
	$(Q)tests/check '$(LANE)' $(foreach t,$(T),'$(t)')

check-deep: deps ## the guest tests on the debug kernel
	$(Q)tests/vm/run --lane deep $(foreach t,$(T),'$(t)')

check-mutants: deps ## break the code one rule at a time and see its test turn red; T= picks mutants
	$(Q)tests/mutants/run $(foreach t,$(T),'$(t)')

check-matrix: deps ## the guest tests on several kernels, one table; K= picks kernels, T= tests
	$(Q)tests/matrix '$(K)' $(foreach t,$(T),'$(t)')

check-torture: deps ## random load under filters, readers, mounts and modules that come and go; SEED= ROUNDS= LANE=
	$(Q)tests/torture/run '$(LANE)' '$(ROUNDS)' '$(SEED)'

check-conformance: deps ## ordinary programs do the same under filters; W= workloads, FS= (all), S= settings, SCALE=n
	$(Q)tests/conformance/run -f '$(FS)' -s '$(S)' -l '$(LANE)' $(W)

check-conformance-fast: deps ## two of them, on ext4
	$(Q)tests/conformance/run posix xfs_io

check-harness: deps ## prove that a guest that misbehaves turns the run red
	$(Q)tests/vm/selftest/run $(LANE)

check-asan check-tsan check-valgrind: check-%:
	$(Q)tests/sanitize $*

# for the list that help prints
#check-asan: ## unit tests with AddressSanitizer; also check-tsan (with a planted race) and check-valgrind

check-install: ## install and uninstall leave nothing behind
	$(Q)tests/install

bench: deps ## measurements, in a guest that counts instructions
	$(Q)tests/vm/run --icount --dir tests/bench $(foreach t,$(T),'$(t)')

demo: deps ## what it can do, shown in a disposable guest
	$(Q)tests/vm/run --script demos/demo.sh

shell: deps ## a shell in a guest with the modules loaded
	$(Q)tests/vm/run --shell --lane '$(or $(KERNEL),$(LANE))'

deps: ## install the packages that building and testing need
	$(Q)tests/vm/deps

# --- install -------------------------------------------------------------------------------------------------------------

inst := $(DESTDIR)$(PREFIX)
moddir = $(DESTDIR)/lib/modules/$(krel)/extra/urfs
# Folders that were not there are written down when they are made, so that uninstall takes those and no others.
folders := $(inst)/share/urfs/folders
inst_dirs := $(addprefix $(inst)/,bin sbin lib/pkgconfig lib/systemd/system include/urfs share/urfs share/urfs/rsyslog \
	$(addprefix share/man/man,$(sort $(subst .,,$(suffix $(mans))))))
headers := $(wildcard liburfs/include/*.h kmod/include/rfs.h kmod/uapi/*.h kmod/uapi/*/*.h)

install: all $(B)/fcdl-log.service ## into PREFIX below DESTDIR; modules into /lib/modules
	$(Q)set -e; $(kernel); new=; \
	need() { [ -d "$$1" ] || { need "$$(dirname "$$1")"; mkdir "$$1"; new="$$new$${1#"$(DESTDIR)"}\n"; }; }; \
	[ -z '$(DESTDIR)' ] || mkdir -p '$(DESTDIR)'; \
	for d in $(inst_dirs) "$(moddir)"; do need "$$d"; done; \
	printf "$$new" >>'$(folders)'; \
	for m in redirfs urfs fcdl; do \
		if [ -f "build/kmod/$(krel)/ko/$$m.ko" ]; then install -m 644 "build/kmod/$(krel)/ko/$$m.ko" "$(moddir)/"; fi; \
	done; \
	[ -n '$(DESTDIR)' ] || depmod "$(krel)"
	$(Q)install -m 755 $(O)/lib/liburfs.so.0 '$(inst)/lib/'
	$(Q)ln -sf liburfs.so.0 '$(inst)/lib/liburfs.so'
	$(Q)install -m 644 $(O)/lib/liburfs.a '$(inst)/lib/'
	$(Q)install -m 644 $(O)/lib/liburfs.pc '$(inst)/lib/pkgconfig/'
	$(Q)install -m 644 $(headers) '$(inst)/include/urfs/'
	$(Q)install -m 755 $(O)/bin/fcdlctl '$(inst)/sbin/'
	$(Q)install -m 644 $(B)/fcdl-log.service '$(inst)/lib/systemd/system/'
	$(Q)install -m 644 demos/rsyslog/*.conf '$(inst)/share/urfs/rsyslog/'
	$(Q)$(foreach d,$(demos),install -m 755 $(O)/bin/$(d) '$(inst)/bin/';)
	$(Q)$(foreach m,$(mans),install -m 644 $(B)/man/$(m) '$(inst)/share/man/man$(subst .,,$(suffix $(m)))/$(m)';)
	@# the loader looks into a cache, not into the folder
	$(Q)[ -n '$(DESTDIR)' ] || ldconfig
	@echo "installed below $(inst) and into $(DESTDIR)/lib/modules"

uninstall: ## remove what install put there, for every kernel
	$(Q)set -e; for d in '$(DESTDIR)'/lib/modules/*/extra/urfs; do \
		[ -d "$$d" ] || continue; rm -rf "$$d"; k=$${d%/extra/urfs}; \
		if [ -n '$(DESTDIR)' ]; then :; elif [ -f "$$k/modules.builtin" ]; then depmod "$${k##*/}"; \
		else rm -f "$$k"/modules.*; fi; \
	done
	$(Q)rm -f '$(inst)/lib/liburfs.so.0' '$(inst)/lib/liburfs.so' '$(inst)/lib/liburfs.a' \
		'$(inst)/lib/pkgconfig/liburfs.pc' '$(inst)/sbin/fcdlctl' $(demos:%='$(inst)/bin/%')
	$(Q)rm -f '$(inst)/lib/systemd/system/fcdl-log.service'
	$(Q)rm -rf '$(inst)/include/urfs' '$(inst)/share/urfs/rsyslog'
	$(Q)$(foreach m,$(mans),rm -f '$(inst)/share/man/man$(subst .,,$(suffix $(m)))/$(m)';)
	$(Q)[ ! -f '$(folders)' ] || { made=$$(tac '$(folders)'); rm '$(folders)'; \
		for d in $$made; do rmdir "$(DESTDIR)$$d" 2>/dev/null || true; done; }
	$(Q)[ -n '$(DESTDIR)' ] || ldconfig
	@echo "removed from $(inst) and $(DESTDIR)/lib/modules"

clean: ## remove build/; the cache of kernels stays
	$(Q)rm -rf build

-include $(shell find build \( -path build/kmod -o -path build/vm -o -path build/mutants -o -path build/logs \) -prune -o -name '*.d' -type f -print 2>/dev/null)
