/*
 * perf_map.h - names that a just-in-time compiler left for perf(1): /tmp/perf-PID.map, a line for each piece of code,
 * "START SIZE NAME" in hexadecimal (tools/perf/Documentation/jit-interface.txt of Linux). Node.js (--perf-basic-prof),
 * Java agents, CPython (-X perf), PyPy, .NET and others write it.
 */
#ifndef PAGELEAK_PERF_MAP_H
#define PAGELEAK_PERF_MAP_H

#include "base/arena.h"
#include "base/text.h"

struct perf_name {
	struct text function;
	struct text file; /* "" none: only Node.js writes it, as a part of the name */
	int line;         /* 0 none */
};

/*
 * The map of one process. A look-up of an unknown address reads on if the file has grown enough, at most ten times a
 * second.
 */
struct perf_map;

/*
 * Opens the map of process `pid` below `sysroot` ("" none); without a message if there is none. The file must belong to
 * root, this user or `uid`, and have been written since `started_ns` (CLOCK_REALTIME), because pids are reused.
 */
struct perf_map *perf_map_open(struct arena *arena, const char *sysroot, uint32_t pid, uint32_t uid,
			       uint64_t started_ns);

/* Finds the code at `address`: the entry written last, because code moves and memory is reused. False: none. */
bool perf_map_find(struct perf_map *map, uint64_t address, struct perf_name *out);

#endif
