/*
 * open_descriptors.c - searches /proc for the deleted pages that running processes hold. Must not attach to a process
 * or open the files that it holds.
 */
#include "coverage/open_descriptors.h"
#include "base/arena.h"
#include "base/text.h"
#include "coverage/coverage.h"
#include "format.h"
#include "journal/process_tree.h"
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

#define START_SLACK_NS UINT64_C(100000000) /* /proc counts in hundredths of a second since the start of the machine */
enum { HOLDERS_MAX = 8 };                  /* holders listed for one page */

struct nameless {
	struct inode {
		uint64_t device, inode;
	} key;
	struct page *page;
	struct nameless *same; /* an earlier page with the same inode */
	size_t holders;
	UT_hash_handle hh;
};

struct search {
	struct journal *journal;
	struct arena *arena;
	struct coverage *coverage;
	const char *path; /* path of the journal, resolved */
	struct identity identity;
	struct pages *pages;
	struct nameless *nameless; /* by inode; filled when a running process is found, which most reports do not */
	bool remembered;
	unsigned char *seen; /* a bit for each pid that was looked at */
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
		HASH_DEL(search->nameless, first); /* the newest page is tried first */
		item->same = first;
	}
	HASH_ADD(hh, search->nameless, key, sizeof item->key, item);
}

/* Records that a process holds a page. `descriptor` -1: by a mapping. */
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

/* Records the deleted page that a link of /proc leads to. False when its status cannot be read. */
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

/* Without privileges for map_files, compares inode number and path, and does not know the size. */
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

/* When the process of this number started; 0: not known. */
static uint64_t began_ns(uint32_t pid)
{
	struct proc_stat stat;
	return proc_stat((pid_t)pid, &stat) ? stat.started_ns : 0;
}

/* The process of the journal that runs under this number, as far as the times tell; NULL: none. */
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

/*
 * Does the process run? Its mappings cannot be read, but it started when the recorded process did: it is no process of
 * another pid namespace and no later one.
 */
static bool runs(struct process *process)
{
	/* By which it may be older than its first record: a shell or a container's runtime becomes it by exec. */
	enum { SECONDS_AHEAD = 10 };
	uint64_t began = began_ns(process->pid), first_ns = process_tree_root(process)->started_ns;
	return began && began + SECONDS_AHEAD * UINT64_C(1000000000) > first_ns && proc_runs((pid_t)process->pid);
}

/* Marks calls of processes that were killed without a record of that. */
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
	/* Some file systems show another device here than stat(2) does. */
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

/* The last image of the process that had this number last; NULL: none. */
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

/* Has the process recorded its end? Then it only runs the kernel's part of it, or waits for this very report. */
static bool has_ended(const struct search *search, uint32_t pid)
{
	const struct process *last = last_image(search, pid);
	return last && last->ended_ns && last->ended_cleanly && !last->replaced;
}

/*
 * Does the process wait for the report of one that has ended, in whose memory it runs (preload/reporting/reporter.c)?
 * It is no process of the program then. Containers refuse kcmp(2); there only this very report is recognized.
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

/* Looks at the processes that have started since the last call. False: there are none. */
static bool look_at_new(struct search *search)
{
	search->any_new = false;
	proc_each(look_if_new, search);
	return search->any_new;
}

size_t open_descriptors_find(struct journal *journal, const char *journal_path, struct disk *disk,
			     struct coverage *coverage, struct pages *pages)
{
	enum { LOOKS = 8 };
	char resolved[PATH_MAX];
	struct search search = {.journal = journal, .arena = journal->arena, .coverage = coverage, .pages = pages};
	struct disk_entry entry = {0};
	if (realpath(journal_path, resolved))
		entry = disk->look(disk, resolved);
	if (!entry.exists)
		return 0;
	search.path = resolved;
	search.identity = entry.identity;
	search.seen = arena_take(search.arena, PID_MOST / 8 + 1);
	/*
	 * Lists again until nothing new appears: a process may end after the listing, and leave a child that was not
	 * listed.
	 */
	for (int i = 0; i < LOOKS && look_at_new(&search) && !search.running; i++)
		;
	HASH_CLEAR(hh, search.nameless);
	if (search.running)
		mark_gone(journal);
	return search.running;
}
