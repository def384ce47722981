/*
 * amount.h - numbers for people.
 */
#ifndef PAGELEAK_AMOUNT_H
#define PAGELEAK_AMOUNT_H

#include "base/arena.h"
#include <stdint.h>

/* "512 B", "24.0 KiB" */
const char *amount_bytes(struct arena *arena, uint64_t bytes);
/* At most six columns: "1234", "123k", "1.2M" */
const char *amount_count(struct arena *arena, uint64_t count);
/* "1,234,567" */
const char *amount_whole(struct arena *arena, uint64_t count);
/* At most six columns: "7s", "4m10s", "2h05m", "3d04h" */
const char *amount_time(struct arena *arena, uint64_t ns);
/* At most seven columns, with its sign unless it is none: "+0.50", "-12", "0" */
const char *amount_rate(struct arena *arena, double per_second);

#endif
