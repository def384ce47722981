/*
 * format.h - the journal on disk.
 *
 * The only thing that the preload library and the pageleak command share, with the ids and names of hooks.def (the list
 * of functions, read with `#define HOOK(id, type, name, ...)`). It holds layouts and tables, no code but asserts, and
 * includes nothing of the project. The steps by which a journal is walked are in walk.h. This comment is the format's manual.
 *
 * All integers are in the byte order of the machine that wrote them (little endian on every supported one; a reader sees
 * a foreign order as a wrong magic). Times are nanoseconds since 1970 UTC. "Zero" means "never written": the file is
 * sparse and every byte that no writer has reached reads as zero.
 *
 *   offset 0        struct journal_header, HEADER_SIZE bytes
 *   HEADER_SIZE     chunks, each a whole number of pages (CHUNK_ALIGN), up to journal_header.next_free
 *   a chunk         struct journal_chunk, then records one after the other, each a multiple of 8 bytes
 *   a record        struct journal_record, then what its type says
 *
 * How it is written: next_free moves by one atomic add per chunk; a chunk's memory is populated before its header is
 * written, so that a full disk is noticed before anything depends on it. A record's space is taken by one atomic add on
 * the chunk's `used`, so that signal handlers, forked children and threads that share thread-local storage may all
 * append to one chunk. The first word of a record is then stored twice: size, type 0 and the type to be in place of flags
 * before anything else of it is written, type and flags with release order when it is complete.
 *
 * What a reader may rely on, and must check (the numbers are named in its messages):
 *   R1  magic, version and header_size are as here; an unknown bit in `incompatible` refuses the file by that bit's
 *       name or number, an unknown bit in `compatible` is ignored.
 *   R2  chunks start at multiples of CHUNK_ALIGN. A page that holds no chunk magic where a chunk is due was handed out
 *       but never begun (its writer died, or the disk was full): skip CHUNK_ALIGN bytes and try again.
 *   R3  chunk.size is a multiple of CHUNK_ALIGN, at most CHUNK_MAX, and does not reach beyond next_free rounded up or the
 *       end of the file.
 *   R4  in a chunk, a zero word where a record is due is space that was taken but not begun: skip 8 bytes. (Nothing of a
 *       record is written before its size.)
 *   R5  record.size is a multiple of 8, at least sizeof(struct journal_record), and stays within the chunk; otherwise the
 *       rest of the chunk is torn: skip to the chunk's end.
 *   R6  type 0 with a size is a record that was being written when its writer died: skip it by size and count it. Its
 *       flags say the type that it was to have (0: not known).
 *   R7  an unknown type is skipped by size.
 *   R8  variable parts (counts and sizes inside a record) stay within the record's size; otherwise the record is bad.
 *   R9  a reference is a file offset divided by 8; 0 is none. It must lead to a complete record of the expected type. A
 *       record is complete before anything refers to it, but may stand before or after it in the file.
 *   R10 the order of records in the file says nothing; their times do.
 *   R11 strings are bytes: any value but NUL may occur, no encoding is promised.
 *   R12 chunk.making and chunk.removing say how many calls are under way. What is left when the writers have ended was cut
 *       short (killed, cancelled, left by longjmp): it may have done its work and have no record.
 */
#ifndef PAGELEAK_FORMAT_H
#define PAGELEAK_FORMAT_H

/* Tables and layouts are aligned by hand. */
/* clang-format off */

#include <stdint.h>

#define JOURNAL_MAGIC "PAGELEAK" /* 8 bytes, no NUL */
#define JOURNAL_VERSION 1
#define JOURNAL_HEADER_SIZE 4096
#define JOURNAL_COUNTERS 32
#define CHUNK_MAGIC 0x4b434c50u /* "PLCK" */
#define CHUNK_ALIGN 4096u
#define CHUNK_MAX (1u << 20)
#define JOURNAL_CAPACITY_MAX ((uint64_t)1 << 35) /* references are 32 bits of 8 bytes */
#define STACK_DEPTH_MAX 512 /* frames of a stack, native or of a script: the most that --depth takes */

/* Incompatible flags: a reader that does not know one refuses the file. None is defined yet. */
#define INCOMPATIBLE_KNOWN 0u

/*
 * What went wrong, counted in the header. LOSS: an event did not reach the journal, so the audit is incomplete. LIMIT: the
 * event is there, but with less than usual; text as shown to the user. Numbers reach the disk and are permanent.
 */
#define JOURNAL_COUNTER_TABLE(X)                                                                                       \
	X(0, LOSS, JOURNAL_FULL, "the journal was full, or the part of it that could be mapped")       \
	X(1, LOSS, DISK_FULL, "the disk that holds the journal was full")                                              \
	X(2, LOSS, UNIDENTIFIED, "what a call had just made could not be identified")                                  \
	X(3, LOSS, SPAWN_ACTIONS, "a file opened by a posix_spawn file action could not be followed")                  \
	X(4, LIMIT, STACK_NESTED, "native stack not taken: a signal handler interrupted the unwinder")                 \
	X(5, LIMIT, STACK_ALIEN, "native stack not taken: on a coroutine's stack, or one with too little room")                              \
	X(6, LIMIT, UNWINDER_MISSING, "native stacks not taken: libunwind could not be loaded in time")                \
	X(7, LIMIT, UNWINDER_FORKED, "native stacks not taken: another thread was unwinding at the moment of a fork")  \
	X(8, LIMIT, TABLE_FULL, "stacks stored more than once: the table of known stacks was full")                    \
	X(9, LIMIT, LIBRARY_CLOSED, "libraries unloaded: what libunwind makes of a reused address may be wrong")       \
	X(10, LIMIT, PYTHON_UNREADABLE, "Python stack cut short: a frame did not look as expected")                    \
	X(11, LIMIT, DIRECTORY_UNKNOWN, "the directory of a name could not be resolved")                               \
	X(12, LIMIT, STACK_CUT, "stacks cut at --depth")                                                               \
	X(13, LIMIT, RECORD_CUT, "a name or stack was cut to fit a record")                                               \
	X(14, LOSS, UNMAPPED, "a process had too little address space to map the journal")                            \
	X(15, LIMIT, STACK_SHORT, "native stack cut short: a frame did not look as expected")                        \
	X(16, LIMIT, WHY_UNDONE, "--why: an interpreter could not be looked into at the end of a process or scope")   \
	X(17, LIMIT, WHY_CUT, "--why: looks left out: the time for them was used up")                                  \
	X(18, LIMIT, REPORT_NOT_STARTED, "a report that was asked for by a signal, or at the end of the program, could not be started")

enum journal_counter {
#define X(number, kind, name, text) COUNTER_##name = number,
	JOURNAL_COUNTER_TABLE(X)
#undef X
};

struct journal_header {
	char magic[8];                       /*   0 */
	uint32_t version;                    /*   8 JOURNAL_VERSION */
	uint32_t header_size;                /*  12 JOURNAL_HEADER_SIZE */
	uint64_t compatible;                 /*  16 flags */
	uint64_t incompatible;               /*  24 flags */
	uint64_t capacity;                   /*  32 bytes; the file's size */
	uint64_t started_ns;                 /*  40 CLOCK_REALTIME_COARSE when the audit began */
	uint64_t next_free;                  /*  48 offset of the first byte not handed out; may pass capacity */
	uint32_t next_process;               /*  56 the next process number, from 1 */
	uint32_t creator_pid;                /*  60 */
	uint64_t counters[JOURNAL_COUNTERS]; /*  64 by enum journal_counter */
	uint64_t directory_moves;            /* 320 directories renamed so far: what writers know of paths may be outdated */
	uint32_t asked;                      /* 328 by a report on a living program: look what holds the owners of pages (WHY, ASKED) */
	uint32_t answered;                   /* 332 looks that were taken since, of all processes */
	uint64_t snapshot_ns;                /* 336 CLOCK_REALTIME when the last snapshot began, 0 never; no writer asks for it */
	uint64_t senders[4];                 /* 344 pids of processes of the tree that sent the snapshot signal, below the second of it; for writers alone */
	                                     /* 376 zero up to JOURNAL_HEADER_SIZE */
};

struct journal_chunk {
	uint32_t magic;   /*  0 CHUNK_MAGIC, written last */
	uint32_t size;    /*  4 bytes, this header included */
	uint32_t process; /*  8 whose it is: a hint for people; each record says its own */
	uint32_t tid;     /* 12 */
	uint64_t used;    /* 16 bytes handed out, this header included; may pass size */
	uint32_t making;  /* 24 calls that make or move a name, begun and not ended: see R12 */
	uint32_t removing; /* 28 the same of calls that remove one */
};

/*
 * One row a record type. Numbers are permanent. LOSS: where its writer died while writing it, something that happened is not on
 * record. PART: nothing is lost by that; it says nothing but what records behind it refer to, or how the dead ended.
 */
#define JOURNAL_RECORD_TABLE(X)                                                                                        \
	X(1, LOSS, AUDIT, struct journal_audit, "who audits what, written by the command")                                   \
	X(2, LOSS, AUDIT_END, struct journal_audit_end, "how the command ended")                                             \
	X(3, PART, PROCESS, struct journal_process, "a process image begins, or a forked child makes its first record")      \
	X(4, LOSS, EXEC, struct journal_exec, "a process is about to be replaced, or was spawned")                           \
	X(5, LOSS, EXEC_FAILED, struct journal_exec_failed, "that did not happen after all")                                 \
	X(6, PART, EXIT, struct journal_exit, "a process begins to end, or is about to be gone")                             \
	X(7, LOSS, EVENT, struct journal_event, "an entry came into being, moved or went")                                   \
	X(8, PART, STRING, struct journal_string, "bytes stored once")                                                       \
	X(9, PART, MODULE, struct journal_module, "a mapped executable or library")                                          \
	X(10, PART, STACK, struct journal_stack, "return addresses, innermost first")                                        \
	X(11, PART, CODE, struct journal_code, "a function, as the interpreter of its language has it")                             \
	X(12, PART, SCRIPT_STACK, struct journal_script_stack, "frames of a script, innermost first")                        \
	X(13, LOSS, SCOPE, struct journal_scope, "the process's scope changed")                                              \
	X(14, LOSS, NOTE, struct journal_note, "something that limits what can be known of this process")                    \
	X(15, PART, VOID, struct journal_record, "begun, and not needed after all")                                          \
	X(16, LOSS, KILLED, struct journal_killed, "its parent learnt that a process was killed")                            \
	X(17, PART, WHY, struct journal_why, "what held the object that owns a page")

enum journal_record_type {
	RECORD_NONE = 0,
#define X(number, torn, name, layout, meaning) RECORD_##name = number,
	JOURNAL_RECORD_TABLE(X)
#undef X
};

struct journal_record {
	uint32_t size;    /* 0 bytes, this header included, a multiple of 8 */
	uint16_t type;    /* 4 enum journal_record_type; 0 while being written */
	uint16_t flags;   /* 6 by type; while being written: the type to be */
	uint32_t process; /* 8 process number; 0 for the command's own records */
	uint32_t tid;     /* 12 */
};

struct journal_audit {
	struct journal_record head;
	uint64_t time_ns;
	uint32_t cwd_size, host_size, version_size, argc; /* sizes without NUL */
	/* then cwd, host, version, and argc strings with a NUL each; then variables with a NUL each: "TMPDIR=" and
	 * its value if that is set; "PAGELEAK=" and the options that the audit was begun with, as that variable has them */
};

struct journal_audit_end {
	struct journal_record head;
	uint64_t time_ns;
	int32_t wait_status; /* as from waitpid(2) */
	uint32_t before_ms;  /* the command ended that long before time_ns; what it had started went on */
};

enum { PROCESS_EXECED = 1, PROCESS_FORKED = 2 };
enum { PROCESS_NAMED = 1 }; /* head.flags: exe is an absolute name that may lead through symlinks */

struct journal_process {
	struct journal_record head; /* head.process is the number that this record introduces */
	uint64_t time_ns;
	uint32_t pid, ppid; /* as getpid(2) says, in the process's own pid namespace; ppid 0: not known */
	uint32_t parent;    /* FORKED: number of the process that it is a copy of. EXECED: 0, found by pid */
	uint32_t kind;      /* PROCESS_* */
	uint32_t uid;       /* effective */
	uint32_t exe;       /* STRING; 0 in a FORKED one: as its parent's. So are the next three */
	uint32_t tmpdir;    /* STRING: value of TMPDIR; 0 none */
	uint32_t scope;     /* STRING: scope inherited from the environment; 0 none */
	uint32_t argv_size;
	uint32_t zero;
	/* then argv_size bytes: arguments with a NUL each, cut at 4,096 */
};

enum {
	EXEC_SPAWNED = 1,          /* head.flags: by posix_spawn; pid is the child's and it runs already */
	EXEC_ENVIRONMENT_LOST = 2, /* the new environment does not load the library or does not name the journal */
	EXEC_SEARCHED = 4,         /* the name is looked up in PATH */
	EXEC_OUT_OF_REACH = 8,     /* the library could not be opened by that name: another root directory, mounts, user */
	EXEC_USER = 16,            /* behind the arguments stands the effective user's number, four bytes */
};

struct journal_exec {
	struct journal_record head; /* head.process: the nearest known process: the caller or the one it was forked from */
	uint64_t time_ns;
	uint32_t pid, ppid;   /* of the process that is replaced */
	uint32_t path_size;   /* without NUL; empty for fexecve */
	uint32_t argv_size;
	/* then path, then arguments with a NUL each, cut at 512 bytes; with EXEC_USER a number */
};

struct journal_exec_failed {
	struct journal_record head;
	uint64_t time_ns;
	uint32_t exec; /* reference to the EXEC record */
	uint32_t pid;
};

/* How a process ends. BEGUN: exit handlers and finalizers are about to run. GONE: nothing of it runs any more. */
#define JOURNAL_EXIT_TABLE(X)                                                                                          \
	X(1, BEGUN, "exit")                                                                                            \
	X(2, GONE, "exit, after all handlers")                                                                         \
	X(3, AT_ONCE, "_exit")                                                                                         \
	X(4, QUICK, "quick_exit")                                                                                      \
	X(5, ABORT, "abort")                                                                                           \
	X(6, DAEMON, "daemon, in the parent")
enum {
#define X(number, name, text) EXIT_##name = number,
	JOURNAL_EXIT_TABLE(X)
#undef X
};

struct journal_exit {
	struct journal_record head;
	uint64_t time_ns;
	int32_t status; /* as given to exit(3); -1 unknown */
	uint32_t how;   /* EXIT_* */
};

/* A process that a signal ended says nothing itself. */
struct journal_killed {
	struct journal_record head; /* head.process: the nearest known process: the parent or the one it was forked from; 0: pageleak, to whom it was left */
	uint64_t time_ns;           /* when its parent had waited for it */
	uint32_t pid, ppid;         /* ppid 0: its own parent is gone */
	uint32_t signal;
	uint32_t zero;
};

struct identity {
	uint64_t device;   /* major << 32 | minor */
	uint64_t inode;
	uint64_t birth_ns; /* 0: the file system has none; 1: it says 0, as of files that came with a disk image */
};

enum { EVENT_MADE = 1, EVENT_RELEASED = 2, EVENT_RENAMED = 3, EVENT_LINKED = 4 };

/* journal_event.flags */
enum {
	EVENT_CERTAIN = 1,        /* MADE: the call fails when the name exists. Else judged by birth time */
	EVENT_GUESSED = 2,        /* MADE: no birth time and nothing was looked up before: judged by times and size */
	EVENT_EXCHANGED = 4,      /* RENAMED: the two names changed places; `replaced` is now at the old name */
	EVENT_REPLACED = 8,       /* RENAMED: struct journal_replaced follows: what the new name was before */
	EVENT_NEW_ENTRY = 16,     /* RENAMED, LINKED: the inode is older than the audit, the name is new */
	EVENT_BASE_UNKNOWN = 32,  /* the path is relative to something that was not resolved; see `base` */
	EVENT_BASE2_UNKNOWN = 64, /* the same for the second path */
	EVENT_CUT = 128,          /* a path was cut to fit */
	EVENT_RAW = 256,          /* by syscall(2), not by the function of that name */
	EVENT_COLLECTING = 512,   /* this process's Python was in a garbage collection */
};

struct journal_event {
	struct journal_record head;       /*  0 */
	uint64_t time_ns;                 /* 16 CLOCK_REALTIME after the call; RELEASED: before it */
	struct identity page;             /* 24 */
	uint32_t native;                  /* 48 STACK */
	uint32_t script;                  /* 52 SCRIPT_STACK */
	uint32_t base, base2;             /* 56 STRING: directory that the path, the second path is relative to */
	uint32_t scope;                   /* 64 STRING */
	uint32_t links;                   /* 68 st_nlink: after the call for MADE, LINKED; before it for RELEASED, RENAMED */
	uint16_t api;                     /* 72 id of a row of hooks.def */
	uint16_t mode;                    /* 74 st_mode */
	uint16_t path_size, path2_size;   /* 76 */
	uint16_t flags;                   /* 80 EVENT_* */
	uint8_t kind;                     /* 82 MADE ... LINKED */
	uint8_t objects;                  /* 83 number of struct journal_object */
	uint32_t zero;                    /* 84 */
	/*
	 * 88: struct journal_replaced if EVENT_REPLACED; `objects` times struct journal_object; path; path2.
	 * MADE: path is the new name (empty: base is the whole name). RELEASED: the name that went; empty when it was
	 * the last one: the identity is what counts.
	 * RENAMED: path new, path2 old. LINKED: path new, path2 the existing name ("" when a descriptor was linked).
	 */
};

struct journal_replaced {
	struct identity page;
	uint32_t links; /* before the call: 1 means that its last name went */
	uint32_t mode;
};

/* A frame's `self`, innermost first, one of the standard library's behind the others; at most 4. */
struct journal_object {
	uint64_t address;
	uint32_t type;  /* STRING: tp_name */
	uint32_t frame; /* index into the event's script stack */
};

struct journal_string {
	struct journal_record head;
	uint32_t length; /* bytes, without NUL */
	/* then the bytes */
};

struct journal_module {
	struct journal_record head; /* belongs to head.process and, until they exec, to the processes forked from it later */
	uint64_t time_ns;
	uint64_t bias;       /* load address minus the address that the file names */
	uint64_t start, end; /* mapped range */
	uint32_t path;       /* STRING; 0 for the vdso and the like */
	uint32_t build_id_size;
	/* then the build-id */
};

enum { STACK_CUT = 1 }; /* head.flags: there were more frames */

struct journal_stack {
	struct journal_record head; /* addresses belong to head.process and, until they exec, to those forked from it later */
	uint64_t time_ns;           /* when it was first seen: modules known then apply */
	uint32_t count;
	uint32_t zero;
	/* then count times uint64_t: return addresses, innermost first, own frames left out */
};

struct journal_code {
	struct journal_record head;
	uint32_t file, function; /* STRING; function is the qualified name where the interpreter has one */
	uint32_t argument;       /* STRING: name of the first argument; 0 if it takes none */
	int32_t first_line;
};

/* One row a language whose stacks are recorded: number, id, name as in the JSON report. Numbers are permanent. */
#define JOURNAL_LANGUAGE_TABLE(X)                                                                                      \
	X(0, PYTHON, "python")

enum journal_language {
#define X(number, name, text) LANGUAGE_##name = number,
	JOURNAL_LANGUAGE_TABLE(X)
#undef X
};

struct journal_script_frame {
	uint32_t code; /* CODE */
	int32_t line;  /* 0 unknown */
};

struct journal_script_stack {
	struct journal_record head;
	uint32_t count;
	uint16_t version;  /* of the interpreter: 0x030b for CPython 3.11 */
	uint16_t language; /* enum journal_language */
	/* then count times struct journal_script_frame, innermost first */
};

struct journal_scope {
	struct journal_record head;
	uint64_t time_ns;
	uint32_t scope; /* STRING; 0: the scope ended and none began */
	uint32_t zero;
};

/* What limits the audit of one process. INCOMPLETE: pages may have come and gone unseen. Numbers are permanent. */
#define JOURNAL_NOTE_TABLE(X)                                                                                          \
	X(1, IO_URING, INCOMPLETE, "uses io_uring, whose file operations cannot be seen")                              \
	X(2, PYTHON_UNSUPPORTED, LIMIT, "runs a Python whose frames cannot be read") /* detail: why */                 \
	X(3, PYTHON_READ, LIMIT, "")                                                                                   \
	X(4, JOURNAL_SMALL, LIMIT, "could map only a part of the journal")                                             \
	X(5, RAW_CLONE, LIMIT, "makes processes by raw system calls")                                                  \
	X(6, CHROOT, LIMIT, "changed its root directory") /* detail: to where, as its old one names it; none: not known */ \
	X(7, SECCOMP, INCOMPLETE, "installed a seccomp filter: nothing was recorded after that")                       \
	X(8, SESSION, LIMIT, "") /* no limit: it left its parent's session, as daemons do */                                  \
	X(9, WATCHED, LIMIT, "runs under valgrind or ThreadSanitizer, which would report what libunwind does: no native stacks") \
	X(10, DEEPBIND, INCOMPLETE, "loads libraries with RTLD_DEEPBIND, whose calls cannot be seen")                   \
	X(11, MOUNTS, LIMIT, "") /* what was on disk under one name may be there under another since; detail: where */ \
	X(12, ASKED, LIMIT, "") /* no limit: its interpreter is asked what holds the owners of pages */ \
	X(13, NAMESPACE, INCOMPLETE, "loads libraries with dlmopen into a name space of their own, whose calls cannot be seen") \
	X(14, NOT_ASKED, LIMIT, "runs a Python that --why cannot ask what holds pages") /* detail: why */ \
	X(15, SIMULATED, INCOMPLETE, "runs in valgrind, whose own files cannot be seen") /* since before it said hello */ \
	X(16, SIGNAL_TAKEN, LIMIT, "") /* no limit: it handles or ignores the signal that asks for a snapshot */

enum journal_note_kind {
#define X(number, name, kind, text) NOTE_##name = number,
	JOURNAL_NOTE_TABLE(X)
#undef X
};

struct journal_note {
	struct journal_record head;
	uint64_t time_ns;
	uint32_t note;
	uint32_t detail; /* STRING or 0 */
};

/* Why a page's owner was still there (or gone without it), and when that was asked. Numbers are permanent. */
#define JOURNAL_WHY_TABLE(X)                                                                                           \
	X(0, UNKNOWN, "unknown")                                                                                       \
	X(1, REFERENCED, "referenced")                                                                                 \
	X(2, CYCLE, "cycle")                                                                                           \
	X(3, FINALIZER_FAILED, "finalizer-failed")                                                                     \
	X(4, NO_FINALIZER, "no-finalizer")                                                                             \
	X(5, KILLED, "killed")
#define JOURNAL_MOMENT_TABLE(X)                                                                                        \
	X(1, EXIT, "exit")     /* the program's exit handlers have run, its modules are still there */                 \
	X(2, GONE, "gone")     /* _exit, no finalizer will run */                                                      \
	X(3, SCOPE, "scope")   /* a scope ended */                                                                     \
	X(4, RAISED, "raised") /* a finalizer has just raised an exception */                                          \
	X(5, ASKED, "asked")   /* a report on the living process wanted to know */                                        \
	X(6, LEFT, "left")     /* the program ended with an interpreter that was never finalized */

enum journal_why_kind {
#define X(number, name, text) WHY_##name = number,
	JOURNAL_WHY_TABLE(X)
#undef X
};
enum journal_moment {
#define X(number, name, text) MOMENT_##name = number,
	JOURNAL_MOMENT_TABLE(X)
#undef X
};

/* Written by a forked copy of the process, in its name. */
struct journal_why {
	struct journal_record head;
	uint64_t time_ns;
	uint64_t object;    /* address */
	uint32_t event;     /* EVENT that made the page; 0: RAISED, which tells of whatever this object owned then */
	uint16_t kind;      /* enum journal_why_kind */
	uint8_t moment;     /* enum journal_moment */
	uint8_t alive;      /* was the object still there? */
	uint32_t text_size; /* with all NULs */
	uint32_t zero;
	/* then detail, advice and the links of the chain, innermost first, a NUL behind each */
};

_Static_assert(sizeof(struct journal_header) == 376, "header layout");
_Static_assert(sizeof(struct journal_chunk) == 32, "chunk layout");
_Static_assert(sizeof(struct journal_record) == 16, "record layout");
_Static_assert(sizeof(struct journal_event) == 88, "event layout");
_Static_assert(sizeof(struct journal_process) == 64, "process layout");
_Static_assert(sizeof(struct journal_exec) == 40, "exec layout");
_Static_assert(sizeof(struct journal_exit) == 32, "exit layout");
_Static_assert(sizeof(struct journal_killed) == 40, "killed layout");
_Static_assert(sizeof(struct journal_string) == 20, "string layout");
_Static_assert(sizeof(struct journal_module) == 56, "module layout");
_Static_assert(sizeof(struct journal_stack) == 32, "stack layout");
_Static_assert(sizeof(struct journal_code) == 32, "code layout");
_Static_assert(sizeof(struct journal_object) == 16, "object layout");
_Static_assert(sizeof(struct journal_why) == 48, "why layout");

/* clang-format on */

#endif
