/*
 * settings.h - settings from PAGELEAK="key=value:key=value"; `\:` and `\\` stand for a colon and a backslash in a value.
 * Unknown keys are passed over: a newer command may set them.
 */
#ifndef PAGELEAK_OPTIONS_H
#define PAGELEAK_OPTIONS_H

#define OPTIONS_VARIABLE "PAGELEAK"
#define PID_MOST 4194304 /* of 64-bit Linux: include/linux/threads.h */

struct options {
	char journal[4096]; /* absolute path; "" none */
	int depth;          /* frames per stack */
	int leave_cleared;  /* environments that lost the audit stay as they are */
	int libunwind;      /* native stacks by libunwind alone */
	int why;            /* ask the interpreter what holds the owners of pages */
	char command[4096]; /* of pageleak; "": no audit was begun yet */
	int signal;         /* at which a report is made; 0 none */
	int audit;          /* pid of the process whose end is reported by the library; 0 none */
	int parent;         /* pid of a pageleak that passes signals on; 0 none */
};

extern struct options options;
/* Once, from the constructor. */
void options_read(const char *value);

#endif
