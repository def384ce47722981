/*
 * fuzz_rules.c - any bytes as a file of suppressions, and what came of it against a name that they may match.
 */
#include "base/arena.h"
#include "base/glob.h"
#include "base/text.h"
#include "findings/suppress.h"
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char name[] = "TestTable::test_del<a>::~b() const";
	struct arena *arena = arena_new();
	struct suppressions rules = {0};
	if (size > 1 << 12) {
		arena_free(arena);
		return 0;
	}
	close(STDERR_FILENO); /* it says what is wrong with each */
	suppress_parse(arena, (const char *)bytes, size, "rules", &rules);
	for (size_t i = 0; i < rules.count; i++)
		for (const char **pattern = rules.at[i].patterns; *pattern; pattern++)
			glob_match(*pattern, text_of(name));
	arena_free(arena);
	return 0;
}
