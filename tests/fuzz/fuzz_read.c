/*
 * fuzz_read.c - any bytes as a journal, all the way to a rendered report, against a disk that the journal makes up.
 * Must not look at the real disk but for the executables and modules named.
 */
#include "base/arena.h"
#include "base/hash.h"
#include "coverage/coverage.h"
#include "coverage/second_reading.h"
#include "coverage/unattributed.h"
#include "findings/findings.h"
#include "findings/timeline.h"
#include "format.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "model/coverage_model.h"
#include "model/disk_model.h"
#include "model/event_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/report_model.h"
#include "render/render.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A name is there, or not, by its hash; then it is what some event speaks of, so that every way on is taken. */
struct made_up {
	struct disk disk; /* first */
	const struct journal *journal;
};

static uint64_t hash(const char *at)
{
	return hash_text(HASH_START, text_of(at)) >> 7;
}

static struct disk_entry look(struct disk *disk, const char *path)
{
	const struct journal *journal = ((struct made_up *)disk)->journal;
	uint64_t number = hash(path);
	struct disk_entry entry = {.exists = number & 1, .mode = S_IFDIR | 0700, .bytes = 4096};
	if (!entry.exists || !journal->event_count)
		return entry;
	const struct event *event = &journal->events[number / 4 % journal->event_count];
	entry.identity = event->page;
	if (number & 2)
		entry.mode = event->mode;
	return entry;
}

static bool resolve(struct disk *disk, const char *directory, char *out)
{
	(void)disk;
	strcpy(out, hash(directory) & 1 ? "/tmp" : directory);
	return hash(directory) % 4 != 3 && out[0] == '/';
}

static void list(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
		 disk_visit *visit, void *context)
{
	(void)directory, (void)expected;
	for (char name[] = "a"; name[0] < 'h'; name[0]++) {
		struct disk_entry entry = look(disk, name);
		entry.identity.birth_ns = since_ns + (uint64_t)name[0] % 4;
		if (!visit(context, name, entry.exists ? &entry : NULL))
			return;
	}
}

static size_t head(struct disk *disk, const char *path, char *out, size_t size)
{
	(void)disk;
	memset(out, path[1], size);
	return size;
}

/* `later`: for a snapshot, with other rules; NULL: for the end. */
static void report_on(struct arena *arena, struct journal *journal, const struct journal *later, FILE *out)
{
	bool patterns = later;
	static const char *const globs[] = {"@default", "**/a*", "c[!x-]?/", NULL}, *const none[] = {NULL};
	struct symbols *symbols = symbols_open(arena, journal);
	struct rules rules = {patterns ? globs : none, patterns ? globs + 2 : none, "/work", NULL};
	struct made_up disk = {{look, resolve, list, head}, journal};
	struct unattributed_search survey = {.now_ns = journal->started_ns + 1000, .running = later, .later = later};
	struct pages pages;
	struct report report;
	struct coverage coverage = {.complete = true};
	struct group_options options = {.show_kept = true, .coverage = &coverage};
	struct render_options render = {.color = patterns, .show_kept = true, .journal = "fuzz"};
	verdict_judge(journal, symbols, &rules, &disk.disk, &pages);
	if (later)
		second_reading_settle(journal, later, &pages);
	coverage_fill(journal, later, &coverage);
	unattributed_find(journal, &rules, &disk.disk, &survey, &coverage, &pages);
	group_findings(journal, symbols, &pages, &options, &report);
	timeline_fill(arena, &pages, &report);
	symbols_close(symbols);
	for (size_t i = 0; formats[i].name; i++)
		formats[i].render(arena, out, &report, &render);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static FILE *out;
	if (!out && !(out = fopen("/dev/null", "w")))
		abort();
	for (int snapshot = 0; snapshot < 2; snapshot++) {
		struct arena *arena = arena_new();
		struct journal journal, later;
		size_t first =
			snapshot ? size - size / 4 : size; /* of a snapshot not all was there at the first reading */
		if (!journal_read(arena, bytes, first, "fuzz", &journal) &&
		    !(snapshot && journal_read_again(arena, bytes, size, "fuzz", &later)))
			report_on(arena, &journal, snapshot ? &later : NULL, out);
		arena_free(arena);
	}
	return 0;
}
