# Builds build/libpageleak.so (what is loaded into the audited program) and build/pageleak (the command).
#   make [CC=clang] [SANITIZE=1]     SANITIZE=1 builds the command with ASan and UBSan into build/asan/
# `make help` lists the targets, by the comments beginning with ## in front of them.

VERSION := $(shell sed -n 's/^\#define PAGELEAK_VERSION "\(.*\)"/\1/p' report/base/version.h)

PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
OUT := $(if $(SANITIZE),$(BUILD)/asan,$(BUILD))
INSTALL ?= install

WARNINGS := -Wall -Wextra -Werror
CFLAGS ?= -O2 -g
comma := ,
SANITIZERS := $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)

# The library runs inside strangers: no fortified or stack-protected symbol that musl lacks, nothing lazy, and no
# libunwind (it is loaded privately; see preload/).
PRELOAD_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -Ipreload -Ipreload/format $(CFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 \
	-fno-stack-protector -ftls-model=initial-exec -fno-omit-frame-pointer -fasynchronous-unwind-tables
PRELOAD_LDFLAGS := -shared -Wl,-z,now -Wl,-z,relro -Wl,--no-undefined -Wl,-soname,libpageleak.so
PRELOAD_LIBS := -ldl -lpthread
REPORT_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -Ireport -Ipreload/format $(CFLAGS) $(WARNINGS) $(SANITIZERS)
# Terminals whose ncurses is split in two say so to pkg-config.
REPORT_LIBS := -ldw -lelf -liberty -ljansson -lz $(or $(shell pkg-config --libs ncursesw 2> /dev/null),-lncursesw)

# A folder of report/ is an archive, and so is one of preload/ for its unit tests. LAYERS lists the folders, the lowest first; a linker
# wants the highest first.
layers = $(shell sed -n 's/^\([a-z]\{1,\}\)[[:space:]].*/\1/p' $(1)/LAYERS)
highest_first = $(if $(1),$(call highest_first,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
sources = $(sort $(shell find $(1) -name '*.c'))
REPORT_LAYERS := $(call highest_first,$(call layers,report))
PRELOAD_LAYERS := $(call highest_first,$(call layers,preload))
PRELOAD_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(call sources,preload))
REPORT_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(call sources,report))
REPORT_MAIN := $(OUT)/report/cli/main.o
REPORT_ARCHIVES := $(REPORT_LAYERS:%=$(OUT)/report/%.a)

## builds both (default)
all: $(BUILD)/libpageleak.so $(OUT)/pageleak

$(BUILD)/libpageleak.so: $(PRELOAD_OBJECTS)
	$(CC) $(LDFLAGS) $(PRELOAD_LDFLAGS) -o $@ $^ $(PRELOAD_LIBS)

$(OUT)/pageleak: $(REPORT_MAIN) $(REPORT_ARCHIVES)
	$(CC) $(LDFLAGS) $(SANITIZERS) -o $@ $^ $(REPORT_LIBS)
	$(if $(SANITIZE),ln -sf ../libpageleak.so $(OUT)/libpageleak.so)

# Archives are made anew, so that an object whose source is gone does not stay in them.
define archive
$(1).a: $(filter-out $(REPORT_MAIN),$(filter $(1)/%,$(2)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach layer,$(REPORT_LAYERS),$(eval $(call archive,$(OUT)/report/$(layer),$(REPORT_OBJECTS))))
$(foreach layer,$(PRELOAD_LAYERS),$(eval $(call archive,$(BUILD)/preload/$(layer),$(PRELOAD_OBJECTS))))

$(BUILD)/preload/%.o: preload/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PRELOAD_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/report/%.o: report/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(REPORT_CFLAGS) -MMD -MP -c -o $@ $<

include report/render/html/page/html.mk
include preload/why/why.mk
-include $(PRELOAD_OBJECTS:.o=.d) $(REPORT_OBJECTS:.o=.d)
-include tests/unit/unit.mk
-include tests/fuzz/fuzz.mk

# What install makes and uninstall removes.
ROOT_DIR = $(DESTDIR)$(PREFIX)
INSTALL_LIB = $(ROOT_DIR)/lib/pageleak
INSTALL_BASH = $(ROOT_DIR)/share/bash-completion/completions
INSTALL_ZSH = $(ROOT_DIR)/share/zsh/site-functions
INSTALL_FISH = $(ROOT_DIR)/share/fish/vendor_completions.d
MANUALS := $(wildcard man/*.[1-8])
manual_installed = $(ROOT_DIR)/share/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
INSTALLED = $(ROOT_DIR)/bin/pageleak $(INSTALL_LIB)/libpageleak.so $(foreach manual,$(MANUALS),$(call manual_installed,$(manual))) \
	$(INSTALL_BASH)/pageleak $(INSTALL_ZSH)/_pageleak $(INSTALL_FISH)/pageleak.fish

## copies all of it below PREFIX (/usr/local), within DESTDIR if that is set
install: all
	$(INSTALL) -d $(sort $(dir $(INSTALLED)))
	$(INSTALL) -m 755 $(OUT)/pageleak $(ROOT_DIR)/bin/pageleak
	$(INSTALL) -m 755 $(BUILD)/libpageleak.so $(INSTALL_LIB)/libpageleak.so
	$(foreach manual,$(MANUALS),$(INSTALL) -m 644 $(manual) $(call manual_installed,$(manual)) &&) true
	$(OUT)/pageleak completion bash > $(INSTALL_BASH)/pageleak
	$(OUT)/pageleak completion zsh > $(INSTALL_ZSH)/_pageleak
	$(OUT)/pageleak completion fish > $(INSTALL_FISH)/pageleak.fish

## removes what install copied, with the same PREFIX and DESTDIR
uninstall:
	rm -f $(INSTALLED)
	rmdir $(INSTALL_LIB) 2> /dev/null || true # what somebody else put there stays

## builds, and audits a Python program that leaves two of its files
demo:
	scripts/demo
## installs what is missing, builds, and runs all tests
check:
	scripts/check
## makes an archive of the sources
dist:
	scripts/dist
## makes a Debian package
deb:
	scripts/deb
## removes what was built
clean:
	rm -rf $(BUILD)
## prints the version
version:
	@echo $(VERSION)
## lists the targets
help:
	@awk -F : '/^## / { text = substr($$0, 4); next } text { printf "make %-10s %s\n", $$1, text; text = "" }' $(MAKEFILE_LIST)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all install uninstall help demo check dist deb clean version
