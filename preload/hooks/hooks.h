/*
 * hooks.h - ids of the hooks, generated and written by hand, and the start of the audit at the first call of one.
 */
#ifndef PAGELEAK_HOOKS_H
#define PAGELEAK_HOOKS_H

#include "system/real.h"

#define PUBLIC __attribute__((visibility("default")))

/* Ids of the functions, as they go into the journal. */
enum hook_id {
#define HOOK(id, type, name, ...) HOOK_##name = id,
#define ODD(id, type, name, parameters) HOOK_##name = id,
#include "hooks.def"
#undef HOOK
#undef ODD
};

/*
 * Starts the audit: from the constructor, or from the first call of a hook if that comes earlier. Later calls do
 * nothing.
 */
void hooks_open(void);
/*
 * Looks up all replaced functions and prepares the stack walkers. Called before the first thread and the first signal
 * handler of the program: neither dlsym nor dlopen is safe afterwards. Until then each function is looked up at its
 * first call: most programs of a build call a handful, and looking up all takes 20 us. Later calls do nothing.
 */
void hooks_settle(void);

/* The pointer to a replaced function; starts the audit if it has not begun. */
#define NEXT(name)                                                                                                     \
	__extension__({                                                                                                \
		if (__builtin_expect(!real_##name, 0))                                                                 \
			hooks_open();                                                                                  \
		REAL(name);                                                                                            \
	})

#endif
