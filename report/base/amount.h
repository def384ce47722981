/*
 * amount.h - writes numbers for people. The arena owns the strings.
 */
#ifndef PAGELEAK_AMOUNT_H
#define PAGELEAK_AMOUNT_H

#include "base/arena.h"
#include <stdint.h>

/* Bytes: "512 B", "24.0 KiB". */
const char *amount_bytes(struct arena *arena, uint64_t bytes);
/* A count in at most six columns: "1234", "123k", "1.2M". */
const char *amount_count(struct arena *arena, uint64_t count);
/* A whole count: "1,234,567". */
const char *amount_whole(struct arena *arena, uint64_t count);
/* A duration in at most six columns: "7s", "4m10s", "2h05m", "3d04h". */
const char *amount_time(struct arena *arena, uint64_t ns);
/* A rate in at most seven columns, with a sign unless it is 0: "+0.50", "-12", "0". */
const char *amount_rate(struct arena *arena, double per_second);

#endif
