/*
 * fuzz_read.c - any bytes as a journal, through reading, verdicts and findings, against a disk that has nothing.
 * Build with `make -f tests/unit/unit.mk fuzz-read`. Must not touch the real disk but for the executables named.
 */
#include "../../report/coverage.h"
#include "../../report/group.h"

static struct disk_entry look(struct disk *disk, const char *path)
{
	(void)disk;
	(void)path;
	return (struct disk_entry){0};
}

static bool resolve(struct disk *disk, const char *directory, char *out)
{
	(void)disk;
	(void)directory;
	(void)out;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	struct journal journal;
	if (!journal_read(arena, bytes, size, "fuzz", &journal)) {
		struct symbols *symbols = symbols_open(arena, &journal);
		struct rules rules = {.cwd = "/"};
		struct disk disk = {look, resolve, NULL, NULL};
		struct pages pages;
		struct report report;
		struct coverage coverage;
		struct group_options options = {.show_kept = true, .coverage = &coverage};
		verdict_judge(&journal, symbols, &rules, &disk, &pages);
		coverage_fill(&journal, &coverage);
		group_findings(&journal, symbols, &pages, &options, &report);
		symbols_close(symbols);
	}
	arena_free(arena);
	return 0;
}
