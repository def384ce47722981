/*
 * template.h - what paths have in common, with `*` for what differs: /tmp/page-*.dat.
 */
#ifndef PAGELEAK_TEMPLATE_H
#define PAGELEAK_TEMPLATE_H

#include "base/arena.h"
#include "base/text.h"

/*
 * The pattern of `count` paths, relative to `cwd` when all lie below it. Numbers, hexadecimal and random parts are `*`
 * even when there is only one path, so that it is the same in every run; components that differ otherwise are `*`, and
 * differing depths `**`. Time in proportion to the paths' length.
 */
struct text template_of(struct arena *arena, const struct text *paths, size_t count, struct text cwd);
/*
 * The path with a `*` for the `random` characters that the maker of a temporary name chose: the last ones of its name, or those before a
 * suffix that begins with a dot; as it is when they are not to be found, or `random` is 0.
 */
struct text template_masked(struct arena *arena, struct text path, size_t random);
/* A hash of the pattern of one path. */
uint64_t template_hash(struct text path, struct text cwd);

#endif
