# Unit tests of the report, included by the Makefile: make [SANITIZE=1] unit. Every tests/unit/test_*.c is one program.
UNIT_DIR := $(OUT)/unit
UNIT_CFLAGS := $(REPORT_CFLAGS) -Itests/unit
UNIT_TESTS := $(patsubst tests/unit/%.c,$(UNIT_DIR)/%,$(wildcard tests/unit/test_*.c))

.PHONY: unit
.SECONDARY: $(UNIT_TESTS:%=%.o) $(UNIT_DIR)/build_journal.o
## builds and runs the unit tests; SANITIZE=1: with ASan and UBSan
unit: $(UNIT_TESTS)
	@status=0; for test in $(UNIT_TESTS); do $$test || status=1; done; exit $$status

$(UNIT_DIR)/%.o: tests/unit/%.c Makefile tests/unit/unit.mk
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT_DIR)/test_%: $(UNIT_DIR)/test_%.o $(UNIT_DIR)/build_journal.o $(REPORT_ARCHIVES)
	$(CC) $(SANITIZERS) -o $@ $^ -lcmocka $(REPORT_LIBS)

-include $(wildcard $(UNIT_DIR)/*.d)
