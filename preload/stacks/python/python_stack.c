/*
 * python_stack.c - walks the interpreter's frames, recognizes stacks that it has learned, and finds each frame's
 * `self`.
 *
 * Must not: call into the interpreter beyond PyGILState_GetThisThreadState, which only reads thread-local storage;
 * follow a pointer whose owner was not checked: a code object is one only if its type is PyCode_Type.
 */
#include "stacks/python/python_stack.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "journal/note.h"
#include "stacks/python/python_offsets.h"
#include "stacks/python/python_text.h"
#include "stacks/python/python_version.h"
#include "system/memo.h"
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define FRAMES_WALKED 20000
/* A stack's marks: a bit for each of the innermost frames whose `self` is wanted. */
#define SELF_FRAMES 20
#define SELF_LIBRARY (1u << SELF_FRAMES) /* the innermost one is the library's: it goes behind the program's own */
_Static_assert(SELF_FRAMES < SCRIPT_MARK_BITS, "marks");

static struct python_offsets at;
static void *(*this_thread)(void);        /* NULL: no interpreter, or one that is not read */
static void *(*newest_interpreter)(void); /* NULL: it does not matter */
static uintptr_t code_type, runtime;
/*
 * A learned stack, recognized by its frames: each at the same address, with the same code object, position and caller.
 * Each code object is checked once, as recursion and decorators bring the same one many times.
 */
struct python_memo {
	uint64_t frame; /* key: the innermost frame */
	uint32_t reference, mask, count, codes;
	struct python_code_check {
		uintptr_t code;
		uint64_t check;
	} checks[]; /* `codes` of them, then `count` links */
};
struct python_link {
	uintptr_t frame, code, position;
};
static struct memo_table memos;
static bool late; /* a library brought the interpreter after the program had started */

/* Clears the flags that 3.14 keeps in the low bits of references on the stack. */
static uintptr_t untagged(uintptr_t reference)
{
	return at.version >= 314 ? reference & ~(uintptr_t)3 : reference;
}

/* ---- which interpreter ---- */

/*
 * NULL unless the program is a Python or linked with one. Not looked up by dlsym, which would clear the program's
 * dlerror.
 */
extern void *PyGILState_GetThisThreadState(void) __attribute__((weak));

static const char *prepare(bool loaded, uint16_t *version)
{
	void *(*found)(void) = PyGILState_GetThisThreadState;

	if (!found && loaded)
		found = (void *(*)(void))dlsym(RTLD_DEFAULT, "PyGILState_GetThisThreadState");
	late = found && loaded;
	const char *refused = found ? python_version_choose(&at, &code_type) : "";
	if (found) {
		runtime = at.version <= 308 ? (uintptr_t)dlsym(RTLD_DEFAULT, "_PyRuntime") : 0;
		if (at.version < 312)
			newest_interpreter = (void *(*)(void))dlsym(RTLD_DEFAULT, "PyInterpreterState_Head");
		*version = (uint16_t)(at.version / 100 << 8 | at.version % 100);
		this_thread = refused ? NULL : found;
	}
	if (found || loaded)
		dlerror(); /* takes the errors of these lookups away */
	return refused;
}

bool python_stack_came_late(void)
{
	return late;
}

/*
 * Notes a program with subinterpreters. Before 3.12 PyGILState_GetThisThreadState gives a thread's state in the first
 * interpreter that it ran: frames of other interpreters cannot be found.
 */
static void look_for_others(void)
{
	uintptr_t thread = newest_interpreter ? (uintptr_t)this_thread() : 0;

	if (thread && word(thread, THREAD_INTERPRETER) != (uintptr_t)newest_interpreter())
		note_write(NOTE_PYTHON_UNSUPPORTED, "those of a subinterpreter, before 3.12");
}

/* ---- frames ---- */

static uintptr_t first_frame(void)
{
	uintptr_t thread = (uintptr_t)this_thread();

	if (!thread || word(thread, at.thread_id) != (uintptr_t)pthread_self())
		return 0;
	if (at.thread_frame >= 0)
		return word(thread, at.thread_frame);
	uintptr_t cframe = word(thread, at.thread_cframe);
	return cframe ? word(cframe, at.cframe_frame) : 0;
}

/* Offset of the current instruction in the bytecode, in bytes; -1 for a frame that has not begun. */
static long frame_offset(uintptr_t frame, uintptr_t code)
{
	if (at.version <= 309)
		return number(frame, at.last_index);
	if (at.version == 310)
		return 2L * number(frame, at.last_index);
	long offset = (long)(word(frame, at.instruction) - (code + (uintptr_t)at.bytecode));
	bool generator = byte(frame, at.owner) == FRAME_OWNER_GENERATOR;
	if (!generator && offset < 2L * number(code, at.first_traceable))
		return -1;
	return offset < 0 ? 0 : offset;
}

/*
 * A check of the size and of 8 bytes at the beginning and at two places before the end. 8 bytes can always be read: a
 * bytes object ends in a NUL, and allocations are rounded up.
 */
static inline uint64_t bytes_check(const char *bytes, uint64_t size)
{
	uint64_t first, last, before;

	memcpy(&first, bytes, 8);
	memcpy(&last, bytes + (size > 8 ? size - 8 : 0), 8);
	memcpy(&before, bytes + (size > 16 ? size - 16 : 0), 8);
	return hash_mix(first + size, last + 3 * before);
}

/* The check of the last file name: neighbouring frames mostly share it. */
struct file_check {
	uintptr_t file;
	uint64_t check;
};

static inline uint64_t file_check(uintptr_t file, const struct python_offsets *of, struct file_check *last)
{
	if (file == last->file)
		return last->check;
	/* The str of a subclass is not compact: its text is elsewhere. */
	bool compact = (uint32_t)number(file, STRING_STATE) >> 5 & 1;
	last->file = file;
	return last->check =
		       compact ? bytes_check((const char *)file + of->ascii_data, word(file, STRING_LENGTH)) : file;
}

/*
 * A check that tells a code object from a later one at the same address. Programs that generate code put one code
 * object after the other into the same memory, with file name and line table, so their contents are part of it.
 */
static inline uint64_t code_check(uintptr_t code, const struct python_offsets *of, struct file_check *last)
{
	uintptr_t table = word(code, of->line_table);
	uint64_t check = word(code, of->name) + 3 * (uint64_t)(uint32_t)number(code, of->first_line);

	if (of->version >= 312)
		return check + 5 * (word(code, CODE_VERSION) >> 32); /* a number of its own */
	check += bytes_check((const char *)table + BYTES_DATA, word(table, BYTES_SIZE));
	return check + 5 * file_check(word(code, of->file), of, last);
}

static inline uintptr_t position(uintptr_t frame)
{
	return at.version <= 310 ? (uintptr_t)number(frame, at.last_index) : word(frame, at.instruction);
}

static size_t walk(struct script_frame *frames, size_t most)
{
	uintptr_t frame = first_frame();
	struct file_check file = {0, 0};
	size_t count = 0;

	for (int guard = 0; frame && count < most && guard < FRAMES_WALKED; guard++, frame = word(frame, at.back)) {
		if (at.version >= 312 && byte(frame, at.owner) >= FRAME_OWNER_NOT_PYTHON)
			continue;
		uintptr_t code = untagged(word(frame, at.code));
		if (!code || code % 8 || word(code, OBJECT_TYPE) != code_type) {
			journal_count(COUNTER_PYTHON_UNREADABLE, 1);
			break;
		}
		long offset = frame_offset(frame, code);
		if (offset < 0)
			continue;
		frames[count++] = (struct script_frame){code, frame, code_check(code, &at, &file), (uint64_t)offset};
	}
	return count;
}

/* ---- self ---- */

static uintptr_t cell_value(uintptr_t cell)
{
	const char *name = (const char *)word(word(cell, OBJECT_TYPE), TYPE_NAME);

	return name && strcmp(name, "cell") == 0 ? word(cell, CELL_VALUE) : cell;
}

/*
 * `self` where a closure captures it: up to 3.10 its slot is empty then, and a cell behind the locals holds it. The
 * slot of a variable that was deleted is empty, too.
 */
static uintptr_t self_in_cell(uintptr_t frame, uintptr_t code)
{
	uintptr_t map = word(code, at.cell_arguments), names = word(code, at.cell_variables);
	long locals = number(code, at.local_count), cells = names ? (long)word(names, TUPLE_SIZE) : 0;

	for (long i = 0; map && i < cells && i < 64; i++) {
		long argument = at.version == 306 ? (long)byte(map, (int)i) : (long)word(map, (int)(8 * i));

		if (argument == 0) {
			uintptr_t cell = word(frame, (int)(at.locals + 8 * (locals + i)));
			return cell ? word(cell, CELL_VALUE) : 0;
		}
	}
	return 0;
}

static uintptr_t frame_self(uintptr_t frame, uintptr_t code)
{
	uintptr_t self = untagged(word(frame, at.locals));

	if (at.version <= 310)
		return self ? self : self_in_cell(frame, code);
	uintptr_t kinds = word(code, at.kinds);
	return self && kinds && (byte(kinds, BYTES_DATA) & KIND_CELL) ? cell_value(self) : self;
}

/* ---- text ---- */

static uint32_t string_store(uintptr_t string, struct scratch *scratch)
{
	return string ? intern_string(scratch->text,
				      python_text_string(&at, string, scratch->text, sizeof scratch->text))
		      : 0;
}

static uintptr_t first_argument(uintptr_t code)
{
	uintptr_t names = word(code, at.variable_names);

	return number(code, at.argument_count) > 0 && names && word(names, TUPLE_SIZE) > 0 ? word(names, TUPLE_ITEMS)
											   : 0;
}

static void describe(const struct script_frame *frame, struct scratch *scratch, struct script_code *out)
{
	uintptr_t name = at.qualified_name >= 0 ? word(frame->code, at.qualified_name) : word(frame->code, at.name);

	out->file = string_store(word(frame->code, at.file), scratch);
	out->function = string_store(name, scratch);
	out->argument = string_store(first_argument(frame->code), scratch);
	out->first_line = number(frame->code, at.first_line);
}

static int line(const struct script_frame *frame)
{
	return python_text_line(&at, frame->code, (uint32_t)frame->position);
}

static bool takes_self(uintptr_t code, struct scratch *scratch)
{
	uintptr_t name = first_argument(code);

	return name && python_text_string(&at, name, scratch->text, 16) == 4 && memcmp(scratch->text, "self", 4) == 0;
}

static bool in_standard_library(uintptr_t code, struct scratch *scratch)
{
	uintptr_t file = word(code, at.file);
	size_t size = file ? python_text_string(&at, file, scratch->text, sizeof scratch->text - 1) : 0;

	scratch->text[size] = 0;
	return scratch->text[0] == '<' ||
	       (strstr(scratch->text, "/lib/python3") && !strstr(scratch->text, "-packages/"));
}

static bool is_named(uintptr_t code, const char *name, struct scratch *scratch)
{
	size_t size = word(code, at.name) ? python_text_string(&at, word(code, at.name), scratch->text, 16) : 0;

	return size == strlen(name) && memcmp(scratch->text, name, size) == 0;
}

/*
 * Marks the frames whose `self` may own the page: the innermost three methods outside the standard library, and one
 * method of the library that the program called: the outermost __init__, otherwise the innermost method. Leaves out
 * paths, which own nothing, and objects that only run what they were given: threads, processes, event loops,
 * asyncio.Runner, pytest.
 */
static uint32_t self_mask(const struct script_frame *frames, size_t count, struct scratch *scratch)
{
	uint32_t mask = 0, made = 0, called = 0;
	int users = 0;
	bool inside = true; /* still in what the program has called */

	for (size_t i = 0; i < count && i < SELF_FRAMES && users < SCRIPT_OBJECTS - 1; i++) {
		bool ours = !in_standard_library(frames[i].code, scratch);
		if (strstr(scratch->text, "/_pytest/") || strstr(scratch->text, "/pluggy/"))
			break;
		inside = inside && !ours;
		bool path = strstr(scratch->text, "/pathlib") != NULL;
		inside = inside && !is_named(frames[i].code, "run", scratch) &&
			 !is_named(frames[i].code, "_run", scratch);
		if (!takes_self(frames[i].code, scratch))
			continue;
		if (ours)
			mask |= 1u << i, users++;
		else if (inside && !path && is_named(frames[i].code, "__init__", scratch))
			made = 1u << i;
		else if (inside && !path && !called)
			called = 1u << i;
	}
	uint32_t library = made ? made : called;
	return mask | library | (library ? SELF_LIBRARY : 0);
}

static uint32_t type_store(uintptr_t type)
{
	const char *name = (const char *)word(type, TYPE_NAME);
	uint64_t words[2] = {type, (uint64_t)(uintptr_t)name};
	uint64_t key = hash_words(words, 2, INTERN_TYPE);
	struct interned known = intern_find(key);

	if (known.reference || !name)
		return known.reference;
	known.reference = intern_string(name, strnlen(name, 200));
	if (known.reference)
		intern_add(key, known);
	return known.reference;
}

static void object_add(uintptr_t frame, uintptr_t code, uint32_t index, struct script_capture *out)
{
	uintptr_t self = frame_self(frame, code);

	if (self && out->count < SCRIPT_OBJECTS)
		out->objects[out->count++] = (struct journal_object){self, type_store(word(self, OBJECT_TYPE)), index};
}

static void objects_sort(uint32_t mask, struct script_capture *out)
{
	if (!(mask & SELF_LIBRARY) || out->count < 2)
		return;
	struct journal_object library = out->objects[0];
	memmove(out->objects, out->objects + 1, (out->count - 1) * sizeof library);
	out->objects[out->count - 1] = library;
}

static void objects_read(const struct script_frame *frames, size_t count, uint32_t mask, struct script_capture *out)
{
	for (uint32_t i = 0; i < SELF_FRAMES && i < count; i++)
		if (mask & 1u << i)
			object_add(frames[i].frame, frames[i].code, i, out);
	objects_sort(mask, out);
}

/* ---- recognition ---- */

static const struct python_link *links_of(const struct python_memo *memo)
{
	return (const struct python_link *)(memo->checks + memo->codes);
}

/* After memo_links_hold only: a code object may be read because a frame refers to it. */
static bool memo_codes_hold(const struct python_memo *memo)
{
	const struct python_offsets of = at;
	struct file_check name = {0, 0};

	for (uint32_t i = 0; i < memo->codes; i++)
		if (code_check(memo->checks[i].code, &of, &name) != memo->checks[i].check)
			return false;
	return true;
}

/*
 * A frame may be read because the one inside it, which was checked just before, refers to it. This is the hottest loop
 * of all, so it has the offsets in registers.
 */
static bool memo_links_hold(const struct python_memo *memo, uintptr_t frame)
{
	const struct python_link *link = links_of(memo), *end = link + memo->count;
	const int code = at.code, back = at.back;
	const int where = at.version <= 310 ? at.last_index : at.instruction;
	const uintptr_t bits = at.version <= 310 ? UINT32_MAX : UINTPTR_MAX, tags = at.version >= 314 ? 3 : 0;

	for (; link < end; link++) {
		/*
		 * The address is compared before it is read, because this chain may end where the learned one went on.
		 * The frame is read by the learned address and not by the one just found, so that no load waits for the
		 * one before it.
		 */
		const uintptr_t known = link->frame;

		if (frame != known ||
		    ((word(known, code) & ~tags) ^ link->code) | ((word(known, where) ^ link->position) & bits))
			return false;
		frame = word(known, back);
	}
	return true;
}

static const struct python_memo *recognized(uintptr_t frame)
{
	void **set = memo_set(&memos, frame);

	for (int way = 0; way < MEMO_WAYS; way++) {
		const struct python_memo *memo = __atomic_load_n(&set[way], __ATOMIC_ACQUIRE);

		if (memo && memo->frame == frame && memo_links_hold(memo, frame) && memo_codes_hold(memo))
			return memo;
	}
	return NULL;
}

/* The number of frames from `frame` to `last`, with those that are not recorded; 0 when one is not as expected. */
static uint32_t chain_length(uintptr_t frame, uintptr_t last)
{
	for (uint32_t count = 1; frame && count <= 2 * STACK_DEPTH_MAX; count++, frame = word(frame, at.back)) {
		uintptr_t code = untagged(word(frame, at.code));

		if (!code || word(code, OBJECT_TYPE) != code_type)
			return 0;
		if (frame == last)
			return count;
	}
	return 0;
}

/* Adds each code object of the chain once. Equal ones are mostly close together, so the search begins at the newest. */
static void learn_codes(struct python_memo *memo, uintptr_t frame, uint32_t count)
{
	struct file_check file = {0, 0};

	for (uint32_t i = 0; i < count; i++, frame = word(frame, at.back)) {
		uintptr_t code = untagged(word(frame, at.code));
		uint32_t k = memo->codes;

		while (k && memo->checks[k - 1].code != code)
			k--;
		if (!k)
			memo->checks[memo->codes++] = (struct python_code_check){code, code_check(code, &at, &file)};
	}
}

static void learn(uint32_t stack, uint32_t marks, const struct script_frame *last)
{
	uintptr_t frame = first_frame();
	uint32_t count = chain_length(frame, last->frame);
	size_t most =
		sizeof(struct python_memo) + count * (sizeof(struct python_code_check) + sizeof(struct python_link));
	struct python_memo *memo = count ? memo_take(most) : NULL;

	if (!memo)
		return;
	memo->frame = frame;
	memo->reference = stack;
	memo->mask = marks;
	memo->count = count;
	learn_codes(memo, frame, count);
	struct python_link *links = (struct python_link *)(memo->checks + memo->codes);
	for (uint32_t i = 0; i < count; i++, frame = word(frame, at.back))
		links[i] = (struct python_link){frame, untagged(word(frame, at.code)), position(frame)};
	memo_add(&memos, memo);
}

/* Adds the objects of a recognized stack. A memo also has the frames that are not recorded; those are skipped. */
static void objects_of(const struct python_memo *memo, struct script_capture *out)
{
	uint32_t mask = memo->mask & ~SELF_LIBRARY;

	for (uint32_t i = 0, index = 0; mask && i < memo->count; i++) {
		const struct python_link *link = &links_of(memo)[i];

		if (at.version >= 312 && byte(link->frame, at.owner) >= FRAME_OWNER_NOT_PYTHON)
			continue;
		if (frame_offset(link->frame, link->code) < 0)
			continue;
		if (mask & 1)
			object_add(link->frame, link->code, index, out);
		mask >>= 1;
		index++;
	}
	objects_sort(memo->mask, out);
}

static bool recognize(struct script_capture *out)
{
	uintptr_t frame = first_frame();
	const struct python_memo *memo = frame ? recognized(frame) : NULL;

	if (!memo) {
		look_for_others();
		return !frame;
	}
	out->stack = memo->reference;
	objects_of(memo, out);
	return true;
}

static bool is_module(uintptr_t code)
{
	char name[24];
	size_t size = word(code, at.name) ? python_text_string(&at, word(code, at.name), name, sizeof name - 1) : 0;

	name[size] = 0;
	return strcmp(name, "<module>") == 0 || strncmp(name, "_run_module_as_main", 19) == 0; /* python -m */
}

bool python_stack_runs_module(void)
{
	uintptr_t code = 0;

	for (uintptr_t frame = this_thread ? first_frame() : 0, guard = 0; frame && guard < FRAMES_WALKED;
	     frame = word(frame, at.back), guard++) {
		uintptr_t next = untagged(word(frame, at.code));

		if (at.version >= 312 && byte(frame, at.owner) >= FRAME_OWNER_NOT_PYTHON)
			continue;
		if (!next || word(next, OBJECT_TYPE) != code_type)
			return true; /* not known */
		code = next;
	}
	return !code || is_module(code);
}

static bool collecting(void)
{
	if (!this_thread || at.collecting < 0)
		return false;
	uintptr_t thread = (uintptr_t)this_thread();
	uintptr_t holder = at.version <= 308 ? runtime : thread ? word(thread, THREAD_INTERPRETER) : 0;
	if (!thread || !holder || number(holder, at.collecting) != 1)
		return false;
	return (unsigned)number(holder, at.collecting - ENABLED_BEFORE_COLLECTING) <= 1;
}

const struct script_language python_stack_language = {
	.id = LANGUAGE_PYTHON,
	.read = NOTE_PYTHON_READ,
	.unsupported = NOTE_PYTHON_UNSUPPORTED,
	.prepare = prepare,
	.walk = walk,
	.describe = describe,
	.line = line,
	.recognize = recognize,
	.learn = learn,
	.mark = self_mask,
	.objects = objects_read,
	.collecting = collecting,
};
