/*
 * fuzz_cfi.c - any bytes as a segment that begins with .eh_frame_hdr, by the library's own parser: it must stay within
 * them. The first two bytes say where the instruction is, seen from the header; the tables' offsets are relative, so it
 * may be outside.
 */
#include "stacks/native/cfi.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <stdbool.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int16_t distance;
	struct cfi_rule rule;

	if (size <= sizeof distance)
		return 0;
	memcpy(&distance, bytes, sizeof distance);
	size -= sizeof distance;
	uint8_t *segment = malloc(size);
	if (!segment)
		return 0;
	memcpy(segment, bytes + sizeof distance, size);
	uintptr_t start = (uintptr_t)segment;
	bool found = cfi_find(start + (uintptr_t)(intptr_t)distance, start, start + size, segment, &rule) == CFI_FOUND;
	if (found && rule.cfa.base >= CFI_REGISTERS)
		abort();
	for (unsigned i = 0; found && i < CFI_REGISTERS; i++)
		if (rule.registers[i].base >= CFI_REGISTERS)
			abort();
	free(segment);
	return 0;
}
