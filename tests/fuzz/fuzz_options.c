/*
 * fuzz_options.c - any bytes as a command line: words end in NUL, the first byte picks the command. Then the globs that
 * it holds on all its words as paths, and its --fail-on.
 */
#include "base/arena.h"
#include "base/glob.h"
#include "base/text.h"
#include "findings/gate.h"
#include "options/options_parse.h"
#include "options/options_settings.h"
#include <string.h>

enum { WORDS_MAX = 64 };

static void try_globs(const char *const *globs, char **words, int count)
{
	for (; *globs; globs++)
		for (int i = 0; i < count; i++)
			glob_match_path(*globs, i % 2 ? "/w" : NULL, text_of(words[i]));
}

static void parse(struct arena *arena, unsigned command, char **words, int count)
{
	struct options options;
	struct gate gate;
	if (options_parse(arena, command, "fuzz", words, count, &options))
		return;
	struct setting none[] = {{NULL, NULL}};
	options_settings_parse(arena, COMMAND_preloaded, options_settings(arena, &options, PASSED_KEPT_HERE, none),
			       none, &options);
	gate_parse(arena, &options, &gate);
	try_globs(options.pages, words, count);
	try_globs(options.not_pages, words, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new();
	char *words[WORDS_MAX + 1] = {NULL}, *at = arena_copy(arena, (const char *)bytes, size), *end = at + size;
	int count = 0;
	unsigned command = size ? 1u << (*at++ & 3) : COMMAND_run;
	while (at < end && count < WORDS_MAX) {
		words[count++] = at;
		at += strlen(at) + 1;
	}
	parse(arena, command, words, count);
	for (int i = 0; i + 1 < count; i++)
		glob_match(words[i], text_of(words[i + 1]));
	arena_free(arena);
	return 0;
}
