/*
 * growth.c - computes rates and trends of a number. Must not ask a clock.
 */
#include "live/growth.h"
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define MEMORY_S 10.0 /* of the rate */
#define WINDOW (15 * SECOND)
#define GROWS_LEAST (10 * SECOND) /* shorter growth is a program at work */
#define PAUSE_LEAST (30 * SECOND)
enum { RISES_LEAST = 3 };

static void window_end(struct growth *growth, uint64_t now_ns, uint64_t value)
{
	memmove(growth->lows + 1, growth->lows, sizeof growth->lows - sizeof *growth->lows);
	growth->lows[0] = growth->lowest;
	growth->windows += growth->windows < GROWTH_WINDOWS;
	growth->window_ns = now_ns;
	growth->lowest = value;
}

static void fall(struct growth *growth, uint64_t now_ns, uint64_t value)
{
	growth->floor = value;
	growth->floor_ns = growth->risen_ns = now_ns;
	growth->rises = 0;
}

static void begin(struct growth *growth, uint64_t now_ns, uint64_t value)
{
	growth->first_ns = growth->window_ns = now_ns;
	growth->lowest = value;
	fall(growth, now_ns, value);
}

static void change(struct growth *growth, uint64_t now_ns, uint64_t value)
{
	double seconds = (double)(now_ns - growth->last_ns) / 1e9, kept = MEMORY_S / (MEMORY_S + seconds);
	double rate = ((double)value - (double)growth->value) / seconds;
	growth->sum = growth->sum * kept + rate * (1 - kept);
	growth->weight = growth->weight * kept + (1 - kept);
	if (value < growth->value) {
		growth->peak = growth->high;
		fall(growth, now_ns, value);
	} else if (value > growth->value) {
		growth->rises++;
		growth->risen_ns = now_ns;
	}
	if (value < growth->lowest)
		growth->lowest = value;
	if (now_ns - growth->window_ns >= WINDOW)
		window_end(growth, now_ns, value);
}

void growth_sample(struct growth *growth, uint64_t now_ns, uint64_t value)
{
	if (growth->count && now_ns <= growth->last_ns)
		return;
	if (growth->count)
		change(growth, now_ns, value);
	else
		begin(growth, now_ns, value);
	growth->value = value;
	growth->last_ns = now_ns;
	if (value > growth->high)
		growth->high = value;
	growth->samples[growth->next] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
	growth->next = (growth->next + 1) % GROWTH_SAMPLES;
	growth->count += growth->count < GROWTH_SAMPLES;
}

double growth_rate(const struct growth *growth)
{
	return growth->weight > 0 ? growth->sum / growth->weight : 0;
}

/* A number that has not risen for three times as long as its rises took before has found its size, as a cache does. */
static bool grows(const struct growth *growth)
{
	uint64_t took = growth->risen_ns - growth->floor_ns, pause = growth->last_ns - growth->risen_ns;
	if (growth->rises < RISES_LEAST || took < GROWS_LEAST ||
	    growth->value <= growth->peak) /* else a queue that fills up again */
		return false;
	return pause < PAUSE_LEAST || pause / 3 < took / growth->rises;
}

static bool floor_rises(const struct growth *growth)
{
	unsigned rises = 0;
	for (unsigned i = 0; i + 1 < growth->windows; i++) {
		if (growth->lows[i] < growth->lows[i + 1])
			return false;
		rises += growth->lows[i] > growth->lows[i + 1];
	}
	return rises >= RISES_LEAST && growth->lowest >= growth->lows[0];
}

enum trend growth_trend(const struct growth *growth)
{
	return grows(growth) ? TREND_GROWS : floor_rises(growth) ? TREND_RISES : TREND_STEADY;
}

uint64_t growth_unfallen_ns(const struct growth *growth)
{
	return grows(growth) ? growth->last_ns - growth->floor_ns : 0;
}

unsigned growth_samples(const struct growth *growth, unsigned count, uint32_t *out)
{
	if (count > growth->count)
		count = growth->count;
	for (unsigned i = 0; i < count; i++)
		out[i] = growth->samples[(growth->next + GROWTH_SAMPLES - count + i) % GROWTH_SAMPLES];
	return count;
}
