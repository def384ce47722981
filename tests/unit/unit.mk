# Unit tests, included by the Makefile: make [SANITIZE=1] unit. tests/unit/HALF/FOLDER/test_X.c is a program; it links the archive of
# its folder (HALF is report or preload) and those of the folders below it, by LAYERS: a call to a folder above does not link.
# The other files in tests/unit are helpers, in an archive of which a test links what it calls.
UNIT := tests/unit
UNIT_DIR := $(OUT)/unit
UNIT_HELPERS := $(UNIT_DIR)/helpers.a
unit_tests = $(patsubst $(UNIT)/%.c,$(UNIT_DIR)/%,$(sort $(wildcard $(UNIT)/$(1)/*/test_*.c)))
UNIT_TESTS := $(call unit_tests,preload) $(call unit_tests,report)
UNIT_OBJECTS := $(patsubst $(UNIT)/%.c,$(UNIT_DIR)/%.o,$(wildcard $(UNIT)/*.c)) $(UNIT_TESTS:=.o)

.PHONY: unit
.SECONDARY: $(UNIT_OBJECTS)
## builds and runs the unit tests; SANITIZE=1: with ASan and UBSan
unit: $(UNIT_TESTS)
	@status=0; for test in $(UNIT_TESTS); do echo "$${test#$(UNIT_DIR)/}"; $$test || status=1; done; exit $$status

$(UNIT_DIR)/preload/%.o: UNIT_CFLAGS = $(PRELOAD_CFLAGS) $(SANITIZERS)
$(UNIT_DIR)/%.o: UNIT_CFLAGS = $(REPORT_CFLAGS)
$(UNIT_DIR)/%.o: $(UNIT)/%.c Makefile tests/unit/unit.mk
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -Itests/unit -MMD -MP -c -o $@ $<

$(UNIT_HELPERS): $(patsubst $(UNIT)/%.c,$(UNIT_DIR)/%.o,$(wildcard $(UNIT)/*.c))
	@mkdir -p $(@D) && rm -f $@
	$(AR) rcs $@ $^

# The library itself is never sanitized; its folders are, for their tests.
ifneq ($(SANITIZE),)
UNIT_PRELOAD_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(call sources,preload))
$(OUT)/preload/%.o: preload/%.c Makefile tests/unit/unit.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PRELOAD_CFLAGS) $(SANITIZERS) -MMD -MP -c -o $@ $<
$(foreach layer,$(PRELOAD_LAYERS),$(eval $(call archive,$(OUT)/preload/$(layer),$(UNIT_PRELOAD_OBJECTS))))
-include $(UNIT_PRELOAD_OBJECTS:.o=.d)
endif

# The folders of a list, highest first, from one on.
from_layer = $(if $(2),$(if $(filter $(1),$(firstword $(2))),$(2),$(call from_layer,$(1),$(wordlist 2,$(words $(2)),$(2)))))
unit_folder = $(notdir $(patsubst %/,%,$(dir $(1))))
# $(1) a test, $(2) its half, $(3) the layers of that, $(4) libraries
define unit_program
$(1): $(1).o $(UNIT_HELPERS) $(patsubst %,$(OUT)/$(2)/%.a,$(call from_layer,$(call unit_folder,$(1)),$(3)))
	$$(CC) $$(SANITIZERS) -o $$@ $$^ -lcmocka $(4)
endef
$(foreach test,$(call unit_tests,preload),$(eval $(call unit_program,$(test),preload,$(PRELOAD_LAYERS),$$(PRELOAD_LIBS))))
$(foreach test,$(call unit_tests,report),$(eval $(call unit_program,$(test),report,$(REPORT_LAYERS),$$(REPORT_LIBS))))

-include $(UNIT_OBJECTS:.o=.d)
