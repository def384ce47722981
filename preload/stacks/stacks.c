/*
 * stacks.c - starts the stack walkers and hands on what they must know of the process.
 *
 * Must not: take a stack itself.
 */
#include "stacks/stacks.h"
#include "stacks/native/cfi_walk.h"
#include "stacks/native/loaded_modules.h"
#include "stacks/native/unwind.h"
#include "system/stack_bounds.h"
#include <dlfcn.h>

void stacks_open(void)
{
	loaded_modules_open();
	stack_bounds_open();
	cfi_walk_open();
}

void stacks_settle(void)
{
	if (cfi_walk_is_known())
		unwind_leave_out();
	else
		unwind_prepare();
	unwind_watch_forks();
	script_stack_prepare();
}

void stacks_library_loads(int flags)
{
	if (flags & RTLD_GLOBAL)
		script_stack_library_loads();
}

void stacks_library_unloaded(void)
{
	loaded_modules_unloaded();
}

void stacks_forked(void)
{
	unwind_forked();
}

bool stacks_collecting(void)
{
	return script_stack_collecting();
}
