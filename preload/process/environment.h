/*
 * environment.h - the two variables by which the next image is audited, too: LD_PRELOAD names the library, PAGELEAK has
 * the settings. A program that clears or replaces its environment loses both; the hooks put them back into the copy
 * that the kernel gets. The program's own arrays and strings are never written to. Safety as journal_map.h.
 */
#ifndef PAGELEAK_ENVIRONMENT_H
#define PAGELEAK_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Keeps copies of both, as programs overwrite the memory of their first environment. `settings`: of the audit. From the
 * constructor.
 */
void environment_open(const char *settings);
/* "PAGELEAK=settings" as kept by environment_open; NULL when it did not fit. */
const char *environment_settings(void);

/*
 * Do these settings switch the audit off (PAGELEAK=off, or empty)? Do they name an audit that was begun? NULL: neither.
 */
bool environment_is_off(const char *settings);
bool environment_joins(const char *settings);

/* Will an image with this environment be audited? NULL stands for an empty environment. */
bool environment_keeps_audit(char *const environment[]);

/* Can this process open the library: in its root directory, with its mounts, as its user? */
bool environment_in_reach(void);

/* The value of the first variable of that name, or NULL. Does not call getenv, which programs replace. */
const char *environment_value(char *const environment[], const char *name);
extern char **environ;

/*
 * Can an array of strings be read up to its NULL, and the first bytes of each string? Where not, an exec fails with
 * EFAULT. True for NULL.
 */
bool environment_readable(char *const strings[]);

/* What to change in an environment that a program gives to an exec. */
struct environment {
	char *const *given;
	size_t count;    /* of `given` */
	size_t preload;  /* index of the LD_PRELOAD that ld.so uses; `count` when there is none, or it stays as it is */
	size_t size, at; /* bytes of its value; offset in it where the library's name goes, or stands */
	size_t own;      /* index of the PAGELEAK that began this audit, and would begin another one; `count` none */
	bool library, settings; /* is to be put back */
	bool without;           /* the library's name is to be taken out */
	size_t room;            /* bytes for environment_build */
};

/*
 * Decides what to change in the environment that a program gives to an exec. False: nothing. That is so when nothing is
 * missing, the audit is switched off, the library cannot be opened, or the stack has too little room for `room` bytes.
 * A library that is named but cannot be opened is taken out: ld.so would print an error on the program's standard
 * error.
 */
bool environment_look(struct environment *it, char *const environment[]);
/* Builds the changed environment in `room`, it->room bytes on the caller's stack. */
char *const *environment_build(const struct environment *it, void *room);

#endif
