/*
 * with_journal.h - for test programs of cmocka in which each test has a journal of its own, and what is made of it.
 */
#ifndef WITH_JOURNAL_H
#define WITH_JOURNAL_H

#include "build_journal.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define FILES(...)                                                                                                     \
	(const struct fake_file[])                                                                                     \
	{                                                                                                              \
		__VA_ARGS__,                                                                                           \
		{                                                                                                      \
			0                                                                                              \
		}                                                                                                      \
	}

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
	return 0;
}

#endif
