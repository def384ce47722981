/*
 * symbol.h - finds the functions, files and lines of return addresses with libdw. Reads the files that the journal's
 * modules name; never runs them. Demangles C++ and Rust (libiberty). Not for several threads at a time.
 */
#ifndef PAGELEAK_SYMBOL_H
#define PAGELEAK_SYMBOL_H

#include "base/arena.h"
#include "model/journal_model.h"
#include "model/stack_model.h"

struct symbols;
/* Never NULL. Borrows both. symbols_close frees what libdw allocated; frames stay, they are the arena's. */
struct symbols *symbols_open(struct arena *arena, const struct journal *journal);
/*
 * Sets where files are opened: below `sysroot` (NULL: under their own paths); debug files also in `debug_dirs` (ends
 * with NULL). Call it before the first look-up. Borrows both.
 */
void symbols_look_in(struct symbols *symbols, const char *sysroot, const char *const *debug_dirs);
/* Unsets DEBUGINFOD_URLS, so that libdw asks no server for debug files. */
void symbols_no_servers(void);
void symbols_close(struct symbols *symbols);
/*
 * The frames of a stack, innermost first, inlined functions as frames of their own. Computed once a stack; the arena's;
 * never NULL.
 */
const struct frames *symbols_stack(struct symbols *symbols, const struct stack *stack);

/* An interpreter or another library, by the names of its files and functions. */
struct symbols_function {
	const char *name; /* NULL: the end of the list */
	bool whole;       /* the whole name; false: its beginning */
	unsigned bits;
};
struct symbols_runtime {
	const char *const *modules; /* beginnings of the base names of its files; ends with NULL */
	const struct symbols_function *functions;
};

/*
 * Hash of the stack's modules and offsets: equal stacks of any process have equal keys. 0 for NULL. Reads no file but
 * the map of code that was compiled while the program ran: of such code names count, not addresses, and of a script the
 * user's own alone (jit_frames.h). Frames in files of `beside` (NULL none), the interpreter whose script's stack lies
 * beside this one, do not count: which of its functions run changes from one time around a loop to the next (its
 * adaptive instructions), the place in the program does not.
 */
uint64_t symbols_key(struct symbols *symbols, const struct stack *stack, const struct symbols_runtime *beside);

/*
 * All bits of the stack's functions that `runtimes` (ends with NULL) know; of one function those of the first entry
 * that fits. Computed once a stack, so `runtimes` must be the same in every call. Reads symbol tables only.
 */
unsigned symbols_context(struct symbols *symbols, const struct stack *stack,
			 const struct symbols_runtime *const *runtimes);

#endif
