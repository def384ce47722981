# Unit tests of the report's core, to be included by the Makefile or used alone: make -f tests/unit/unit.mk unit
# SANITIZE=1 adds the address and undefined-behaviour sanitizers. Every tests/unit/test_*.c is one program.
UNIT_DIR := build/unit$(if $(SANITIZE),-sanitized)
UNIT_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -O2 -g -Wall -Wextra -Werror $(if $(SANITIZE),$(UNIT_SANITIZE))
UNIT_LIBS := -lcmocka $(REPORT_LIBS)
UNIT_PARTS := $(filter-out main,$(patsubst report/%.c,%,$(sort $(wildcard report/*.c))))
UNIT_OBJECTS := $(UNIT_PARTS:%=$(UNIT_DIR)/report/%.o) $(UNIT_DIR)/tests/unit/build_journal.o
UNIT_TESTS := $(patsubst tests/unit/%.c,$(UNIT_DIR)/%,$(wildcard tests/unit/test_*.c))

.PHONY: unit
.SECONDARY: $(UNIT_OBJECTS)
## builds and runs the unit tests; SANITIZE=1: with ASan and UBSan
unit: $(UNIT_TESTS)
	@status=0; for test in $(UNIT_TESTS); do $$test || status=1; done; exit $$status

$(UNIT_DIR)/%.o: %.c $(wildcard report/*.[hd]* tests/unit/*.h preload/format.h preload/hooks.def)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c $< -o $@

$(UNIT_DIR)/test_%: tests/unit/test_%.c $(UNIT_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $< $(UNIT_OBJECTS) $(UNIT_LIBS) -o $@
