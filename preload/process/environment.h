/*
 * environment.h - what the next image needs of its environment to be audited, too: the library in LD_PRELOAD, the settings in
 * PAGELEAK. A program that clears or replaces the environment takes both out; they are put back on the way to the kernel.
 * The program's own arrays and strings are never written to. Safety as journal.h.
 */
#ifndef PAGELEAK_ENVIRONMENT_H
#define PAGELEAK_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* From the constructor: remembers both, as programs write over where the environment lay. `settings`: of the audit. */
void environment_open(const char *settings);
/* "PAGELEAK=settings" as remembered; NULL: there was no room, or it was loaded in another way. */
const char *environment_settings(void);

/* Do these settings leave a program alone (PAGELEAK=off, or an empty one)? Do they name an audit that was begun? NULL does neither. */
bool environment_is_off(const char *settings);
bool environment_joins(const char *settings);

/* Does an image with this environment go on with the audit? NULL is an empty one. */
bool environment_keeps_audit(char *const environment[]);

/* Can the library be loaded where this process stands: its root directory, its mounts, its user? */
bool environment_in_reach(void);

/* The value of a variable in an environment, or NULL. Does not call getenv, which programs replace. */
const char *environment_value(char *const environment[], const char *name);
extern char **environ;

/* Can an array that ends in NULL be read, and its strings begun to be? NULL can. The kernel says EFAULT where not. */
bool environment_readable(char *const strings[]);

struct environment {
	char *const *given;
	size_t count;           /* of `given` */
	size_t preload;         /* index of the LD_PRELOAD that counts; `count` when there is none that must change */
	size_t size, at;        /* of its value: bytes, and where the library's name goes, or stands */
	size_t own;             /* index of a PAGELEAK that names no audit: the one that began this one; `count` none */
	bool library, settings; /* is to be put back */
	bool without;           /* the library's name is to be taken out */
	size_t room;            /* bytes for environment_build */
};

/*
 * Looks at what a program gives to an exec. False: use it as it is, for nothing is missing, or what is cannot or must not be
 * put back (switched off, library out of reach, too little stack for `room`). A library that is named and out of reach is
 * taken out: ld.so would complain of it in the program's name.
 */
bool environment_look(struct environment *it, char *const environment[]);
/* The same environment with what is missing and without what is too much, in `room` (it->room bytes, on the caller's stack). */
char *const *environment_build(const struct environment *it, void *room);

#endif
