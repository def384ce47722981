/*
 * test_xml.c - any bytes as XML.
 */
#include "render/xml.h"
#include "unit_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_xml(bool one_line, const char *text, size_t size, const char *expected)
{
	char *bytes = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&bytes, &length);
	assert_non_null(out);
	(one_line ? xml_value : xml_content)(out, (struct text){text, size});
	fclose(out);
	assert_string_equal(bytes, expected);
	free(bytes);
}

TEST(any_bytes_as_xml)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"<&>\"'", "&lt;&amp;&gt;&quot;'"},
		{"]]>", "]]&gt;"},
		{"\x1b[31m\r\x7f", "\\x1b[31m\\x0d\\x7f"},
		{"\xc3\xa9", "\xc3\xa9"},
		{"\xf0\x9f\x93\x84", "\xf0\x9f\x93\x84"},
		{"\xc3", "\\xc3"},
		{"\xc3(", "\\xc3("},
		{"\xff", "\\xff"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xef\xbf\xbe", "\\xef\\xbf\\xbe"},
		{"\xef\xbf\xbd", "\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf0\x9f\x93", "\\xf0\\x9f\\x93"},
		{"", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_xml(i % 2, rows[i].text, strlen(rows[i].text), rows[i].expected);
	expect_xml(true, "a\n\tb\0c", 6, "a\\x0a\\x09b\\x00c");
	expect_xml(false, "a\n\tb\0c", 6, "a\n\tb\\x00c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_as_xml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
