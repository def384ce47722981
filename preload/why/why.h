/*
 * why.h - finds out which references keep the owners of pages alive (--why), in a forked copy of the process. Without
 * --why each function here is a test of one flag.
 *
 * The copy is made by a bare clone (no SIGCHLD, no fork handlers). Its collector is switched off, and a seccomp filter
 * leaves it memory and clocks only: it cannot touch a file, and writes its answers into the journal, which it has
 * mapped. The program itself runs no Python code of ours but one exit handler, and waits for the copy for two seconds
 * at most.
 *
 * Unless it says otherwise, a function may not be called from a signal handler or in a vfork child. Each checks that
 * this thread holds the interpreter's lock.
 */
#ifndef PAGELEAK_WHY_H
#define PAGELEAK_WHY_H

#include "process/scope_variables.h"
#include <stdbool.h>

extern bool why_wanted; /* there is an interpreter in this process that can be asked */

/* Finds the interpreter, if options.why is set. From the constructor; calls dlsym. */
void why_open(void);
/*
 * After an EVENT was recorded, if options.why is set. `made_by_object`: a page was made, and a method of an object is
 * on the stack. Any thread, any signal handler.
 */
void why_event(bool made_by_object);
/* Before the process ends by _exit. */
void why_gone(void);
/* Before the process ends by exit, after all exit handlers of the program. */
void why_left(void);
/* After the scope has changed, which ends the one before it. A change of {0, 0} is none. */
void why_scope_changed(struct scope_change change);
/*
 * Before the action of a signal is read, or set to the default; and before an extension is loaded. The interpreter does
 * the former when it has been set up far enough for an audit hook, and again after its exit handlers: before 3.8 that
 * is the only sign of its end.
 */
void why_signal(void);

#endif
