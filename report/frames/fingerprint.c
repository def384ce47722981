/*
 * fingerprint.c - ids of findings. Must not look at anything but the finding; must not use what changes from run to run.
 */
#include "frames/fingerprint.h"
#include "base/hash.h"
#include "frames/merged_stack.h"
#include "frames/python_frames.h"
#include "model/stack_model.h"
#include "symbols/jit_frames.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Two independent 64-bit FNV-like hashes. */
struct print {
	uint64_t a, b;
};

static const struct print print_start = {HASH_START, 0x6a09e667f3bcc908};

static void print_byte(struct print *print, unsigned char byte)
{
	print->a = hash_number(print->a, byte);
	print->b = (print->b + byte + 1) * HASH_MULTIPLIER;
	print->b ^= print->b >> 32;
}

static void print_bytes(struct print *print, const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		print_byte(print, (unsigned char)at[i]);
	print_byte(print, 0);
}

static void print_text(struct print *print, struct text text)
{
	print_bytes(print, text.at, text.size);
}

/* Numbers in names that people or programs gave count as one another. */
static void print_name(struct print *print, struct text name)
{
	for (size_t i = 0; i < name.size; i++)
		if (!isdigit((unsigned char)name.at[i]))
			print_byte(print, (unsigned char)name.at[i]);
		else if (!i || !isdigit((unsigned char)name.at[i - 1]))
			print_byte(print, '*');
	print_byte(print, 0);
}

uint64_t fingerprint_text(struct text text)
{
	struct print print = print_start;
	print_text(&print, text);
	return print.a;
}

static bool contains(struct text text, const char *part)
{
	return text.size && memmem(text.at, text.size, part, strlen(part)) != NULL;
}

static struct text cut_at(struct text text, const char *mark)
{
	const char *at = text.size ? memmem(text.at, text.size, mark, strlen(mark)) : NULL;
	return at ? (struct text){text.at, (size_t)(at - text.at)} : text;
}

/* ---- native ---- */

/* Compilers number their copies: foo.constprop.0, foo.isra.1, foo.part.2, foo.cold. */
static struct text without_copy(struct text function)
{
	static const char *const marks[] = {".constprop.", ".isra.", ".part.", ".cold", ".lto_priv.", ".llvm."};
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		function = cut_at(function, marks[i]);
	return function;
}

/* "libx.so.1.2" is libx of another version; "x.cpython-311-x86_64-linux-gnu.so" x for another interpreter. */
static struct text without_version(struct text module)
{
	return cut_at(cut_at(text_basename(module), ".so"), ".cpython-");
}

/* Names of its functions are there or not as its debug information is, and change with its version. */
static bool of_libc(const struct frame *frame)
{
	struct text name = text_basename(frame->module);
	return text_starts(name, "libc.so") || text_starts(name, "libpthread.so") || text_starts(name, "ld-linux") ||
	       text_starts(name, "libc-2.") || text_is(frame->function, "_start");
}

/* Inlined or not, as the compiler likes: <bits/fcntl2.h>, the C++ library. */
static bool of_header(const struct frame *frame)
{
	return contains(frame->file, "/usr/include/") || text_starts(frame->function, "std::") ||
	       text_starts(frame->function, "__gnu_cxx::");
}

/* With its own modules, which are files or parts of it as its distributor likes. */
static bool of_interpreter(const struct frame *frame)
{
	struct text name = text_basename(frame->module);
	return text_starts(name, "python") || text_starts(name, "libpython") ||
	       contains(frame->module, "/lib-dynload/");
}

/* Does any frame have a name that tells this program from others? */
static bool has_names(const struct finding *finding)
{
	for (size_t i = 0; i < finding->native->count; i++) {
		const struct frame *frame = &finding->native->at[i];
		if (frame->function.size && !of_libc(frame) && !of_header(frame))
			return true;
	}
	return false;
}

static void print_native(struct print *print, const struct finding *finding, bool python, bool named)
{
	enum script script =
		script_of_frames(finding->native); /* what runs it takes other ways from one time to the next */
	for (size_t i = 0; i < finding->native->count; i++) {
		const struct frame *frame = &finding->native->at[i];
		if (!script_tells(script, frame))
			continue;
		if (script)
			print_text(print, text_basename(frame->file));
		if (python ? of_libc(frame) || of_interpreter(frame) || of_header(frame)
			   : named && (of_libc(frame) || of_header(frame)))
			continue;
		print_text(print, without_copy(frame->function));
		print_text(print, without_version(frame->module));
		if (!python && !named)
			print_bytes(print, (const char *)&frame->offset, sizeof frame->offset);
	}
}

/* ---- Python ---- */

static bool is_comprehension(struct text last)
{
	return text_is(last, "<listcomp>") || text_is(last, "<setcomp>") || text_is(last, "<dictcomp>");
}

/* "<string>" is what `python -c` runs, or exec: the program's own, as far as anybody knows. */
static bool is_standard(const struct script_frame *frame)
{
	bool installed =
		contains(frame->code->file, "/site-packages/") || contains(frame->code->file, "/dist-packages/");
	return text_starts(frame->code->file, "<frozen") || (!installed && contains(frame->code->file, "/lib/python"));
}

static void print_python_frame(struct print *print, const struct script_frame *frame, bool file)
{
	struct text last = python_last_part(frame->code->function);
	if (is_comprehension(last))
		return;
	print_text(print, last);
	if (file)
		print_text(print, text_basename(frame->code->file));
}

static void print_python(struct print *print, const struct script_stack *stack)
{
	uint32_t end = stack->count;
	while (end && python_is_library(&stack->frames[end - 1]))
		end--; /* what runs the program: runpy, pytest, threading */
	bool own = end > 0;
	for (uint32_t i = 0; i < (own ? end : stack->count); i++) {
		const struct script_frame *frame = &stack->frames[i];
		if (!own || !is_standard(frame))
			print_python_frame(print, frame, true);
		else if (!is_standard(frame + 1)) /* there is one, the program's own */
			print_python_frame(print, frame, false);
	}
}

/* ---- scripts ---- */

bool runs_scripts(const struct process *process)
{
	static const char *const names[] = {"sh",      "dash", "bash",   "zsh", "ksh",  "mksh",   "ash",     "perl",
					    "ruby",    "lua",  "luajit", "php", "node", "tclsh",  "wish",    "guile",
					    "Rscript", "gawk", "mawk",   "awk", "pypy", "python", "python2", "python3"};
	struct text name = text_basename(process->exe);
	while (name.size && (isdigit((unsigned char)name.at[name.size - 1]) || strchr(".-", name.at[name.size - 1])))
		name.size--;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

/* Its base name; "" where the program is in an argument (-c, -e) or comes from standard input. */
static struct text script_of(const struct process *process)
{
	for (size_t i = 1; runs_scripts(process) && i < process->argc; i++) {
		struct text argument = process->argv[i];
		if (text_is(argument, "-c") || text_is(argument, "-e"))
			break;
		if (!argument.size || argument.at[0] != '-')
			return text_basename(argument);
	}
	return (struct text){"", 0};
}

static void print_script(struct print *print, const struct process *maker, bool named)
{
	const struct process *process = maker;
	struct text script = script_of(process);
	if (!named && !runs_scripts(maker)) {
		for (size_t i = 1; i < maker->argc; i++)
			if (contains(maker->argv[i], "XXX")) /* what mktemp is to call it */
				print_name(print, text_basename(maker->argv[i]));
		while (!script.size && (process = process->parent))
			script = script_of(process);
	}
	print_name(print, script);
}

/* ---- all of it ---- */

void fingerprint(struct finding *finding)
{
	struct print print = print_start;
	bool python = finding->script && finding->script->count, named = has_names(finding);
	print_bytes(&print, finding->api ? finding->api : "", finding->api ? strlen(finding->api) : 0);
	if (python)
		print_python(&print, finding->script);
	if (finding->object) /* one method, objects of several classes */
		print_text(&print, python_last_part(finding->object->type));
	print_bytes(&print, "|", 1);
	print_native(&print, finding, python, named);
	if (!python && !named && !finding->native->count)
		print_text(&print, text_basename(finding->template));
	if (!python && finding->owner)
		print_script(&print, finding->owner, named);
	if (finding->stranger)
		print_bytes(&print, "stranger", 8);
	snprintf(finding->id, sizeof finding->id, "%016llx%016llx", (unsigned long long)print.a,
		 (unsigned long long)print.b);
}
