/*
 * coverage.c - finds out which parts of the tree were not recorded. Reads headers of executables; must not run them,
 * and must not judge pages.
 */
#include "coverage/coverage.h"
#include "base/clock_ns.h"
#include "base/sorted_list.h"
#include "base/text.h"
#include "format.h"
#include "journal/process_tree.h"
#include "journal/root_directories.h"
#include "machine/proc.h"
#include "model/process_model.h"
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#define INTERPRETERS_MAX 4 /* of a script whose interpreter is a script itself, and so on */

static const char executable_gone[] = "its executable is gone";

/* ---- reasons in the file of a program ---- */

static bool has_section(Elf *elf, const char *wanted)
{
	size_t names;
	Elf_Scn *section = NULL;
	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		if (name && !strcmp(name, wanted))
			return true;
	}
	return false;
}

/* Copies the path of the dynamic linker to `out`, of PATH_MAX bytes; false when there is none. */
static bool find_interpreter(Elf *elf, int file, char *out)
{
	size_t count = 0;
	elf_getphdrnum(elf, &count);
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_INTERP)
			continue;
		size_t size = header.p_filesz < PATH_MAX ? header.p_filesz : PATH_MAX - 1;
		ssize_t got = pread(file, out, size, (off_t)header.p_offset);
		out[got > 0 ? got : 0] = 0;
		return true;
	}
	return false;
}

static int own_machine(void)
{
	static int machine = -1;
	int file = machine < 0 ? open(PROC_OWN_EXE, O_RDONLY | O_CLOEXEC) : -1;
	GElf_Ehdr header;
	Elf *elf = file >= 0 ? elf_begin(file, ELF_C_READ, NULL) : NULL;
	if (elf && gelf_getehdr(elf, &header))
		machine = header.e_machine;
	if (elf)
		elf_end(elf);
	if (file >= 0)
		close(file);
	return machine;
}

static const char *reason_of_elf(Elf *elf, int file)
{
	char interpreter[PATH_MAX];
	GElf_Ehdr header;
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return "not an ELF file";
	if (header.e_machine != own_machine() ||
	    header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
		return "other architecture";
	if (has_section(elf, ".go.buildinfo"))
		return "Go program";
	if (!find_interpreter(elf, file, interpreter))
		return "static";
	return text_starts(text_basename(text_of(interpreter)), "ld-musl")
		       ? "musl: the library could not be loaded there"
		       : NULL;
}

/* For such programs the kernel has the dynamic linker ignore LD_PRELOAD. */
static const char *reason_of_rights(int file, const struct stat *status)
{
	if (status->st_mode & (S_ISUID | S_ISGID))
		return "setuid or setgid";
	return fgetxattr(file, "security.capability", NULL, 0) > 0 ? "file capabilities" : NULL;
}

/* Copies the path of the interpreter of a script to `out`; "" for other files. */
static void script_interpreter(int file, char *out, size_t size)
{
	char line[256];
	ssize_t count = pread(file, line, sizeof line - 1, 0);
	*out = 0;
	if (count < 3 || line[0] != '#' || line[1] != '!')
		return;
	line[count] = 0;
	char *at = line + 2 + strspn(line + 2, " \t");
	at[strcspn(at, " \t\r\n")] = 0;
	if (strlen(at) < size)
		strcpy(out, at);
}

static const char *reason_of_file(const char *path)
{
	char current[PATH_MAX], next[PATH_MAX];
	if (strlen(path) >= sizeof current)
		return NULL;
	strcpy(current, path);
	for (int i = 0; i < INTERPRETERS_MAX; i++) {
		struct stat status;
		if (stat(current, &status))
			return executable_gone;
		if (!S_ISREG(status.st_mode))
			return "not an ELF file";
		int file = open(current, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (file < 0)
			return status.st_mode & (S_ISUID | S_ISGID) ? "setuid or setgid"
								    : "its executable cannot be read";
		script_interpreter(file, next, sizeof next);
		Elf *elf = *next ? NULL : elf_begin(file, ELF_C_READ, NULL);
		const char *reason = elf ? reason_of_elf(elf, file) : NULL;
		if (elf)
			elf_end(elf);
		if (!*next && !reason)
			reason = reason_of_rights(file, &status);
		close(file);
		if (!*next)
			return reason;
		strcpy(current, next);
	}
	return NULL;
}

/* ---- the path of the file ---- */

static struct text search_path(struct arena *arena, struct text name)
{
	const char *path = getenv("PATH");
	for (const char *at = path && *path ? path : "/usr/bin:/bin"; *at;) {
		size_t size = strcspn(at, ":");
		char *try = arena_format(arena, "%.*s/%.*s", (int)size, at, (int)name.size, name.at);
		if (size && !access(try, X_OK))
			return text_of(try);
		at += size + (at[size] == ':');
	}
	return name;
}

static struct text locate(const struct journal *journal, const struct process *process)
{
	struct text path = process->exe;
	if (!path.size || path.at[0] == '/')
		return path;
	if (process->exec_flags & EXEC_SEARCHED && !memchr(path.at, '/', path.size))
		return search_path(journal->arena, path);
	return text_of(arena_format(journal->arena, "%.*s/%.*s", (int)journal->cwd.size, journal->cwd.at,
				    (int)path.size, path.at));
}

struct checked_file {
	const char *path;
	const char *reason;
	UT_hash_handle hh;
};

static const char *reason_cached(struct journal *journal, struct checked_file **checked, struct text path)
{
	const char *copy = arena_copy(journal->arena, path.at, path.size);
	struct checked_file *known;
	HASH_FIND_STR(*checked, copy, known);
	if (!known) {
		known = arena_take(journal->arena, sizeof *known);
		known->path = copy;
		known->reason = reason_of_file(copy);
		HASH_ADD_KEYPTR(hh, *checked, known->path, strlen(known->path), known);
	}
	return known->reason;
}

/* ---- limits ---- */

struct limits {
	struct arena *arena;
	struct coverage *out;
	size_t doubt_room;
};

/* Records a doubt: the audit is incomplete. */
static void doubt(struct limits *limits, const struct process *process, const char *reason, uint64_t from_ns,
		  uint64_t to_ns)
{
	struct coverage *out = limits->out;
	out->complete = false;
	out->doubts =
		arena_grow(limits->arena, out->doubts, out->doubt_count, &limits->doubt_room, sizeof *out->doubts, 8);
	out->doubts[out->doubt_count++] = (struct doubt){process, reason, from_ns, to_ns};
}

void coverage_limit(struct arena *arena, struct coverage *out, const char *text)
{
	for (size_t i = 0; i < out->limit_count; i++)
		if (!strcmp(out->limits[i], text))
			return;
	out->limits = arena_grow(arena, out->limits, out->limit_count, &out->limit_room, sizeof *out->limits, 16);
	out->limits[out->limit_count++] = text;
}

static void limit_add(struct limits *limits, const char *text)
{
	coverage_limit(limits->arena, limits->out, text);
}

static void add_counters(struct limits *limits, const struct journal *journal)
{
	enum { LOSS, LIMIT };
	static const struct {
		int number, kind;
		const char *text;
	} rows[] = {
#define X(number, kind, name, text) {number, kind, text},
		JOURNAL_COUNTER_TABLE(X)
#undef X
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t count = journal->counters[rows[i].number];
		if (!count)
			continue;
		if (rows[i].kind == LOSS) {
			limits->out->events_lost += count;
			doubt(limits, NULL, rows[i].text, 0, 0);
		}
		limit_add(limits,
			  arena_format(limits->arena, "%s (%llu times)", rows[i].text, (unsigned long long)count));
	}
}

/* Is `process` a forked copy of `original`, or a copy of such a copy? Notes of the original hold for it. */
static bool is_copy(const struct process *process, const struct process *original)
{
	while (process->forked && process->parent)
		if ((process = process->parent) == original)
			return true;
	return false;
}

/* When the condition of a note ended; 0: not known. A seccomp filter survives exec. */
static uint64_t note_end(const struct journal *journal, const struct note_seen *note)
{
	uint64_t end_ns = note->process->ended_ns;
	for (size_t i = 0; end_ns && note->note != NOTE_SECCOMP && i < journal->process_count; i++) {
		const struct process *copy = journal->processes[i];
		if (is_copy(copy, note->process) && (!copy->ended_ns || copy->ended_ns > end_ns))
			end_ns = copy->ended_ns;
	}
	return note->note == NOTE_SECCOMP ? 0 : end_ns;
}

/*
 * When the condition of a note began. Valgrind creates its FIFOs before its program begins, at the start of the
 * previous image at the earliest.
 */
static uint64_t note_start(const struct note_seen *note)
{
	const struct process *process = note->process;
	if (note->note != NOTE_SIMULATED)
		return note->time_ns;
	return process->before ? process->before->started_ns : process->started_ns;
}

static void add_notes(struct limits *limits, const struct journal *journal)
{
	enum { INCOMPLETE, LIMIT };
	static const struct {
		uint32_t number;
		int kind;
		const char *text;
	} rows[] = {
#define X(number, name, kind, text) {number, kind, text},
		JOURNAL_NOTE_TABLE(X)
#undef X
	};
	for (size_t i = 0; i < journal->note_count; i++)
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
			const struct note_seen *note = &journal->notes[i];
			if (rows[k].number != note->note || !*rows[k].text)
				continue;
			if (rows[k].kind == INCOMPLETE)
				doubt(limits, note->process, rows[k].text, note_start(note), note_end(journal, note));
			const char *exe = text_shown(limits->arena, note->process->exe.size ? note->process->exe
											    : text_of("a process"));
			limit_add(limits,
				  arena_format(limits->arena, "%s %s%s%s", exe, rows[k].text,
					       note->detail.size ? ": " : "", text_shown(limits->arena, note->detail)));
		}
}

static bool is_noted(const struct journal *journal, const struct process *process, uint32_t kind)
{
	for (size_t i = 0; i < journal->note_count; i++) {
		const struct note_seen *note = &journal->notes[i];
		if (note->note == kind && (note->process == process || is_copy(process, note->process)))
			return true;
	}
	return false;
}

/*
 * Adds limits for interpreters that the library could not read, though their code is on stacks: PyPy, and those whose
 * symbols are hidden.
 */
static void add_pythons(struct limits *limits, const struct journal *journal, const struct process *process)
{
	for (size_t i = 0; i < process->module_count; i++) {
		struct text name = text_basename(process->modules[i].path);
		bool pypy = text_starts(name, "libpypy") || text_starts(name, "pypy");
		if ((!pypy && !text_starts(name, "libpython")) || is_noted(journal, process, NOTE_PYTHON_READ) ||
		    is_noted(journal, process, NOTE_PYTHON_UNSUPPORTED))
			continue;
		limit_add(
			limits,
			arena_format(limits->arena, "%s runs a Python whose frames cannot be read: %s%s",
				     text_shown(limits->arena, process->exe.size ? process->exe : text_of("a process")),
				     pypy ? "PyPy" : text_shown(limits->arena, name),
				     pypy ? ""
					  : ", loaded by dlopen without RTLD_GLOBAL or after the first file was made; "
					    "nor can --why ask it"));
	}
}

static bool is_underway(const struct journal *journal, uint64_t offset)
{
	size_t at = COUNT_BEFORE(journal->underway_count, i, journal->underway[i].offset < offset);
	return at < journal->underway_count && journal->underway[at].offset == offset;
}

/*
 * Is the call still in progress, so that a later record will tell its result? Not when its process was gone and the
 * second reading has no result either.
 */
static bool goes_on(const struct underway *one, const struct journal *later)
{
	if (!one->process || one->process->ended_ns || one->process->replaced)
		return false;
	return !one->gone || !is_underway(later, one->offset);
}

/* Counts torn records. A chunk of an unknown process may still get its first record. */
static uint64_t count_torn(const struct journal *journal, const struct journal *later)
{
	uint64_t torn = journal->torn;
	for (size_t i = 0; later && i < journal->underway_count; i++) {
		const struct underway *one = &journal->underway[i];
		torn -= !one->process || goes_on(one, later) ? one->torn : 0;
	}
	return torn;
}

/*
 * Adds limits for calls without a recorded end. One that creates a name may have left a file that is not recorded. One
 * that removes a name makes a page VANISHED, or hides the next file that got the same inode within the same tick of the
 * clock.
 */
static void add_underway(struct limits *limits, const struct journal *journal, const struct journal *later)
{
	struct {
		uint64_t count;
		const char *what;
	} rows[] = {{0, "make or move"}, {0, "remove"}};
	for (size_t i = 0; i < journal->underway_count; i++) {
		const struct underway *one = &journal->underway[i];
		if (later && goes_on(one, later))
			continue;
		rows[0].count += one->making;
		rows[1].count += one->removing;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].count)
			continue;
		limits->out->complete = false;
		limit_add(limits,
			  arena_format(limits->arena,
				       "%llu calls that %s names were cut short (killed, cancelled, jumped out of) "
				       "or are still under way: what they did may be missing",
				       (unsigned long long)rows[i].count, rows[i].what));
	}
}

/* ---- processes ---- */

/*
 * Why the process could not be audited, by its file; NULL: no reason found. In another root directory, links cannot be
 * followed from here.
 */
static const char *reason_of(struct journal *journal, struct checked_file **checked, struct process *process,
			     bool other_root)
{
	if (other_root && (!root_directories_at_start(process).size || !process->exe.size || process->exe.at[0] != '/'))
		return NULL;
	process->exe = locate(journal, process);
	const char *reason = process->exe.size ? reason_cached(journal, checked, process->exe) : NULL;
	return other_root && reason == executable_gone ? NULL : reason;
}

/* Was it killed within half a second, while it was being loaded? */
static bool killed_at_once(const struct process *process)
{
	enum { MILLISECONDS_MOST = 500 };
	return process->signal && process->ended_ns - process->started_ns < MILLISECONDS_MOST * UINT64_C(1000000);
}

/* Does `later` have a first record of the process, rather than of a later one with the same pid? */
static bool has_begun(const struct process *process, const struct journal *later)
{
	bool begun = false;
	for (size_t i = 0; i < later->process_count; i++) {
		const struct process *known = later->processes[i];
		if (known->pid != process->pid)
			continue;
		if (!known->audited && known->started_ns == process->started_ns)
			return false;
		begun |= known->audited && known->started_ns >= process->started_ns;
	}
	return begun;
}

/*
 * Was the process starting when the journal was read? It is when `later` has its first record, or when it is too young
 * to have one.
 */
static bool is_beginning(const struct process *process, const struct journal *later)
{
	const uint64_t most_ns = 1000000000; /* until the first record, on a loaded machine */
	if (!process->pid || process->ended_ns)
		return false;
	return has_begun(process, later) || clock_ns(CLOCK_REALTIME) - process->started_ns < most_ns;
}

/* Adds an unaudited process. False when it is still starting, so that it is left out. */
static bool add_unaudited(struct journal *journal, const struct journal *later, struct checked_file **checked,
			  struct process *process, struct limits *limits)
{
	struct coverage *out = limits->out;
	bool other_root = root_directories_is_other(process, process->started_ns);
	process->reason = reason_of(journal, checked, process, other_root);
	if (!process->reason && process->exec_flags & EXEC_ENVIRONMENT_LOST &&
	    !(process->exec_flags & EXEC_OUT_OF_REACH))
		process->reason = "environment cleared";
	if (!process->reason && !other_root && killed_at_once(process)) {
		process->reason = "killed before it began";
		out->unaudited[out->unaudited_count++] =
			(struct unaudited){process, process->pid, process->exe, process->reason};
		return true;
	}
	if (!process->reason && later && is_beginning(process, later))
		return false;
	if (!process->reason)
		process->reason =
			other_root ? "journal out of reach: it has another root directory" : "journal out of reach";
	out->unaudited[out->unaudited_count++] =
		(struct unaudited){process, process->pid, process->exe, process->reason};
	doubt(limits, process, process->reason, process->started_ns, 0); /* processes that it started may outlive it */
	return true;
}

/*
 * Does any of the first words name the command? The name of a script comes after that of its interpreter, and of env.
 */
static bool goes_by(const struct process *process, struct text command)
{
	enum { WORDS_MOST = 4 };
	struct text name = text_basename(command);
	bool same = text_equal(text_basename(process->exe), name);
	for (size_t i = 0; i < process->argc && i < WORDS_MOST; i++)
		same |= text_equal(text_basename(process->argv[i]), name);
	return same;
}

/*
 * Did the command itself reach the journal? `record` becomes the command, so that the creator's pid is its pid. `run`
 * is its parent and records its end. If `run` was killed before that, only names can be compared.
 */
static bool command_is_known(const struct journal *journal)
{
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		if (process->pid == journal->creator_pid)
			return true;
		if (process->ppid != journal->creator_pid || process->forked)
			continue;
		if (journal->has_end || goes_by(process, journal->command[0]))
			return true;
	}
	return false;
}

/* Adds the command as an unaudited process when it left no record, such as a static executable. */
static void add_command(struct journal *journal)
{
	if (!journal->command_count || command_is_known(journal))
		return;
	struct process **grown = arena_take(journal->arena, (journal->process_count + 1) * sizeof *grown);
	struct process *command = arena_take(journal->arena, sizeof *command);
	*command = (struct process){
		.pid = journal->has_end ? 0 : journal->creator_pid,
		.exe = journal->command[0],
		.tmpdir = journal->tmpdir,
		.argv = journal->command,
		.argc = journal->command_count,
		.started_ns = journal->started_ns,
		.ended_ns = journal->ended_ns,
		.status = -1,
		.exec_flags = EXEC_SEARCHED,
	};
	if (journal->process_count)
		memcpy(grown, journal->processes, journal->process_count * sizeof *grown);
	grown[journal->process_count++] = command;
	journal->processes = grown;
}

static void count_processes(const struct journal *journal, struct coverage *out)
{
	for (size_t i = 0; i < journal->process_count; i++)
		process_tree_root(journal->processes[i])->unseen |= !journal->processes[i]->audited;
	for (size_t i = 0; i < journal->process_count; i++) {
		const struct process *process = journal->processes[i];
		out->processes += !process->before;
		out->audited += !process->before && !process->unseen;
	}
}

void coverage_fill(struct journal *journal, const struct journal *later, struct coverage *out)
{
	struct limits limits = {.arena = journal->arena, .out = out};
	struct checked_file *checked = NULL;
	size_t kept = 0;
	out->complete = true;
	elf_version(EV_CURRENT);
	add_command(journal);
	out->unaudited = arena_take(journal->arena, (journal->process_count + 1) * sizeof *out->unaudited);
	for (size_t i = 0; i < journal->process_count; i++) {
		struct process *process = journal->processes[i];
		if (!process->audited && !add_unaudited(journal, later, &checked, process, &limits))
			continue;
		journal->processes[kept++] = process;
		if (!process->audited)
			continue;
		out->images_audited++;
		add_pythons(&limits, journal, process);
		const char *reason = process->exe.size ? reason_cached(journal, &checked, process->exe) : NULL;
		if (!reason || strcmp(reason, "Go program"))
			continue;
		doubt(&limits, process, reason, process->started_ns, process->ended_ns);
		limit_add(&limits,
			  arena_format(journal->arena, "%s is a Go program, which makes system calls without libc",
				       text_shown(journal->arena, process->exe)));
	}
	out->images = journal->process_count = kept;
	count_processes(journal, out);
	HASH_CLEAR(hh, checked);
	if (out->unaudited_count)
		limit_add(&limits,
			  "what a program that was not audited started is only known where that was audited itself");
	uint64_t damaged = journal->bad + (later ? 0 : journal->unbegun); /* they were being written */
	uint64_t torn = count_torn(journal, later);
	if (damaged || torn)
		doubt(&limits, NULL, "records were lost", 0, 0);
	if (damaged)
		limit_add(&limits,
			  arena_format(journal->arena, "%llu damaged records or chunks of the journal were left out",
				       (unsigned long long)damaged));
	if (torn)
		limit_add(&limits,
			  arena_format(journal->arena, "%llu records were being written when their writer died",
				       (unsigned long long)torn));
	add_underway(&limits, journal, later);
	add_counters(&limits, journal);
	add_notes(&limits, journal);
}

/* Did the process create or remove anything? Programs such as xargs handle the signal and need no report. */
static bool has_made_anything(const struct journal *journal, const struct process *process)
{
	for (size_t i = 0; i < journal->event_count; i++)
		if (journal->events[i].process == process)
			return true;
	return false;
}

void coverage_signals(const struct journal *journal, struct coverage *out)
{
	for (size_t i = 0; i < journal->note_count; i++) {
		const struct process *process = journal->notes[i].process;
		if (journal->notes[i].note != NOTE_SIGNAL_TAKEN || process->ended_ns || process->replaced ||
		    (process->parent && !has_made_anything(journal, process)))
			continue;
		coverage_limit(journal->arena, out,
			       arena_format(journal->arena,
					    "%s (pid %u) handles or ignores the snapshot signal itself: 'pageleak "
					    "snapshot %u' needs none, and --signal names "
					    "another one when the audit is started",
					    text_shown(journal->arena, process->exe), process->pid, process->pid));
	}
}

void coverage_elsewhere(const struct journal *journal, const char *here, struct coverage *out)
{
	coverage_limit(journal->arena, out,
		       arena_format(journal->arena,
				    "the journal was written on host %s: what is not found on the disk here, on %s, is "
				    "taken to be there, its size not known",
				    text_shown(journal->arena, journal->host), here));
}
