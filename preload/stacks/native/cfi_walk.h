/*
 * walk.h - native stacks by the objects' own tables, without libunwind: nothing to load (200 us and two libraries in each
 * process that makes a page), no lock that a fork could leave taken, no pipe, nothing that valgrind or ThreadSanitizer would
 * remark on, and a kilobyte and a half of stack. What it does not know it leaves to libunwind (unwind.h).
 *
 * Any thread, any handler, vfork children; errno is kept.
 */
#ifndef PAGELEAK_CFI_WALK_H
#define PAGELEAK_CFI_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the constructor. */
void cfi_walk_open(void);
/* Can stacks be walked here at all? It takes x86-64 and glibc 2.35. */
bool cfi_walk_is_known(void);
enum walk_end {
	WALK_WHOLE, /* the outermost frame, or code that keeps nothing to go on by */
	WALK_ODD,   /* a frame that is not known here */
	WALK_BAD,   /* tables that are damaged: nobody else should read them */
};
/*
 * What decided where the next frame lies, besides the return addresses: saved frame pointers that frames of variable size were
 * left by. While these words and those hold the same, it is the same stack.
 */
struct walk_words {
	struct walk_word {
		uintptr_t slot, value;
	} * words;
	size_t count, most;
	bool all; /* false: it depended on more */
};
/*
 * Return addresses into `addresses`, innermost first, the caller's own first of all; into `slots` where each lies. The number
 * of them, at most `most`. `room` holds WALK_PAGE bytes.
 */
#define WALK_PAGE 4096
size_t cfi_walk_stack(uint64_t *addresses, uint64_t *slots, size_t most, void *room, struct walk_words *words,
		      enum walk_end *end);

#endif
