/*
 * proc.c - reads files of /proc. Must not write there.
 */
#include "machine/proc.h"
#include "base/clock_ns.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Up to `size` bytes of a file; gives how many. */
static size_t read_file(const char *name, char *out, size_t size)
{
	FILE *file = fopen(name, "re");
	size_t got = file ? fread(out, 1, size, file) : 0;
	if (file)
		fclose(file);
	return got;
}

/*
 * Calls `visit` for each entry of a directory whose name is a number, until it returns true. Returns whether it did;
 * false, too, when the directory cannot be listed.
 */
static bool each_number(const char *name, bool (*visit)(void *context, long number), void *context)
{
	DIR *directory = opendir(name);
	bool stopped = false;
	for (struct dirent *at; directory && !stopped && (at = readdir(directory));)
		stopped = isdigit((unsigned char)at->d_name[0]) && visit(context, atol(at->d_name));
	if (directory)
		closedir(directory);
	return stopped;
}

/* ---- one process ---- */

/* Converts ticks since the machine was started to CLOCK_REALTIME. */
static uint64_t time_of_ticks(uint64_t ticks)
{
	uint64_t boot_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	return boot_ns + ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static bool read_stat(const char *name, struct proc_stat *out)
{
	char line[1024];
	int parent;
	unsigned long long ticks;
	line[read_file(name, line, sizeof line - 1)] = 0;
	const char *name_end = strrchr(line, ')'); /* a name may contain any byte; behind it begins the third field */
	int fields = name_end
			     ? sscanf(name_end + 1,
				      " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
				      &out->state, &parent, &ticks)
			     : 0;
	if (fields < 2)
		return false;
	out->parent = parent;
	out->started_ns = fields == 3 ? time_of_ticks(ticks) : 0;
	return true;
}

bool proc_stat(pid_t pid, struct proc_stat *out)
{
	char name[PROC_NAME_SIZE];
	snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
	return read_stat(name, out);
}

bool proc_thread_stat(pid_t pid, pid_t tid, struct proc_stat *out)
{
	char name[PROC_NAME_SIZE];
	snprintf(name, sizeof name, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	return read_stat(name, out);
}

pid_t proc_parent(pid_t pid)
{
	struct proc_stat stat;
	return proc_stat(pid, &stat) ? stat.parent : 0;
}

static bool status_of(pid_t pid, const char *file, struct stat *out)
{
	char name[PROC_NAME_SIZE];
	snprintf(name, sizeof name, "/proc/%d%s", (int)pid, file);
	return stat(name, out) == 0;
}

bool proc_exists(pid_t pid)
{
	struct stat status;
	return status_of(pid, "", &status);
}

bool proc_runs(pid_t pid)
{
	enum { LINKS_OF_ONE = 3 }; /* of the task directory: two, and one for each thread */
	struct proc_stat stat;
	struct stat threads;
	if (!proc_stat(pid, &stat))
		return false;
	return (stat.state != 'Z' && stat.state != 'X') ||
	       (status_of(pid, "/task", &threads) && threads.st_nlink > LINKS_OF_ONE);
}

bool proc_is_ours(pid_t pid)
{
	struct stat status;
	return status_of(pid, "", &status) && (!geteuid() || status.st_uid == geteuid());
}

struct text proc_exe(struct arena *arena, pid_t pid)
{
	char name[PROC_NAME_SIZE], path[PATH_MAX];
	snprintf(name, sizeof name, "/proc/%d/exe", (int)pid);
	ssize_t size = readlink(name, path, sizeof path);
	return size > 0 ? (struct text){arena_copy(arena, path, (size_t)size), (size_t)size} : text_none();
}

struct text proc_comm(struct arena *arena, pid_t pid)
{
	char name[PROC_NAME_SIZE], comm[PROC_NAME_SIZE];
	snprintf(name, sizeof name, "/proc/%d/comm", (int)pid);
	size_t size = read_file(name, comm, sizeof comm);
	size -= size > 0; /* the newline */
	return (struct text){arena_copy(arena, comm, size), size};
}

size_t proc_cmdline(pid_t pid, char *out, size_t size)
{
	char name[PROC_NAME_SIZE];
	snprintf(name, sizeof name, "/proc/%d/cmdline", (int)pid);
	return read_file(name, out, size);
}

struct numbers {
	struct arena *arena;
	pid_t *at;
	size_t count, room;
};

static bool add_number(void *context, long number)
{
	struct numbers *numbers = context;
	numbers->at = arena_grow(numbers->arena, numbers->at, numbers->count, &numbers->room, sizeof *numbers->at, 8);
	numbers->at[numbers->count++] = (pid_t)number;
	return false;
}

pid_t *proc_threads(struct arena *arena, pid_t pid, size_t *count)
{
	char name[PROC_NAME_SIZE];
	struct numbers numbers = {.arena = arena};
	snprintf(name, sizeof name, "/proc/%d/task", (int)pid);
	each_number(name, add_number, &numbers);
	*count = numbers.count;
	return numbers.at;
}

pid_t *proc_children(struct arena *arena, pid_t pid, pid_t tid, size_t *count)
{
	char name[PROC_NAME_SIZE];
	struct numbers numbers = {.arena = arena};
	int child;
	snprintf(name, sizeof name, "/proc/%d/task/%d/children", (int)pid, (int)tid);
	FILE *file = fopen(name, "re");
	while (file && fscanf(file, "%d", &child) == 1)
		add_number(&numbers, child);
	if (file)
		fclose(file);
	*count = numbers.count;
	return numbers.at;
}

/* ---- what it has open ---- */

const char *proc_descriptor(struct arena *arena, pid_t pid, int descriptor)
{
	return arena_format(arena, "/proc/%d/fd/%d", (int)pid, descriptor);
}

struct descriptors {
	pid_t pid;
	void (*visit)(void *context, pid_t pid, int descriptor, const char *link);
	void *context;
};

static bool visit_descriptor(void *context, long number)
{
	struct descriptors *all = context;
	char link[PROC_NAME_SIZE];
	snprintf(link, sizeof link, "/proc/%d/fd/%ld", (int)all->pid, number);
	all->visit(all->context, all->pid, (int)number, link);
	return false;
}

void proc_each_descriptor(pid_t pid, void (*visit)(void *context, pid_t pid, int descriptor, const char *link),
			  void *context)
{
	char name[PROC_NAME_SIZE];
	struct descriptors all = {pid, visit, context};
	snprintf(name, sizeof name, "/proc/%d/fd", (int)pid);
	each_number(name, visit_descriptor, &all);
}

static bool parse_mapping(char *line, struct proc_mapping *out)
{
	static const char mark[] = " (deleted)";
	char permissions[8];
	unsigned major, minor;
	unsigned long long inode;
	int at = 0;
	if (sscanf(line, "%lx-%lx %7s %*s %x:%x %llu %n", &out->start, &out->end, permissions, &major, &minor, &inode,
		   &at) != 6 ||
	    !at)
		return false;
	line[at + (int)strcspn(line + at, "\n")] = 0;
	out->device = (uint64_t)major << 32 | minor;
	out->inode = inode;
	out->shared = permissions[3] == 's';
	out->path = line + at;
	out->path_size = strlen(out->path);
	out->deleted = out->path_size > strlen(mark) && strcmp(out->path + out->path_size - strlen(mark), mark) == 0;
	if (out->deleted)
		out->path_size -= strlen(mark);
	return true;
}

int proc_each_mapping(pid_t pid, bool (*visit)(void *context, pid_t pid, const struct proc_mapping *mapping),
		      void *context)
{
	char name[PROC_NAME_SIZE], *line = NULL;
	size_t room = 0;
	struct proc_mapping mapping;
	bool stopped = false;
	snprintf(name, sizeof name, "/proc/%d/maps", (int)pid);
	FILE *file = fopen(name, "re");
	if (!file)
		return -errno;
	while (!stopped && getline(&line, &room, file) > 0)
		stopped = parse_mapping(line, &mapping) && visit(context, pid, &mapping);
	int code = ferror(file) ? -errno : stopped;
	free(line);
	fclose(file);
	return code;
}

const char *proc_mapped_file(char out[static PROC_NAME_SIZE], pid_t pid, const struct proc_mapping *mapping)
{
	snprintf(out, PROC_NAME_SIZE, "/proc/%d/map_files/%lx-%lx", (int)pid, mapping->start, mapping->end);
	return out;
}

const char *proc_in_root(struct arena *arena, pid_t pid, const char *path)
{
	return arena_format(arena, "/proc/%d/root%s", (int)pid, path);
}

/* ---- the machine ---- */

struct processes {
	bool (*visit)(void *context, pid_t pid);
	void *context;
};

static bool visit_process(void *context, long number)
{
	const struct processes *all = context;
	return all->visit(all->context, (pid_t)number);
}

bool proc_each(bool (*visit)(void *context, pid_t pid), void *context)
{
	struct processes all = {visit, context};
	return each_number("/proc", visit_process, &all);
}

uint64_t proc_boot_ns(void)
{
	char line[256];
	unsigned long long seconds = 0;
	FILE *file = fopen("/proc/stat", "re");
	while (file && !seconds && fgets(line, sizeof line, file))
		if (sscanf(line, "btime %llu", &seconds) != 1)
			seconds = 0;
	if (file)
		fclose(file);
	return seconds * 1000000000;
}

uint64_t proc_pid_space(void)
{
	struct stat status;
	return stat("/proc/self/ns/pid", &status) == 0 ? (uint64_t)status.st_ino : 0;
}
