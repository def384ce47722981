/*
 * environment.c - puts the library and its settings back into environments that lost them, and takes the library out
 * where it cannot be loaded.
 *
 * Must not: allocate, write to memory of the program, call getenv or setenv, or put back other libraries of LD_PRELOAD,
 * which the program may have taken out on purpose.
 */
#include "process/environment.h"
#include "journal/journal.h"
#include "system/settings.h"
#include "system/raw.h"
#include "system/stack_bounds.h"
#include <errno.h>
#include <string.h>

#define PRELOAD "LD_PRELOAD"
#define JOINING "command=" /* the first setting of an audit that was begun; only pageleak sets it */
#define STACK_LEFT 8192    /* bytes for the rest of the hook and for libc's exec, which keeps a path on the stack */

/* `LD_PRELOAD=library`, `PAGELEAK=settings` and the words that stood ahead of the library, one after the other. */
static char kept[12288];
static const char *kept_preload, *kept_settings, *kept_ahead;
static const char *kept_began; /* value of PAGELEAK that began this audit; NULL: another image began it */
static size_t library_size;

const char *environment_value(char *const environment[], const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

/* ---- LD_PRELOAD is a list of words, with colons or spaces between them ---- */

static size_t word_size(const char *word)
{
	size_t size = 0;

	while (word[size] && word[size] != ':' && word[size] != ' ')
		size++;
	return size;
}

static const char *word_next(const char *word)
{
	word += word_size(word);
	return *word ? word + 1 : word;
}

static bool file_begins(const char *word, const char *name)
{
	size_t size = word_size(word), start = size;

	while (start && word[start - 1] != '/')
		start--;
	return size - start >= strlen(name) && memcmp(word + start, name, strlen(name)) == 0;
}

static const char *own_word(const char *list)
{
	for (; list && *list; list = word_next(list))
		if (file_begins(list, "libpageleak"))
			return list;
	return NULL;
}

static bool stood_ahead(const char *word)
{
	size_t size = word_size(word);

	for (const char *at = kept_ahead; *at; at = word_next(at))
		if (size && word_size(at) == size && memcmp(at, word, size) == 0)
			return true;
	return false;
}

/*
 * The offset in the list where the library's name goes: behind the last word that stood ahead of it, and behind the
 * runtime of gcc's ASan, which ends a program in which it is not the first.
 */
static size_t place_in(const char *list)
{
	const char *place = list;

	for (const char *word = list; *word; word = word_next(word))
		if (stood_ahead(word) || file_begins(word, "libasan"))
			place = word_next(word);
	return (size_t)(place - list);
}

/* ---- at the start ---- */

static const char *keep(size_t *used, const char *name, const char *value, size_t size)
{
	size_t name_size = strlen(name);
	char *to = kept + *used;

	if (name_size + size >= sizeof kept - *used)
		return NULL;
	memcpy(to, name, name_size);
	memcpy(to + name_size, value, size);
	*used += name_size + size + 1;
	return to;
}

/* The value of the last variable of that name, which is the one that ld.so takes, and its index. */
static const char *last_value(char *const environment[], const char *name, size_t *index)
{
	const char *value = NULL;

	for (size_t i = 0; environment && environment[i]; i++) {
		char *const one[] = {environment[i], NULL};
		const char *found = environment_value(one, name);

		if (found) {
			value = found;
			*index = i;
		}
	}
	return value;
}

void environment_open(const char *settings)
{
	size_t used = 0, index;
	const char *list = last_value(environ, PRELOAD, &index), *own = own_word(list);
	const char *given = environment_value(environ, OPTIONS_VARIABLE);

	kept_settings = keep(&used, OPTIONS_VARIABLE "=", settings, strlen(settings));
	if (!own) /* loaded in another way, such as /etc/ld.so.preload, which also loads it into the next image */
		return;
	library_size = word_size(own);
	kept_began = given && !environment_joins(given) ? keep(&used, "", given, strlen(given)) : NULL;
	kept_ahead = keep(&used, "", list, (size_t)(own - list));
	kept_preload = kept_settings && kept_ahead ? keep(&used, PRELOAD "=", own, library_size) : NULL;
}

/* ---- at an exec ---- */

/* Probes an address. `page`: the page that was probed last; strings mostly lie side by side. */
static bool readable(const void *pointer, uintptr_t *page)
{
	uintptr_t here = (uintptr_t)pointer & ~(uintptr_t)4095;

	if (here == *page)
		return true;
	*page = here;
	return raw_readable((const void *)((uintptr_t)pointer & ~(uintptr_t)7));
}

bool environment_readable(char *const strings[])
{
	uintptr_t array_page = 1, string_page = 1;

	for (; strings; strings++) {
		if (!readable(strings, &array_page))
			return false;
		if (!*strings)
			return true;
		if (!readable(*strings, &string_page))
			return false;
	}
	return true;
}

const char *environment_settings(void)
{
	return kept_settings;
}

bool environment_is_off(const char *settings)
{
	return settings && (!*settings || strcmp(settings, "off") == 0);
}

bool environment_joins(const char *settings)
{
	return settings && strncmp(settings, JOINING, strlen(JOINING)) == 0;
}

/* Is it the value that began this audit, and would begin another one? A program that sets another value wants that. */
static bool is_own(const char *settings)
{
	return settings && kept_began && strcmp(settings, kept_began) == 0;
}

bool environment_keeps_audit(char *const environment[])
{
	size_t index;
	const char *settings = environment_value(environment, OPTIONS_VARIABLE);

	return environment_joins(settings) && own_word(last_value(environment, PRELOAD, &index));
}

/*
 * faccessat's result for the library: it may be missing after a chroot, for another user, or in another mount
 * namespace.
 */
static long library_access(void)
{
	const char *library = kept_preload + strlen(PRELOAD "=");

	return raw_call(SYS_faccessat, AT_FDCWD, (long)library, 4 /* R_OK */, 0, 0, 0);
}

/* Is it certain that ld.so cannot open the library? Not for a name without a slash, which it searches for. */
static bool library_out_of_reach(void)
{
	const char *library = kept_preload + strlen(PRELOAD "=");
	long access = *library == '/' && !strchr(library, '$') ? library_access() : 0;

	return access == -ENOENT || access == -ENOTDIR || access == -EACCES || access == -ELOOP;
}

bool environment_in_reach(void)
{
	return !kept_preload || !library_out_of_reach();
}

/* The index of the first PAGELEAK, if it is the value that began this audit; otherwise `count`. */
static size_t find_own(char *const environment[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *const one[] = {environment[i], NULL};
		const char *settings = environment_value(one, OPTIONS_VARIABLE);

		if (settings)
			return is_own(settings) ? i : count;
	}
	return count;
}

bool environment_look(struct environment *it, char *const environment[])
{
	size_t index = 0;

	if (!journal_is_open() || !kept_preload || !environment_readable(environment))
		return false;
	const char *list = last_value(environment, PRELOAD, &index), *own = own_word(list);
	const char *settings = environment_value(environment, OPTIONS_VARIABLE);
	*it = (struct environment){.given = environment, .library = !own};
	it->without = own && library_out_of_reach();
	while (environment && environment[it->count])
		it->count++;
	it->own = find_own(environment, it->count);
	it->settings = !settings || it->own < it->count;
	if (!it->without && ((options.leave_cleared && (!own || !settings)) || (!it->library && !it->settings) ||
			     environment_is_off(settings) || library_access()))
		return false;
	it->preload = it->without || (it->library && list) ? index : it->count;
	if (it->preload < it->count) {
		it->size = strlen(list);
		it->at = it->without ? (size_t)(own - list) : place_in(list);
	}
	it->room = (it->count + 3) * sizeof(char *) + strlen(PRELOAD "=") + it->size + library_size + 2;
	return stack_bounds_has_room(it->room + STACK_LEFT);
}

/* Writes "LD_PRELOAD=" and the given list with the library added. */
static char *preload_build(const struct environment *it, char *to)
{
	const char *list = it->given[it->preload] + strlen(PRELOAD "=");
	const char *library = kept_preload + strlen(PRELOAD "=");
	bool last = it->at == it->size && it->size;
	char *at = to;

	at = (char *)memcpy(at, PRELOAD "=", strlen(PRELOAD "=")) + strlen(PRELOAD "=");
	at = (char *)memcpy(at, list, it->at) + it->at;
	if (last && at[-1] != ':' && at[-1] != ' ')
		*at++ = ':';
	at = (char *)memcpy(at, library, library_size) + library_size;
	if (it->at < it->size)
		*at++ = ':';
	at = (char *)memcpy(at, list + it->at, it->size - it->at) + (it->size - it->at);
	*at = 0;
	return to;
}

/* Writes "LD_PRELOAD=" and the given list without the library and its separator. */
static char *preload_without(const struct environment *it, char *to)
{
	const char *list = it->given[it->preload] + strlen(PRELOAD "="), *rest = word_next(list + it->at);
	size_t before = *rest || !it->at ? it->at : it->at - 1;
	char *at = to;

	at = (char *)memcpy(at, PRELOAD "=", strlen(PRELOAD "=")) + strlen(PRELOAD "=");
	at = (char *)memcpy(at, list, before) + before;
	memcpy(at, rest, strlen(rest) + 1);
	return to;
}

/* Drops an LD_PRELOAD that has become empty, unless there is another one, which ld.so would take then. */
static char *const *build_without(const struct environment *it, char **array)
{
	char *list = preload_without(it, (char *)(array + it->count + 3)), *value = list + strlen(PRELOAD "=");
	bool only = environment_value(it->given, PRELOAD) == it->given[it->preload] + strlen(PRELOAD "=");

	array[it->preload] = list;
	if (!*value && only)
		memmove(array + it->preload, array + it->preload + 1, (it->count - it->preload) * sizeof *array);
	return array;
}

char *const *environment_build(const struct environment *it, void *room)
{
	char **array = room;
	size_t count = it->count;

	memcpy(array, it->given, count * sizeof *array);
	array[count] = NULL;
	if (it->without)
		return build_without(it, array);
	if (it->preload < count)
		array[it->preload] = preload_build(it, (char *)(array + count + 3));
	else if (it->library)
		array[count++] = (char *)kept_preload;
	if (it->own < it->count)
		array[it->own] = (char *)kept_settings;
	else if (it->settings)
		array[count++] = (char *)kept_settings;
	array[count] = NULL;
	return array;
}
