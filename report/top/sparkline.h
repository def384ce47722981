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
 * Draws `count` numbers, oldest first, as one bar for each of `width` columns (at most SPARKLINE_MAX). Several numbers
 * share a bar where there are more numbers than columns; fewer stand at the right end. The least number is the lowest
 * bar, the greatest the highest; if all are equal, all bars are low. `out` has room for SPARKLINE_MAX * 3 + 1 bytes and
 * gets UTF-8 blocks, or `_.:-=+*#` without `utf8`.
 */
void sparkline(const uint32_t *numbers, size_t count, size_t width, bool utf8, char *out);

#endif
