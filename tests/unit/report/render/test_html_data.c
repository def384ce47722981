/*
 * test_html_data.c - the data of the HTML page: a script that no text can end, and columns of numbers.
 */
#include "render/html/html_data.h"
#include "render/html/html_table.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *script_of(const char *text)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size), *script = html_data_open_script(out);
	fputs(text, script);
	fclose(script);
	fclose(out);
	return bytes;
}

TEST(no_text_ends_a_script)
{
	static const char *const rows[][2] = {
		{"\"</script>\"", "\"\\u003c/script>\""}, {"<<", "\\u003c\\u003c"}, {"", ""}, {"a<", "a\\u003c"},
		{"\"<!--\"", "\"\\u003c!--\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *made = script_of(rows[i][0]);
		assert_string_equal(made, rows[i][1]);
		free(made);
	}
	/* Longer than one block of the stream. */
	char *long_one = malloc(100001);
	memset(long_one, '<', 100000);
	long_one[100000] = 0;
	char *made = script_of(long_one);
	assert_int_equal(strlen(made), 600000);
	assert_null(strchr(made, '<'));
	free(made);
	free(long_one);
}

TEST(column_of_one_value_is_that_value)
{
	static const int64_t same[] = {7, 7, 7}, other[] = {7, -1, INT64_MIN};
	char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	html_table_column(out, "a", same, 3);
	html_table_column(out, "b", other, 3);
	html_table_column(out, "c", same, 0);
	fclose(out);
	assert_string_equal(bytes, ",\n\"a\":7,\n\"b\":[7,-1,-9223372036854775808],\n\"c\":-1");
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_ends_a_script),
		cmocka_unit_test(column_of_one_value_is_that_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
