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
/*
 * Hash of the stack's modules and offsets: equal stacks of any process have equal keys. 0 for NULL. Asks no file but the map of code
 * that was compiled while the program ran: its names count, not where it lies, and of a script the user's own alone (script.h). With
 * `python`, a Python stack beside it, frames of the interpreter's own binary do not count: which of them run changes from one
 * time around a loop to the next (its adaptive instructions), the place in the program does not.
 */
uint64_t symbols_key(struct symbols *symbols, const struct stack *stack, bool python);

/* What a stack runs in, by the names of functions that stand on it. Stored once a stack; reads symbol tables only. */
enum {
	WITHIN_EXIT = 1,
	WITHIN_FINALIZATION = 2,
	WITHIN_COLLECTOR = 4,
	WITHIN_COLLECT = 8,       /* gc.collect() was called */
	WITHIN_AUTOMATIC = 16,    /* a collection that began by itself */
	WITHIN_ATEXIT = 32,       /* Python's exit handlers */
	WITHIN_DEALLOCATION = 64, /* an object's last reference went */
	WITHIN_ALLOCATION = 256,  /* an object was being made: that is when collections begin by themselves */
	WITHIN_EVALUATION = 128,  /* the interpreter's own functions have names at all */
};
unsigned symbols_within(struct symbols *symbols, const struct stack *stack);

#endif
