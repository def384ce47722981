/*
 * outcome_grouped.c - makes findings of the pages, those that are kept included.
 */
#include "findings/findings.h"
#include "outcome.h"

struct outcome outcome_grouped(struct builder *builder, const struct fake_file *files, const char *const *pages)
{
	struct outcome out = outcome_covered(builder, files, pages);
	struct group_options options = {.mode = MODE_EXIT, .show_kept = true, .coverage = &out.coverage};
	group_findings(&out.journal, out.symbols, &out.pages, &options, &out.report);
	return out;
}
