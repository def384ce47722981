/*
 * demangle.h - C++ and Rust names made readable, by libiberty.
 */
#ifndef PAGELEAK_DEMANGLE_H
#define PAGELEAK_DEMANGLE_H

#include "base/arena.h"
#include "base/text.h"

/* The readable name, in the arena, or `name` as it is (borrowed). */
struct text demangle(struct arena *arena, const char *name);

#endif
