/*
 * process_tree.c - links the processes of a journal. No I/O: coverage.c finds out why a program was not audited.
 */
#include "journal/process_tree.h"
#include "base/arena.h"
#include "base/sorted_list.h"
#include "format.h"
#include <stdlib.h>
#include <string.h>

#define SPAWN_SLACK_NS UINT64_C(2000000000) /* a spawned image may say hello before its parent's record is written */

/* A point in the life of a pid: an image said hello, or an EXEC record announced one. */
struct moment {
	uint32_t pid;
	uint64_t time_ns;
	struct known_process *known; /* NULL: `exec` is set */
	struct exec_seen *exec;      /* NULL: `known` is set */
};

static int by_pid_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (!x->known != !y->known)
		return x->known ? -1 : 1;
	if (x->known)
		return x->known->said.number < y->known->said.number ? -1 : 1;
	return x->exec->offset < y->exec->offset ? -1 : x->exec->offset > y->exec->offset;
}

struct process *process_tree_root(struct process *process)
{
	while (process->before)
		process = process->before;
	return process;
}

static bool earlier(const struct process *a, const struct process *b)
{
	return a != b && (a->started_ns < b->started_ns || (a->started_ns == b->started_ns && a->number < b->number));
}

/* Links `image` as the one that replaced `before` by exec in the same process. */
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

/* Finds the newest image of `pid` at `time_ns`; moments are sorted by pid, then time. */
static struct process *image_at(const struct moment *moments, size_t count, uint32_t pid, uint64_t time_ns)
{
	size_t at = COUNT_BEFORE(count, i,
				 moments[i].pid < pid || (moments[i].pid == pid && moments[i].time_ns <= time_ns));
	while (at-- && moments[at].pid == pid)
		if (moments[at].known)
			return &moments[at].known->process;
	return NULL;
}

static bool spawns(const struct exec_seen *exec)
{
	return exec->flags & EXEC_SPAWNED || exec->process->pid != exec->pid;
}

/* Links an image that an EXEC record announced. */
static void link_announced(struct process *image, const struct exec_seen *exec)
{
	if (!spawns(exec))
		link_before(image, exec->process);
	else if (earlier(exec->process, image))
		image->parent = exec->process;
}

/* Links an image that no EXEC record announced: by its pid, then by its parent's pid. */
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

/* Whether a spawned image said hello just before its EXEC record: it has that pid, and no other record announced it. */
static bool met_early(const struct moment *first, const struct moment *spawn)
{
	if (!(spawn->exec->flags & EXEC_SPAWNED) || spawn == first)
		return false;
	const struct moment *image = spawn - 1;
	if (image->pid != spawn->pid || !image->known || image->known->process.forked)
		return false;
	bool announced = image > first && image[-1].pid == image->pid && image[-1].exec;
	return !announced && spawn->time_ns - image->time_ns < SPAWN_SLACK_NS;
}

/* Whether an exec failed: the process that announced it went on, or tried again. */
static bool came_to_nothing(const struct exec_seen *exec, const struct exec_seen *next)
{
	const struct process *caller = exec->process;
	if (next && next->process == caller && next->ppid == exec->ppid && !(exec->flags & EXEC_SPAWNED))
		return true;
	return !spawns(exec) && (caller->exit_begun_ns > exec->time_ns || caller->ended_ns > exec->time_ns);
}

static struct process *unaudited(struct journal *journal, struct exec_seen *exec)
{
	if (!exec->unaudited)
		exec->unaudited = arena_take(journal->arena, sizeof *exec->unaudited);
	struct process *process = exec->unaudited;
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

static void link_forked(struct known_process *known)
{
	struct process *process = &known->process, *forker = known->forker ? &known->forker->process : NULL;
	if (!process->forked || !forker || !earlier(forker, process))
		return;
	process->parent = forker;
	forker->copies++;
	inherit(process, forker);
}

/* Links parents that left by daemon(3) with the child that goes on: the newest that was forked. */
static void link_daemons(struct known_process **known, size_t count)
{
	for (size_t i = count; i--;) {
		if (!known[i]->daemon || known[i]->process.heir)
			continue;
		for (size_t k = count; k--;)
			if (known[k]->forker == known[i] && known[k]->process.parent == &known[i]->process) {
				known[i]->process.heir = &known[k]->process;
				break;
			}
	}
}

/*
 * Links daemons that are made by hand: a fork, setsid in the child, the parent ends. Often a second fork follows, so
 * that no process leads the session, and the child ends, too. A server that forks workers and ends before them has no
 * heir: it has several copies, or none with a session of its own.
 */
static void link_sessions(struct known_process **known, size_t count)
{
	for (size_t i = count; i--;) {
		struct process *child = &known[i]->process;
		struct process *parent = known[i]->forker ? &known[i]->forker->process : NULL;
		if (!child->forked || !parent || child->parent != parent || parent->heir || !parent->ended_cleanly)
			continue;
		if (child->session || (parent->session && parent->forked && parent->copies == 1))
			parent->heir = child;
	}
}

static size_t moments_of(struct moment *out, const struct process_records *records)
{
	size_t moments = 0;
	for (size_t i = 0; i < records->known_count; i++) {
		struct known_process *known = records->known[i];
		if (known->offset)
			out[moments++] = (struct moment){known->said.pid, known->said.started_ns, known, NULL};
	}
	for (size_t i = 0; i < records->exec_count; i++) {
		struct exec_seen *exec = records->execs[i];
		if (!exec->failed)
			out[moments++] = (struct moment){exec->pid, exec->time_ns, NULL, exec};
	}
	qsort(out, moments, sizeof *out, by_pid_time);
	return moments;
}

/* Marks all images of a pid but the last. */
static void note_displaced(const struct moment *moments, size_t count)
{
	const struct moment *later = NULL;
	for (size_t i = count; i--;) {
		if (!moments[i].known)
			continue;
		moments[i].known->displaced = later && later->pid == moments[i].pid;
		later = &moments[i];
	}
}

/* Finds the image that the EXEC record at `moment` announced; NULL when it never said hello. */
static struct known_process *announced_by(const struct moment *moments, size_t count, const struct moment *moment)
{
	const struct moment *image = moment + 1 < moments + count ? moment + 1 : NULL;
	if (met_early(moments, moment))
		image = moment - 1;
	return image && image->pid == moment->pid && image->known && !image->known->process.forked ? image->known
												   : NULL;
}

/* Links images in order of time, so that each inherits from a complete one. */
static void link_images(const struct process_records *records, const struct moment *moments, size_t moment_count)
{
	for (size_t i = 0; i < records->known_count; i++)
		records->known[i]->announced = NULL;
	for (size_t i = 0; i < moment_count; i++) {
		struct known_process *image = moments[i].exec ? announced_by(moments, moment_count, &moments[i]) : NULL;
		if (image)
			image->announced = moments[i].exec;
	}
	for (size_t i = 0; i < records->known_count; i++) {
		struct known_process *known = records->known[i];
		link_forked(known);
		if (known->process.forked || !known->offset)
			continue;
		if (known->announced)
			link_announced(&known->process, known->announced);
		if (!known->process.parent && !known->process.before)
			link_guessed(&known->process, moments, moment_count);
	}
}

/* Adds programs that never said hello, in order of pid, then time. */
static size_t add_unaudited(struct journal *journal, struct process **to, const struct moment *moments, size_t count)
{
	size_t added = 0;
	for (size_t i = 0; i < count; i++) {
		const struct moment *next =
			i + 1 < count && moments[i + 1].pid == moments[i].pid ? &moments[i + 1] : NULL;
		if (!moments[i].exec || met_early(moments, &moments[i]))
			continue;
		if (next && next->known && !next->known->process.forked)
			continue; /* it said hello */
		if (!came_to_nothing(moments[i].exec, next ? next->exec : NULL))
			to[added++] = unaudited(journal, moments[i].exec);
	}
	return added;
}

/* Marks killed images. The parent must be the one that waited: pids of other namespaces may be the same. */
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

/* Counts those with a lower pid, or with this one and started by then; they are in order of pid, then start. */
static size_t started_by(struct process **processes, size_t count, uint32_t pid, uint64_t time_ns)
{
	return COUNT_BEFORE(
		count, i, processes[i]->pid < pid || (processes[i]->pid == pid && processes[i]->started_ns <= time_ns));
}

/* Marks killed programs that never said hello: the newest of the pid. */
static void link_killed_unaudited(const struct killed_seen *killed, size_t killed_count, struct process **processes,
				  size_t count)
{
	for (size_t i = 0; i < killed_count; i++) {
		size_t at = started_by(processes, count, killed[i].pid, killed[i].time_ns);
		struct process *found = at ? processes[at - 1] : NULL;
		if (!found || found->pid != killed[i].pid || found->ended_ns)
			continue;
		found->signal = (int)killed[i].signal;
		found->ended_ns = killed[i].time_ns;
	}
}

/* Whether `other` is an ancestor: a damaged journal may say that a process comes from its own child. */
static bool comes_from(const struct process *process, const struct process *other)
{
	for (; process; process = process->parent)
		if (process == other || process->before == other)
			return true;
	return false;
}

/* Links audited processes that a program without audit started. */
static void link_to_unaudited(struct process **processes, size_t audited, size_t count)
{
	struct process **others = processes + audited;
	size_t other_count = count - audited;
	for (size_t i = 0; i < audited; i++) {
		struct process *child = processes[i];
		if (child->parent || child->before)
			continue;
		for (size_t k = COUNT_BEFORE(other_count, m, others[m]->pid < child->ppid);
		     k < other_count && others[k]->pid == child->ppid && others[k]->started_ns < child->started_ns; k++)
			if (!comes_from(others[k], child)) {
				child->parent = others[k];
				break;
			}
	}
}

/* Takes the command's end from AUDIT_END: it is known from outside, even when it was killed. */
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

static int by_start(const void *a, const void *b)
{
	const struct known_process *x = *(struct known_process *const *)a, *y = *(struct known_process *const *)b;
	if (!x->offset != !y->offset)
		return x->offset ? -1 : 1; /* those without a record last */
	if (x->said.started_ns != y->said.started_ns)
		return x->said.started_ns < y->said.started_ns ? -1 : 1;
	return x->said.number < y->said.number ? -1 : x->said.number > y->said.number;
}

/* Drops all that was concluded; keeps lists, which only grow. */
static void begin_anew(struct known_process *known)
{
	struct process before = known->process;
	known->process = known->said;
	known->process.modules = before.modules;
	known->process.module_count = before.module_count;
	known->process.scopes = before.scopes;
	known->process.scope_count = before.scope_count;
}

/* Fills journal->processes with those that have records, and makes room for one more for each EXEC record. */
static void list_processes(struct journal *journal, struct process_records *records)
{
	size_t most = records->known_count + records->exec_count;
	if (most >= records->process_room) {
		records->process_room = 2 * most + 1;
		journal->processes = arena_take(journal->arena, records->process_room * sizeof *journal->processes);
	}
	for (size_t i = 0; i < records->known_count; i++)
		journal->processes[i] = &records->known[i]->process;
	journal->process_count = records->known_count;
}

void process_tree_link(struct journal *journal, struct process_records *records)
{
	size_t count = records->known_count;
	struct moment *moments = malloc((count + records->exec_count + 1) * sizeof *moments);
	if (!moments)
		arena_out_of_memory();
	for (size_t i = 0; i < count; i++)
		begin_anew(records->known[i]);
	if (count)
		qsort(records->known, count, sizeof *records->known, by_start);
	list_processes(journal, records);
	size_t moment_count = moments_of(moments, records);
	note_displaced(moments, moment_count);
	link_images(records, moments, moment_count);
	link_daemons(records->known, count);
	link_sessions(records->known, count);
	journal->process_count += add_unaudited(journal, journal->processes + count, moments, moment_count);
	link_killed(records->killed, records->killed_count, moments, moment_count);
	link_killed_unaudited(records->killed, records->killed_count, journal->processes + count,
			      journal->process_count - count);
	link_to_unaudited(journal->processes, count, journal->process_count);
	free(moments);
	end_command(journal);
}
