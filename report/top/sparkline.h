/*
 * sparkline.h - numbers as a line of small bars.
 */
#ifndef PAGELEAK_SPARKLINE_H
#define PAGELEAK_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPARKLINE_MAX = 64 };
/*
 * `count` numbers, oldest first, in `width` columns (at most SPARKLINE_MAX): all of them, several to a bar where there are more, from
 * the right where there are fewer. The least is the lowest bar, the greatest the highest; equal ones are all low. `out` takes
 * SPARKLINE_MAX * 3 + 1 bytes: UTF-8 blocks, or `_.:-=+*#`.
 */
void sparkline(const uint32_t *numbers, size_t count, size_t width, bool utf8, char *out);

#endif
