/*
 * hooks.h - what the generated and the hand-written hooks share: the functions that they replace, by pointer.
 */
#ifndef PAGELEAK_HOOKS_H
#define PAGELEAK_HOOKS_H

#include <dlfcn.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>
#include <wordexp.h>

struct open_how;

/* Not in headers, or not in all. */
int __open(const char *path, int flags, ...);
int __open64(const char *path, int flags, ...);
FILE *_IO_fopen(const char *path, const char *mode);
FILE *_IO_popen(const char *command, const char *mode);
int __xmknod(int version, const char *path, mode_t mode, dev_t *device);
int __xmknodat(int version, int directory, const char *path, mode_t mode, dev_t *device);
int openat2(int directory, const char *path, const struct open_how *how, size_t size);
void _mcleanup(void);
int lckpwdf(void);
pid_t __wait(int *status);
pid_t __waitpid(pid_t pid, int *status, int options);
int __sigaction(int number, const struct sigaction *action, struct sigaction *old);
sighandler_t sysv_signal(int number, sighandler_t handler);
sighandler_t __sysv_signal(int number, sighandler_t handler);
sighandler_t bsd_signal(int number, sighandler_t handler);
sighandler_t sigset(int number, sighandler_t handler);

#define PUBLIC __attribute__((visibility("default")))

#define HOOK(id, type, name, parameters, ...) extern type(*next_##name) parameters;
#define ODD(id, type, name, parameters) extern type(*next_##name) parameters;
#include "hooks.def"
#undef HOOK
#undef ODD

/* Ids of the functions, as they go into the journal. */
enum hook_id {
#define HOOK(id, type, name, ...) HOOK_##name = id,
#define ODD(id, type, name, parameters) HOOK_##name = id,
#include "hooks.def"
#undef HOOK
#undef ODD
};

/* Starts the audit; from the constructor, or from the first call of a hook when that is earlier. May be called again. */
void hooks_open(void);
/* Finds every replaced function. May be called again. */
void hooks_find_all(void);
/*
 * The same, and loads libunwind: before the first thread and the first signal handler. Until then each
 * is found when it is first called: most programs of a build call a handful, and looking up all takes 20 us. May be called
 * again.
 */
void hooks_settle(void);
/* The next definition of one function, when a hook is called before hooks_settle. */
void *hooks_find(const char *name);

/* The pointer to the replaced function, found at the latest now. */
#define NEXT(name)                                                                                                     \
	__extension__({                                                                                                \
		if (__builtin_expect(!next_##name, 0)) {                                                               \
			hooks_open();                                                                                  \
			if (!next_##name)                                                                              \
				next_##name = (typeof(next_##name))hooks_find(#name);                                  \
		}                                                                                                      \
		next_##name;                                                                                           \
	})

#endif
