/*
 * hooks_load.c - hooks of dlopen and dlmopen: libraries may find libc's functions ahead of ours, by RTLD_DEEPBIND or in
 * a name space with a libc of its own.
 *
 * Must not: what hooks.c must not; stand between libc and its caller.
 */
#include "hooks/hooks.h"
#include "journal/note.h"
#include "stacks/stacks.h"
#include "why/why.h"
#include <dlfcn.h>

/* Looks up all functions now: a dlsym of ours between the program's dlopen and its dlerror would clear the error. */
static void before_load(int flags)
{
	stacks_library_loads(flags);
	real_find_all();
}

__attribute__((used)) static void *(*dlopen_seen(const char *path, int flags))(const char *, int)
{
	void *(*next)(const char *, int) = NEXT(dlopen);

	before_load(flags);
	why_signal();
	if (flags & RTLD_DEEPBIND)
		note_write(NOTE_DEEPBIND, path);
	return next;
}

__attribute__((used)) static void *(*dlmopen_seen(Lmid_t space, const char *path, int flags))(Lmid_t, const char *, int)
{
	void *(*next)(Lmid_t, const char *, int) = NEXT(dlmopen);

	before_load(flags);
	if (space != LM_ID_BASE)
		note_write(NOTE_NAMESPACE, path);
	else if (flags & RTLD_DEEPBIND)
		note_write(NOTE_DEEPBIND, path);
	return next;
}

/*
 * libc takes search path and name space from its caller, by the return address: so the hooks go on to it by a jump,
 * with the stack as it was. NAME_seen returns the address to jump to.
 */
/* clang-format off */
#if defined(__x86_64__)
#define BY_JUMP(name)                                                                                                  \
	__asm__(".text\n"                                                                                              \
		".globl " name "\n"                                                                                    \
		".type " name ", @function\n"                                                                          \
		name ":\n"                                                                                             \
		".cfi_startproc\n"                                                                                     \
		"	endbr64\n"                                                                                     \
		"	push %rdi\n"                                                                                   \
		".cfi_adjust_cfa_offset 8\n"                                                                           \
		"	push %rsi\n"                                                                                   \
		".cfi_adjust_cfa_offset 8\n"                                                                           \
		"	push %rdx\n"                                                                                   \
		".cfi_adjust_cfa_offset 8\n"                                                                           \
		"	call " name "_seen\n"                                                                          \
		"	pop %rdx\n"                                                                                    \
		".cfi_adjust_cfa_offset -8\n"                                                                          \
		"	pop %rsi\n"                                                                                    \
		".cfi_adjust_cfa_offset -8\n"                                                                          \
		"	pop %rdi\n"                                                                                    \
		".cfi_adjust_cfa_offset -8\n"                                                                          \
		"	jmp *%rax\n"                                                                                   \
		".cfi_endproc\n"                                                                                       \
		".size " name ", . - " name "\n")
#else
#define BY_JUMP(name)                                                                                                  \
	__asm__(".text\n"                                                                                              \
		".globl " name "\n"                                                                                    \
		".type " name ", %function\n"                                                                          \
		name ":\n"                                                                                             \
		".cfi_startproc\n"                                                                                     \
		"	stp x0, x1, [sp, #-32]!\n"                                                                     \
		".cfi_adjust_cfa_offset 32\n"                                                                          \
		"	stp x2, x30, [sp, #16]\n"                                                                      \
		".cfi_rel_offset x30, 24\n"                                                                            \
		"	bl " name "_seen\n"                                                                            \
		"	mov x16, x0\n"                                                                                 \
		"	ldp x2, x30, [sp, #16]\n"                                                                      \
		".cfi_restore x30\n"                                                                                   \
		"	ldp x0, x1, [sp], #32\n"                                                                       \
		".cfi_adjust_cfa_offset -32\n"                                                                         \
		"	br x16\n"                                                                                      \
		".cfi_endproc\n"                                                                                       \
		".size " name ", . - " name "\n")
#endif
/* clang-format on */
BY_JUMP("dlopen");
BY_JUMP("dlmopen");
