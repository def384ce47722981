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
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#define START_SLACK_NS                                                                                                 \
	UINT64_C(100000000)  /* /proc counts in hundredths of a second, since a boot that was some time ago */
enum { HOLDERS_MAX = 8 };    /* listed for one page */
enum { PID_MOST = 4194304 }; /* of 64-bit Linux: include/linux/threads.h */

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
	size_t running;
};

/* One line of /proc/PID/maps. */
struct mapping {
	unsigned long start, end;
	uint64_t device, inode;
	const char *path;
	bool deleted;
};

static bool mapping_of(char *line, struct mapping *out)
{
	unsigned major, minor;
	unsigned long long inode;
	int at = 0;
	if (sscanf(line, "%lx-%lx %*s %*s %x:%x %llu %n", &out->start, &out->end, &major, &minor, &inode, &at) != 5 ||
	    !at)
		return false;
	static const char mark[] = " (deleted)";
	size_t size = strcspn(line + at, "\n");
	line[at + size] = 0;
	out->device = (uint64_t)major << 32 | minor;
	out->inode = inode;
	out->path = line + at;
	out->deleted = size > strlen(mark) && !strcmp(line + at + size - strlen(mark), mark);
	if (out->deleted)
		line[at + size - strlen(mark)] = 0;
	return true;
}

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
	char name[64], exe[PATH_MAX];
	struct page *page = item->page;
	page->verdict = VERDICT_HELD;
	page->bytes = bytes;
	for (const struct holder *at = page->holders; at; at = at->next)
		if (at->pid == pid && at->descriptor == descriptor)
			return;
	if (item->holders++ >= HOLDERS_MAX)
		return;
	snprintf(name, sizeof name, "/proc/%u/exe", pid);
	ssize_t size = readlink(name, exe, sizeof exe);
	struct holder *holder = arena_take(search->arena, sizeof *holder);
	*holder = (struct holder){.pid = pid, .descriptor = descriptor, .exe = text_none()};
	if (size > 0)
		holder->exe = (struct text){arena_copy(search->arena, exe, (size_t)size), (size_t)size};
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
static void hold_mapping(struct search *search, const struct mapping *mapping, uint32_t pid)
{
	char link[128];
	struct nameless *item;
	struct inode key = {mapping->device, mapping->inode};
	snprintf(link, sizeof link, "/proc/%u/map_files/%lx-%lx", pid, mapping->start, mapping->end);
	if (hold_link(search, link, pid, -1))
		return;
	HASH_FIND(hh, search->nameless, &key, sizeof key, item);
	if (item && text_is(item->page->path, mapping->path))
		hold(search, item, pid, -1, item->page->bytes);
}

/* ---- processes ---- */

/* When the process that has this number now began; 0 unknown. */
static uint64_t began_ns(uint32_t pid)
{
	char path[64], line[1024];
	unsigned long long ticks;
	struct timespec now, since_boot;
	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(line, 1, sizeof line - 1, file) : 0;
	if (file)
		fclose(file);
	line[size] = 0;
	const char *name_end = strrchr(line, ')'); /* then field 3; the 22nd is wanted */
	if (!name_end ||
	    sscanf(name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		   &ticks) != 1)
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	uint64_t boot_ns = ((uint64_t)now.tv_sec - (uint64_t)since_boot.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec -
			   (uint64_t)since_boot.tv_nsec;
	return boot_ns + ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
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

/* Its first thread may have ended ahead of the others. */
static bool is_there(uint32_t pid)
{
	enum { LINKS_OF_ONE = 3 }; /* of the directory of threads: two, and one for each */
	char path[64], state;
	int parent;
	struct stat threads;
	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	if (!proc_read_stat(path, &state, &parent))
		return false;
	snprintf(path, sizeof path, "/proc/%u/task", pid);
	return (state != 'Z' && state != 'X') || (stat(path, &threads) == 0 && threads.st_nlink > LINKS_OF_ONE);
}

/* Its memory may not be read, but it began when that one did: it is no daemon of another pid namespace, and no later process. */
static bool runs(struct process *process)
{
	enum { SECONDS_AHEAD = 10 }; /* of its first image, at most: a shell or a container's runtime becomes it */
	uint64_t began = began_ns(process->pid), first_ns = process_root(process)->started_ns;
	return began && began + SECONDS_AHEAD * UINT64_C(1000000000) > first_ns && is_there(process->pid);
}

/* Killed, and nobody has waited for it, or nobody that is audited. */
static void mark_gone(struct journal *journal)
{
	for (size_t i = 0; i < journal->underway_count; i++) {
		struct underway *one = &journal->underway[i];
		one->gone = one->process && !one->process->ended_ns && !is_there(one->process->pid);
	}
}

static void look_at_descriptors(struct search *search, uint32_t pid)
{
	char path[64], link[64 + NAME_MAX + 2];
	snprintf(path, sizeof path, "/proc/%u/fd", pid);
	DIR *directory = opendir(path);
	for (struct dirent *at; directory && (at = readdir(directory));) {
		if (!isdigit((unsigned char)at->d_name[0]))
			continue;
		snprintf(link, sizeof link, "%s/%s", path, at->d_name);
		hold_link(search, link, pid, atoi(at->d_name));
	}
	if (directory)
		closedir(directory);
}

static bool is_journal(const struct search *search, const struct mapping *mapping)
{
	/* Some file systems show another device here than stat does. */
	return mapping->inode == search->identity.inode &&
	       (mapping->device == search->identity.device || !strcmp(mapping->path, search->path));
}

/* Calls `visit` with each mapping until it gives true. -1 when they may not be read. */
static int each_mapping(struct search *search, uint32_t pid,
			bool (*visit)(struct search *, const struct mapping *, uint32_t))
{
	char path[64], *line = NULL;
	size_t room = 0;
	struct mapping mapping;
	bool found = false;
	snprintf(path, sizeof path, "/proc/%u/maps", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return errno == EACCES || errno == EPERM ? -1 : 0;
	while (!found && getline(&line, &room, file) > 0)
		found = mapping_of(line, &mapping) && visit(search, &mapping, pid);
	bool refused = ferror(file) && (errno == EACCES || errno == EPERM);
	free(line);
	fclose(file);
	return refused ? -1 : found;
}

static bool visit_journal(struct search *search, const struct mapping *mapping, uint32_t pid)
{
	(void)pid;
	return is_journal(search, mapping);
}

static bool visit_deleted(struct search *search, const struct mapping *mapping, uint32_t pid)
{
	if (mapping->deleted)
		hold_mapping(search, mapping, pid);
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
	int found = each_mapping(search, pid, visit_journal);
	struct process *process = found < 0 ? process_of(search, pid) : NULL;
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
	look_at_descriptors(search, pid);
	each_mapping(search, pid, visit_deleted);
}

/* Those that have come since the last time. False: there are none. */
static bool look_at_new(struct search *search)
{
	DIR *directory = opendir("/proc");
	bool any = false;
	for (struct dirent *at; directory && (at = readdir(directory));) {
		uint32_t pid = isdigit((unsigned char)at->d_name[0]) ? (uint32_t)atoi(at->d_name) : 0;
		if (!pid || pid > PID_MOST || search->seen[pid / 8] & 1 << pid % 8)
			continue;
		search->seen[pid / 8] |= (unsigned char)(1 << pid % 8);
		any = true;
		if ((pid_t)pid != getpid())
			look_at_process(search, pid);
	}
	if (directory)
		closedir(directory);
	return any;
}

size_t holders_find(struct journal *journal, const char *journal_path, struct coverage *coverage, struct pages *pages)
{
	enum { LOOKS = 8 };
	char resolved[PATH_MAX];
	struct search search = {.journal = journal, .arena = journal->arena, .coverage = coverage, .pages = pages};
	struct disk_entry entry = {0};
	if (realpath(journal_path, resolved))
		entry = real_disk.look(&real_disk, resolved);
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
