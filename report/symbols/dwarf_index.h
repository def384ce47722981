/*
 * dwarf_index.h - functions, inlined ones and lines of one file, by address. Reads a unit at the first look-up in it.
 *
 * dwfl_module_addrdie finds nothing in clang's output (no .debug_aranges) and dwarf_getscopes walks a unit for every
 * address; so the table of units and the ranges of each unit's functions are kept here.
 */
#ifndef PAGELEAK_DWARF_INDEX_H
#define PAGELEAK_DWARF_INDEX_H

#include "base/arena.h"
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

struct dwarf_index;
/* `dwarf` must outlive the index. */
struct dwarf_index *dwarf_index_new(struct arena *arena, Dwarf *dwarf);
void dwarf_index_free(struct dwarf_index *index);

struct dwarf_place {
	const char *function; /* linkage name, else name; NULL unknown */
	const char *file;     /* NULL unknown */
	int line;
	bool inlined;
};
/*
 * Writes the functions that `address` lies in, innermost first, at most `room`. Returns their number; 0: nothing is
 * known.
 */
size_t dwarf_index_find(struct dwarf_index *index, Dwarf_Addr address, struct dwarf_place *out, size_t room);

#endif
