/*
 * template.h - derives the pattern that paths share, with `*` for the parts that differ: /tmp/page-*.dat.
 */
#ifndef PAGELEAK_TEMPLATE_H
#define PAGELEAK_TEMPLATE_H

#include "base/arena.h"
#include "base/text.h"

/*
 * The pattern of `count` paths, relative to `cwd` when all lie below it. Numbers, hexadecimal and random parts become
 * `*` even of a single path, so that the pattern is the same in every run. Other components that differ become `*`, and
 * differing depths `**`. Takes time in proportion to the length of the paths. The arena owns the pattern.
 */
struct text template_of(struct arena *arena, const struct text *paths, size_t count, struct text cwd);
/*
 * The path with `*` for the `random` characters that a temporary function chose: the last characters of the name, or
 * those before a suffix that begins with a dot. The path itself when they are not there, or `random` is 0.
 */
struct text template_masked(struct arena *arena, struct text path, size_t random);
/* A hash of the pattern of one path: equal for equal patterns. */
uint64_t template_hash(struct text path, struct text cwd);

#endif
