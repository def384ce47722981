/*
 * open_descriptors.c - a look through /proc at what living processes hold. Must not attach to a process, and must not open what it holds.
 */
#include "coverage/open_descriptors.h"
#include "base/arena.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "format.h"
#include "journal/process_tree.h"
#include "machine/disk.h"
#include "machine/proc.h"
#include "model/disk_model.h"
#include "model/process_model.h"
#include "model/verdicts.h"
#include "settings_text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uthash.h>

#define START_SLACK_NS                                                                                                 \
	UINT64_C(100000000) /* /proc counts in hundredths of a second, since a boot that was some time ago */
enum { HOLDERS_MAX = 8 };   /* listed for one page */

struct nameless {
	struct inode {
		uint64_t device, inode;
	} key;
	struct page *page;
	struct nameless *same; /* another life of the inode number */
	size_t holders;
	UT_hash_handle hh;
};

struct search {
	struct journal *journal;
	struct arena *arena;
	struct coverage *coverage;
	const char *path; /* of the journal */
	struct identity identity;
	struct pages *pages;
	struct nameless *nameless; /* filled at the first living process that may be read: mostly there is none */
	bool remembered;
	unsigned char *seen; /* a bit for each pid */
	bool any_new;
	size_t running;
};

/* ---- pages ---- */

static void remember(struct search *search, struct page *page)
{
	struct inode key = {page->identity.device, page->identity.inode};
	struct nameless *item = arena_take(search->arena, sizeof *item), *first;
	item->key = key;
	item->page = page;
	HASH_FIND(hh, search->nameless, &key, sizeof key, first);
	if (first) {
		HASH_DEL(search->nameless, first); /* the newest life is the first to be asked */
		item->same = first;
	}
	HASH_ADD(hh, search->nameless, key, sizeof item->key, item);
}

/* `descriptor` -1: a mapping. */
static void hold(struct search *search, struct nameless *item, uint32_t pid, int descriptor, uint64_t bytes)
{
	struct page *page = item->page;
	page->verdict = VERDICT_HELD;
	page->bytes = bytes;
	for (const struct holder *at = page->holders; at; at = at->next)
		if (at->pid == pid && at->descriptor == descriptor)
			return;
	if (item->holders++ >= HOLDERS_MAX)
		return;
	struct holder *holder = arena_take(search->arena, sizeof *holder);
	*holder = (struct holder){.pid = pid, .descriptor = descriptor, .exe = proc_exe(search->arena, (pid_t)pid)};
	struct holder **last = &page->holders;
	while (*last)
		last = &(*last)->next;
	*last = holder;
}

static struct nameless *find(struct search *search, const struct statx *status)
{
	struct inode key = {(uint64_t)status->stx_dev_major << 32 | status->stx_dev_minor, status->stx_ino};
	uint64_t birth_ns = status->stx_mask & STATX_BTIME
				    ? (uint64_t)status->stx_btime.tv_sec * 1000000000 + status->stx_btime.tv_nsec
				    : 0;
	struct nameless *item;
	HASH_FIND(hh, search->nameless, &key, sizeof key, item);
	for (; item; item = item->same)
		if (!birth_ns || !item->page->identity.birth_ns || item->page->identity.birth_ns == birth_ns)
			return item;
	return NULL;
}

/* What a link of /proc leads to, if it has no name any more. */
static bool hold_link(struct search *search, const char *link, uint32_t pid, int descriptor)
{
	struct statx status;
	if (statx(AT_FDCWD, link, AT_NO_AUTOMOUNT, STATX_INO | STATX_NLINK | STATX_BLOCKS | STATX_BTIME, &status))
		return false;
	struct nameless *item = status.stx_nlink ? NULL : find(search, &status);
	if (item)
		hold(search, item, pid, descriptor, status.stx_blocks * 512);
	return true;
}

/* Where the mapping itself may not be asked: by number and by name, and no word of its size. */
static void hold_mapping(struct search *search, const struct proc_mapping *mapping, uint32_t pid)
{
	char link[PROC_NAME_SIZE];
	struct nameless *item;
	struct inode key = {mapping->device, mapping->inode};
	if (hold_link(search, proc_mapped_file(link, (pid_t)pid, mapping), pid, -1))
		return;
	HASH_FIND(hh, search->nameless, &key, sizeof key, item);
	if (item && text_equal(item->page->path, (struct text){mapping->path, mapping->path_size}))
		hold(search, item, pid, -1, item->page->bytes);
}

/* ---- processes ---- */

/* When the process that has this number now began; 0 unknown. */
static uint64_t began_ns(uint32_t pid)
{
	struct proc_stat stat;
	return proc_stat((pid_t)pid, &stat) ? stat.started_ns : 0;
}

/* The image of the journal that runs under this number, as far as that can be told from outside; NULL none. */
static struct process *process_of(const struct search *search, uint32_t pid)
{
	struct process *found = NULL;
	for (size_t i = 0; i < search->journal->process_count; i++) {
		struct process *process = search->journal->processes[i];
		if (process->pid == pid && process->audited && !process->ended_ns && !process->replaced)
			found = process;
	}
	return found && began_ns(pid) <= found->started_ns + START_SLACK_NS ? found : NULL;
}

/* Its memory may not be read, but it began when that one did: it is no daemon of another pid namespace, and no later process. */
static bool runs(struct process *process)
{
	enum { SECONDS_AHEAD = 10 }; /* of its first image, at most: a shell or a container's runtime becomes it */
	uint64_t began = began_ns(process->pid), first_ns = process_root(process)->started_ns;
	return began && began + SECONDS_AHEAD * UINT64_C(1000000000) > first_ns && proc_runs((pid_t)process->pid);
}

/* Killed, and nobody has waited for it, or nobody that is audited. */
static void mark_gone(struct journal *journal)
{
	for (size_t i = 0; i < journal->underway_count; i++) {
		struct underway *one = &journal->underway[i];
		one->gone = one->process && !one->process->ended_ns && !proc_runs((pid_t)one->process->pid);
	}
}

static void visit_descriptor(void *context, pid_t pid, int descriptor, const char *link)
{
	hold_link(context, link, (uint32_t)pid, descriptor);
}

static bool is_journal(const struct search *search, const struct proc_mapping *mapping)
{
	/* Some file systems show another device here than stat does. */
	return mapping->inode == search->identity.inode &&
	       (mapping->device == search->identity.device ||
		text_is((struct text){mapping->path, mapping->path_size}, search->path));
}

static bool visit_journal(void *context, pid_t pid, const struct proc_mapping *mapping)
{
	(void)pid;
	return is_journal(context, mapping);
}

static bool visit_deleted(void *context, pid_t pid, const struct proc_mapping *mapping)
{
	if (mapping->deleted)
		hold_mapping(context, mapping, (uint32_t)pid);
	return false;
}

static void remember_all(struct search *search)
{
	search->remembered = true;
	for (size_t i = 0; i < search->pages->count; i++)
		if (search->pages->at[i]->made && !search->pages->at[i]->exists)
			remember(search, search->pages->at[i]);
}

/* Of the process that had this number last; NULL: none had. */
static const struct process *last_image(const struct search *search, uint32_t pid)
{
	const struct process *last = NULL;
	for (size_t i = 0; i < search->journal->process_count; i++) {
		const struct process *process = search->journal->processes[i];
		if (process->pid == pid && process->audited && (!last || process->started_ns >= last->started_ns))
			last = process;
	}
	return last;
}

/* It has said so, and runs nothing but the kernel's end of it, or waits for this very report. */
static bool has_ended(const struct search *search, uint32_t pid)
{
	const struct process *last = last_image(search, pid);
	return last && last->ended_ns && last->ended_cleanly && !last->replaced;
}

/*
 * Runs on the memory of a process that has ended, to wait for its report (preload/reporter.c): no process of the program. Containers
 * refuse kcmp(2); then only this very report is known to be waited for.
 */
static bool waits_for_report(const struct search *search, uint32_t pid)
{
	pid_t parent = proc_parent((pid_t)pid);
	if (last_image(search, pid))
		return false;
	return (pid_t)pid == getppid() || (parent > 0 && has_ended(search, (uint32_t)parent) &&
					   syscall(SYS_kcmp, pid, parent, KCMP_VM, 0, 0) == 0);
}

static void look_at_process(struct search *search, uint32_t pid)
{
	int found = proc_each_mapping((pid_t)pid, visit_journal, search);
	bool refused = found == -EACCES || found == -EPERM;
	struct process *process = refused ? process_of(search, pid) : NULL;
	if (process && runs(process))
		search->running++;
	if (process)
		coverage_limit(search->arena, search->coverage,
			       arena_format(search->arena, "%s (pid %u) may not be read: what it holds is not known",
					    text_shown(search->arena, process->exe), pid));
	if (found <= 0 || has_ended(search, pid) || waits_for_report(search, pid))
		return;
	search->running++;
	if (!search->remembered)
		remember_all(search);
	if (!search->nameless)
		return;
	proc_each_descriptor((pid_t)pid, visit_descriptor, search);
	proc_each_mapping((pid_t)pid, visit_deleted, search);
}

static bool look_if_new(void *context, pid_t pid)
{
	struct search *search = context;
	if (pid <= 0 || pid > PID_MOST || search->seen[pid / 8] & 1 << pid % 8)
		return false;
	search->seen[pid / 8] |= (unsigned char)(1 << pid % 8);
	search->any_new = true;
	if (pid != getpid())
		look_at_process(search, (uint32_t)pid);
	return false;
}

/* Looks at the processes that have come since the last time. False: there are none. */
static bool look_at_new(struct search *search)
{
	search->any_new = false;
	proc_each(look_if_new, search);
	return search->any_new;
}

size_t open_descriptors_find(struct journal *journal, const char *journal_path, struct coverage *coverage,
			     struct pages *pages)
{
	enum { LOOKS = 8 };
	char resolved[PATH_MAX];
	struct search search = {.journal = journal, .arena = journal->arena, .coverage = coverage, .pages = pages};
	struct disk_entry entry = {0};
	if (realpath(journal_path, resolved))
		entry = disk_real.look(&disk_real, resolved);
	if (!entry.exists)
		return 0;
	search.path = resolved;
	search.identity = entry.identity;
	search.seen = arena_take(search.arena, PID_MOST / 8 + 1);
	/* Names are listed ahead of the look at them: meanwhile a process may have ended and left a child that was not among them. */
	for (int i = 0; i < LOOKS && look_at_new(&search) && !search.running; i++)
		;
	HASH_CLEAR(hh, search.nameless);
	if (search.running)
		mark_gone(journal);
	return search.running;
}
