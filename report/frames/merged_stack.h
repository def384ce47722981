/*
 * merged_stack.h - one stack out of a script's and a native one, for pictures and profiles. The report keeps the two
 * apart, as they were captured.
 */
#ifndef PAGELEAK_MERGED_STACK_H
#define PAGELEAK_MERGED_STACK_H

#include "base/arena.h"
#include "base/text.h"
#include "model/stack_model.h"

struct merged_frame {
	struct text function, file; /* "" unknown */
	int line;                   /* 0 unknown */
	int64_t script;             /* its number in the stack of the script; -1: a native frame */
	bool inlined;
	struct text module, build_id; /* native: as in struct frame */
	uint64_t offset;
};

struct merged_stack {
	struct merged_frame *at; /* innermost first */
	size_t count;
};

/*
 * The script's frames in the place of the interpreter's native ones: before them what the script called (libc,
 * extensions), behind them what embeds the interpreter. Without a script's stack the native one alone. Frames of
 * own_frame_is_start are left out. Either stack may be NULL; the result is the arena's and borrows from both.
 */
struct merged_stack merged_stack_of(struct arena *arena, const struct script_stack *script,
				    const struct frames *native);

#endif
