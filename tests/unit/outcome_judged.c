/*
 * outcome_judged.c - reads a builder's journal and judges its pages. Must not need more than judge/.
 */
#include "base/arena.h"
#include "journal/read.h"
#include "judge/verdict.h"
#include "outcome.h"
#include "symbols/symbol.h"
#include <assert.h>

struct outcome outcome_judged(struct builder *builder, const struct fake_file *files, const char *const *pages)
{
	struct outcome out = {.arena = arena_new()};
	struct fake_disk disk = fake_disk(files);
	struct rules rules = {.pages = pages, .cwd = "/work"};
	build_finish(builder);
	int status = journal_read(out.arena, builder->bytes, builder->size, "test.data", &out.journal);
	assert(!status);
	out.symbols = symbols_open(out.arena, &out.journal);
	verdict_judge(&out.journal, out.symbols, &rules, &disk.disk, &out.pages);
	return out;
}

void outcome_free(struct outcome *outcome)
{
	symbols_close(outcome->symbols);
	arena_free(outcome->arena);
}

const struct page *outcome_page(const struct outcome *outcome, uint64_t inode)
{
	for (size_t i = 0; i < outcome->pages.count; i++)
		if (outcome->pages.at[i]->identity.inode == inode)
			return outcome->pages.at[i];
	return NULL;
}

size_t outcome_count(const struct outcome *outcome, enum verdict verdict)
{
	size_t count = 0;
	for (size_t i = 0; i < outcome->pages.count; i++)
		count += outcome->pages.at[i]->verdict == verdict;
	return count;
}
