/*
 * fuzz_elf.c - any bytes as a program that was not audited: why not?
 */
#include "base/arena.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "file.h"
#include "model/coverage_model.h"
#include "model/journal_model.h"
#include "model/process_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct file file = file_of(bytes, size);
	struct process process = {.pid = 7, .exe = text_of(file.path)}, *processes[] = {&process};
	struct arena *arena = arena_new();
	struct journal journal = {
		.arena = arena, .name = "fuzz", .processes = processes, .process_count = 1, .cwd = text_of("/")};
	struct coverage coverage = {.complete = true};
	coverage_fill(&journal, NULL, &coverage);
	arena_free(arena);
	file_close(&file);
	return 0;
}
