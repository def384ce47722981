/*
 * why.c - chooses the moments at which a copy of the process is asked, makes the copy and waits for it.
 *
 * Must not: run code in the program's own interpreter, but to register the exit handler; wait for the copy without end;
 * touch errno.
 *
 * The moments, in each of which this thread holds the GIL:
 * - our exit handler, which an audit hook registers as soon as the interpreter is up, so that it runs after all others
 *   (3.8 and later);
 * - the interpreter's reset of signal handlers, which comes next (before 3.8, where there are no audit hooks);
 * - _exit;
 * - the end of a scope;
 * - an exception that a finalizer has raised;
 * - the next call of the audit hook after a report has asked.
 */
#include "why/why.h"
#include "journal/journal.h"
#include "journal/shared_words.h"
#include "journal/note.h"
#include "system/settings.h"
#include "stacks/python/python_stack.h"
#include "stacks/script_stack.h"
#include "system/raw.h"
#include "why/why_copy.h"
#include "why/why_python.h"
#include "why/why_targets.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define RAISED_NS 1000000000u /* limit of the time for looks at exceptions of finalizers */
#define BUDGET_NS 5000000000u /* limit of the time for all looks; a tenth of the process's run time is added */

bool why_wanted;

static pid_t exit_looked;                      /* the process whose end was looked at already */
static uint64_t spent_ns, raised_ns, begun_ns; /* raised_ns: of spent_ns, on what finalizers raised */
static pid_t begun_pid;
static uint32_t asked; /* shared_looks_asked() at the last answer */
static bool page_made; /* by an object, in the present scope */
static bool over;      /* an interpreter has been finalized: the next one is not asked */

/* ---- a look ---- */

static void wait_for(long copy)
{
	int status = 0;
	long got;

	do
		got = raw_call(SYS_wait4, copy, (long)&status, __WALL, 0, 0, 0);
	while (got == -4); /* EINTR: a signal of the program's, which has been handled */
	/*
	 * While an interpreter is finalized, the modules that the script needs may be gone: that is no failure to
	 * count.
	 */
	if (got == copy && (!WIFEXITED(status) || WEXITSTATUS(status) != WHY_COPY_DONE) && !why_python_is_finalizing())
		journal_count(COUNTER_WHY_UNDONE, 1);
}

/*
 * Releases the interpreter's lock once and takes it again. Another thread may have requested it; in the copy that
 * thread does not exist, and the copy would wait for it for ever. Not done where the lock might not come back: in a
 * child of a C library's own fork, which has inherited requests of threads that it does not have; and at _exit in
 * another thread than the main one, which may be finalizing the interpreter, and with that end all other threads. Not
 * needed after an exception of a finalizer, whose own code has just released the lock.
 */
static void yield_lock(enum journal_moment moment)
{
	bool ours = moment == MOMENT_EXIT || moment == MOMENT_SCOPE;
	bool last = moment == MOMENT_GONE || moment == MOMENT_LEFT;

	if (!why_python.PyEval_SaveThread || !why_python.PyEval_RestoreThread || why_python_is_finalizing())
		return;
	if (ours || (moment != MOMENT_RAISED && raw_getpid() == begun_pid && (!last || raw_gettid() == begun_pid)))
		why_python.PyEval_RestoreThread(why_python.PyEval_SaveThread());
}

static void look(enum journal_moment moment, uint32_t scope, object *raised)
{
	uint32_t process = journal_process_known(); /* 0: it has made no page */
	uint64_t begun = journal_now();

	if (!process || raw_getpid() != journal_pid() || !why_python_is_ours() || valgrind_runs_this())
		return;
	/*
	 * Exceptions come in masses, and the first say the same as the others: most of the time is kept for the ends of
	 * scopes and program.
	 */
	if (moment == MOMENT_RAISED ? raised_ns > RAISED_NS : spent_ns > BUDGET_NS + (begun - begun_ns) / 10) {
		journal_count(COUNTER_WHY_CUT, 1);
		return;
	}
	yield_lock(moment);
	/* No signal handler of the program may run in the copy: it might write to a pipe that both share. */
	uint64_t all = ~UINT64_C(0), before = 0;
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, 8, 0, 0);
	long copy = raw_call(SYS_clone, 0, 0, 0, 0, 0, 0);
	if (copy == 0)
		raw_call(SYS_exit_group, why_copy(process, scope, moment, raised), 0, 0, 0, 0, 0);
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, 8, 0, 0);
	if (copy < 0)
		journal_count(COUNTER_WHY_UNDONE, 1);
	else
		wait_for(copy);
	begun = journal_now() - begun;
	spent_ns += begun;
	raised_ns += moment == MOMENT_RAISED ? begun : 0;
}

/* ---- moments ---- */

static bool first_end(void)
{
	pid_t pid = raw_getpid();
	bool first = exit_looked != pid;

	exit_looked = pid;
	return first;
}

static object *at_exit(object *self, object *arguments)
{
	(void)self, (void)arguments;
	if (journal_is_open() && first_end())
		look(MOMENT_EXIT, 0, NULL);
	return why_python.Py_BuildValue("");
}

/* Registers our exit handler. It is the first that is registered, so it runs last. */
static void register_exit(void)
{
	static struct method method = {"pageleak", at_exit, METH_NOARGS, NULL};
	object *atexit = why_python.PyImport_ImportModule("atexit");
	object *handler = atexit ? why_python.PyCFunction_NewEx(&method, NULL, NULL) : NULL;

	if (!handler || !why_python.PyObject_CallMethod(atexit, "register", "O", handler))
		why_python.PyErr_Clear();
}

/* Answers a report on the living program that has asked since the last answer. */
static void look_when_asked(void)
{
	uint32_t now = shared_looks_asked();

	if (now == asked || why_python_is_finalizing())
		return;
	asked = now;
	look(MOMENT_ASKED, 0, NULL);
	shared_look_answered();
}

static bool removes(const char *event)
{
	return strcmp(event, "os.remove") == 0 || strcmp(event, "os.rmdir") == 0 || strcmp(event, "shutil.rmtree") == 0;
}

static bool runs_module(void)
{
	script_stack_prepare();
	return python_stack_runs_module();
}

/*
 * Looks before the first removal by an exit handler, such as that of weakref.finalize: these handlers run before ours,
 * and the owner of what they remove is still there.
 */
static void look_before_exit(void)
{
	static pid_t looked;
	pid_t pid = raw_getpid();

	if (looked == pid || exit_looked == pid || why_python_is_finalizing() || raw_gettid() != pid || runs_module())
		return;
	looked = pid;
	look(MOMENT_EXIT, 0, NULL);
}

static int audited(const char *event, object *arguments, void *unused)
{
	static bool registered, has_main;

	(void)unused;
	if (!registered && why_python.Py_IsInitialized()) {
		registered = true;
		register_exit();
	}
	if (registered)
		look_when_asked();
	if (strcmp(event, "cpython._PySys_ClearAuditHooks") == 0)
		over = true;
	else if (strncmp(event, "cpython.run_", 12) == 0)
		has_main = true; /* an embedding program may never run a module */
	else if (has_main && (*event == 'o' || *event == 's') && removes(event) && journal_is_open())
		look_before_exit();
	if (*event == 's' && strcmp(event, "sys.unraisablehook") == 0 && journal_is_open())
		look(MOMENT_RAISED, 0, arguments);
	return 0;
}

static void object_made_page(void)
{
	__atomic_store_n(&page_made, true, __ATOMIC_RELAXED);
	if (over && why_python.Py_IsInitialized())
		note_write(NOTE_NOT_ASKED, "it was initialized again: only the first one was asked");
}

void why_event(bool made_by_object)
{
	if (why_wanted && made_by_object)
		object_made_page();
	else if (!why_wanted && python_stack_came_late())
		note_write(NOTE_NOT_ASKED, "it was loaded by dlopen");
}

void why_gone(void)
{
	if (why_wanted && journal_is_open() && !why_python_is_finalizing() && first_end())
		look(MOMENT_GONE, 0, NULL);
}

void why_left(void)
{
	if (why_wanted && journal_is_open() && why_python.Py_IsInitialized() && !why_python_is_finalizing() &&
	    first_end())
		look(MOMENT_LEFT, 0, NULL);
}

static void scope_ended(uint32_t scope)
{
	if (!scope || !__atomic_exchange_n(&page_made, false, __ATOMIC_RELAXED) || !journal_is_open() ||
	    !journal_process_known() || !why_python_is_ours() || why_python_is_finalizing())
		return;
	look(MOMENT_SCOPE, scope, NULL);
}

void why_scope_changed(struct scope_change change)
{
	if (why_wanted && change.before != change.now && !why_same_scope(change.before, change.now))
		scope_ended(change.before);
}

/*
 * Adds the audit hook. Not earlier: what the interpreter allocates before it has chosen its allocators it would free by
 * another one (PYTHONMALLOC=debug, -X dev). It reads the actions of all signals after that choice, and before it runs
 * anything of the program.
 */
static void hook_audits(void)
{
	static bool hooked;

	if (hooked)
		return;
	hooked = true;
	why_python.PySys_AddAuditHook(audited, NULL);
}

void why_signal(void)
{
	if (!why_wanted || !journal_is_open() || !why_python_is_ours())
		return;
	if (why_python.PySys_AddAuditHook)
		hook_audits();
	else if (why_python_is_finalizing()) {
		over = true;
		if (first_end())
			look(MOMENT_EXIT, 0, NULL);
	}
}

/* ---- start ---- */

void why_open(void)
{
	const char *refused = NULL;

	if (!options.why || !why_python_open(&refused))
		return;
	why_wanted = !refused;
	begun_ns = journal_now();
	begun_pid = raw_getpid();
	asked = shared_looks_asked();
	note_write(refused ? NOTE_NOT_ASKED : NOTE_ASKED, refused);
}
