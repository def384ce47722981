/*
 * demangle.h - turns mangled C++ and Rust names into readable ones.
 */
#ifndef PAGELEAK_DEMANGLE_H
#define PAGELEAK_DEMANGLE_H

#include "base/arena.h"
#include "base/text.h"

/* The readable name, allocated in the arena; or `name` itself, borrowed, if it is not mangled. */
struct text demangle(struct arena *arena, const char *name);

#endif
