/*
 * cfi.c - .eh_frame_hdr to the entry of a function, and its instructions run up to an address.
 *
 * Knows what compilers write for functions, and glibc for signals' frames; all else is CFI_ODD, never a guess.
 * Must not: read outside the bounds given, or without a bound.
 */
#include "cfi.h"
#include <stddef.h>
#include <string.h>

#define REMEMBERED 4

struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

static uint64_t take(struct cursor *from, size_t size)
{
	uint64_t value = 0;

	if ((size_t)(from->end - from->at) < size) {
		from->bad = true;
		return 0;
	}
	memcpy(&value, from->at, size);
	from->at += size;
	return value;
}

static uint64_t take_unsigned(struct cursor *from)
{
	uint64_t value = 0, byte = 0x80;

	for (unsigned shift = 0; byte & 0x80 && !from->bad; shift += 7) {
		byte = take(from, 1);
		value |= shift < 64 ? (byte & 0x7f) << shift : 0;
	}
	return value;
}

static int64_t take_signed(struct cursor *from)
{
	uint64_t value = 0, byte = 0x80;
	unsigned shift = 0;

	for (; byte & 0x80 && !from->bad; shift += 7) {
		byte = take(from, 1);
		value |= shift < 64 ? (byte & 0x7f) << shift : 0;
	}
	return (int64_t)(shift < 64 && byte & 0x40 ? value | ~(uint64_t)0 << shift : value);
}

static void skip(struct cursor *from, uint64_t size)
{
	if ((uint64_t)(from->end - from->at) < size)
		from->bad = true;
	else
		from->at += size;
}

/* ---- from an address to its function's entry ---- */

enum { ENCODED_DATA4 = 3, ENCODED_SDATA4 = 0x0b, ENCODED_PCREL = 0x10, ENCODED_DATAREL = 0x30 };

struct table_row { /* both relative to the header */
	int32_t start, entry;
};

/* Version 1, and the encodings that linkers use. */
static bool is_table(const uint8_t *header, uintptr_t start, uintptr_t end)
{
	static const uint8_t usual[4] = {1, ENCODED_PCREL | ENCODED_SDATA4, ENCODED_DATA4, ENCODED_DATAREL | ENCODED_SDATA4};

	return (uintptr_t)header >= start && (uintptr_t)header + 12 <= end && memcmp(header, usual, sizeof usual) == 0;
}

/* The last row whose function begins at or before the address. */
static const uint8_t *search(uintptr_t address, const uint8_t *header, uintptr_t end)
{
	uint32_t count, low = 0, high;

	memcpy(&count, header + 8, sizeof count);
	const struct table_row *rows = (const struct table_row *)(header + 12);
	if (count > (end - (uintptr_t)rows) / sizeof *rows)
		return NULL;
	for (high = count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if ((uintptr_t)header + (uintptr_t)(intptr_t)rows[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? header + rows[low - 1].entry : NULL;
}

/* What a function's entry and the common one that it refers to say, apart from their instructions. */
struct entry {
	struct cursor common, own; /* instructions */
	uintptr_t start;
	uint64_t code_unit;
	int64_t data_unit;
	bool augmented, signal;
};

/* A length, and what is counted by it. 64-bit lengths are for other formats. */
static struct cursor block(const uint8_t *at, uintptr_t start, uintptr_t end)
{
	struct cursor none = {at, at, true}, whole = {at, (const uint8_t *)end, false};

	if ((uintptr_t)at < start || (uintptr_t)at >= end)
		return none;
	uint64_t size = take(&whole, 4);
	if (whole.bad || size < 4 || size > (uint64_t)(whole.end - whole.at))
		return none;
	whole.end = whole.at + size;
	return whole;
}

/* "zRPLSB": R how addresses are written, P a handler, L its data, S a signal's frame. Only one form of R is known here. */
static bool augmentation(const char *letters, struct cursor *from, struct entry *out)
{
	bool known = false;

	for (letters++; *letters; letters++) {
		unsigned form = *letters == 'R' || *letters == 'P' || *letters == 'L' ? (unsigned)take(from, 1) : 0;

		if (*letters == 'R')
			known = form == (ENCODED_PCREL | ENCODED_SDATA4);
		else if (*letters == 'P' && (form & 7) == 3)
			skip(from, 4);
		else if (*letters == 'P' && (form & 7) == 4)
			skip(from, 8);
		else if (*letters == 'S')
			out->signal = true;
		else if (*letters != 'L' && *letters != 'B')
			return false;
	}
	return known;
}

static bool read_common(struct cursor from, struct entry *out)
{
	uint64_t id = take(&from, 4), version = take(&from, 1);
	const char *letters = (const char *)from.at;

	if (id || (version != 1 && version != 3) || from.bad || !memchr(letters, 0, (size_t)(from.end - from.at)))
		return false;
	skip(&from, strlen(letters) + 1);
	out->code_unit = take_unsigned(&from);
	out->data_unit = take_signed(&from);
	if ((version == 1 ? take(&from, 1) : take_unsigned(&from)) != CFI_RIP || *letters != 'z')
		return false;
	uint64_t size = take_unsigned(&from);
	struct cursor more = from;
	skip(&from, size);
	if (from.bad || !augmentation(letters, &more, out) || more.bad || more.at > from.at)
		return false;
	out->common = from;
	return true;
}

static enum cfi_found read_entry(uintptr_t address, const uint8_t *at, uintptr_t start, uintptr_t end, struct entry *out)
{
	struct cursor from = block(at, start, end);
	const uint8_t *here = from.at;
	uint64_t back = take(&from, 4);

	if (from.bad || !back || !read_common(block(here - back, start, end), out))
		return CFI_ODD;
	out->start = (uintptr_t)from.at;
	out->start += (uintptr_t)(intptr_t)(int32_t)take(&from, 4);
	uint64_t size = take(&from, 4);
	skip(&from, take_unsigned(&from));
	if (from.bad)
		return CFI_ODD;
	out->own = from;
	return address - out->start < size ? CFI_FOUND : CFI_NONE;
}

/* ---- instructions ---- */

enum {
	ADVANCE = 0x40, OFFSET = 0x80, RESTORE = 0xc0, /* with an operand in the low six bits */
	NOP = 0, ADVANCE_1 = 2, ADVANCE_2 = 3, ADVANCE_4 = 4, OFFSET_EXTENDED = 5, RESTORE_EXTENDED = 6, UNDEFINED = 7, SAME_VALUE = 8,
	REMEMBER_STATE = 0x0a, RESTORE_STATE = 0x0b, DEF_CFA = 0x0c, DEF_CFA_REGISTER = 0x0d, DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f, EXPRESSION = 0x10, OFFSET_EXTENDED_SF = 0x11, DEF_CFA_SF = 0x12, DEF_CFA_OFFSET_SF = 0x13,
	GNU_ARGS_SIZE = 0x2e
};
enum { EXPRESSION_BASE = 0x70, EXPRESSION_DEREF = 0x06 }; /* DW_OP_breg0, DW_OP_deref */

struct machine {
	struct cfi_rule *rule;
	const struct cfi_rule *first; /* after the common instructions; NULL while these run */
	struct cfi_rule kept[REMEMBERED];
	unsigned kept_count;
	const struct entry *entry;
};

static void set(struct machine *it, struct cursor *from, uint64_t number, enum cfi_where where, int64_t offset)
{
	if (number >= CFI_REGISTERS) {
		from->bad |= where != CFI_AT_CFA && where != CFI_SAME && where != CFI_UNDEFINED;
		return; /* vector registers and the like: nothing depends on them */
	}
	from->bad |= offset != (int32_t)offset;
	it->rule->registers[number] = (struct cfi_place){(uint8_t)where, 0, (int32_t)offset};
}

static void set_cfa(struct machine *it, struct cursor *from, uint64_t number, int64_t offset)
{
	from->bad |= number >= CFI_REGISTERS || offset != (int32_t)offset;
	it->rule->cfa = (struct cfi_place){CFI_AT_CFA, (uint8_t)number, (int32_t)offset};
}

/* "register plus offset", and for the frame address what lies there: realigned stacks and signals' frames have these. */
static struct cfi_place expression(struct cursor *from, bool deref)
{
	uint64_t size = take_unsigned(from);
	struct cursor code = *from;
	struct cfi_place place = {CFI_AT_BASE, 0, 0};

	skip(from, size);
	code.end = from->at;
	unsigned base = (unsigned)take(&code, 1) - EXPRESSION_BASE;
	int64_t offset = take_signed(&code);
	if (deref && !code.bad && take(&code, 1) != EXPRESSION_DEREF)
		code.bad = true;
	from->bad |= code.bad || code.at != code.end || base >= CFI_REGISTERS || offset != (int32_t)offset;
	place.base = (uint8_t)base;
	place.offset = (int32_t)offset;
	return place;
}

static void restore(struct machine *it, struct cursor *from, uint64_t number)
{
	from->bad |= !it->first;
	if (number < CFI_REGISTERS && it->first)
		it->rule->registers[number] = it->first->registers[number];
}

static void keep(struct machine *it, struct cursor *from, bool back)
{
	if (back ? !it->kept_count : it->kept_count == REMEMBERED)
		from->bad = true;
	else if (back)
		*it->rule = it->kept[--it->kept_count];
	else
		it->kept[it->kept_count++] = *it->rule;
}

static void run_other(struct machine *it, struct cursor *from, unsigned code)
{
	int64_t unit = it->entry->data_unit;
	uint64_t number;

	switch (code) {
	case NOP:
		return;
	case OFFSET_EXTENDED:
		number = take_unsigned(from);
		set(it, from, number, CFI_AT_CFA, (int64_t)take_unsigned(from) * unit);
		return;
	case OFFSET_EXTENDED_SF:
		number = take_unsigned(from);
		set(it, from, number, CFI_AT_CFA, take_signed(from) * unit);
		return;
	case RESTORE_EXTENDED:
		restore(it, from, take_unsigned(from));
		return;
	case UNDEFINED:
		set(it, from, take_unsigned(from), CFI_UNDEFINED, 0);
		return;
	case SAME_VALUE:
		set(it, from, take_unsigned(from), CFI_SAME, 0);
		return;
	case REMEMBER_STATE:
	case RESTORE_STATE:
		keep(it, from, code == RESTORE_STATE);
		return;
	case DEF_CFA:
		number = take_unsigned(from);
		set_cfa(it, from, number, (int64_t)take_unsigned(from));
		return;
	case DEF_CFA_SF:
		number = take_unsigned(from);
		set_cfa(it, from, number, take_signed(from) * unit);
		return;
	case DEF_CFA_REGISTER:
		set_cfa(it, from, take_unsigned(from), it->rule->cfa.offset);
		return;
	case DEF_CFA_OFFSET:
		set_cfa(it, from, it->rule->cfa.base, (int64_t)take_unsigned(from));
		return;
	case DEF_CFA_OFFSET_SF:
		set_cfa(it, from, it->rule->cfa.base, take_signed(from) * unit);
		return;
	case DEF_CFA_EXPRESSION:
		it->rule->cfa = expression(from, true);
		return;
	case EXPRESSION:
		number = take_unsigned(from);
		struct cfi_place place = expression(from, false);
		if (number < CFI_REGISTERS)
			it->rule->registers[number] = place;
		return;
	case GNU_ARGS_SIZE:
		take_unsigned(from);
		return;
	default:
		from->bad = true;
	}
}

/* Up to the address, which is `left` bytes behind the function's start. */
static bool run(struct machine *it, struct cursor *from, uint64_t left)
{
	while (from->at < from->end && !from->bad) {
		unsigned code = (unsigned)take(from, 1), high = code & 0xc0, low = code & 0x3f;
		uint64_t step = 0;

		if (high == ADVANCE)
			step = low;
		else if (code == ADVANCE_1 || code == ADVANCE_2 || code == ADVANCE_4)
			step = take(from, code == ADVANCE_4 ? 4 : code - ADVANCE_1 + 1);
		else if (high == OFFSET)
			set(it, from, low, CFI_AT_CFA, (int64_t)take_unsigned(from) * it->entry->data_unit);
		else if (high == RESTORE)
			restore(it, from, low);
		else
			run_other(it, from, code);
		step *= it->entry->code_unit;
		if (step > left)
			break;
		left -= step;
	}
	return !from->bad;
}

enum cfi_found cfi_find(uintptr_t address, uintptr_t start, uintptr_t end, const void *header, struct cfi_rule *out)
{
	struct entry entry = {.signal = false};
	struct cfi_rule first;
	struct machine machine = {.rule = out, .entry = &entry};
	const uint8_t *at;

	if (!header)
		return CFI_NONE;
	if (!is_table(header, start, end))
		return CFI_ODD;
	at = search(address, header, end);
	if (!at)
		return CFI_NONE;
	enum cfi_found found = read_entry(address, at, start, end, &entry);
	if (found != CFI_FOUND)
		return found;
	memset(out, 0, sizeof *out);
	out->signal = entry.signal;
	if (!run(&machine, &entry.common, UINT64_MAX))
		return CFI_ODD;
	first = *out;
	machine.first = &first;
	return run(&machine, &entry.own, address - entry.start) ? CFI_FOUND : CFI_ODD;
}
