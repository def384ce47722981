# Fuzzers, included by the Makefile: `make fuzz` builds build/fuzz/NAME for every tests/fuzz/fuzz_NAME.c, with clang's libFuzzer,
# ASan and UBSan. scripts/fuzz runs them. A parser to come is one more fuzz_NAME.c and corpus/NAME/.
FUZZ_DIR := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -Ireport -Ipreload -Ipreload/format -O1 -g -Wall -Wextra -Werror -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_REPORT := $(patsubst %.c,$(FUZZ_DIR)/%.o,$(filter-out report/cli/main.c,$(call sources,report)))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,$(FUZZ_DIR)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

.PHONY: fuzz
.SECONDARY: $(FUZZ_REPORT)
## builds the fuzzers, with clang's libFuzzer; scripts/fuzz runs them
fuzz: $(FUZZ_TARGETS)

$(FUZZ_DIR)/%.o: %.c Makefile tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# The library's parsers have nothing of the report in them.
$(FUZZ_DIR)/settings: $(FUZZ_DIR)/tests/fuzz/fuzz_settings.o $(FUZZ_DIR)/preload/system/settings.o
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^

$(FUZZ_DIR)/cfi: $(FUZZ_DIR)/tests/fuzz/fuzz_cfi.o $(FUZZ_DIR)/preload/stacks/native/cfi.o
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^

$(FUZZ_DIR)/%: $(FUZZ_DIR)/tests/fuzz/fuzz_%.o $(FUZZ_REPORT)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(REPORT_LIBS)

-include $(FUZZ_REPORT:.o=.d) $(wildcard $(FUZZ_DIR)/tests/fuzz/*.d $(FUZZ_DIR)/preload/*/*.d $(FUZZ_DIR)/preload/*/*/*.d)
