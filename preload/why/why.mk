# The script that why_copy.c runs in a copy of the interpreter, included by the Makefile: its parts in order, each needs those before
# it. Lines that begin with `#` are left out: the library carries it.
WHY_PARTS := holders harness chains finalizers answers run
WHY_SCRIPT := $(BUILD)/why/why.py

$(WHY_SCRIPT): $(WHY_PARTS:%=preload/why/%.py) preload/why/why.mk
	@mkdir -p $(@D)
	cat $(WHY_PARTS:%=preload/why/%.py) | sed '/^[[:space:]]*#/d' > $@

# Of the library, and of its unit tests with SANITIZE=1.
WHY_OBJECTS := $(sort $(BUILD)/preload/why/why_copy.o $(OUT)/preload/why/why_copy.o)
$(WHY_OBJECTS): $(WHY_SCRIPT) # .incbin
$(WHY_OBJECTS): PRELOAD_CFLAGS += -DWHY_SCRIPT='"$(WHY_SCRIPT)"'
