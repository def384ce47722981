/*
 * suppression_text.c - makes a rule of a finding's frames, program or path. Must not write a rule that suppress.c
 * cannot read.
 */
#include "findings/suppression_text.h"
#include "base/text.h"
#include "findings/suppress.h"
#include "frames/fingerprint.h"
#include "frames/languages.h"
#include "frames/own_frame.h"
#include "model/process_model.h"
#include "model/stack_model.h"
#include "symbols/jit_frames.h"
#include <ctype.h>
#include <string.h>

enum { SCRIPT_NAMED = 2, NATIVE_NAMED = 3 };

/* Can a rule hold the name? */
static bool is_plain(struct text name)
{
	return name.size && !memchr(name.at, ';', name.size) && !memchr(name.at, '\n', name.size) &&
	       !memchr(name.at, '*', name.size) && !memmem(name.at, name.size, FRAME_IN, strlen(FRAME_IN));
}

static const char *with_frame(struct arena *arena, const char *rule, int shown, struct text function, struct text file)
{
	struct text name = text_basename(file);
	rule = arena_format(arena, "%s%s ^%.*s$", rule, shown ? ";" : "", (int)function.size, function.at);
	return is_plain(name) ? arena_format(arena, "%s%s^%.*s$", rule, FRAME_IN, (int)name.size, name.at) : rule;
}

/* Names the user's innermost function and its caller, or, of a top level, the function that it called. */
static const char *from_script(struct arena *arena, const struct script_stack *stack, int *shown)
{
	const struct language *language = language_of(stack);
	const char *rule = "frames:";
	uint32_t count = stack ? stack->count : 0, user = own_frame_innermost(stack);
	/* Every program has a top level: so begin with the function that it called. */
	uint32_t first = user && user < count && language_is_top_level(language, stack->frames[user].code->function)
				 ? user - 1
				 : user;
	for (uint32_t i = first; i < count && *shown < SCRIPT_NAMED; i++) {
		const struct script_frame *frame = &stack->frames[i];
		bool library = !own_frame_is(stack, i);
		if (is_plain(frame->code->function) && (i < user || !library))
			rule = with_frame(arena, rule, (*shown)++, frame->code->function,
					  library ? text_none() : frame->code->file);
		else if (*shown)
			break;
	}
	return rule;
}

/* Names up to three functions: one alone may be on every stack (a wrapper of mkstemp, an interpreter's open). */
static const char *from_native(struct arena *arena, const struct frames *frames, int *shown)
{
	const char *rule = "frames:";
	enum jit_frames jit = jit_frames_of(frames);
	bool everything = false; /* main made it itself: the rule would hide everything */
	for (size_t i = 0; frames && i < frames->count && *shown < NATIVE_NAMED; i++) {
		const struct frame *frame = &frames->at[i];
		bool named = own_frame_is_native(frame, jit, 0);
		everything = everything || (named && !*shown && text_is(frame->function, "main"));
		if (named && is_plain(frame->function))
			rule = with_frame(arena, rule, (*shown)++, frame->function, jit ? frame->file : text_none());
		else if (*shown)
			break;
	}
	if (everything)
		*shown = 0;
	return rule;
}

/*
 * Are the native functions those of an interpreter, the same whatever the program? So are Java's, whose programs are
 * classes.
 */
static bool says_nothing(const struct finding *finding)
{
	const struct process *maker = finding->owner;
	return maker && !jit_frames_of(finding->native) &&
	       (fingerprint_runs_scripts(maker) || text_is(text_basename(maker->exe), "java"));
}

/* The template as a glob. Bytes with a meaning in globs or in files of rules become `?`. */
static const char *path_rule(struct arena *arena, struct text template)
{
	char *glob = arena_copy(arena, template.at, template.size);
	bool odd = !text_equal(text_of(text_shown(arena, template)), template); /* for example invalid UTF-8 */
	for (size_t i = 0; i < template.size; i++) {
		unsigned char byte = (unsigned char)glob[i];
		bool edge = i == 0 || i + 1 == template.size ||
			    (template.size - i > 4 && memcmp(glob + i + 1, "max=", 4) == 0);
		if (byte < ' ' || byte == 127 || (odd && byte > 127) || strchr("[]\\", byte) || (byte == ' ' && edge))
			glob[i] = '?';
	}
	return arena_format(arena, "path:%s", glob);
}

/* Is the last component mostly random, so that a glob of it would match other files, too? */
static bool is_any_name(struct text template)
{
	enum { LETTERS_LEAST = 3 };
	struct text name = text_basename(template);
	int letters = 0;
	for (size_t i = 0; i < name.size; i++)
		letters += isalnum((unsigned char)name.at[i]) != 0;
	return letters < LETTERS_LEAST && memchr(name.at, '*', name.size);
}

/*
 * A rule for the program; NULL if a rule cannot hold its name, or if it runs scripts, all of which the rule would hide.
 */
static const char *process_rule(struct arena *arena, const struct process *maker)
{
	struct text name = text_basename(maker->exe);
	bool plain = name.size && text_equal(text_of(text_shown(arena, name)), name) &&
		     !memchr(name.at, ' ', name.size) && !memchr(name.at, '*', name.size);
	return plain && !fingerprint_runs_scripts(maker)
		       ? arena_format(arena, "process:**/%.*s", (int)name.size, name.at)
		       : NULL;
}

const char *suppression_text_for(struct arena *arena, const struct finding *finding)
{
	int shown = 0;
	const char *rule = from_script(arena, finding->script, &shown);
	if (!shown && !says_nothing(finding))
		rule = from_native(arena, finding->native, &shown);
	const char *other =
		!shown && finding->owner && is_any_name(finding->template) ? process_rule(arena, finding->owner) : NULL;
	return shown ? rule : other ? other : path_rule(arena, finding->template);
}
