/*
 * with_outcome.h - for test programs in which each test has a journal of its own, `b`, and what is made of it, `out`.
 */
#ifndef PAGELEAK_WITH_OUTCOME_H
#define PAGELEAK_WITH_OUTCOME_H

#include "base/text.h"
#include "outcome.h"
#include "unit_test.h"
#include <string.h>

#define PATTERNS(...)                                                                                                  \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}
/* Row of a table of tests. */
#define CASE(name) cmocka_unit_test_setup_teardown(name, build_set_up, build_tear_down)

static struct outcome out;
static struct builder *b;

static int build_set_up(void **state)
{
	(void)state;
	b = build_new("/work");
	return 0;
}

static int build_tear_down(void **state)
{
	(void)state;
	outcome_free(&out);
	build_free(b);
	out = (struct outcome){0};
	return 0;
}

static inline void judge(const struct fake_file *files)
{
	out = outcome_judged(b, files, NULL);
}

static inline void cover(const struct fake_file *files)
{
	out = outcome_covered(b, files, NULL);
}

static inline void group(const struct fake_file *files)
{
	out = outcome_grouped(b, files, NULL);
}

/* `path` NULL: any. */
static inline void expect_page(uint64_t inode, enum verdict verdict, const char *path)
{
	const struct page *page = outcome_page(&out, inode);
	assert_non_null(page);
	assert_int_equal(page->verdict, verdict);
	if (path)
		assert_string_equal(text_shown(out.arena, page->path), path);
}

#endif
