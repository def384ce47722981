/*
 * fuzz_settings.c - any bytes as the value of PAGELEAK, by the library's own parser; what came out must be within its
 * bounds.
 */
#include "system/settings.h"
#include "format.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *value = malloc(size + 1);
	if (!value)
		return 0;
	memcpy(value, bytes, size);
	value[size] = 0;
	options_read(value);
	free(value);
	if (!memchr(options.journal, 0, sizeof options.journal) || options.depth < 1 ||
	    options.depth > STACK_DEPTH_MAX || options.leave_cleared < 0 || options.leave_cleared > 1 ||
	    options.libunwind < 0 || options.libunwind > 1 || options.why < 0 || options.why > 1)
		abort();
	return 0;
}
