/*
 * test_sparkline.c - sparklines.
 */
#include "top/sparkline.h"
#include "unit_test.h"
#include <string.h>

TEST(sparklines)
{
	char line[SPARKLINE_MAX * 3 + 1];
	uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7}, large[] = {0, UINT32_MAX}, same[] = {9, 9, 9};
	sparkline(numbers, 8, 8, true, line);
	assert_string_equal(line, "▁▂▃▄▅▆▇█");
	sparkline(numbers, 8, 8, false, line);
	assert_string_equal(line, "_.:-=+*#");
	sparkline(numbers, 8, 4, false, line);
	assert_string_equal(line, ".-+#");
	sparkline(numbers, 2, 4, false, line);
	assert_string_equal(line, "  _#");
	sparkline(large, 2, 2, false, line);
	assert_string_equal(line, "_#");
	sparkline(same, 3, 3, false, line);
	assert_string_equal(line, "___");
	sparkline(numbers, 0, 3, false, line);
	assert_string_equal(line, "   ");
	sparkline(numbers, 8, 1000, true, line);
	assert_int_equal(strlen(line), SPARKLINE_MAX - 8 + 3 * 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sparklines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
