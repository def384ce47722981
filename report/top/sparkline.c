/*
 * sparkline.c - numbers as a line of small bars.
 */
#include "top/sparkline.h"
#include <string.h>

enum { LEVELS = 8 };

static char *put_bar(char *to, unsigned level, bool utf8)
{
	static const char blocks[LEVELS][4] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char plain[] = "_.:-=+*#";
	if (!utf8) {
		*to = plain[level];
		return to + 1;
	}
	memcpy(to, blocks[level], 3);
	return to + 3;
}

void sparkline(const uint32_t *numbers, size_t count, size_t width, bool utf8, char *out)
{
	uint32_t least = UINT32_MAX, most = 0;
	if (width > SPARKLINE_MAX)
		width = SPARKLINE_MAX;
	for (size_t i = 0; i < count; i++) {
		least = numbers[i] < least ? numbers[i] : least;
		most = numbers[i] > most ? numbers[i] : most;
	}
	size_t bars = count < width ? count : width;
	memset(out, ' ', width - bars);
	char *to = out + width - bars;
	for (size_t i = 0; i < bars; i++) {
		uint64_t number = numbers[(i + 1) * count / bars - 1], range = most - least;
		to = put_bar(to, range ? (unsigned)((number - least) * (LEVELS - 1) / range) : 0, utf8);
	}
	*to = 0;
}
