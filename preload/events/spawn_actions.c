/*
 * spawn_actions.c - a small table of the paths that lists of actions will open.
 *
 * Must not: read libc's private layout of posix_spawn_file_actions_t.
 */
#include "events/spawn_actions.h"
#include "journal/journal.h"
#include <fcntl.h>
#include <string.h>

#define OPENS 32
#define OPEN_PATH 512

static struct open_action {
	const void *actions; /* NULL: free; &filling: being written */
	char path[OPEN_PATH];
} opens[OPENS];

static const char filling;

void spawn_actions_add_open(const void *actions, const char *path)
{
	size_t size = strnlen(path, OPEN_PATH) + 1;

	if (!journal_is_open())
		return;
	for (int i = 0; i < OPENS && size <= OPEN_PATH; i++) {
		const void *none = NULL;

		if (!__atomic_compare_exchange_n(&opens[i].actions, &none, (const void *)&filling, false,
						 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			continue;
		memcpy(opens[i].path, path, size);
		__atomic_store_n(&opens[i].actions, actions, __ATOMIC_RELEASE);
		return;
	}
	journal_count(COUNTER_SPAWN_ACTIONS, 1);
}

void spawn_actions_destroyed(const void *actions)
{
	for (int i = 0; i < OPENS; i++) {
		const void *expected = actions;

		__atomic_compare_exchange_n(&opens[i].actions, &expected, (const void *)NULL, false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
	}
}

void spawn_actions_ran(struct call *call, const void *actions)
{
	for (int i = 0; actions && i < OPENS; i++)
		if (__atomic_load_n(&opens[i].actions, __ATOMIC_ACQUIRE) == actions)
			event_perhaps_made(call, AT_FDCWD, opens[i].path);
}
