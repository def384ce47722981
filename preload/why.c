/*
 * why.c - when to ask what holds the owners of pages, the copy of the process that is asked, and its answers.
 *
 * Must not: run code in the program's own interpreter, but for what registers the exit handler; make a copy that could do
 * anything beyond its memory; wait for one without end; touch errno.
 *
 * Moments: our exit handler, which an audit hook registers as soon as the interpreter is up, so that it runs after all others
 * (from 3.8 on); the interpreter's own reset of signal handlers, which comes next (before 3.8, where there are no audit
 * hooks); _exit; the end of a scope; an exception that a finalizer raised; what the interpreter next tells an audit hook after a
 * report has asked. In each of them this thread holds the GIL.
 */
#include "why.h"
#include "journal.h"
#include "note.h"
#include "options.h"
#include "pystack.h"
#include "pyversion.h"
#include "raw.h"
#include "why_targets.h"
#include <dlfcn.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#define LOOK_MS 1200      /* what the script gives itself; mostly it takes a few: for machines with much to do */
#define COPY_MS 2000      /* when the copy is killed */
#define FRAMES_OF_OURS 200 /* the script's own depth, and the compiler's */
#define RAISED_NS 1000000000u /* when looks at what finalizers raised are left out */
#define BUDGET_NS 5000000000u /* for all looks of a process, and a tenth of the time that it has run */

bool why_wanted;

/* ---- the interpreter, by its stable functions; all there or none is used ---- */

typedef void object;

struct method { /* PyMethodDef: Include/methodobject.h, the same since 2.x */
	const char *name;
	object *(*call)(object *self, object *arguments);
	int flags;
	const char *doc;
};
enum { METH_NOARGS = 4, FILE_INPUT = 257 };

#define PYTHON_FUNCTIONS(X)                                                                                            \
	X(object *, PyGILState_GetThisThreadState, (void))                                                             \
	X(int, Py_IsInitialized, (void))                                                                               \
	X(object *, PyImport_ImportModule, (const char *))                                                             \
	X(object *, PyImport_GetModuleDict, (void))                                                                    \
	X(object *, PyObject_CallMethod, (object *, const char *, const char *, ...))                                  \
	X(object *, PyCFunction_NewEx, (struct method *, object *, object *))                                          \
	X(object *, Py_BuildValue, (const char *, ...))                                                                \
	X(object *, PyDict_New, (void))                                                                                \
	X(int, PyDict_SetItemString, (object *, const char *, object *))                                               \
	X(object *, PyDict_GetItemString, (object *, const char *))                                                    \
	X(object *, PyModule_GetDict, (object *))                                                                      \
	X(object *, PyEval_GetBuiltins, (void))                                                                        \
	X(object *, Py_CompileString, (const char *, const char *, int))                                               \
	X(object *, PyEval_EvalCode, (object *, object *, object *))                                                   \
	X(char *, PyBytes_AsString, (object *))                                                                        \
	X(long, PyBytes_Size, (object *))                                                                              \
	X(void, PyErr_Clear, (void))

static struct {
#define X(type, name, parameters) type(*name) parameters;
	PYTHON_FUNCTIONS(X)
#undef X
	/* Not in every version. */
	int (*PyGC_Disable)(void);                   /* 3.10 */
	object *(*PyInit_gc)(void);                  /* called before that only: a module at once, no definition */
	void (*PyErr_SetNone)(object *);
	object **PyExc_ValueError;
	object *(*current_thread)(void);             /* _PyThreadState_UncheckedGet; from 3.13 on PyThreadState_GetUnchecked */
	int (*is_finalizing)(void);                  /* 3.7 */
	object **finalizing;                         /* 3.6: the thread that does */
	int (*PySys_AddAuditHook)(int (*)(const char *, object *, void *), void *); /* 3.8 */
	object *(*PyEval_SaveThread)(void);
	void (*PyEval_RestoreThread)(object *);
	void (*PyEval_SetTrace)(void *, object *);
	void (*PyEval_SetProfile)(void *, object *);
	int (*Py_GetRecursionLimit)(void);
	void (*Py_SetRecursionLimit)(int);
} python;

extern const char why_script[];
__asm__(".pushsection .rodata\n"
	".globl why_script\n.hidden why_script\n"
	"why_script:\n.incbin \"preload/why.py\"\n.byte 0\n"
	".popsection\n");

static pid_t exit_looked; /* the process whose end was looked into already */
static uint64_t spent_ns, raised_ns, begun_ns; /* raised_ns: of spent_ns, on what finalizers raised */
static pid_t begun_pid;
static uint32_t asked; /* what was answered last */
static bool page_made; /* by an object, in the present scope */
static bool over;      /* an interpreter has been finalized: the next one is not asked */

/* Does this thread hold the lock of the main interpreter? */
static bool holds_lock(void)
{
	object *mine = python.PyGILState_GetThisThreadState();

	return mine && mine == python.current_thread();
}

static bool finalizing(void)
{
	return python.is_finalizing ? python.is_finalizing() : python.finalizing && *python.finalizing;
}

/* ---- the copy: what it may do ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Memory, clocks, waking nobody, and the end. All else fails with EPERM. */
static bool confine(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_exit_group),
		ALLOW(SYS_mmap),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_mprotect),
		ALLOW(SYS_madvise),
		ALLOW(SYS_brk),
		ALLOW(SYS_futex),
		ALLOW(SYS_clock_gettime),
		ALLOW(SYS_getpid),
		ALLOW(SYS_gettid),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	return raw_call(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) == 0 &&
	       raw_call(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (long)&program, 0, 0, 0) == 0;
}

/* Counting references writes to each object's page, and each page then is copied: should memory run out, this one goes first. */
static void be_first_to_go(void)
{
	int fd = raw_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	raw_call(SYS_write, fd, (long)"1000", 4, 0, 0, 0);
	raw_close(fd);
}

/* No handler of the program's runs here; the alarm ends what hangs; no core is left. */
static void set_bounds(void)
{
	struct { /* the kernel's struct sigaction: asm/signal.h */
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} usual = {0};
	struct itimerval limit = {{0, 0}, {COPY_MS / 1000, COPY_MS % 1000 * 1000}};
	uint64_t all_but_alarm = ~(UINT64_C(1) << (SIGALRM - 1));
	struct rlimit none = {0, 0};

	raw_call(SYS_rt_sigaction, SIGALRM, (long)&usual, 0, 8, 0, 0);
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all_but_alarm, 0, 8, 0, 0);
	raw_call(SYS_setitimer, ITIMER_REAL, (long)&limit, 0, 0, 0, 0);
	raw_call(SYS_prlimit64, 0, RLIMIT_CORE, (long)&none, 0, 0, 0);
	raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	be_first_to_go();
	raw_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0); /* a core_pattern that is a pipe asks for no limit; from here on /proc is root's */
}

/* Not by an import, which a program may have replaced, unless it must be. */
static object *module_named(const char *name)
{
	object *modules = python.PyImport_GetModuleDict(), *found = modules ? python.PyDict_GetItemString(modules, name) : NULL;
	object *importer = !found && modules ? python.PyDict_GetItemString(modules, "_frozen_importlib") : NULL;

	if (importer) {
		found = python.PyObject_CallMethod(importer, "_builtin_from_name", "s", name);
		if (!found)
			python.PyErr_Clear();
	}
	return found ? found : python.PyImport_ImportModule(name);
}

/* The frame that runs may have been given others, or none. */
static object *builtins(void)
{
	object *module = module_named("builtins"), *names = module ? python.PyModule_GetDict(module) : NULL;

	return names ? names : python.PyEval_GetBuiltins();
}

/* What the program watches its code by would watch ours; near the limit of its recursion there is no room for it. */
static void make_room(void)
{
	if (python.PyEval_SetTrace)
		python.PyEval_SetTrace(NULL, NULL);
	if (python.PyEval_SetProfile)
		python.PyEval_SetProfile(NULL, NULL);
	if (python.Py_GetRecursionLimit && python.Py_SetRecursionLimit)
		python.Py_SetRecursionLimit(python.Py_GetRecursionLimit() + FRAMES_OF_OURS);
}

/*
 * Allocating an object may start a collection, and that finalizers. Before 3.10 it takes Python's own gc.disable(); until that has
 * run an exception is set, with which no collection starts (Modules/gcmodule.c, _PyObject_GC_Alloc). Gives the module.
 */
static object *collector_off(void)
{
	if (python.PyGC_Disable) {
		python.PyGC_Disable();
		make_room();
		return module_named("gc");
	}
	if (!python.PyInit_gc || !python.PyErr_SetNone || !python.PyExc_ValueError)
		return NULL;
	python.PyErr_SetNone(*python.PyExc_ValueError);
	object *gc = python.PyInit_gc();
	if (!gc)
		return NULL;
	python.PyObject_CallMethod(gc, "disable", NULL);
	python.PyErr_Clear();
	make_room();
	return gc;
}

/* In 3.12 a collection that is due already, and waits for the next instruction, does not ask whether the collector is on. */
static void collect_nothing(object *gc)
{
	if (!python.PyObject_CallMethod(gc, "set_threshold", "iii", INT_MAX, INT_MAX, INT_MAX))
		python.PyErr_Clear();
}

static object *clock_ms(object *self, object *arguments)
{
	(void)self, (void)arguments;
	return python.Py_BuildValue("l", (long)(journal_now() / 1000000));
}

static bool run(const char *source, object *names)
{
	object *code = python.Py_CompileString(source, "<pageleak>", FILE_INPUT);

	return code && python.PyEval_EvalCode(code, names, names);
}

/* What the script left: see why.py. */
static object *ask(const char *targets, const char *moment, object *raised)
{
	static struct method clock = {"clock", clock_ms, METH_NOARGS, NULL};
	object *gc = collector_off(), *names = gc ? python.PyDict_New() : NULL, *sys = module_named("sys");

	if (!names || !sys)
		return NULL;
	collect_nothing(gc);
	python.PyDict_SetItemString(names, "__builtins__", builtins());
	python.PyDict_SetItemString(names, "gc", gc);
	python.PyDict_SetItemString(names, "sys", sys);
	python.PyDict_SetItemString(names, "clock", python.PyCFunction_NewEx(&clock, NULL, NULL));
	python.PyDict_SetItemString(names, "MOMENT", python.Py_BuildValue("s", moment));
	python.PyDict_SetItemString(names, "LIMIT", python.Py_BuildValue("i", LOOK_MS));
	if (raised)
		python.PyDict_SetItemString(names, "RAISED", raised);
	if (!run(targets, names) || !run(why_script, names))
		return NULL;
	return python.PyDict_GetItemString(names, "OUT");
}

/* ---- the copy: its answers ---- */

static uint16_t kind_of(const char *name)
{
#define X(number, id, text)                                                                                            \
	if (strcmp(name, text) == 0)                                                                                   \
		return number;
	JOURNAL_WHY_TABLE(X)
#undef X
	return WHY_UNKNOWN;
}

static uint64_t number_in(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return number;
}

/* The field after `at`; NULL when there is none in the record. */
static const char *next_field(const char *at, const char *end)
{
	return at && at < end ? at + strlen(at) + 1 : NULL;
}

static void answer_write(const char *at, const char *end, uint32_t process, enum journal_moment moment)
{
	const char *event = at, *address = next_field(event, end), *kind = next_field(address, end), *alive = next_field(kind, end);
	const char *text = next_field(alive, end);

	if (!text || text >= end)
		return;
	size_t size = (size_t)(end - text);
	struct journal_why *why = journal_begin(RECORD_WHY, sizeof *why + size, process);
	if (!why)
		return;
	why->time_ns = journal_now();
	why->object = number_in(address);
	why->event = (uint32_t)number_in(event);
	why->kind = kind_of(kind);
	why->moment = (uint8_t)moment;
	why->alive = *alive == '1';
	why->text_size = (uint32_t)size;
	memcpy(why + 1, text, size);
	journal_commit(why, RECORD_WHY, 0);
}

/* Fields and records end in a NUL each, so an empty field would be an end: the script writes none. */
static void answers_write(const char *at, size_t size, uint32_t process, enum journal_moment moment)
{
	const char *const all = at + size;

	while (at < all) {
		const char *end = at;
		while (end < all && *end)
			end += strnlen(end, (size_t)(all - end)) + 1;
		answer_write(at, end, process, moment);
		at = end + 1;
	}
}

static const char *moment_name(enum journal_moment moment)
{
	static const char *const names[] = {
#define X(number, id, text) [number] = text,
		JOURNAL_MOMENT_TABLE(X)
#undef X
	};
	return names[moment];
}

enum { COPY_DONE = 0, COPY_FAILED = 1 };

static int copy_run(uint32_t process, uint32_t scope, enum journal_moment moment, object *raised)
{
	set_bounds();
	const char *targets = why_targets(process, scope);
	if (!targets)
		return COPY_DONE;
	if (!confine())
		return COPY_FAILED;
	journal_seal(true); /* the hooks see nothing of this */
	object *out = ask(targets, moment_name(moment), raised);
	journal_seal(false);
	if (!out)
		return COPY_FAILED;
	answers_write(python.PyBytes_AsString(out), (size_t)python.PyBytes_Size(out), process, moment);
	return COPY_DONE;
}

/* ---- a look ---- */

static void wait_for(long copy)
{
	int status = 0;
	long got;

	do
		got = raw_call(SYS_wait4, copy, (long)&status, __WALL, 0, 0, 0);
	while (got == -4); /* EINTR: a signal of the program's, which has been handled */
	/* An interpreter that is taken apart may have lost what it takes to ask it why a finalizer raised. */
	if (got == copy && (!WIFEXITED(status) || WEXITSTATUS(status) != COPY_DONE) && !finalizing())
		journal_count(COUNTER_WHY_UNDONE, 1);
}

/*
 * Another thread may be waiting for the lock, and have said so: the copy, in which it does not exist, would wait for it to take
 * it. Letting go once takes that back. Not where the lock may not come back: in a child of a C library's own fork, which still has
 * the requests of threads that it does not have; from another thread than the main one at _exit, as the main one may finalize
 * meanwhile, which ends all others. Not where a finalizer raised: its own code has just let go.
 */
static void yield_lock(enum journal_moment moment)
{
	bool ours = moment == MOMENT_EXIT || moment == MOMENT_SCOPE;
	bool last = moment == MOMENT_GONE || moment == MOMENT_LEFT;

	if (!python.PyEval_SaveThread || !python.PyEval_RestoreThread || finalizing())
		return;
	if (ours || (moment != MOMENT_RAISED && raw_getpid() == begun_pid && (!last || raw_gettid() == begun_pid)))
		python.PyEval_RestoreThread(python.PyEval_SaveThread());
}

static void look(enum journal_moment moment, uint32_t scope, object *raised)
{
	uint32_t process = journal_process_known(); /* none: it has made no page */
	uint64_t begun = journal_now();

	if (!process || raw_getpid() != journal_pid() || !holds_lock() || simulated())
		return;
	/* Exceptions come in storms, and the first tell what the others do: most of the time is for the ends of things. */
	if (moment == MOMENT_RAISED ? raised_ns > RAISED_NS : spent_ns > BUDGET_NS + (begun - begun_ns) / 10) {
		journal_count(COUNTER_WHY_CUT, 1);
		return;
	}
	yield_lock(moment);
	/* No handler of the program's may run in the copy: it might wake the program by a pipe that they share. */
	uint64_t all = ~UINT64_C(0), before = 0;
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, 8, 0, 0);
	long copy = raw_call(SYS_clone, 0, 0, 0, 0, 0, 0);
	if (copy == 0)
		raw_call(SYS_exit_group, copy_run(process, scope, moment, raised), 0, 0, 0, 0, 0);
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
	return python.Py_BuildValue("");
}

/* Registered first, it runs last. */
static void register_exit(void)
{
	static struct method method = {"pageleak", at_exit, METH_NOARGS, NULL};
	object *atexit = python.PyImport_ImportModule("atexit");
	object *handler = atexit ? python.PyCFunction_NewEx(&method, NULL, NULL) : NULL;

	if (!handler || !python.PyObject_CallMethod(atexit, "register", "O", handler))
		python.PyErr_Clear();
}

/* A report on the living program wants to know. */
static void look_when_asked(void)
{
	uint32_t now = journal_asked();

	if (now == asked || finalizing())
		return;
	asked = now;
	look(MOMENT_ASKED, 0, NULL);
	journal_answered();
}

static bool removes(const char *event)
{
	return strcmp(event, "os.remove") == 0 || strcmp(event, "os.rmdir") == 0 || strcmp(event, "shutil.rmtree") == 0;
}

/*
 * Exit handlers that were registered after ours have begun: one of them is about to remove something (weakref.finalize does), and
 * its owner is still there.
 */
static void look_before_exit(void)
{
	static pid_t looked;
	pid_t pid = raw_getpid();

	if (looked == pid || exit_looked == pid || finalizing() || raw_gettid() != pid || pystack_runs_module())
		return;
	looked = pid;
	look(MOMENT_EXIT, 0, NULL);
}

static int audited(const char *event, object *arguments, void *unused)
{
	static bool registered, has_main;

	(void)unused;
	if (!registered && python.Py_IsInitialized()) {
		registered = true;
		register_exit();
	}
	if (registered)
		look_when_asked();
	if (strcmp(event, "cpython._PySys_ClearAuditHooks") == 0)
		over = true;
	else if (strncmp(event, "cpython.run_", 12) == 0)
		has_main = true; /* an embedding program may call functions without any module */
	else if (has_main && (*event == 'o' || *event == 's') && removes(event) && journal_is_open())
		look_before_exit();
	if (*event == 's' && strcmp(event, "sys.unraisablehook") == 0 && journal_is_open())
		look(MOMENT_RAISED, 0, arguments);
	return 0;
}

void why_page_made(void)
{
	__atomic_store_n(&page_made, true, __ATOMIC_RELAXED);
	if (over && python.Py_IsInitialized())
		note_write(NOTE_NOT_ASKED, "it was initialized again: only the first one was asked");
}

void why_gone(void)
{
	if (why_wanted && journal_is_open() && !finalizing() && first_end())
		look(MOMENT_GONE, 0, NULL);
}

void why_left(void)
{
	if (why_wanted && journal_is_open() && python.Py_IsInitialized() && !finalizing() && first_end())
		look(MOMENT_LEFT, 0, NULL);
}

void why_scope_ended(uint32_t scope)
{
	if (!why_wanted || !scope || !__atomic_exchange_n(&page_made, false, __ATOMIC_RELAXED) || !journal_is_open() || !journal_process_known() || !holds_lock() || finalizing())
		return;
	look(MOMENT_SCOPE, scope, NULL);
}

/*
 * Not before: what the interpreter allocates while it chooses its allocators it frees by another one (PYTHONMALLOC=debug, -X dev).
 * It looks at all signals' actions when the choice is made, and before anything of the program runs.
 */
static void hook_audits(void)
{
	static bool hooked;

	if (hooked)
		return;
	hooked = true;
	python.PySys_AddAuditHook(audited, NULL);
}

void why_signal(void)
{
	if (!why_wanted || !journal_is_open() || !holds_lock())
		return;
	if (python.PySys_AddAuditHook)
		hook_audits();
	else if (finalizing()) {
		over = true;
		if (first_end())
			look(MOMENT_EXIT, 0, NULL);
	}
}

/* ---- start ---- */

/* Why the interpreter cannot be asked; NULL: it can. */
static const char *unfit(bool all)
{
	struct python_offsets layout = {0};
	uintptr_t code_type;
	const char *refused = pyversion_choose(&layout, &code_type);

	return refused ? refused : all && python.current_thread ? NULL : "it lacks functions that are needed";
}

#define OPTIONAL(name) *(void **)&python.name = dlsym(RTLD_DEFAULT, #name)

void why_open(void)
{
	bool all = true;

	if (!options.why)
		return;
	if (dlsym(RTLD_DEFAULT, "PyPyGILState_Ensure"))
		note_write(NOTE_NOT_ASKED, "PyPy");
	if (!dlsym(RTLD_DEFAULT, "Py_IsInitialized")) {
		dlerror();
		return;
	}
#define X(type, name, parameters)                                                                                      \
	*(void **)&python.name = dlsym(RTLD_DEFAULT, #name);                                                           \
	all = all && python.name;
	PYTHON_FUNCTIONS(X)
#undef X
	OPTIONAL(PyGC_Disable);
	OPTIONAL(PyInit_gc);
	OPTIONAL(PyErr_SetNone);
	OPTIONAL(PyExc_ValueError);
	OPTIONAL(PySys_AddAuditHook);
	OPTIONAL(PyEval_SaveThread);
	OPTIONAL(PyEval_RestoreThread);
	OPTIONAL(PyEval_SetTrace);
	OPTIONAL(PyEval_SetProfile);
	OPTIONAL(Py_GetRecursionLimit);
	OPTIONAL(Py_SetRecursionLimit);
	*(void **)&python.is_finalizing = dlsym(RTLD_DEFAULT, "Py_IsFinalizing");
	if (!python.is_finalizing)
		*(void **)&python.is_finalizing = dlsym(RTLD_DEFAULT, "_Py_IsFinalizing");
	python.finalizing = dlsym(RTLD_DEFAULT, "_Py_Finalizing");
	*(void **)&python.current_thread = dlsym(RTLD_DEFAULT, "PyThreadState_GetUnchecked");
	if (!python.current_thread)
		*(void **)&python.current_thread = dlsym(RTLD_DEFAULT, "_PyThreadState_UncheckedGet");
	const char *refused = unfit(all);
	why_wanted = !refused;
	dlerror(); /* what was not found is not the program's business */
	begun_ns = journal_now();
	begun_pid = raw_getpid();
	asked = journal_asked();
	note_write(refused ? NOTE_NOT_ASKED : NOTE_ASKED, refused);
}
