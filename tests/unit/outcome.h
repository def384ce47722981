/*
 * outcome.h - what the report makes of a builder's journal, as far as the folder that a test belongs to.
 */
#ifndef PAGELEAK_OUTCOME_H
#define PAGELEAK_OUTCOME_H

#include "build_journal.h"
#include "fake_disk.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/report_model.h"

struct outcome {
	struct arena *arena; /* memory of all that follows */
	struct journal journal;
	struct symbols *symbols;
	struct pages pages;
	struct coverage coverage; /* of outcome_covered and outcome_grouped */
	struct report report;     /* of outcome_grouped */
};

/*
 * Each finishes the builder's journal, reads it and goes on to the end of its folder: judge/, coverage/, findings/. The
 * disk has `files`. `pages`: patterns of pages, ending in NULL; NULL: the default rules. A test of a folder links the
 * first ones alone.
 */
struct outcome outcome_judged(struct builder *builder, const struct fake_file *files, const char *const *pages);
struct outcome outcome_covered(struct builder *builder, const struct fake_file *files, const char *const *pages);
struct outcome outcome_grouped(struct builder *builder, const struct fake_file *files, const char *const *pages);
void outcome_free(struct outcome *outcome);

/* The page with that inode; NULL: there is none. */
const struct page *outcome_page(const struct outcome *outcome, uint64_t inode);
/* How many pages have that verdict. */
size_t outcome_count(const struct outcome *outcome, enum verdict verdict);

#endif
