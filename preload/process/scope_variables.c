/*
 * scope_variables.c - watches the variables that open and end a scope.
 *
 * Must not: call getenv or setenv, which shells replace; read the environment after the start, as another thread may be
 * moving it.
 */
#include "process/scope_variables.h"
#include "process/environment.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include <string.h>

enum { VARIABLES = 2 };
static const char *const variables[VARIABLES] = {"PAGELEAK_SCOPE",
						 "PYTEST_CURRENT_TEST"}; /* the first that is set counts */
static uint32_t values[VARIABLES];                                       /* STRING; 0 unset or empty */
static uint32_t current;
static const struct scope_change unchanged;

static uint32_t scope_of_values(void)
{
	return values[0] ? values[0] : values[1];
}

static uint32_t value_store(const char *value)
{
	return value && *value ? intern_string(value, strlen(value)) : 0;
}

/* The index of a variable; -1 when it is not one of the two. */
static int variable_of(const char *name, size_t size)
{
	for (int i = 0; i < VARIABLES; i++)
		if (strlen(variables[i]) == size && memcmp(name, variables[i], size) == 0)
			return i;
	return -1;
}

uint32_t scope_variables_begin(void)
{
	for (int i = 0; i < VARIABLES; i++)
		values[i] = value_store(environment_value(environ, variables[i]));
	return current = scope_of_values();
}

uint32_t scope_variables_now(void)
{
	return current;
}

/* Records a change of the scope, if there is one. */
static struct scope_change changed(void)
{
	struct scope_change change = {current, scope_of_values()};

	if (change.now == current)
		return unchanged;
	current = change.now;
	journal_process();
	struct journal_scope *record = journal_begin(RECORD_SCOPE, sizeof *record, 0);
	if (!record)
		return unchanged;
	record->time_ns = journal_now();
	record->scope = change.now;
	journal_commit(record, RECORD_SCOPE, 0);
	return change;
}

struct scope_change scope_variables_set(const char *name, const char *value, bool overwrite)
{
	int i = journal_is_open() ? variable_of(name, strlen(name)) : -1;

	if (i < 0 || (values[i] && !overwrite))
		return unchanged;
	values[i] = value_store(value);
	return changed();
}

struct scope_change scope_variables_put(const char *pair)
{
	const char *equals = strchr(pair, '=');
	int i = journal_is_open() ? variable_of(pair, equals ? (size_t)(equals - pair) : strlen(pair)) : -1;

	if (i < 0)
		return unchanged;
	values[i] = equals ? value_store(equals + 1) : 0;
	return changed();
}

struct scope_change scope_variables_clear(void)
{
	if (!journal_is_open())
		return unchanged;
	memset(values, 0, sizeof values);
	return changed();
}
