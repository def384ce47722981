/*
 * xml.c - escapes characters. Must not know an element.
 */
#include "render/xml.h"

/* Length of the character at `at` if it is UTF-8 (RFC 3629) and a Char of XML 1.0 (production 2), 0 if not. */
static size_t character(const unsigned char *at, size_t left)
{
	size_t length = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (length == 1)
		return (*at >= 0x20 && *at != 0x7f) || *at == '\n' || *at == '\t';
	if (*at < 0xc2 || *at > 0xf4 || length > left)
		return 0;
	uint32_t code = *at & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	bool excluded = code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
			code == 0xfffe || code == 0xffff;
	return excluded ? 0 : length;
}

static const char *entity(unsigned char byte)
{
	return byte == '<' ? "&lt;" : byte == '>' ? "&gt;" : byte == '&' ? "&amp;" : byte == '"' ? "&quot;" : NULL;
}

static void write_escaped(FILE *out, struct text text, bool one_line)
{
	const unsigned char *at = (const unsigned char *)text.at;
	for (size_t i = 0; i < text.size;) {
		size_t length = one_line && at[i] < 0x20 ? 0 : character(at + i, text.size - i);
		const char *escaped = entity(at[i]);
		if (!length)
			fprintf(out, "\\x%02x", at[i++]);
		else if (escaped)
			fputs(escaped, out);
		else
			fwrite(at + i, 1, length, out);
		i += length;
	}
}

void xml_content(FILE *out, struct text text)
{
	write_escaped(out, text, false);
}

void xml_value(FILE *out, struct text text)
{
	write_escaped(out, text, true);
}

void xml_attribute(FILE *out, const char *name, struct text value)
{
	fprintf(out, " %s=\"", name);
	xml_value(out, value);
	fputc('"', out);
}

void xml_number(FILE *out, const char *name, size_t value)
{
	fprintf(out, " %s=\"%zu\"", name, value);
}
