/*
 * perf_map.c - parses perf maps. Must not trust a line: the audited program writes them.
 */
#include "symbols/perf_map.h"
#include "base/clock_ns.h"
#include "base/sorted_list.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAP_MOST = 256 << 20, ENTRIES_MOST = 4 << 20, PART_LEAST = 4096 };

struct entry {
	uint64_t start, end;
	uint64_t end_before; /* greatest `end` of this and all before it */
	struct text name;
	size_t order; /* line number in the file: of two entries for an address the later one holds */
};

struct perf_map {
	struct arena *arena;
	const char *path;
	uint32_t uid;
	uint64_t started_ns;
	struct entry *entries;
	size_t count, room;
	dev_t device;
	ino_t inode;
	size_t read; /* bytes read so far, up to the end of a line */
	uint64_t looked_ns;
};

/* ---- reading ---- */

static bool is_wanted(const struct stat *status, uint32_t uid, uint64_t started_ns)
{
	uint64_t written_ns = (uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec;
	bool owned = status->st_uid == 0 || status->st_uid == geteuid() || status->st_uid == uid;
	return S_ISREG(status->st_mode) && owned && status->st_size > 0 && status->st_size <= MAP_MOST &&
	       written_ns >= started_ns;
}

static struct text read_from(struct arena *arena, int descriptor, size_t from, size_t size)
{
	char *bytes = arena_take(arena, size + 1);
	size_t used = 0;
	while (used < size) {
		ssize_t n = pread(descriptor, bytes + used, size - used, (off_t)(from + used));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	bytes[used] = 0;
	return (struct text){bytes, used};
}

/* Parses a line, which ends with a NUL. */
static bool parse(char *line, struct entry *out)
{
	char *end, *name;
	out->start = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return false;
	uint64_t size = strtoull(end + 1, &name, 16);
	if (name == end + 1 || *name != ' ' || !size || size > UINT64_MAX - out->start)
		return false;
	out->end = out->start + size;
	out->name = text_of(name + 1);
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void parse_all(struct perf_map *map, struct text text)
{
	uint64_t end_before = 0;
	for (char *at = (char *)text.at, *end; at < text.at + text.size && map->count < ENTRIES_MOST; at = end + 1) {
		struct entry entry = {.order = map->count};
		end = strchrnul(at, '\n');
		*end = 0;
		if (!parse(at, &entry))
			continue;
		map->entries = arena_grow(map->arena, map->entries, map->count, &map->room, sizeof entry, 1024);
		map->entries[map->count++] = entry;
	}
	if (map->count)
		qsort(map->entries, map->count, sizeof *map->entries, by_start);
	for (size_t i = 0; i < map->count; i++) {
		end_before = map->entries[i].end > end_before ? map->entries[i].end : end_before;
		map->entries[i].end_before = end_before;
	}
}

/* Leaves an unfinished last line for the next reading. */
static size_t whole_lines(struct text text)
{
	const char *end = text.size ? memrchr(text.at, '\n', text.size) : NULL;
	return end ? (size_t)(end + 1 - text.at) : 0;
}

/*
 * Addresses that are in no map are looked up often, and each reading sorts all entries: so a large map is read on in
 * large steps.
 */
static bool has_grown(const struct perf_map *map, const struct stat *status)
{
	return (size_t)status->st_size > map->read + map->read / PART_LEAST;
}

/* Is it another file? A reused inode number shows in a smaller size. */
static bool is_other(const struct perf_map *map, const struct stat *status)
{
	return status->st_dev != map->device || status->st_ino != map->inode || (size_t)status->st_size < map->read;
}

/* Limits how often a missing map is searched for: a million addresses may be looked up in a row. */
static bool is_time(struct perf_map *map)
{
	enum { LEAST_NS = 100000000 };
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (map->looked_ns && now_ns - map->looked_ns < LEAST_NS)
		return false;
	map->looked_ns = now_ns;
	return true;
}

static bool read_on(struct perf_map *map)
{
	struct stat status;
	if (!is_time(map) || lstat(map->path, &status) || !(is_other(map, &status) || has_grown(map, &status)))
		return false;
	int descriptor = open(map->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool wanted =
		descriptor >= 0 && fstat(descriptor, &status) == 0 && is_wanted(&status, map->uid, map->started_ns);
	if (wanted) {
		if (is_other(map, &status))
			map->count = map->read = 0;
		map->device = status.st_dev;
		map->inode = status.st_ino;
		struct text text = read_from(map->arena, descriptor, map->read, (size_t)status.st_size - map->read);
		map->read += whole_lines(text);
		parse_all(map, text);
	}
	if (descriptor >= 0)
		close(descriptor);
	return wanted;
}

struct perf_map *perf_map_open(struct arena *arena, const char *sysroot, uint32_t pid, uint32_t uid,
			       uint64_t started_ns)
{
	struct perf_map *map = arena_take(arena, sizeof *map);
	*map = (struct perf_map){.arena = arena,
				 .uid = uid,
				 .started_ns = started_ns,
				 .path = arena_format(arena, "%s/tmp/perf-%u.map", sysroot, pid)};
	read_on(map);
	return map;
}

/* ---- names ---- */

/* "liftoff", "turbofan": how far WebAssembly was compiled, behind the number of the function. */
static struct text without_tier(struct text name)
{
	static const char *const tiers[] = {"-liftoff", "-turbofan"};
	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
		size_t size = strlen(tiers[i]);
		if (name.size > size && !memcmp(name.at + name.size - size, tiers[i], size))
			name.size -= size;
	}
	return name;
}

/*
 * V8's: "JS:~make /src/a.js:2:18", "LazyCompile:*make /src/a.js:2:18", "Function:...", "Script:~ /src/a.js:1:1": kind,
 * tier (CodeKindToMarker in V8's src/objects/code-kind.cc: ~ ^ + *, the last two with a ' as well), function, place.
 * One function has a name for each tier that it got to: the tier is left out, and the kind where there is no place.
 */
static bool parse_script(struct text name, struct perf_name *out)
{
	static const char *const kinds[] = {"JS:", "LazyCompile:", "Function:", "Script:", "Eval:"};
	size_t skip = 0;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (text_starts(name, kinds[i]))
			skip = strlen(kinds[i]);
	if (!skip)
		return false;
	skip += strspn(name.at + skip, "*~^+-'");
	if (skip == name.size)
		return false;
	const char *function = name.at + skip, *space = strchr(function, ' ');
	out->function = without_tier((struct text){function, name.size - skip});
	const char *column = strrchr(function, ':'), *line = column;
	while (line && line > function && *--line != ':')
		;
	if (!space || !line || line <= space || line + 1 == column ||
	    strspn(line + 1, "0123456789") != (size_t)(column - line - 1))
		return true;
	out->file = (struct text){space + 1, (size_t)(line - space - 1)};
	out->line = atoi(line + 1);
	out->function = (struct text){function, (size_t)(space - function)};
	if (space == function) /* the name begins with the file: there is no function */
		out->function = text_of(!strcmp(line, ":1:1") ? "<module>" : "<anonymous>");
	return true;
}

static const struct entry *find(const struct perf_map *map, uint64_t address)
{
	enum { OVERLAPS_MOST = 4096 };
	const struct entry *found = NULL;
	size_t i = COUNT_BEFORE(map->count, k, map->entries[k].start <= address);
	for (int looked = 0; looked < OVERLAPS_MOST && i-- && map->entries[i].end_before > address; looked++)
		if (address < map->entries[i].end && (!found || map->entries[i].order > found->order))
			found = &map->entries[i];
	return found;
}

bool perf_map_find(struct perf_map *map, uint64_t address, struct perf_name *out)
{
	const struct entry *found = find(map, address);
	if (!found && read_on(map))
		found = find(map, address);
	if (!found)
		return false;
	*out = (struct perf_name){.file = text_none()};
	if (!parse_script(found->name, out))
		out->function = found->name;
	return true;
}
