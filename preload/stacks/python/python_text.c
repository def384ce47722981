/*
 * python_text.c - reads text and line numbers in an interpreter's memory, once for each new code object and stack.
 *
 * Must not: write to that memory, allocate, or write beyond `room`.
 */
#include "stacks/python/python_text.h"
#include <stdbool.h>

static size_t utf8(uint32_t c, char *to)
{
	if (c < 0x80)
		return to[0] = (char)c, 1;
	if (c < 0x800)
		return to[0] = (char)(0xc0 | c >> 6), to[1] = (char)(0x80 | (c & 63)), 2;
	if (c < 0x10000)
		return to[0] = (char)(0xe0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 63)),
		       to[2] = (char)(0x80 | (c & 63)), 3;
	return to[0] = (char)(0xf0 | c >> 18), to[1] = (char)(0x80 | (c >> 12 & 63)),
	       to[2] = (char)(0x80 | (c >> 6 & 63)), to[3] = (char)(0x80 | (c & 63)), 4;
}

/* Lone surrogates U+DC80 to U+DCFF stand for bytes that os.fsdecode could not decode: they become these bytes again. */
size_t python_text_string(const struct python_offsets *at, uintptr_t string, char *to, size_t room)
{
	uint32_t state = (uint32_t)number(string, STRING_STATE), width = state >> 2 & 7;
	uint64_t length = word(string, STRING_LENGTH);
	size_t used = 0;

	if (!(state >> 5 & 1) || (width != 1 && width != 2 && width != 4))
		return 0;
	const uint8_t *data = (const uint8_t *)string + (state >> 6 & 1 ? at->ascii_data : at->compact_data);
	for (uint64_t i = 0; i < length && used + 4 <= room; i++) {
		uint32_t c = width == 1   ? data[i]
			     : width == 2 ? ((const uint16_t *)data)[i]
					  : ((const uint32_t *)data)[i];
		if (c >= 0xdc80 && c <= 0xdcff)
			to[used++] = (char)(c - 0xdc00);
		else
			used += utf8(c, to + used);
	}
	return used;
}

static unsigned varint(const uint8_t **p, const uint8_t *end)
{
	unsigned value = 0;

	for (unsigned shift = 0; *p < end && shift < 30; shift += 6) {
		uint8_t part = *(*p)++;
		value |= (unsigned)(part & 63) << shift;
		if (!(part & 64))
			break;
	}
	return value;
}

static int signed_varint(const uint8_t **p, const uint8_t *end)
{
	unsigned value = varint(p, end);

	return value & 1 ? -(int)(value >> 1) : (int)(value >> 1);
}

/* 3.11 and later: Objects/locations.md */
static int line_in_locations(const uint8_t *p, const uint8_t *end, int line, uint32_t offset)
{
	enum { NO_LOCATION = 15, LONG_FORM = 14, NO_COLUMNS = 13, ONE_LINE = 10 };

	for (uint32_t start = 0; p < end;) {
		unsigned head = *p++, kind = head >> 3 & 15;
		uint32_t length = ((head & 7) + 1) * 2;

		if (kind == LONG_FORM) {
			line += signed_varint(&p, end);
			for (int i = 0; i < 3; i++)
				varint(&p, end);
		} else if (kind == NO_COLUMNS) {
			line += signed_varint(&p, end);
		} else if (kind >= ONE_LINE && kind < NO_COLUMNS) {
			line += (int)kind - ONE_LINE;
			p += 2;
		} else if (kind < ONE_LINE) {
			p++;
		}
		if (offset >= start && offset < start + length)
			return kind == NO_LOCATION ? 0 : line;
		start += length;
	}
	return line;
}

/*
 * Up to 3.10: pairs of deltas, of address and line (Objects/lnotab_notes.txt); in 3.10 the address is the end of a
 * range.
 */
static int line_in_pairs(bool ranges, const uint8_t *p, const uint8_t *end, int line, uint32_t offset)
{
	enum { NO_LINE = -128 };
	uint32_t address = 0;

	for (; p + 1 < end; p += 2) {
		int delta = (int8_t)p[1];
		address += p[0];
		if (ranges) {
			line += delta == NO_LINE ? 0 : delta;
			if (offset < address)
				return delta == NO_LINE ? 0 : line;
		} else {
			if (address > offset)
				break;
			line += delta;
		}
	}
	return line;
}

int python_text_line(const struct python_offsets *at, uintptr_t code, uint32_t offset)
{
	uintptr_t table = word(code, at->line_table);
	int first = number(code, at->first_line);

	if (!table)
		return 0;
	const uint8_t *begin = (const uint8_t *)table + BYTES_DATA, *end = begin + word(table, BYTES_SIZE);
	if (at->version >= 311)
		return line_in_locations(begin, end, first, offset);
	return line_in_pairs(at->version == 310, begin, end, first, offset);
}
