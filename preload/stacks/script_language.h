/*
 * script_language.h - the functions by which script_stack.c reads a script language. Adding a language takes a file in
 * stacks/LANGUAGE/ that fills a struct script_language, a row in script_stack.c, and an id in JOURNAL_LANGUAGE_TABLE of
 * format.h. The first 4 functions do for most; script_stack.c does the rest.
 *
 * Each function may be called from any thread and from signal handlers, unless it says otherwise, and only for the
 * calling thread: its frames do not change while it is inside a hook. None may lock, allocate, call into the
 * interpreter where that runs code, or read memory whose owner it has not checked.
 */
#ifndef PAGELEAK_SCRIPT_LANGUAGE_H
#define PAGELEAK_SCRIPT_LANGUAGE_H

#include "format.h"
#include "journal/scratch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One frame as the walk read it. `code`, `check` and `position` together say which line of which function it is in. */
struct script_frame {
	uintptr_t code;    /* address of the function's code object, or another number that stands for the function */
	uintptr_t frame;   /* address of the frame; 0 when the language has no use for it */
	uint64_t check;    /* a value that differs when another code object gets the same address later */
	uint64_t position; /* of the instruction in the code: an offset, a line, or an address */
};

_Static_assert(sizeof(struct script_frame) <= SCRATCH_FRAME_BYTES, "a frame of a script has room in scratch");
_Static_assert(offsetof(struct scratch, frames) % _Alignof(struct script_frame) == 0, "and is aligned there");

/* The contents of a CODE record. */
struct script_code {
	uint32_t file, function; /* references to STRING records; 0 none */
	uint32_t argument;       /* name of the first argument, likewise */
	int32_t first_line;
};

#define SCRIPT_OBJECTS 4

/* A script's stack, and the objects whose methods are on it. */
struct script_capture {
	uint32_t stack; /* reference to a SCRIPT_STACK record; 0 none */
	uint32_t count; /* of `objects` */
	struct journal_object
		objects[SCRIPT_OBJECTS]; /* innermost first, one of the standard library behind the others */
};

#define SCRIPT_MARK_BITS 21

struct script_language {
	enum journal_language id;
	enum journal_note_kind read, unsupported; /* notes of a process in which frames can, and cannot, be read */

	/*
	 * Finds the interpreter in this process, once. "" when there is none, NULL when its frames can be read, else a
	 * constant that says why they cannot. `loaded`: the program has loaded libraries with global symbols, which may
	 * have brought one. Must cost next to nothing where there is none. Fills `version`: major << 8 | minor. May
	 * call dlsym; must leave no error for dlerror.
	 */
	const char *(*prepare)(bool loaded, uint16_t *version);
	/* Frames of the calling thread, innermost first, at most `most`. The number of them. Reads no text. */
	size_t (*walk)(struct script_frame *frames, size_t most);
	/*
	 * Stores the texts of a function, and fills `out`. Called once for each pair of code and check. scratch->text
	 * is free to use.
	 */
	void (*describe)(const struct script_frame *frame, struct scratch *scratch, struct script_code *out);
	/* The line that a frame is at; 0 unknown. Called once for each new stack. */
	int (*line)(const struct script_frame *frame);

	/* The others may be NULL. */
	/*
	 * Recognizes a stack that was learned. True when `out` is complete: also when no frame of this language is on
	 * the stack. Called for each event, so it must cost a fraction of a walk. `out` is empty before.
	 */
	bool (*recognize)(struct script_capture *out);
	/*
	 * Remembers the present stack, its SCRIPT_STACK record and its marks, for `recognize`. `last`: its outermost
	 * recorded frame.
	 */
	void (*learn)(uint32_t stack, uint32_t marks, const struct script_frame *last);
	/* SCRIPT_MARK_BITS bits that are kept with a new stack, for `objects`. scratch->text is free to use. */
	uint32_t (*mark)(const struct script_frame *frames, size_t count, struct scratch *scratch);
	/* Adds the objects whose methods are on the stack. */
	void (*objects)(const struct script_frame *frames, size_t count, uint32_t marks, struct script_capture *out);
	/* Is the interpreter in a garbage collection? */
	bool (*collecting)(void);
};

#endif
