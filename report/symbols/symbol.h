/*
 * symbol.h - names for addresses, by libdw, offline. Looks at files named by the journal's modules; never runs them, never
 * asks a network. Demangles C++ and Rust (libiberty).
 */
#ifndef PAGELEAK_SYMBOL_H
#define PAGELEAK_SYMBOL_H

#include "base/arena.h"
#include "model/journal_model.h"
#include "model/stack_model.h"

struct symbols;
/* NULL is never returned. symbols_close frees what libdw holds; frames live in the arena. */
struct symbols *symbols_open(struct arena *arena, const struct journal *journal);
/*
 * Before the first look-up: files are opened below `sysroot` (NULL: as they are called), and separate debug files are sought in
 * `debug_dirs` (NULL-terminated), too. Borrows both.
 */
void symbols_look_in(struct symbols *symbols, const char *sysroot, const char *const *debug_dirs);
/* From now on no server is asked for debug information (libdw does when DEBUGINFOD_URLS is set). Changes the environment. */
void symbols_no_servers(void);
void symbols_close(struct symbols *symbols);
/* Frames of a stack, inlined ones expanded (innermost first). Stored once a stack. Never NULL. */
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
 * Hash of the stack's modules and offsets: equal stacks of any process have equal keys. 0 for NULL. Reads no file but the map of code
 * that was compiled while the program ran: of such code names count, not addresses, and of a script the user's own alone (jit_frames.h).
 * Frames in files of `beside` (NULL none), the interpreter whose script's stack lies beside this one, do not count: which of its functions
 * run changes from one time around a loop to the next (its adaptive instructions), the place in the program does not.
 */
uint64_t symbols_key(struct symbols *symbols, const struct stack *stack, const struct symbols_runtime *beside);

/*
 * All bits of the stack's functions that `runtimes` (ends with NULL) know; of one function those of the first entry that fits. Computed
 * once a stack, so `runtimes` must be the same in every call. Reads symbol tables only.
 */
unsigned symbols_context(struct symbols *symbols, const struct stack *stack,
			 const struct symbols_runtime *const *runtimes);

#endif
