/*
 * languages.h - what the report knows of each language whose stacks are recorded: whose code a frame is, which native
 * frames are the interpreter's, how objects release pages. A new language is one file NAME_frames.c, which defines its
 * row, and one line of LANGUAGE_TABLE; all other files ask for the row of a stack.
 *
 * Rows hold functions of texts and tables of names only: they open nothing and keep no state, so that any thread may
 * use them.
 */
#ifndef PAGELEAK_LANGUAGES_H
#define PAGELEAK_LANGUAGES_H

#include "base/text.h"
#include "format.h"
#include "model/event_model.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "model/verdicts.h"
#include "symbols/symbol.h"

/* How a page was released. Texts as in the JSON report; NULL: not known. */
struct release_way {
	const char *by;      /* what called the release: "explicit", or a finalizer such as "__del__" */
	const char *trigger; /* what made the finalizer run: "refcount", "gc.collect()", "atexit" */
};

/* A cause that a language concludes by itself; detail NULL: none. */
struct language_cause {
	enum cause_kind kind;
	const char *detail, *advice;
};

/* A NULL member says nothing: no frame is of that kind, no name is random, and so on. */
struct language {
	enum journal_language number; /* as in the journal */
	const char *name;             /* as the text report prints it: "Python" */

	/* ---- functions of scripts ---- */
	/* Code that the user did not write: the standard library and installed packages. */
	bool (*is_library)(const struct script_code *code);
	/* Code that comes with the interpreter: ids leave it out, for it changes with the interpreter's version. */
	bool (*is_standard)(const struct script_code *code);
	/*
	 * The same, and code that the standard library generates: an object of such a function owns no page of the
	 * user's.
	 */
	bool (*is_standard_or_generated)(const struct script_code *code);
	/* The interpreter's import machinery, which runs between an import statement and the imported module. */
	bool (*is_import)(const struct script_code *code);
	/* A method of the test case class of the language's own test framework. */
	bool (*is_test_case)(const struct script_code *code);
	/* A function, by its short name, that other versions of the interpreter run as a part of its caller. */
	bool (*is_part_of_caller)(struct text short_name);
	/* The function's name without its class or module; NULL: what stands behind the last '.'. */
	struct text (*short_name)(struct text function);
	/* The name of the function that is a file's own top level, the same in every program; NULL none. */
	const char *top_level;

	/* ---- pages ---- */
	/* How many characters of the page's name the standard library chose at random; 0 none, or not known. */
	size_t (*random_characters)(const struct script_stack *made);
	/* Does a finalizer stand on the stack of a release? */
	bool (*finalizes)(const struct script_stack *release);
	/* `within`: WITHIN_* of stack_context.h; `collected`: the garbage collector called it. */
	struct release_way (*release_way)(const struct script_stack *release, unsigned within, bool collected);
	/*
	 * Why a page that no object owns is LEAKED or LATE, though the interpreter was asked for the owner. `last` is
	 * the last program image of the process that made it.
	 */
	struct language_cause (*ownerless)(const struct script_stack *made, const struct process *last,
					   enum verdict verdict);

	/* ---- native frames of the interpreter ---- */
	const struct symbols_runtime *runtime; /* its files, and functions that stack_context.h tells by name */
	/*
	 * Beginnings of functions that a native stack goes through to run scripts, in whatever file they lie; ends with
	 * NULL.
	 */
	const char *const *runtime_functions;
	/* Beginnings of those of them that run a script's code; ends with NULL. */
	const char *const *evaluating_functions;
	/* A directory with the interpreter's own native extensions: "/lib-dynload/". */
	const char *extension_directory;
	/* What follows the name of a native extension and changes with the interpreter's version: ".cpython-". */
	const char *extension_suffix;
};

/* One line a language: its number (LANGUAGE_id in format.h), its row. */
#define LANGUAGE_TABLE(X) X(PYTHON, python_language)

#define X(id, row) extern const struct language row;
LANGUAGE_TABLE(X)
#undef X

/*
 * The row of the stack's language; never NULL. Without a stack (NULL), and for a number without a row (a newer
 * version's journal, or a hostile one), a row named "script" that knows nothing.
 */
const struct language *language_of(const struct script_stack *stack);
/* All rows, ends with NULL. */
extern const struct language *const languages[];

bool language_is_library(const struct language *language, const struct script_code *code);
bool language_is_standard(const struct language *language, const struct script_code *code);
bool language_is_import(const struct language *language, const struct script_code *code);
bool language_is_test_case(const struct language *language, const struct script_code *code);
bool language_is_part_of_caller(const struct language *language, struct text short_name);
bool language_is_top_level(const struct language *language, struct text function);
/*
 * "test_del" of "TestTable.test_del" (Python 3.11 and later) and of "test_del" (before). Also of the type of an object.
 */
struct text language_short_name(const struct language *language, struct text function);

/*
 * The object whose method made the page: of the innermost frame outside the standard library that has one, else the
 * innermost of all; NULL none.
 */
const struct object *language_owner(const struct event *made);
/* As template_masked takes it. NULL: 0. */
size_t language_random_characters(const struct script_stack *made);
struct language_cause language_ownerless(const struct script_stack *made, const struct process *last,
					 enum verdict verdict);

/*
 * Is the native frame the interpreter's own? `evaluated`: this frame or one further in runs a script's code
 * (language_evaluates). From there on the interpreter's own file has nothing to show that the script's stack does not;
 * an extension or a program that embeds the interpreter may.
 */
bool language_is_runtime(const struct language *language, const struct frame *frame, bool evaluated);
/* Does the native frame run a script's code? */
bool language_evaluates(const struct language *language, const struct frame *frame);
/* Does the native frame lie in the interpreter's own file or one of its extensions? */
bool language_is_runtime_file(const struct language *language, const struct frame *frame);
/* The name of a native module without what changes with the version of an interpreter, of whatever language. */
struct text language_without_version(struct text module);

#endif
