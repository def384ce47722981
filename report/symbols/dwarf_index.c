/*
 * dwarf_index.c - sorts the address ranges of units and functions. Must not open files: the caller opens the Dwarf.
 */
#include "symbols/dwarf_index.h"
#include "base/sorted_list.h"
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEPTH_MAX 200     /* nested entries; only hostile files have deeper ones */
#define WALK_MAX 20000000 /* entries read of one unit */

/* One contiguous part of a function or inlined function. */
struct range {
	Dwarf_Addr low, high, high_before; /* high_before: greatest `high` of this and all earlier ranges */
	Dwarf_Off die;
	uint32_t depth;
	bool inlined;
};

struct ranges {
	struct range *at;
	size_t count, room;
};

struct unit {
	Dwarf_Die die;
	Dwarf_Die
		code; /* the entry with the functions: this one, or, of a skeleton unit, that of its .dwo file if it exists */
	bool walked;
	struct ranges functions;
};

struct dwarf_index {
	struct arena *arena;
	struct unit *units;
	size_t unit_count, unit_room;
	struct ranges spans; /* of the units; `die` is an index into units */
	size_t budget;
};

static void ranges_add(struct ranges *ranges, struct range range)
{
	if (range.low >= range.high)
		return;
	if (ranges->count == ranges->room) {
		size_t room = ranges->room ? ranges->room * 2 : 64;
		struct range *grown = realloc(ranges->at, room * sizeof *grown);
		if (!grown)
			return;
		ranges->at = grown, ranges->room = room;
	}
	ranges->at[ranges->count++] = range;
}

static void ranges_add_die(struct ranges *ranges, Dwarf_Die *die, struct range range)
{
	Dwarf_Addr base;
	ptrdiff_t at = 0;
	for (int i = 0; i < 100000 && (at = dwarf_ranges(die, at, &base, &range.low, &range.high)) > 0; i++)
		ranges_add(ranges, range);
}

static int by_low(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->depth < y->depth ? -1 : x->depth > y->depth;
}

static void ranges_sort(struct ranges *ranges)
{
	Dwarf_Addr high = 0;
	if (ranges->count)
		qsort(ranges->at, ranges->count, sizeof *ranges->at, by_low);
	for (size_t i = 0; i < ranges->count; i++) {
		high = ranges->at[i].high > high ? ranges->at[i].high : high;
		ranges->at[i].high_before = high;
	}
}

/*
 * The number of ranges that begin at or below `address`. Those that hold it are found downwards, while high_before is
 * above it.
 */
static size_t ranges_below(const struct ranges *ranges, Dwarf_Addr address)
{
	return COUNT_BEFORE(ranges->count, i, ranges->at[i].low <= address);
}

struct dwarf_index *dwarf_index_new(struct arena *arena, Dwarf *dwarf)
{
	struct dwarf_index *index = arena_take(arena, sizeof *index);
	index->arena = arena;
	index->budget = WALK_MAX;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;
	while (!dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL)) {
		if (type == DW_UT_type || type == DW_UT_split_type || dwarf_tag(&die) == DW_TAG_partial_unit)
			continue;
		if (index->unit_count == index->unit_room) {
			size_t room = index->unit_room ? index->unit_room * 2 : 64;
			struct unit *grown = realloc(index->units, room * sizeof *grown);
			if (!grown)
				break;
			index->units = grown, index->unit_room = room;
		}
		index->units[index->unit_count] = (struct unit){.die = die};
		ranges_add_die(&index->spans, &die, (struct range){.die = index->unit_count++});
	}
	ranges_sort(&index->spans);
	return index;
}

void dwarf_index_free(struct dwarf_index *index)
{
	for (size_t i = 0; i < index->unit_count; i++)
		free(index->units[i].functions.at);
	free(index->units);
	free(index->spans.at);
}

static bool may_hold_functions(int tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_namespace:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_module:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

static void walk(struct dwarf_index *index, struct unit *unit, Dwarf_Die *first, uint32_t depth, int nested)
{
	Dwarf_Die die = *first;
	do {
		int tag = dwarf_tag(&die);
		uint32_t below = depth;
		if (!index->budget)
			return;
		index->budget--;
		if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine) {
			struct range range = {.die = dwarf_dieoffset(&die),
					      .depth = depth,
					      .inlined = tag == DW_TAG_inlined_subroutine};
			ranges_add_die(&unit->functions, &die, range);
			below++;
		}
		Dwarf_Die child;
		if (nested < DEPTH_MAX && may_hold_functions(tag) && !dwarf_child(&die, &child))
			walk(index, unit, &child, below, nested + 1);
	} while (!dwarf_siblingof(&die, &die));
}

static struct unit *unit_at(struct dwarf_index *index, Dwarf_Addr address)
{
	struct unit *unit = NULL;
	for (size_t i = ranges_below(&index->spans, address); i-- && index->spans.at[i].high_before > address;)
		if (address < index->spans.at[i].high) {
			unit = &index->units[index->spans.at[i].die];
			break;
		}
	if (!unit || unit->walked)
		return unit;
	unit->walked = true;
	Dwarf_Die child;
	uint8_t type;
	unit->code = unit->die;
	if (!dwarf_cu_info(unit->die.cu, NULL, &type, NULL, &child, NULL, NULL, NULL) && type == DW_UT_skeleton &&
	    child.addr)
		unit->code = child;
	if (!dwarf_child(&unit->code, &child))
		walk(index, unit, &child, 0, 0);
	ranges_sort(&unit->functions);
	return unit;
}

static const char *name_of(Dwarf_Die *die)
{
	static const unsigned names[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		Dwarf_Attribute attribute;
		const char *name = dwarf_formstring(dwarf_attr_integrate(die, names[i], &attribute));
		if (name)
			return name;
	}
	return NULL;
}

/* Removes "." and ".." from an absolute path by its text alone, without asking for links. */
static char *without_dots(char *path)
{
	char *to = path;
	for (const char *at = path; *at;) {
		size_t slashes = strspn(at, "/"), size = strcspn(at + slashes, "/");
		const char *name = at + slashes;
		at = name + size;
		if (!size || (size == 1 && *name == '.'))
			continue;
		if (size == 2 && !memcmp(name, "..", 2)) {
			while (to > path && *--to != '/')
				;
			continue;
		}
		*to++ = '/';
		memmove(to, name, size);
		to += size;
	}
	*to = 0;
	return path;
}

/*
 * Makes a source path such as "../src/x.c" absolute by the directory that the compiler ran in, which only the debug
 * information knows. If it does not say (a build with mapped prefixes), the path stays relative.
 */
static const char *source_of(struct dwarf_index *index, struct unit *unit, const char *file)
{
	Dwarf_Attribute attribute;
	if (!file || *file == '<')
		return file;
	if (*file == '/')
		return without_dots(arena_copy(index->arena, file, strlen(file)));
	const char *directory = dwarf_formstring(dwarf_attr(&unit->die, DW_AT_comp_dir, &attribute));
	if (!directory || *directory != '/')
		return file;
	return without_dots(arena_format(index->arena, "%s/%s", directory, file));
}

/* File and line from which an inlined function was called. */
static void call_of(struct dwarf_index *index, struct unit *unit, Dwarf_Die *die, struct dwarf_place *caller)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;
	Dwarf_Files *files;
	size_t count;
	if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &value))
		caller->line = value < 1u << 30 ? (int)value : 0;
	if (!dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &value) &&
	    !dwarf_getsrcfiles(&unit->code, &files, &count) && value < count)
		caller->file = source_of(index, unit, dwarf_filesrc(files, value, NULL, NULL));
}

/* Ranges of `unit` that hold the address, innermost first. */
static size_t holders(const struct unit *unit, Dwarf_Addr address, const struct range **out, size_t room)
{
	const struct ranges *functions = &unit->functions;
	size_t count = 0;
	for (size_t i = ranges_below(functions, address); i-- && functions->at[i].high_before > address;) {
		const struct range *range = &functions->at[i];
		if (address >= range->high || count == room)
			continue;
		size_t to = count++;
		for (; to && out[to - 1]->depth < range->depth; to--)
			out[to] = out[to - 1];
		out[to] = range;
	}
	return count;
}

size_t dwarf_index_find(struct dwarf_index *index, Dwarf_Addr address, struct dwarf_place *out, size_t room)
{
	struct unit *unit = unit_at(index, address);
	if (!unit || !room)
		return 0;
	const struct range *found[64];
	size_t count = holders(unit, address, found, room < 64 ? room : 64);
	struct dwarf_place here = {0};
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	if (line) {
		dwarf_lineno(line, &here.line);
		here.file = source_of(index, unit, dwarf_linesrc(line, NULL, NULL));
	}
	size_t places = 0;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Die die;
		if (!dwarf_offdie(dwarf_cu_getdwarf(unit->code.cu), found[i]->die, &die))
			continue;
		here.function = name_of(&die);
		here.inlined = found[i]->inlined;
		out[places++] = here;
		if (!found[i]->inlined)
			return places;
		here = (struct dwarf_place){0};
		call_of(index, unit, &die, &here);
	}
	if (!places && here.file)
		out[places++] = here;
	return places;
}
