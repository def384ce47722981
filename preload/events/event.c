/*
 * event.c - decides which calls are worth a record, and writes it.
 *
 * Must not: record files that are older than the audit, or take a stack before a call is known to be worth it.
 */
#include "events/event.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "journal/shared_words.h"
#include "process/scope_variables.h"
#include "stacks/stacks.h"
#include "system/raw.h"
#include "journal/scratch.h"
#include "system/settings.h"
#include "why/why.h"
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif
#ifndef RENAME_WHITEOUT
#define RENAME_WHITEOUT 4
#endif

#define PATH_BYTES 4096

/* A file system without birth times was met: from then on names are looked up before they are opened. */
static bool look_before;

struct event_names {
	int directory;
	const char *path;
	int directory2;
	const char *path2; /* NULL: only one name */
};

/* Is this process audited? Gives a forked child its number. */
static bool audited(void)
{
	return journal_is_open() && journal_process() != 0;
}

static size_t path_size(const char *path, uint16_t *flags)
{
	size_t size = strnlen(path, PATH_BYTES + 1);

	if (size > PATH_BYTES) {
		size = PATH_BYTES;
		*flags |= EVENT_CUT;
		journal_count(COUNTER_RECORD_CUT, 1);
	}
	return size;
}

static void bases(const struct event_names *names, struct scratch *scratch, uint32_t out[2], uint16_t *flags)
{
	bool known;

	out[1] = 0;
	out[0] = path_base(names->directory, names->path, scratch, &known);
	if (!known)
		*flags |= EVENT_BASE_UNKNOWN;
	if (!names->path2)
		return;
	out[1] = path_base(names->directory2, names->path2, scratch, &known);
	if (!known)
		*flags |= EVENT_BASE2_UNKNOWN;
}

/*
 * Must a removal record its path? The inode says which file it was. The path matters when the inode has other names, or
 * when without a birth time a later inode of the same number looks the same.
 */
static bool name_matters(const struct call *call)
{
	return !call->page.identity.birth_ns || (call->page.links > 1 && !S_ISDIR(call->page.mode));
}

static unsigned char *put(unsigned char *to, const void *bytes, size_t size)
{
	memcpy(to, bytes, size);
	return to + size;
}

static void event_write(const struct call *call, uint8_t kind, uint16_t flags, const struct event_names *given)
{
	static const struct event_names unnamed = {AT_FDCWD, "/", 0, NULL};
	const struct event_names *names = kind == EVENT_RELEASED && !name_matters(call) ? &unnamed : given;

	if (!audited())
		return;
	struct stacks stacks;
	uint32_t base[2];
	uint64_t now = kind == EVENT_RELEASED ? call->before_ns : journal_now();
	bool known = stacks_recognize(__builtin_frame_address(0), &stacks);
	bool absolute = *names->path == '/' && (!names->path2 || *names->path2 == '/');
	struct scratch *scratch = known && absolute ? NULL : scratch_take(); /* needed unless all is recognized */

	if (scratch)
		stacks_capture(__builtin_frame_address(0), scratch, &stacks);
	if (!scratch && !known)
		journal_count(COUNTER_STACK_NESTED, 1);
	bases(names, scratch, base, &flags);
	if (scratch)
		scratch_release(scratch);
	flags |= call->raw;
	if (kind == EVENT_RELEASED && stacks.script.stack && stacks_collecting())
		flags |= EVENT_COLLECTING;
	size_t size = names == &unnamed ? 0 : path_size(names->path, &flags),
	       size2 = names->path2 ? path_size(names->path2, &flags) : 0;
	size_t replaced = flags & EVENT_REPLACED ? sizeof(struct journal_replaced) : 0;
	size_t objects = stacks.script.count * sizeof(struct journal_object);
	struct journal_event *event = journal_begin(RECORD_EVENT, sizeof *event + replaced + objects + size + size2, 0);
	if (!event)
		return;
	event->time_ns = now;
	event->page = call->page.identity;
	event->native = stacks.native;
	event->script = stacks.script.stack;
	event->base = base[0];
	event->base2 = base[1];
	event->scope = scope_variables_now();
	event->links = call->page.links;
	event->api = call->api;
	event->mode = (uint16_t)call->page.mode;
	event->path_size = (uint16_t)size;
	event->path2_size = (uint16_t)size2;
	event->flags = flags;
	event->kind = kind;
	event->objects = (uint8_t)stacks.script.count;
	unsigned char *to = (unsigned char *)(event + 1);
	if (replaced) {
		struct journal_replaced before = {call->replaced.identity, call->replaced.links, call->replaced.mode};
		to = put(to, &before, sizeof before);
	}
	to = put(to, stacks.script.objects, objects);
	to = put(to, names->path, size);
	if (size2)
		put(to, names->path2, size2);
	journal_commit(event, RECORD_EVENT, 0);
	if (__builtin_expect(options.why, 0))
		why_event(kind == EVENT_MADE && stacks.script.count);
}

/* ---- names are made ---- */

void event_before_made(struct call *call)
{
	journal_underway(&call->underway, false);
}

void event_before_open(struct call *call, int directory, const char *path, int flags)
{
	call->looked = false;
	if (!journal_is_open())
		return;
	if (flags & O_CREAT)
		journal_underway(&call->underway, false);
	call->before_ns = journal_now_coarse();
	if (__builtin_expect(look_before, 0) && !(flags & O_EXCL)) {
		subject_followed(directory, path, &call->page);
		call->looked = true;
	}
}

/* Was the file changed after `before_ns`? Some file systems have times of whole seconds (ext3, message queues). */
static bool changed_since(int fd, uint64_t before_ns)
{
	const uint64_t second = 1000000000u;
	uint64_t changed = subject_changed(fd);

	return changed >= (changed % second ? before_ns : before_ns - before_ns % second);
}

/*
 * Has this call made the file? Certainly with O_EXCL. Otherwise by its birth time; without birth times by whether the
 * name was there before the call; and the first time, when that was not looked up, by a size of 0 and a change that is
 * not before the call.
 */
static bool is_new(const struct call *call, int flags, int fd, bool was_absent, uint16_t *how)
{
	if (flags & O_EXCL) {
		*how = EVENT_CERTAIN;
		return true;
	}
	if (call->page.identity.birth_ns)
		return call->page.identity.birth_ns >= call->before_ns;
	__atomic_store_n(&look_before, true, __ATOMIC_RELAXED);
	if (call->looked && !call->queue)
		return was_absent;
	*how = EVENT_GUESSED;
	return call->page.links == 1 && (call->page.size == 0 || call->queue) &&
	       (fd < 0 || changed_since(fd, call->before_ns));
}

void event_opened(struct call *call, int directory, const char *path, int flags, int fd)
{
	struct event_names names = {directory, path, 0, NULL};
	bool was_absent = call->looked && !call->page.mode;
	uint16_t how = 0;

	if (!journal_is_open())
		return;
	subject_of_descriptor(fd, &call->page);
	if (!call->page.mode) {
		journal_count(COUNTER_UNIDENTIFIED, 1);
		return;
	}
	if (!is_new(call, flags, fd, was_absent, &how))
		return;
	/* Through a symlink another name was made than this: the descriptor's. */
	if (!(flags & (O_EXCL | O_NOFOLLOW)) && path_is_symlink(directory, path))
		names.directory = fd, names.path = "";
	event_write(call, EVENT_MADE, how, &names);
}

/* Identifies the file that the call has just made at this name. Counts a failure. */
static bool identify(struct call *call, int directory, const char *path)
{
	subject_at(directory, path, &call->page);
	if (!call->page.mode)
		journal_count(COUNTER_UNIDENTIFIED, 1);
	return call->page.mode;
}

void event_made(struct call *call, int directory, const char *path)
{
	struct event_names names = {directory, path, 0, NULL};

	if (!journal_is_open() || !identify(call, directory, path))
		return;
	event_write(call, EVENT_MADE, EVENT_CERTAIN, &names);
}

void event_perhaps_made(struct call *call, int directory, const char *path)
{
	struct event_names names = {directory, path, 0, NULL};
	uint16_t how = 0;

	if (!journal_is_open() || !*path)
		return;
	subject_at(directory, path, &call->page);
	call->looked = false;
	if (call->page.mode && is_new(call, 0, -1, false, &how))
		event_write(call, EVENT_MADE, how, &names);
}

void event_bound(struct call *call, const struct sockaddr *address, socklen_t size)
{
	const struct sockaddr_un *local = (const void *)address;
	size_t offset = offsetof(struct sockaddr_un, sun_path), length;
	char path[sizeof local->sun_path + 1];

	if (size <= offset || local->sun_family != AF_UNIX || !local->sun_path[0])
		return;
	length = size - offset < sizeof local->sun_path ? size - offset : sizeof local->sun_path;
	memcpy(path, local->sun_path, length);
	path[length] = 0;
	event_made(call, AT_FDCWD, path);
}

const char *event_name(char *to, const char *prefix, const char *name)
{
	size_t length = strlen(prefix), rest;

	if (!raw_readable(
		    (const void *)((uintptr_t)name & ~(uintptr_t)7))) /* by syscall(2), which will fail with EFAULT */
		return "";
	while (*name == '/')
		name++;
	rest = strnlen(name, NAMED_MAX);
	if (length + rest >= NAMED_MAX)
		return "";
	memcpy(to, prefix, length);
	memcpy(to + length, name, rest);
	to[length + rest] = 0;
	return to;
}

/* ---- names are removed ---- */

void event_before_release(struct call *call, int directory, const char *path)
{
	call->page.mode = 0;
	if (!journal_is_open())
		return;
	subject_at(directory, path, &call->page);
	/*
	 * Not after the call: until it returns, a new file may get the inode number, and must not look removed by this
	 * call.
	 */
	if (call->page.mode && !subject_is_old(&call->page)) {
		call->before_ns = journal_now();
		journal_underway(&call->underway, true);
	}
}

void event_released(struct call *call, int directory, const char *path)
{
	struct event_names names = {directory, path, 0, NULL};

	if (!call->page.mode || subject_is_old(&call->page))
		return;
	event_write(call, EVENT_RELEASED, 0, &names);
}

/* ---- names move ---- */

/* Will the kernel refuse these flags? (renameat2(2)) */
static bool flags_are_refused(unsigned flags)
{
	return flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT) ||
	       (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT));
}

void event_before_rename(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
			 unsigned flags)
{
	call->page.mode = call->replaced.mode = 0;
	if (!journal_is_open() || flags_are_refused(flags))
		return;
	subject_at(directory, path, &call->page);
	if (call->page.mode)
		journal_underway(&call->underway, false);
	/* With RENAME_NOREPLACE nothing is there, and statx of a missing name takes longest. */
	if (call->page.mode && !(flags & RENAME_NOREPLACE))
		subject_at(new_directory, new_path, &call->replaced);
}

static bool same(const struct subject *a, const struct subject *b)
{
	return a->identity.device == b->identity.device && a->identity.inode == b->identity.inode;
}

/* RENAME_WHITEOUT leaves a device node at the old name. */
static void whiteout(const struct call *call, int directory, const char *path)
{
	struct call left = {.api = call->api, .raw = call->raw};

	event_made(&left, directory, path);
}

void event_renamed(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		   unsigned flags)
{
	struct event_names names = {new_directory, new_path, directory, path};
	bool replaces = call->replaced.mode != 0, old = subject_is_old(&call->page);
	uint16_t how = 0;

	if (!call->page.mode || (replaces && same(&call->page, &call->replaced)))
		return; /* two names of one inode: rename(2) does nothing */
	if (replaces)
		how |= EVENT_REPLACED;
	if (flags & RENAME_EXCHANGE)
		how |= EVENT_EXCHANGED;
	if (old && !replaces)
		how |= EVENT_NEW_ENTRY;
	/* Files that are both older than the audit do not matter, but directories do: pages may be below them. */
	if (old && replaces && subject_is_old(&call->replaced) && !S_ISDIR(call->page.mode) &&
	    !S_ISDIR(call->replaced.mode))
		return;
	if (S_ISDIR(call->page.mode) || (replaces && S_ISDIR(call->replaced.mode)))
		shared_directory_moved();
	event_write(call, EVENT_RENAMED, how, &names);
	if (flags & RENAME_WHITEOUT)
		whiteout(call, directory, path);
}

/* ---- a second name ---- */

void event_linked(struct call *call, int directory, const char *path, int new_directory, const char *new_path,
		  int flags)
{
	struct event_names names = {new_directory, new_path, directory, path};

	if (!journal_is_open() || !identify(call, new_directory, new_path))
		return;
	if (call->page.links == 1 || (flags & AT_EMPTY_PATH)) /* a file of O_TMPFILE gets its first name */
		names.path2 = NULL;
	if (call->page.links == 1)
		event_write(call, EVENT_MADE, EVENT_CERTAIN, &names);
	else
		event_write(call, EVENT_LINKED, subject_is_old(&call->page) ? EVENT_NEW_ENTRY : 0, &names);
}
