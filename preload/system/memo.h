/*
 * memo.h - storage for remembered stacks, so that a stack is recognized instead of walked again. A program makes its
 * pages from few places, over and over: most stacks equal one of a moment ago. A block holds the addresses of all words
 * that the walk of a stack depended on, and their values; if each word still has its value, it is the same stack. That
 * takes independent loads, where a walk is a chain of dependent ones: 25 ns instead of 290 for 30 frames.
 *
 * Blocks are written once and never changed or freed; a table of atomic pointers leads to them. Any thread, any signal
 * handler, and after fork; errno is kept.
 */
#ifndef PAGELEAK_MEMO_H
#define PAGELEAK_MEMO_H

#include <stddef.h>
#include <stdint.h>

#define MEMO_WAYS 4
#define MEMO_SETS 512

struct memo_table {
	void *ways[MEMO_SETS][MEMO_WAYS];
};

/*
 * The MEMO_WAYS pointers to blocks among which those of `key` are; some are NULL. The first word of a block is its key.
 */
void **memo_set(struct memo_table *table, uint64_t key);
/*
 * Memory for a block of `size` bytes, never to be freed. NULL when the arena is used up: then no more stacks are
 * learned.
 */
void *memo_take(size_t size);
/* Unmaps the unused part of the arena, for a program that limits its memory. Not for a vfork child, which shares it. */
void memo_shrink(void);
/* Publishes a block that is complete; its first word is the key. It may push another block of the same set out. */
void memo_add(struct memo_table *table, void *block);

/*
 * Is a stack worth learning that has been walked `seen` times? At the 4th, 8th, 16th ...: it costs as much as 100
 * recognitions.
 */
static inline int memo_is_due(uint32_t seen)
{
	return seen >= 4 && (seen & (seen - 1)) == 0;
}

#endif
