/*
 * label.c - watches the variables that open and end a scope.
 *
 * Must not: call getenv or setenv: shells replace them.
 */
#include "label.h"
#include "intern.h"
#include "journal.h"
#include "process.h"
#include <string.h>

static const char *const variables[] = {"PAGELEAK_SCOPE", "PYTEST_CURRENT_TEST"}; /* the first that is set counts */
static uint32_t current;

static uint32_t scope_read(void)
{
	for (unsigned i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = environment_value(environ, variables[i]);

		if (value && *value)
			return intern_string(value, strlen(value));
	}
	return 0;
}

static int is_ours(const char *name)
{
	for (unsigned i = 0; i < sizeof variables / sizeof *variables; i++) {
		size_t length = strlen(variables[i]);

		if (strncmp(name, variables[i], length) == 0 && (name[length] == 0 || name[length] == '='))
			return 1;
	}
	return 0;
}

uint32_t label_begin(void)
{
	return current = scope_read();
}

uint32_t label_now(void)
{
	return current;
}

void label_changed(const char *name)
{
	if (!journal_is_open() || (name && !is_ours(name)))
		return;
	uint32_t scope = scope_read();
	if (scope == current)
		return;
	current = scope;
	journal_process();
	struct journal_scope *record = journal_begin(sizeof *record, 0);
	if (!record)
		return;
	record->time_ns = journal_now();
	record->scope = scope;
	journal_commit(record, RECORD_SCOPE, 0);
}
