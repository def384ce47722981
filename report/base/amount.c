/*
 * amount.c - writes numbers for people.
 */
#include "base/amount.h"
#include <string.h>
#include <stddef.h>
#include <stdint.h>

const char *amount_bytes(struct arena *arena, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes / 1024;
	size_t unit = 0;
	if (bytes < 1024)
		return arena_format(arena, "%llu B", (unsigned long long)bytes);
	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	return arena_format(arena, "%.1f %s", value, units[unit]);
}

/* Writes a number of at least 1000 with its unit, to at least three digits. */
static const char *scaled(struct arena *arena, const char *sign, double value)
{
	static const char units[] = "kMGTPE";
	size_t unit = 0;
	for (value /= 1000; value >= 999.5 && units[unit + 1]; value /= 1000)
		unit++;
	return arena_format(arena, value < 9.95 ? "%s%.1f%c" : "%s%.0f%c", sign, value, units[unit]);
}

const char *amount_count(struct arena *arena, uint64_t count)
{
	if (count < 100000)
		return arena_format(arena, "%llu", (unsigned long long)count);
	return scaled(arena, "", (double)count);
}

const char *amount_whole(struct arena *arena, uint64_t count)
{
	char out[32], *to = out + sizeof out - 1;
	*to = 0;
	for (unsigned digits = 0; count || !digits; count /= 10, digits++) {
		if (digits && digits % 3 == 0)
			*--to = ',';
		*--to = (char)('0' + count % 10);
	}
	return arena_copy(arena, to, strlen(to));
}

const char *amount_time(struct arena *arena, uint64_t ns)
{
	unsigned long long seconds = ns / 1000000000u, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
	if (seconds < 60)
		return arena_format(arena, "%llus", seconds);
	if (minutes < 60)
		return arena_format(arena, "%llum%02llus", minutes, seconds % 60);
	if (hours < 24)
		return arena_format(arena, "%lluh%02llum", hours, minutes % 60);
	return arena_format(arena, days < 100 ? "%llud%02lluh" : "%llud", days, hours % 24);
}

const char *amount_rate(struct arena *arena, double per_second)
{
	const char *sign = per_second < 0 ? "-" : "+";
	double size = per_second < 0 ? -per_second : per_second;
	if (size < 0.005)
		return "0";
	if (size >= 999.5)
		return scaled(arena, sign, size);
	return arena_format(arena, size < 9.995 ? "%s%.2f" : size < 99.95 ? "%s%.1f" : "%s%.0f", sign, size);
}
