/*
 * process_tree.c - the process tree of a journal. No I/O: why a program was not audited is coverage.c's to find out.
 */
#include "journal/process_tree.h"
#include "base/arena.h"
#include "base/sorted_list.h"
#include "format.h"
#include <stdlib.h>
#include <string.h>

#define SPAWN_SLACK_NS UINT64_C(2000000000) /* a spawned image may say hello before its parent's record is written */

/* One moment in the life of a pid: an image said hello, or was about to come. */
struct moment {
	uint32_t pid;
	uint64_t time_ns;
	struct process_seen *seen; /* either */
	struct exec_seen *exec;    /* or */
};

static int by_pid_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return !x->seen - !y->seen;
}

struct process *process_root(struct process *process)
{
	while (process->before)
		process = process->before;
	return process;
}

static bool earlier(const struct process *a, const struct process *b)
{
	return a != b && (a->started_ns < b->started_ns || (a->started_ns == b->started_ns && a->number < b->number));
}

/* `image` replaced `before` in the same process. */
static void link_before(struct process *image, struct process *before)
{
	if (!earlier(before, image) || before->heir)
		return;
	image->before = before;
	before->heir = image;
	before->replaced = true;
	image->parent = before->parent;
	if (!before->ended_ns || before->ended_ns > image->started_ns)
		before->ended_ns = image->started_ns;
}

/* The newest image of `pid` at `time_ns`; moments are sorted by pid, then time. */
static struct process *image_at(const struct moment *moments, size_t count, uint32_t pid, uint64_t time_ns)
{
	size_t at = COUNT_BEFORE(count, i,
				 moments[i].pid < pid || (moments[i].pid == pid && moments[i].time_ns <= time_ns));
	while (at-- && moments[at].pid == pid)
		if (moments[at].seen)
			return moments[at].seen->process;
	return NULL;
}

static bool spawns(const struct exec_seen *exec)
{
	return exec->flags & EXEC_SPAWNED || exec->process->pid != exec->pid;
}

/* An image that an EXEC record announced. */
static void link_announced(struct process *image, const struct exec_seen *exec)
{
	if (!spawns(exec))
		link_before(image, exec->process);
	else if (earlier(exec->process, image))
		image->parent = exec->process;
}

/* An image that nothing announced: by pid, then by the parent's pid. */
static void link_guessed(struct process *image, const struct moment *moments, size_t count)
{
	uint64_t before_ns = image->started_ns ? image->started_ns - 1 : 0;
	struct process *before = image_at(moments, count, image->pid, before_ns);
	if (before && !before->ended_ns && before->ppid == image->ppid) {
		link_before(image, before);
		return;
	}
	struct process *parent = image_at(moments, count, image->ppid, before_ns);
	if (parent && earlier(parent, image))
		image->parent = parent;
}

/* A spawned image may have said hello before its announcement: the same pid, just before, and nobody else announced it. */
static bool met_early(const struct moment *first, const struct moment *spawn)
{
	if (!(spawn->exec->flags & EXEC_SPAWNED) || spawn == first)
		return false;
	const struct moment *image = spawn - 1;
	if (image->pid != spawn->pid || !image->seen || image->seen->process->forked)
		return false;
	bool announced = image > first && image[-1].pid == image->pid && image[-1].exec;
	return !announced && spawn->time_ns - image->time_ns < SPAWN_SLACK_NS;
}

/* The process that announced it went on, or tried again: that exec came to nothing. */
static bool came_to_nothing(const struct exec_seen *exec, const struct exec_seen *next)
{
	const struct process *caller = exec->process;
	if (next && next->process == caller && next->ppid == exec->ppid && !(exec->flags & EXEC_SPAWNED))
		return true;
	return !spawns(exec) && (caller->exit_begun_ns > exec->time_ns || caller->ended_ns > exec->time_ns);
}

static struct process *unaudited(struct journal *journal, const struct exec_seen *exec)
{
	struct process *process = arena_take(journal->arena, sizeof *process);
	*process = (struct process){
		.pid = exec->pid,
		.ppid = exec->ppid,
		.exe = exec->path,
		.tmpdir = exec->process->tmpdir,
		.argv = exec->argv,
		.uid = exec->uid_known ? exec->uid : exec->process->uid,
		.uid_known = exec->uid_known || exec->process->uid_known,
		.argc = exec->argc,
		.started_ns = exec->time_ns,
		.status = -1,
		.exec_flags = exec->flags,
		.number = 0,
	};
	if (spawns(exec)) {
		process->parent = exec->process;
	} else {
		process->before = exec->process;
		process->parent = exec->process->parent;
		exec->process->heir = process;
		exec->process->replaced = true;
		if (!exec->process->ended_ns)
			exec->process->ended_ns = exec->time_ns;
	}
	return process;
}

static void inherit(struct process *child, const struct process *parent)
{
	if (!child->exe.size) {
		child->exe = parent->exe;
		child->named = parent->named;
	}
	if (!child->tmpdir.size)
		child->tmpdir = parent->tmpdir;
	if (!child->argc) {
		child->argv = parent->argv;
		child->argc = parent->argc;
	}
}

static void link_forked(struct process_seen *seen)
{
	struct process *process = seen->process;
	if (!process->forked || !seen->forker || !earlier(seen->forker, process))
		return;
	process->parent = seen->forker;
	seen->forker->copies++;
	inherit(process, seen->forker);
}

/* daemon(3) ends the parent within the call and goes on in the child, the newest one forked before that. */
static void link_daemons(struct process_seen *seen, size_t count)
{
	for (size_t i = count; i--;) {
		if (!seen[i].daemon || seen[i].process->heir)
			continue;
		for (size_t k = count; k--;)
			if (seen[k].forker == seen[i].process && seen[k].process->parent == seen[i].process) {
				seen[i].process->heir = seen[k].process;
				break;
			}
	}
}

/*
 * The same by hand: a fork, setsid in the child, the parent ends. Often it forks once more then, so that nothing leads a session,
 * and ends, too. A server that forks workers and ends before them has no heir: it has several copies, or none of its own session.
 */
static void link_sessions(struct process_seen *seen, size_t count)
{
	for (size_t i = count; i--;) {
		struct process *child = seen[i].process, *parent = seen[i].forker;
		if (!child->forked || !parent || child->parent != parent || parent->heir || !parent->ended_cleanly)
			continue;
		if (child->session || (parent->session && parent->forked && parent->copies == 1))
			parent->heir = child;
	}
}

static size_t moments_of(struct moment *out, struct process_seen *seen, size_t count, struct exec_seen *execs,
			 size_t exec_count)
{
	size_t moments = 0;
	for (size_t i = 0; i < count; i++)
		if (seen[i].offset)
			out[moments++] =
				(struct moment){seen[i].process->pid, seen[i].process->started_ns, &seen[i], NULL};
	for (size_t i = 0; i < exec_count; i++)
		if (!execs[i].failed)
			out[moments++] = (struct moment){execs[i].pid, execs[i].time_ns, NULL, &execs[i]};
	qsort(out, moments, sizeof *out, by_pid_time);
	return moments;
}

/* Images linked in order of time, so that what they inherit is there. */
static void link_images(struct process_seen *seen, size_t count, struct moment *moments, size_t moment_count)
{
	struct exec_seen **announced = calloc(count + 1, sizeof *announced);
	for (size_t i = 0; announced && i < moment_count; i++) {
		const struct moment *moment = &moments[i];
		const struct moment *image = moment + 1 < moments + moment_count ? moment + 1 : NULL;
		if (!moment->exec)
			continue;
		if (met_early(moments, moment))
			image = moment - 1;
		if (image && image->pid == moment->pid && image->seen && !image->seen->process->forked)
			announced[image->seen - seen] = moment->exec;
	}
	for (size_t i = 0; i < count; i++) {
		link_forked(&seen[i]);
		if (seen[i].process->forked || !seen[i].offset)
			continue;
		if (announced && announced[i])
			link_announced(seen[i].process, announced[i]);
		if (!seen[i].process->parent && !seen[i].process->before)
			link_guessed(seen[i].process, moments, moment_count);
	}
	free(announced);
}

static size_t add_unaudited(struct journal *journal, struct process **to, const struct moment *moments, size_t count)
{
	size_t added = 0;
	for (size_t i = 0; i < count; i++) {
		const struct moment *next =
			i + 1 < count && moments[i + 1].pid == moments[i].pid ? &moments[i + 1] : NULL;
		if (!moments[i].exec || met_early(moments, &moments[i]))
			continue;
		if (next && next->seen && !next->seen->process->forked)
			continue; /* it said hello */
		if (!came_to_nothing(moments[i].exec, next ? next->exec : NULL))
			to[added++] = unaudited(journal, moments[i].exec);
	}
	return added;
}

/* The image that a process ended as, if `parent` can have waited for it: pids of other namespaces may be the same. */
static void link_killed(const struct killed_seen *killed, size_t killed_count, const struct moment *moments,
			size_t count)
{
	for (size_t i = 0; i < killed_count; i++) {
		struct process *process = image_at(moments, count, killed[i].pid, killed[i].time_ns);
		while (process && process->heir && process->heir->pid == process->pid)
			process = process->heir;
		if (!process || (killed[i].ppid && process->ppid != killed[i].ppid) || process->ended_cleanly)
			continue;
		process->signal = (int)killed[i].signal;
		if (!process->ended_ns)
			process->ended_ns = killed[i].time_ns;
	}
}

/* The same of programs that never said hello; the newest of that pid. */
static void link_killed_unaudited(const struct killed_seen *killed, size_t killed_count, struct process **processes,
				  size_t count)
{
	for (size_t i = 0; i < killed_count; i++) {
		struct process *found = NULL;
		for (size_t k = 0; k < count; k++)
			if (processes[k]->pid == killed[i].pid && processes[k]->started_ns <= killed[i].time_ns &&
			    (!found || processes[k]->started_ns >= found->started_ns))
				found = processes[k];
		if (!found || found->ended_ns)
			continue;
		found->signal = (int)killed[i].signal;
		found->ended_ns = killed[i].time_ns;
	}
}

/* A damaged journal may say that a process comes from what it started. */
static bool comes_from(const struct process *process, const struct process *other)
{
	for (; process; process = process->parent)
		if (process == other || process->before == other)
			return true;
	return false;
}

/* What a program that was not audited started, and was audited itself. */
static void link_to_unaudited(struct process **processes, size_t audited, size_t count)
{
	for (size_t i = 0; i < audited; i++) {
		struct process *child = processes[i];
		for (size_t k = audited; k < count && !child->parent && !child->before; k++)
			if (processes[k]->pid == child->ppid && processes[k]->started_ns < child->started_ns &&
			    !comes_from(processes[k], child))
				child->parent = processes[k];
	}
}

/* The command's own end is known from outside, even when it was killed. */
static void end_command(struct journal *journal)
{
	if (!journal->has_end || !journal->process_count)
		return;
	struct process *command = journal->processes[0];
	while (command->heir && command->heir->pid == command->pid)
		command = command->heir;
	if (command->ended_cleanly)
		return;
	if (!command->ended_ns)
		command->ended_ns = journal->command_ended_ns;
	command->signal = journal->wait_status & 0x7f;
	if (!command->signal) /* whatever it said itself: a handler of SIGABRT may have left by a system call */
		command->status = journal->wait_status >> 8 & 0xff;
}

void process_link(struct journal *journal, struct process_seen *seen, size_t count, struct exec_seen *execs,
		  size_t exec_count, const struct killed_seen *killed, size_t killed_count)
{
	struct moment *moments = malloc((count + exec_count + 1) * sizeof *moments);
	journal->processes = arena_take(journal->arena, (count + exec_count + 1) * sizeof *journal->processes);
	for (size_t i = 0; i < count; i++)
		journal->processes[i] = seen[i].process;
	journal->process_count = count;
	if (!moments)
		return;
	size_t moment_count = moments_of(moments, seen, count, execs, exec_count);
	link_images(seen, count, moments, moment_count);
	link_daemons(seen, count);
	link_sessions(seen, count);
	journal->process_count += add_unaudited(journal, journal->processes + count, moments, moment_count);
	link_killed(killed, killed_count, moments, moment_count);
	link_killed_unaudited(killed, killed_count, journal->processes + count, journal->process_count - count);
	link_to_unaudited(journal->processes, count, journal->process_count);
	free(moments);
	end_command(journal);
}
