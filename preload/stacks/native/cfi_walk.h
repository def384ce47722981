/*
 * cfi_walk.h - walks native stacks by the objects' call frame information (cfi.h), without libunwind: nothing is loaded
 * (200 us and two libraries in each process that makes a page), no lock can be left taken by a fork, there is no pipe,
 * nothing that valgrind or ThreadSanitizer would report, and it takes 1.5 KiB of stack. Frames that it cannot leave are
 * libunwind's job (unwind.h).
 *
 * Any thread, any signal handler, vfork children; errno is kept.
 */
#ifndef PAGELEAK_CFI_WALK_H
#define PAGELEAK_CFI_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the constructor. */
void cfi_walk_open(void);
/* Can stacks be walked in this process? Requires x86-64, glibc 2.35, and that the setting `libunwind` is 0. */
bool cfi_walk_is_known(void);
enum walk_end {
	WALK_WHOLE, /* at the outermost frame, or at code that has neither tables nor a frame pointer */
	WALK_ODD,   /* at a frame with information that cfi.c does not implement */
	WALK_BAD,   /* at damaged tables, which libunwind must not read either */
};
/*
 * The words on the stack that decided where frames lie, besides the return addresses: saved frame pointers, by which
 * frames of variable size are left. While these words and the return addresses have the same values, it is the same
 * stack.
 */
struct walk_words {
	struct walk_word {
		uintptr_t slot, value;
	} * words;
	size_t count, most;
	bool all; /* false: the walk depended on more than these */
};
/*
 * Puts return addresses into `addresses`, innermost first, beginning with that of the caller, and the address where
 * each lies into `slots`. Returns their number, at most `most`. `room` holds WALK_PAGE bytes. `words` has room for
 * `words->most`.
 */
#define WALK_PAGE 4096
size_t cfi_walk_stack(uint64_t *addresses, uint64_t *slots, size_t most, void *room, struct walk_words *words,
		      enum walk_end *end);

#endif
