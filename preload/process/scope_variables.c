/*
 * scope_variables.c - watches the variables that open and end a scope.
 *
 * Must not: call getenv or setenv, which shells replace; read the environment later than at the start, when another thread
 * may be moving it.
 */
#include "process/scope_variables.h"
#include "process/environment.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "why/why.h"
#include "why/why_targets.h"
#include <string.h>

enum { VARIABLES = 2 };
static const char *const variables[VARIABLES] = {"PAGELEAK_SCOPE",
						 "PYTEST_CURRENT_TEST"}; /* the first that is set counts */
static uint32_t values[VARIABLES];                                       /* STRING; 0 unset or empty */
static uint32_t current;

static uint32_t scope_of_values(void)
{
	return values[0] ? values[0] : values[1];
}

static uint32_t value_store(const char *value)
{
	return value && *value ? intern_string(value, strlen(value)) : 0;
}

/* -1: not one of ours. */
static int variable_of(const char *name, size_t size)
{
	for (int i = 0; i < VARIABLES; i++)
		if (strlen(variables[i]) == size && memcmp(name, variables[i], size) == 0)
			return i;
	return -1;
}

uint32_t label_begin(void)
{
	for (int i = 0; i < VARIABLES; i++)
		values[i] = value_store(environment_value(environ, variables[i]));
	return current = scope_of_values();
}

uint32_t label_now(void)
{
	return current;
}

static void changed(void)
{
	uint32_t scope = scope_of_values(), before = current;

	if (scope == current)
		return;
	current = scope;
	journal_process();
	struct journal_scope *record = journal_begin(RECORD_SCOPE, sizeof *record, 0);
	if (!record)
		return;
	record->time_ns = journal_now();
	record->scope = scope;
	journal_commit(record, RECORD_SCOPE, 0);
	if (why_wanted && !why_same_scope(before, scope))
		why_scope_ended(before);
}

void label_set(const char *name, const char *value, bool overwrite)
{
	int i = journal_is_open() ? variable_of(name, strlen(name)) : -1;

	if (i < 0 || (values[i] && !overwrite))
		return;
	values[i] = value_store(value);
	changed();
}

void label_put(const char *pair)
{
	const char *equals = strchr(pair, '=');
	int i = journal_is_open() ? variable_of(pair, equals ? (size_t)(equals - pair) : strlen(pair)) : -1;

	if (i < 0)
		return;
	values[i] = equals ? value_store(equals + 1) : 0;
	changed();
}

void label_clear(void)
{
	if (!journal_is_open())
		return;
	memset(values, 0, sizeof values);
	changed();
}
