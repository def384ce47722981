/*
 * fuzz_symbol.c - any bytes as the file of a module: names for eight addresses, which are the last 64 bytes.
 */
#include "base/arena.h"
#include "base/text.h"
#include "file.h"
#include "model/journal_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "symbols/symbol.h"
#include <string.h>

enum { ADDRESSES = 8 };

/* Any file is this one's. */
static const struct symbols_runtime runtime = {
	.modules = (const char *const[]){"", NULL},
	.functions = (const struct symbols_function[]){{"exit", true, 1}, {"Py_", false, 2}, {NULL, false, 0}},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint64_t addresses[ADDRESSES] = {0};
	size_t tail = size < sizeof addresses ? size : sizeof addresses;
	memcpy(addresses, bytes + size - tail, tail);
	struct file file = file_of(bytes, size - tail);
	struct module module = {.end = UINT64_MAX, .path = text_of(file.path), .build_id = text_none()};
	struct process process = {.modules = &module, .module_count = 1};
	struct stack stack = {.process = &process, .addresses = addresses, .count = ADDRESSES};
	struct arena *arena = arena_new();
	struct journal journal = {.arena = arena, .name = "fuzz"};
	struct symbols *symbols = symbols_open(arena, &journal);
	symbols_context(symbols, &stack, (const struct symbols_runtime *const[]){&runtime, NULL});
	symbols_key(symbols, &stack, &runtime);
	symbols_stack(symbols, &stack);
	symbols_close(symbols);
	arena_free(arena);
	file_close(&file);
	return 0;
}
