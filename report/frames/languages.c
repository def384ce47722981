/*
 * languages.c - finds the row of a language and asks it. Must not know a language by name; must not judge a page.
 */
#include "frames/languages.h"
#include <string.h>

const struct language *const languages[] = {
#define X(id, row) &row,
	LANGUAGE_TABLE(X)
#undef X
		NULL};

static const struct language unknown = {.name = "script"};

const struct language *language_of(const struct script_stack *stack)
{
	for (const struct language *const *at = languages; stack && *at; at++)
		if ((*at)->number == stack->language)
			return *at;
	return &unknown;
}

/* ---- functions of scripts ---- */

bool language_is_library(const struct language *language, const struct script_code *code)
{
	return language->is_library && language->is_library(code);
}

bool language_is_standard(const struct language *language, const struct script_code *code)
{
	return language->is_standard && language->is_standard(code);
}

bool language_is_import(const struct language *language, const struct script_code *code)
{
	return language->is_import && language->is_import(code);
}

bool language_is_test_case(const struct language *language, const struct script_code *code)
{
	return language->is_test_case && language->is_test_case(code);
}

bool language_is_part_of_caller(const struct language *language, struct text short_name)
{
	return language->is_part_of_caller && language->is_part_of_caller(short_name);
}

bool language_is_top_level(const struct language *language, struct text function)
{
	return language->top_level && text_is(function, language->top_level);
}

static struct text behind_last_dot(struct text function)
{
	size_t at = function.size;
	while (at && function.at[at - 1] != '.')
		at--;
	return (struct text){function.at + at, function.size - at};
}

struct text language_short_name(const struct language *language, struct text function)
{
	return language->short_name ? language->short_name(function) : behind_last_dot(function);
}

/* ---- pages ---- */

static bool may_own(const struct script_stack *stack, const struct object *object)
{
	const struct language *language = language_of(stack);
	return !stack || object->frame >= stack->count || !language->is_standard_or_generated ||
	       !language->is_standard_or_generated(stack->frames[object->frame].code);
}

const struct object *language_owner(const struct event *made)
{
	for (int i = 0; i < made->object_count; i++)
		if (may_own(made->script, &made->objects[i]))
			return &made->objects[i];
	return made->object_count ? &made->objects[0] : NULL;
}

size_t language_random_characters(const struct script_stack *made)
{
	const struct language *language = language_of(made);
	return language->random_characters ? language->random_characters(made) : 0;
}

struct language_cause language_ownerless(const struct script_stack *made, const struct process *last,
					 enum verdict verdict)
{
	const struct language *language = language_of(made);
	return language->ownerless ? language->ownerless(made, last, verdict) : (struct language_cause){0};
}

/* ---- native frames ---- */

static bool starts_with_any(struct text text, const char *const *names)
{
	for (; names && *names; names++)
		if (text_starts(text, *names))
			return true;
	return false;
}

static bool is_own_module(const struct language *language, const struct frame *frame)
{
	return language->runtime && starts_with_any(text_basename(frame->module), language->runtime->modules);
}

bool language_is_runtime(const struct language *language, const struct frame *frame, bool evaluated)
{
	if (frame->function.size > 0 && starts_with_any(frame->function, language->runtime_functions))
		return true;
	return is_own_module(language, frame) && (evaluated || frame->function.size == 0);
}

bool language_evaluates(const struct language *language, const struct frame *frame)
{
	return starts_with_any(frame->function, language->evaluating_functions);
}

bool language_is_runtime_file(const struct language *language, const struct frame *frame)
{
	const char *directory = language->extension_directory;
	return is_own_module(language, frame) ||
	       (directory && frame->module.size &&
		memmem(frame->module.at, frame->module.size, directory, strlen(directory)));
}

struct text language_without_version(struct text module)
{
	for (const struct language *const *at = languages; *at; at++) {
		const char *suffix = (*at)->extension_suffix, *found = NULL;
		if (suffix && module.size)
			found = memmem(module.at, module.size, suffix, strlen(suffix));
		if (found)
			module.size = (size_t)(found - module.at);
	}
	return module;
}
