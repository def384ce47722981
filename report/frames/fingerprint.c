/*
 * fingerprint.c - hashes names of a finding's frames. Must not use anything that changes from run to run.
 */
#include "frames/fingerprint.h"
#include "base/hash.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
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

/* Any number in a name hashes as "*": programs count their files and scripts. */
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
	return language_without_version(cut_at(text_basename(module), ".so"));
}

/* libc's function names are there only with its debug information, and change with its version. */
static bool of_libc(const struct frame *frame)
{
	struct text name = text_basename(frame->module);
	return text_starts(name, "libc.so") || text_starts(name, "libpthread.so") || text_starts(name, "ld-linux") ||
	       text_starts(name, "libc-2.") || text_is(frame->function, "_start");
}

/* Functions of <bits/fcntl2.h> or the C++ library: compilers inline them or not. */
static bool of_header(const struct frame *frame)
{
	return contains(frame->file, "/usr/include/") || text_starts(frame->function, "std::") ||
	       text_starts(frame->function, "__gnu_cxx::");
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

static void print_native(struct print *print, const struct finding *finding, bool beside, bool named)
{
	const struct language *language = language_of(finding->script);
	enum jit_frames jit = jit_frames_of(
		finding->native); /* the runtime calls the script through other functions of its own each time */
	for (size_t i = 0; i < finding->native->count; i++) {
		const struct frame *frame = &finding->native->at[i];
		if (!jit_frames_shows(jit, frame))
			continue;
		if (jit)
			print_text(print, text_basename(frame->file));
		/* Distributors build extensions into the interpreter or as files beside it. */
		if (beside ? of_libc(frame) || language_is_runtime_file(language, frame) || of_header(frame)
			   : named && (of_libc(frame) || of_header(frame)))
			continue;
		print_text(print, without_copy(frame->function));
		print_text(print, without_version(frame->module));
		if (!beside && !named)
			print_bytes(print, (const char *)&frame->offset, sizeof frame->offset);
	}
}

/* ---- the stack of a script ---- */

static void print_frame(struct print *print, const struct language *language, const struct script_code *code, bool file)
{
	struct text name = language_short_name(language, code->function);
	if (language_is_part_of_caller(language, name))
		return;
	print_text(print, name);
	if (file)
		print_text(print, text_basename(code->file));
}

static void print_stack(struct print *print, const struct script_stack *stack)
{
	const struct language *language = language_of(stack);
	uint32_t end = own_frame_end(stack);
	bool own = end > 0;
	for (uint32_t i = 0; i < (own ? end : stack->count); i++) {
		const struct script_code *code = stack->frames[i].code;
		if (!own || !language_is_standard(language, code))
			print_frame(print, language, code, true);
		else if (!language_is_standard(
				 language,
				 stack->frames[i + 1].code)) /* exists: the user's outermost frame is not standard */
			print_frame(print, language, code, false);
	}
}

/* ---- the name of a script ---- */

bool fingerprint_runs_scripts(const struct process *process)
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

/* The base name of the script; "" if it is an argument (-c, -e) or comes from standard input. */
static struct text script_of(const struct process *process)
{
	for (size_t i = 1; fingerprint_runs_scripts(process) && i < process->argc; i++) {
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
	if (!named && !fingerprint_runs_scripts(maker)) {
		for (size_t i = 1; i < maker->argc; i++)
			if (contains(maker->argv[i], "XXX")) /* the template that mktemp was given */
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
	bool beside = finding->script && finding->script->count, named = has_names(finding);
	print_bytes(&print, finding->api ? finding->api : "", finding->api ? strlen(finding->api) : 0);
	if (beside)
		print_stack(&print, finding->script);
	if (finding->object) /* one method may serve objects of several classes */
		print_text(&print, language_short_name(language_of(finding->script), finding->object->type));
	print_bytes(&print, "|", 1);
	print_native(&print, finding, beside, named);
	if (!beside && !named && !finding->native->count)
		print_text(&print, text_basename(finding->template));
	if (!beside && finding->owner)
		print_script(&print, finding->owner, named);
	if (finding->stranger)
		print_bytes(&print, "stranger", 8);
	snprintf(finding->id, sizeof finding->id, "%016llx%016llx", (unsigned long long)print.a,
		 (unsigned long long)print.b);
}
