/*
 * cfi.c - finds a function's entry by .eh_frame_hdr, and runs its instructions up to an address.
 *
 * Implements what compilers write for functions, and glibc for signals' frames. Anything else that the standards allow
 * is CFI_ODD, and what they do not allow CFI_BAD: programs run with tables that a packer or `objcopy -R` has cut up.
 * Must not: read outside the bounds given, or without a bound.
 */
#include "stacks/native/cfi.h"
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

enum {
	ENCODED_DATA4 = 3,
	ENCODED_SDATA4 = 0x0b,
	ENCODED_PCREL = 0x10,
	ENCODED_DATAREL = 0x30,
	ENCODED_INDIRECT = 0x80,
	ENCODED_OMIT = 0xff
};

struct table_row { /* both relative to the header */
	int32_t start, entry;
};

/*
 * Checks the header: version 1, the encodings that linkers use with a table and without one, and the size of the table.
 */
static enum cfi_found check_table(const uint8_t *header, uintptr_t start, uintptr_t end)
{
	static const uint8_t usual[4] = {1, ENCODED_PCREL | ENCODED_SDATA4, ENCODED_DATA4,
					 ENCODED_DATAREL | ENCODED_SDATA4};
	static const uint8_t without[4] = {1, ENCODED_PCREL | ENCODED_SDATA4, ENCODED_OMIT, ENCODED_OMIT};
	uint32_t count;

	if ((uintptr_t)header < start || (uintptr_t)header >= end || end - (uintptr_t)header < 12)
		return CFI_BAD;
	if (memcmp(header, usual, sizeof usual))
		return memcmp(header, without, sizeof without) ? CFI_BAD : CFI_ODD;
	memcpy(&count, header + 8, sizeof count);
	return count <= (end - (uintptr_t)header - 12) / sizeof(struct table_row) ? CFI_FOUND : CFI_BAD;
}

/* Finds the last row whose function begins at or before the address. */
static const struct table_row *search(uintptr_t address, const uint8_t *header)
{
	const struct table_row *rows = (const struct table_row *)(header + 12);
	uint32_t count, low = 0, high;

	memcpy(&count, header + 8, sizeof count);
	for (high = count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if ((uintptr_t)header + (uintptr_t)(intptr_t)rows[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &rows[low - 1] : NULL;
}

/* A function's entry (FDE) together with the common one (CIE) that it refers to. */
struct entry {
	struct cursor common, own; /* instructions */
	uintptr_t start;
	uint64_t code_unit;
	int64_t data_unit;
	bool augmented, signal;
};

/* Reads a length; returns the bytes behind it that it counts. 64-bit lengths do not occur in .eh_frame. */
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

/* The bytes that a pointer takes in encoding `form`; 0 for what is no encoding, or has no fixed size. */
static size_t form_size(unsigned form)
{
	static const uint8_t sizes[16] = {[0] = 8, [2] = 2, [3] = 4, [4] = 8, [10] = 2, [11] = 4, [12] = 8};

	return (form & 0x70) <= 0x40 ? sizes[form & 15] : 0;
}

/* Reads the data of an augmentation "zRPLSB": R encoding of addresses, P a handler, L its data, S a signal's frame. */
static enum cfi_found augmentation(const char *letters, struct cursor *from, struct entry *out)
{
	unsigned addresses = 0;

	for (letters++; *letters; letters++) {
		unsigned form = *letters == 'R' || *letters == 'P' || *letters == 'L' ? (unsigned)take(from, 1) : 0;

		if ((!form_size(form) && (*letters != 'L' || form != ENCODED_OMIT)) ||
		    (*letters == 'R' && form & ENCODED_INDIRECT))
			return CFI_BAD;
		if (*letters == 'R')
			addresses = form;
		else if (*letters == 'P')
			skip(from, form_size(form));
		else if (*letters == 'S')
			out->signal = true;
		else if (*letters != 'L' && *letters != 'B')
			return CFI_BAD;
	}
	if (from->bad)
		return CFI_BAD;
	return addresses == (ENCODED_PCREL | ENCODED_SDATA4) ? CFI_FOUND : CFI_ODD;
}

static enum cfi_found read_common(struct cursor from, struct entry *out)
{
	uint64_t id = take(&from, 4), version = take(&from, 1);
	const char *letters = (const char *)from.at;

	if (from.bad || id || !memchr(letters, 0, (size_t)(from.end - from.at)))
		return CFI_BAD;
	if (version != 1 && version != 3)
		return CFI_BAD;
	if (*letters != 'z')
		return *letters ? CFI_BAD : CFI_ODD;
	skip(&from, strlen(letters) + 1);
	out->code_unit = take_unsigned(&from);
	out->data_unit = take_signed(&from);
	uint64_t link = version == 1 ? take(&from, 1) : take_unsigned(&from), size = take_unsigned(&from);
	struct cursor more = from;
	skip(&from, size);
	if (from.bad || link != CFI_RIP)
		return CFI_BAD;
	more.end = from.at;
	out->common = from;
	return augmentation(letters, &more, out);
}

static enum cfi_found read_entry(uintptr_t address, const uint8_t *at, uintptr_t start, uintptr_t end,
				 struct entry *out)
{
	struct cursor from = block(at, start, end);
	const uint8_t *here = from.at;
	uint64_t back = take(&from, 4);

	if (from.bad || !back || back > (uintptr_t)here - start)
		return CFI_BAD;
	enum cfi_found found = read_common(block(here - back, start, end), out);
	if (found != CFI_FOUND)
		return found;
	out->start = (uintptr_t)from.at;
	out->start += (uintptr_t)(intptr_t)(int32_t)take(&from, 4);
	uint64_t size = take(&from, 4);
	skip(&from, take_unsigned(&from));
	if (from.bad)
		return CFI_BAD;
	out->own = from;
	return address - out->start < size ? CFI_FOUND : CFI_NONE;
}

/* ---- instructions ---- */

enum {
	ADVANCE = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0, /* with an operand in the low six bits */
	NOP = 0,
	ADVANCE_1 = 2,
	ADVANCE_2 = 3,
	ADVANCE_4 = 4,
	OFFSET_EXTENDED = 5,
	RESTORE_EXTENDED = 6,
	UNDEFINED = 7,
	SAME_VALUE = 8,
	REMEMBER_STATE = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	SET_LOC = 1,
	REGISTER = 9,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_EXTENDED_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	GNU_ARGS_SIZE = 0x2e,
	GNU_NEGATIVE_OFFSET_EXTENDED = 0x2f
};
enum { EXPRESSION_BASE = 0x70, EXPRESSION_DEREF = 0x06 }; /* DW_OP_breg0, DW_OP_deref */

struct machine {
	struct cfi_rule *rule;
	const struct cfi_rule *first; /* after the common instructions; NULL while these run */
	struct cfi_rule kept[REMEMBERED];
	unsigned kept_count;
	const struct entry *entry;
	bool odd; /* stopped at an instruction that is not implemented here */
};

/* count * unit; on overflow a value that `set` refuses. */
static int64_t scaled(uint64_t count, int64_t unit)
{
	int64_t offset;

	return __builtin_mul_overflow((int64_t)count, unit, &offset) ? INT64_MAX : offset;
}

static void set(struct machine *it, struct cursor *from, uint64_t number, enum cfi_where where, int64_t offset)
{
	if (number >= CFI_REGISTERS)
		return; /* a vector register or the like: no frame address depends on it */
	from->bad |= offset != (int32_t)offset;
	it->rule->registers[number] = (struct cfi_place){(uint8_t)where, 0, (int32_t)offset};
}

static void set_cfa(struct machine *it, struct cursor *from, uint64_t number, int64_t offset)
{
	from->bad |= number >= CFI_REGISTERS || offset != (int32_t)offset;
	it->rule->cfa = (struct cfi_place){CFI_AT_CFA, (uint8_t)number, (int32_t)offset};
}

/*
 * Reads the two expressions that realigned stacks and signals' frames have: register plus offset, and with `deref`, for
 * the frame address, the word in memory there.
 */
static struct cfi_place expression(struct machine *it, struct cursor *from, bool deref)
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
	it->odd |= code.bad || code.at != code.end || base >= CFI_REGISTERS || offset != (int32_t)offset;
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
	if (back && !it->kept_count)
		from->bad = true;
	else if (!back && it->kept_count == REMEMBERED)
		it->odd = true;
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
		set(it, from, number, CFI_AT_CFA, scaled(take_unsigned(from), unit));
		return;
	case OFFSET_EXTENDED_SF:
		number = take_unsigned(from);
		set(it, from, number, CFI_AT_CFA, scaled((uint64_t)take_signed(from), unit));
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
		set_cfa(it, from, number, scaled((uint64_t)take_signed(from), unit));
		return;
	case DEF_CFA_REGISTER:
		set_cfa(it, from, take_unsigned(from), it->rule->cfa.offset);
		return;
	case DEF_CFA_OFFSET:
		set_cfa(it, from, it->rule->cfa.base, (int64_t)take_unsigned(from));
		return;
	case DEF_CFA_OFFSET_SF:
		set_cfa(it, from, it->rule->cfa.base, scaled((uint64_t)take_signed(from), unit));
		return;
	case DEF_CFA_EXPRESSION:
		it->rule->cfa = expression(it, from, true);
		return;
	case EXPRESSION:
		number = take_unsigned(from);
		struct cfi_place place = expression(it, from, false);
		if (number < CFI_REGISTERS)
			it->rule->registers[number] = place;
		return;
	case GNU_ARGS_SIZE:
		take_unsigned(from);
		return;
	case SET_LOC:
	case REGISTER:
	case VAL_OFFSET:
	case VAL_OFFSET_SF:
	case VAL_EXPRESSION:
	case GNU_NEGATIVE_OFFSET_EXTENDED:
		it->odd = true;
		return;
	default:
		from->bad = true;
	}
}

/* Runs instructions up to the address that is `left` bytes behind the function's start. */
static enum cfi_found run(struct machine *it, struct cursor *from, uint64_t left)
{
	while (from->at < from->end && !from->bad && !it->odd) {
		unsigned code = (unsigned)take(from, 1), high = code & 0xc0, low = code & 0x3f;
		uint64_t step = 0;

		if (high == ADVANCE)
			step = low;
		else if (code == ADVANCE_1 || code == ADVANCE_2 || code == ADVANCE_4)
			step = take(from, code == ADVANCE_4 ? 4 : code - ADVANCE_1 + 1);
		else if (high == OFFSET)
			set(it, from, low, CFI_AT_CFA, scaled(take_unsigned(from), it->entry->data_unit));
		else if (high == RESTORE)
			restore(it, from, low);
		else
			run_other(it, from, code);
		step *= it->entry->code_unit;
		if (step > left)
			break;
		left -= step;
	}
	return from->bad ? CFI_BAD : it->odd ? CFI_ODD : CFI_FOUND;
}

enum cfi_found cfi_find(uintptr_t address, uintptr_t start, uintptr_t end, const void *header, struct cfi_rule *out)
{
	struct entry entry = {.signal = false};
	struct cfi_rule first;
	struct machine machine = {.rule = out, .entry = &entry};
	enum cfi_found found = header ? check_table(header, start, end) : CFI_NONE;

	if (found != CFI_FOUND)
		return found;
	const struct table_row *row = search(address, header);
	if (!row)
		return CFI_NONE;
	found = read_entry(address, (const uint8_t *)header + row->entry, start, end, &entry);
	if (found == CFI_FOUND && entry.start != (uintptr_t)header + (uintptr_t)(intptr_t)row->start)
		found = CFI_BAD;
	if (found != CFI_FOUND)
		return found;
	memset(out, 0, sizeof *out);
	out->signal = entry.signal;
	found = run(&machine, &entry.common, UINT64_MAX);
	if (found != CFI_FOUND)
		return found;
	first = *out;
	machine.first = &first;
	return run(&machine, &entry.own, address - entry.start);
}
