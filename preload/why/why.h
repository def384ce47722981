/*
 * why.h - what holds a page's owner: asked of a forked copy of the interpreter. Only with --why; without it each function here is a
 * test of one flag.
 *
 * The copy is made by a bare clone (no SIGCHLD, no fork handlers), has its collector switched off and a seccomp filter that
 * leaves it memory and nothing else: it can neither touch a file nor tell anyone but the journal, which it has mapped. The
 * program itself runs no Python code of ours but one exit handler, and waits for its copy for two seconds at most.
 *
 * No function here may be called from a signal handler, or in a vfork child; each checks that it holds the interpreter's lock.
 */
#ifndef PAGELEAK_WHY_H
#define PAGELEAK_WHY_H

#include "process/scope_variables.h"
#include <stdbool.h>

extern bool why_wanted;

/* At start-up, when options.why is set. Calls dlsym. */
void why_open(void);
/*
 * An EVENT was recorded, with options.why set. `made_by_object`: a page came into being, and an object's method is on the stack. Any
 * thread, signal handlers too.
 */
void why_event(bool made_by_object);
/* The process ends by _exit now. */
void why_gone(void);
/* The process ends by exit now, all else of the program's is over. */
void why_left(void);
/* The scope has changed, and the one before it has ended. */
void why_scope_changed(struct scope_change change);
/*
 * The interpreter asks for a signal's action, or sets it to the default; or it loads an extension. It does the former when it has
 * been set up far enough to be given an audit hook, and again when its exit handlers have run (before 3.8 nothing tells sooner).
 */
void why_signal(void);

#endif
