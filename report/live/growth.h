/*
 * growth.h - follows a number over time: how fast it grows, for how long without falling, and its last samples. Knows
 * nothing of pages.
 */
#ifndef PAGELEAK_GROWTH_H
#define PAGELEAK_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

enum { GROWTH_SAMPLES = 128, GROWTH_WINDOWS = 6 };

enum trend {
	TREND_STEADY,
	TREND_RISES, /* it falls at times, but its lowest value of each 15 seconds only rises */
	/* It rose several times without falling, and is above where it last fell from: that is how a daemon leaks. */
	TREND_GROWS,
};

/* All zero before the first sample. */
struct growth {
	uint64_t value, first_ns, last_ns; /* of the last sample; when the first was taken */
	uint64_t high;                     /* the highest value of all */
	uint32_t samples[GROWTH_SAMPLES];  /* a ring; see growth_sample_at */
	unsigned count, next;
	double sum, weight;            /* decaying sum of changes per second, and of their weights */
	uint64_t floor, floor_ns;      /* value and time of the last fall, or of the first sample */
	uint64_t peak;                 /* the highest value before that; 0: it never fell */
	uint64_t rises, risen_ns;      /* how often it rose since then, and when last */
	uint64_t window_ns, lowest;    /* the present window: when it began, its lowest value */
	uint64_t lows[GROWTH_WINDOWS]; /* lowest values of the windows before it, the latest first */
	unsigned windows;
};

/* Adds a sample. Leaves it out if `now_ns` is not later than that of the last one. */
void growth_sample(struct growth *growth, uint64_t now_ns, uint64_t value);
/* The change per second, over the last 10 seconds or so. */
double growth_rate(const struct growth *growth);
enum trend growth_trend(const struct growth *growth);
/* For how long it has grown without falling; 0 unless TREND_GROWS. */
uint64_t growth_unfallen_ns(const struct growth *growth);
/* Copies the last `count` samples at most, oldest first; gives how many. */
unsigned growth_samples(const struct growth *growth, unsigned count, uint32_t *out);

#endif
