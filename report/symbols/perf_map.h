/*
 * perf_map.h - names that a just-in-time compiler left for perf(1): /tmp/perf-PID.map, a line for each piece of code,
 * "START SIZE NAME" in hexadecimal (tools/perf/Documentation/jit-interface.txt of Linux). Node.js (--perf-basic-prof), Java agents,
 * CPython (-X perf), PyPy, .NET and others write it.
 */
#ifndef PAGELEAK_PERF_MAP_H
#define PAGELEAK_PERF_MAP_H

#include "base/arena.h"
#include "base/text.h"

struct perf_name {
	struct text function;
	struct text file; /* "" none: only Node.js tells it, within the name */
	int line;         /* 0 none */
};

/*
 * The map of one process; no message when there is none. What does not know an address reads on, if the file has
 * grown by a part, and not more than ten times a second.
 */
struct perf_map;

/*
 * The map of process `pid` below `sysroot` ("" none). It must be a file that root, this user or `uid` owns, and written to since
 * `started_ns`: numbers of processes are used again.
 */
struct perf_map *perf_map_open(struct arena *arena, const char *sysroot, uint32_t pid, uint32_t uid,
			       uint64_t started_ns);

/* What lies at `address`: the entry written last, as code moves and its place is used again. False: nothing is known. */
bool perf_map_find(struct perf_map *map, uint64_t address, struct perf_name *out);

#endif
