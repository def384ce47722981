/*
 * cfi.h - how a frame is left: the call frame information of the instruction at an address, from the object's own tables in
 * memory. Sources: DWARF 5, 6.4; System V ABI AMD64, 3.7; Linux Standard Base, "Exception Frames" (.eh_frame, .eh_frame_hdr).
 *
 * Any thread, any handler; no lock, no allocation, no system call; a kilobyte of stack.
 */
#ifndef PAGELEAK_CFI_H
#define PAGELEAK_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* x86-64's numbers, as in DWARF. */
enum { CFI_RBP = 6, CFI_RSP = 7, CFI_RIP = 16, CFI_REGISTERS = 17 };

/* Where the caller's value of a register is. */
enum cfi_where {
	CFI_SAME,      /* still in the register */
	CFI_UNDEFINED, /* nowhere; for CFI_RIP: this is the outermost frame */
	CFI_AT_CFA,    /* in memory, `offset` from the canonical frame address */
	CFI_AT_BASE,   /* in memory, `offset` from this frame's register `base` */
};

struct cfi_place {
	uint8_t where, base;
	int32_t offset;
};

struct cfi_rule {
	struct cfi_place cfa; /* CFI_AT_CFA: register `base` plus `offset`; CFI_AT_BASE: what lies in memory there */
	struct cfi_place registers[CFI_REGISTERS];
	bool signal; /* a signal's frame: the address that it leads to was not called from */
};

enum cfi_found {
	CFI_FOUND,
	CFI_NONE, /* no object there, or it says nothing of this address */
	CFI_ODD,  /* something that is not known here */
	CFI_BAD,  /* damaged, or overwritten: who believes it may read anywhere */
};

/*
 * `header`: .eh_frame_hdr of the object at `address`, NULL none; it and .eh_frame lie between `start` and `end`, all of which
 * can be read.
 */
enum cfi_found cfi_find(uintptr_t address, uintptr_t start, uintptr_t end, const void *header, struct cfi_rule *out);

#endif
