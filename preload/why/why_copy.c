/*
 * why_copy.c - confines the copy of the process, runs the script in it, and writes its answers.
 *
 * Must not: do anything beyond its memory and the journal; run without end; run code of the program, its signal
 * handlers or finalizers.
 */
#include "why/why_copy.h"
#include "journal/journal.h"
#include "system/raw.h"
#include "why/why_python.h"
#include "why/why_targets.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#define LOOK_MS 1200       /* limit of the script; it mostly takes a few ms, but longer on a busy machine */
#define COPY_MS 2000       /* the copy is killed after that */
#define FRAMES_OF_OURS 200 /* recursion that the script and its compilation need */

extern const char why_script[];
__asm__(".pushsection .rodata\n"
	".globl why_script\n.hidden why_script\n"
	"why_script:\n.incbin \"" WHY_SCRIPT "\"\n.byte 0\n"
	".popsection\n");

/* ---- limits of the copy ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Allows memory, clocks, futexes and the end of the copy. All other system calls fail with EPERM. */
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

/*
 * Makes the kernel kill the copy first when memory runs out: it writes reference counts, and each page that it writes
 * is copied.
 */
static void be_first_to_go(void)
{
	int fd = raw_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	raw_call(SYS_write, fd, (long)"1000", 4, 0, 0, 0);
	raw_close(fd);
}

/* Blocks the program's signal handlers, sets an alarm that ends the copy, and forbids core files. */
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
	/* Last, as /proc/self is root's from here on. A core_pattern that is a pipe would ignore the limit. */
	raw_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
}

/* ---- running the script ---- */

/* Finds a module without an import, which the program may have replaced; imports it only if that fails. */
static object *module_named(const char *name)
{
	object *modules = why_python.PyImport_GetModuleDict(),
	       *found = modules ? why_python.PyDict_GetItemString(modules, name) : NULL;
	object *importer = !found && modules ? why_python.PyDict_GetItemString(modules, "_frozen_importlib") : NULL;

	if (importer) {
		found = why_python.PyObject_CallMethod(importer, "_builtin_from_name", "s", name);
		if (!found)
			why_python.PyErr_Clear();
	}
	return found ? found : why_python.PyImport_ImportModule(name);
}

/* The builtins module's names; those of the running frame may be others, or none. */
static object *builtins(void)
{
	object *module = module_named("builtins"), *names = module ? why_python.PyModule_GetDict(module) : NULL;

	return names ? names : why_python.PyEval_GetBuiltins();
}

/*
 * Removes the program's trace and profile functions, which would run for the script, and raises the limit of recursion.
 */
static void make_room(void)
{
	if (why_python.PyEval_SetTrace)
		why_python.PyEval_SetTrace(NULL, NULL);
	if (why_python.PyEval_SetProfile)
		why_python.PyEval_SetProfile(NULL, NULL);
	if (why_python.Py_GetRecursionLimit && why_python.Py_SetRecursionLimit)
		why_python.Py_SetRecursionLimit(why_python.Py_GetRecursionLimit() + FRAMES_OF_OURS);
}

/*
 * Switches the collector off, as an allocation may start a collection, which runs finalizers. Before 3.10 that takes a
 * call of gc.disable(); until it has run an exception is set, because no collection starts then (Modules/gcmodule.c,
 * _PyObject_GC_Alloc). Returns the module gc.
 */
static object *collector_off(void)
{
	if (why_python.PyGC_Disable) {
		why_python.PyGC_Disable();
		make_room();
		return module_named("gc");
	}
	if (!why_python.PyInit_gc || !why_python.PyErr_SetNone || !why_python.PyExc_ValueError)
		return NULL;
	why_python.PyErr_SetNone(*why_python.PyExc_ValueError);
	object *gc = why_python.PyInit_gc();
	if (!gc)
		return NULL;
	why_python.PyObject_CallMethod(gc, "disable", NULL);
	why_python.PyErr_Clear();
	make_room();
	return gc;
}

/*
 * Raises the thresholds: in 3.12 a collection that is due at the next instruction runs even when the collector is off.
 */
static void collect_nothing(object *gc)
{
	if (!why_python.PyObject_CallMethod(gc, "set_threshold", "iii", INT_MAX, INT_MAX, INT_MAX))
		why_python.PyErr_Clear();
}

static object *clock_ms(object *self, object *arguments)
{
	(void)self, (void)arguments;
	return why_python.Py_BuildValue("l", (long)(journal_now() / 1000000));
}

static bool run(const char *source, object *names)
{
	object *code = why_python.Py_CompileString(source, "<pageleak>", FILE_INPUT);

	return code && why_python.PyEval_EvalCode(code, names, names);
}

/* Runs the script. Returns the bytes that it has left in OUT (holders.py). */
static object *ask(const char *targets, const char *moment, object *raised)
{
	static struct method clock = {"clock", clock_ms, METH_NOARGS, NULL};
	object *gc = collector_off(), *names = gc ? why_python.PyDict_New() : NULL, *sys = module_named("sys");

	if (!names || !sys)
		return NULL;
	collect_nothing(gc);
	why_python.PyDict_SetItemString(names, "__builtins__", builtins());
	why_python.PyDict_SetItemString(names, "gc", gc);
	why_python.PyDict_SetItemString(names, "sys", sys);
	why_python.PyDict_SetItemString(names, "clock", why_python.PyCFunction_NewEx(&clock, NULL, NULL));
	why_python.PyDict_SetItemString(names, "MOMENT", why_python.Py_BuildValue("s", moment));
	why_python.PyDict_SetItemString(names, "LIMIT", why_python.Py_BuildValue("i", LOOK_MS));
	if (raised)
		why_python.PyDict_SetItemString(names, "RAISED", raised);
	if (!run(targets, names) || !run(why_script, names))
		return NULL;
	return why_python.PyDict_GetItemString(names, "OUT");
}

/* ---- writing its answers ---- */

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

/* The field behind the one at `at`; NULL when the record ends there. */
static const char *next_field(const char *at, const char *end)
{
	return at && at < end ? at + strlen(at) + 1 : NULL;
}

static void answer_write(const char *at, const char *end, uint32_t process, enum journal_moment moment)
{
	const char *event = at, *address = next_field(event, end), *kind = next_field(address, end),
		   *alive = next_field(kind, end);
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

/*
 * Writes a WHY record for each answer. Each field ends in a NUL, and so does each answer: the script writes no empty
 * field.
 */
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

int why_copy(uint32_t process, uint32_t scope, enum journal_moment moment, object *raised)
{
	set_bounds();
	const char *targets = why_targets(process, scope);
	if (!targets)
		return WHY_COPY_DONE;
	if (!confine())
		return WHY_COPY_FAILED;
	journal_seal(true); /* the hooks record nothing of this */
	object *out = ask(targets, moment_name(moment), raised);
	journal_seal(false);
	if (!out)
		return WHY_COPY_FAILED;
	answers_write(why_python.PyBytes_AsString(out), (size_t)why_python.PyBytes_Size(out), process, moment);
	return WHY_COPY_DONE;
}
