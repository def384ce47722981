/*
 * outcome_covered.c - adds what an audit did not see. Must not need more than coverage/.
 */
#include "coverage/coverage.h"
#include "coverage/unattributed.h"
#include "outcome.h"

struct outcome outcome_covered(struct builder *builder, const struct fake_file *files, const char *const *pages)
{
	struct outcome out = outcome_judged(builder, files, pages);
	struct fake_disk disk = fake_disk(files);
	struct rules rules = {.pages = pages, .cwd = "/work"};
	struct unattributed_search survey = {.now_ns = builder->now};
	out.coverage.complete = true;
	coverage_fill(&out.journal, NULL, &out.coverage);
	unattributed_find(&out.journal, &rules, &disk.disk, &survey, &out.coverage, &out.pages);
	return out;
}
