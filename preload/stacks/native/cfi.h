/*
 * cfi.h - finds the call frame information of an instruction in the tables of its object in memory: where the caller's
 * registers are. Sources: DWARF 5, 6.4; System V ABI AMD64, 3.7; Linux Standard Base, "Exception Frames" (.eh_frame,
 * .eh_frame_hdr).
 *
 * Any thread, any signal handler; no lock, no allocation, no system call; a kilobyte of stack.
 */
#ifndef PAGELEAK_CFI_H
#define PAGELEAK_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* DWARF's numbers of registers on x86-64. */
enum { CFI_RBP = 6, CFI_RSP = 7, CFI_RIP = 16, CFI_REGISTERS = 17 };

/* Where the caller's value of a register is found. */
enum cfi_where {
	CFI_SAME,      /* still in the register */
	CFI_UNDEFINED, /* nowhere; of CFI_RIP: this is the outermost frame */
	CFI_AT_CFA,    /* in memory, at the canonical frame address plus `offset` */
	CFI_AT_BASE,   /* in memory, at this frame's register `base` plus `offset` */
};

struct cfi_place {
	uint8_t where, base;
	int32_t offset;
};

struct cfi_rule {
	/* The frame address. CFI_AT_CFA: register `base` plus `offset`; CFI_AT_BASE: the word in memory there. */
	struct cfi_place cfa;
	struct cfi_place registers[CFI_REGISTERS];
	bool signal; /* a signal's frame: the caller was interrupted at its address, it has not called */
};

enum cfi_found {
	CFI_FOUND,
	CFI_NONE, /* the tables do not cover this address */
	CFI_ODD,  /* valid, but with something that cfi.c does not implement */
	CFI_BAD,  /* damaged or overwritten: following them may read anywhere */
};

/*
 * Finds the rule for the instruction at `address`. `header` is the .eh_frame_hdr of its object, NULL for none; it and
 * .eh_frame lie between `start` and `end`, and all of that range can be read. `out` is valid with CFI_FOUND only.
 */
enum cfi_found cfi_find(uintptr_t address, uintptr_t start, uintptr_t end, const void *header, struct cfi_rule *out);

#endif
