/*
 * growth.h - a number over time: how fast it grows, how long it has done so without falling, and its last samples.
 * Knows nothing of pages.
 */
#ifndef PAGELEAK_GROWTH_H
#define PAGELEAK_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum { GROWTH_SAMPLES = 128, GROWTH_WINDOWS = 6 };

enum trend {
	TREND_STEADY,
	TREND_RISES, /* it falls at times, but less deep each time: its lowest of each 15 seconds only rises */
	TREND_GROWS, /* it rose and rose, and never fell, or has passed where it fell from: that is how a daemon leaks */
};

/* All zero before the first sample. */
struct growth {
	uint64_t value, first_ns, last_ns; /* of the last sample; when the first was taken */
	uint64_t high;
	uint32_t samples[GROWTH_SAMPLES]; /* a ring; see growth_sample_at */
	unsigned count, next;
	double sum, weight;            /* of changes a second, and of what went into it */
	uint64_t floor, floor_ns;      /* where it stood when it last fell, or began */
	uint64_t peak;                 /* the highest before that; 0 it never fell */
	uint64_t rises, risen_ns;      /* since then: how often it rose, and when last */
	uint64_t window_ns, lowest;    /* the window that is under way */
	uint64_t lows[GROWTH_WINDOWS]; /* of those before it, the latest first */
	unsigned windows;
};

/* Time does not go back; a sample of the past is left out. */
void growth_sample(struct growth *growth, uint64_t now_ns, uint64_t value);
/* Change a second, of the last 10 seconds or so. */
double growth_rate(const struct growth *growth);
enum trend growth_trend(const struct growth *growth);
/* For how long it has grown without falling; 0 unless TREND_GROWS. */
uint64_t growth_unfallen_ns(const struct growth *growth);
/* Copies the last `count` samples at most, oldest first; gives how many. */
unsigned growth_samples(const struct growth *growth, unsigned count, uint32_t *out);

#endif
