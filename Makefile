# Builds build/libpageleak.so (what is loaded into the audited program) and build/pageleak (the command).
#   make [CC=clang] [SANITIZE=1]     SANITIZE=1 builds the command with ASan and UBSan into build/asan/
#   make install [PREFIX=/usr/local] [DESTDIR=]
#   make check | demo | dist | deb | clean

VERSION := $(shell sed -n 's/^\#define PAGELEAK_VERSION "\(.*\)"/\1/p' report/options.h)

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
PRELOAD_CFLAGS := -std=gnu11 -D_GNU_SOURCE= $(CFLAGS) $(WARNINGS) -fPIC -fvisibility=hidden -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 \
	-fno-stack-protector -ftls-model=initial-exec -fno-omit-frame-pointer -fasynchronous-unwind-tables
PRELOAD_LDFLAGS := -shared -Wl,-z,now -Wl,-z,relro -Wl,--no-undefined -Wl,-soname,libpageleak.so
PRELOAD_LIBS := -ldl -lpthread
REPORT_CFLAGS := -std=gnu11 -D_GNU_SOURCE= $(CFLAGS) $(WARNINGS) $(SANITIZERS)
# Terminals whose ncurses is split in two say so to pkg-config.
REPORT_LIBS := -ldw -lelf -liberty -ljansson -lz $(or $(shell pkg-config --libs ncursesw 2> /dev/null),-lncursesw)

PRELOAD_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard preload/*.c)))
REPORT_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard report/*.c)))
# What a unit test of the report links with: everything but main.
REPORT_PARTS := $(filter-out $(OUT)/report/main.o,$(REPORT_OBJECTS))

all: $(if $(PRELOAD_OBJECTS),$(BUILD)/libpageleak.so) $(OUT)/pageleak

$(BUILD)/libpageleak.so: $(PRELOAD_OBJECTS)
	$(CC) $(LDFLAGS) $(PRELOAD_LDFLAGS) -o $@ $^ $(PRELOAD_LIBS)

$(OUT)/pageleak: $(REPORT_OBJECTS)
	$(CC) $(LDFLAGS) $(SANITIZERS) -o $@ $^ $(REPORT_LIBS)
	$(if $(SANITIZE),ln -sf ../libpageleak.so $(OUT)/libpageleak.so)

$(BUILD)/preload/why.o: preload/why.py # .incbin
$(BUILD)/preload/%.o: preload/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PRELOAD_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/report/%.o: report/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(REPORT_CFLAGS) -MMD -MP -c -o $@ $<

include report/html/html.mk
-include $(PRELOAD_OBJECTS:.o=.d) $(REPORT_OBJECTS:.o=.d)
-include tests/unit/unit.mk
-include tests/fuzz/fuzz.mk

install: all
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pageleak
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man7
	$(INSTALL) -m 755 $(OUT)/pageleak $(DESTDIR)$(PREFIX)/bin/pageleak
	$(INSTALL) -m 755 $(BUILD)/libpageleak.so $(DESTDIR)$(PREFIX)/lib/pageleak/libpageleak.so
	$(INSTALL) -m 644 man/pageleak.1 $(DESTDIR)$(PREFIX)/share/man/man1/pageleak.1
	$(INSTALL) -m 644 man/pageleak-journal.5 $(DESTDIR)$(PREFIX)/share/man/man5/pageleak-journal.5
	$(INSTALL) -m 644 man/libpageleak.7 $(DESTDIR)$(PREFIX)/share/man/man7/libpageleak.7
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(OUT)/pageleak completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/pageleak
	$(OUT)/pageleak completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_pageleak
	$(OUT)/pageleak completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/pageleak.fish

demo:
	scripts/demo
check:
	scripts/check
dist:
	scripts/dist
deb:
	scripts/deb
clean:
	rm -rf $(BUILD)
version:
	@echo $(VERSION)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all install demo check dist deb clean version
