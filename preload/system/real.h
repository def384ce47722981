/*
 * real.h - the functions that the library replaces, by pointer: one `real_NAME` for each row of hooks.def.
 *
 * A pointer is NULL until its function is looked up. Lookups call dlsym: not in a signal handler, and not while another
 * thread may be inside dlopen; reading a pointer that was found is safe anywhere.
 */
#ifndef PAGELEAK_REAL_H
#define PAGELEAK_REAL_H

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

#define HOOK(id, type, name, parameters, ...) extern type(*real_##name) parameters;
#define ODD(id, type, name, parameters) extern type(*real_##name) parameters;
#include "hooks.def"
#undef HOOK
#undef ODD

/* The next definition of `name` behind this library's; NULL when there is none. */
void *real_find(const char *name);
/* Looks up every function that has not been found yet. Does so once; later calls do nothing. */
void real_find_all(void);

/* The pointer to a replaced function, looked up if it has not been yet. */
#define REAL(name)                                                                                                     \
	__extension__({                                                                                                \
		if (__builtin_expect(!real_##name, 0))                                                                 \
			real_##name = (typeof(real_##name))real_find(#name);                                           \
		real_##name;                                                                                           \
	})

#endif
