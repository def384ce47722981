/*
 * script_stack.c - asks each script language in turn, and stores each stack and each function once.
 *
 * Must not: know of any language more than its row.
 */
#include "stacks/script_stack.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "journal/note.h"
#include "stacks/python/python_stack.h"
#include "system/memo.h"
#include "system/settings.h"

static const struct script_language *const languages[] = {
	&python_stack_language,
};

enum { LANGUAGES = sizeof languages / sizeof *languages };

/*
 * The low bits of what is interned beside a stack are the language's marks; above them stands how often the stack was
 * walked.
 */
#define MARKS ((1u << SCRIPT_MARK_BITS) - 1)
#define SEEN_ONE (MARKS + 1)

/* The interpreters that are in this process: the first `runtime_count` are valid. */
static struct runtime {
	const struct script_language *language;
	const char *refused; /* why its frames are not read; NULL: they are */
	uint16_t version;
	bool announced;
} runtimes[LANGUAGES];
static size_t runtime_count;
static bool prepared; /* the search for interpreters has begun */
static bool loaded;   /* the program has loaded a library with global symbols */

/* ---- which interpreters ---- */

void script_stack_prepare(void)
{
	size_t count = 0;

	if (prepared || __atomic_exchange_n(&prepared, true, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < LANGUAGES; i++) {
		struct runtime *it = &runtimes[count];

		it->language = languages[i];
		it->refused = languages[i]->prepare(loaded, &it->version);
		count += !it->refused || *it->refused;
	}
	__atomic_store_n(&runtime_count, count, __ATOMIC_RELEASE);
}

/* Other threads and signal handlers see no interpreter until script_stack_prepare is done with all. */
static size_t runtimes_ready(void)
{
	return __atomic_load_n(&runtime_count, __ATOMIC_ACQUIRE);
}

void script_stack_library_loads(void)
{
	loaded = true;
}

/* Notes the interpreter, at the first event of the process: a process without events needs no such note. */
static void announce(struct runtime *it)
{
	if (!__atomic_exchange_n(&it->announced, true, __ATOMIC_RELAXED))
		note_write(it->refused ? it->language->unsupported : it->language->read, it->refused);
}

/* ---- records ---- */

static uint32_t code_store(const struct script_language *language, const struct script_frame *frame,
			   struct scratch *scratch)
{
	uint64_t words[2] = {frame->code, frame->check};
	uint64_t key = hash_words(words, 2, INTERN_CODE + ((uint64_t)language->id << 32));
	struct interned known = intern_find(key);
	struct script_code code = {0};

	if (known.reference)
		return known.reference;
	language->describe(frame, scratch, &code);
	struct journal_code *record = journal_begin(RECORD_CODE, sizeof *record, 0);
	if (!record)
		return 0;
	record->file = code.file;
	record->function = code.function;
	record->argument = code.argument;
	record->first_line = code.first_line;
	journal_commit(record, RECORD_CODE, 0);
	known.reference = journal_reference(record);
	intern_add(key, known);
	return known.reference;
}

static struct interned stack_store(const struct runtime *it, uint64_t key, const struct script_frame *frames,
				   size_t count, struct scratch *scratch)
{
	const struct script_language *language = it->language;
	struct interned none = {0, 0};

	/* Before the stack's record is begun: no record may be open while others are written. */
	for (size_t i = 0; i < count; i++)
		code_store(language, &frames[i], scratch);
	struct journal_script_stack *record =
		journal_begin(RECORD_SCRIPT_STACK, sizeof *record + count * sizeof(struct journal_script_frame), 0);
	if (!record)
		return none;
	struct journal_script_frame *to = (struct journal_script_frame *)(record + 1);
	for (size_t i = 0; i < count; i++) {
		to[i].code = code_store(language, &frames[i], scratch);
		to[i].line = language->line(&frames[i]);
	}
	record->count = (uint32_t)count;
	record->version = it->version;
	record->language = (uint16_t)language->id;
	journal_commit(record, RECORD_SCRIPT_STACK, 0);
	struct interned value = {journal_reference(record), 0};
	if (language->mark)
		value.extra = language->mark(frames, count, scratch) & MARKS;
	intern_add(key, value);
	return value;
}

/* ---- capture ---- */

static uint64_t key_of(const struct script_language *language, const struct script_frame *frames, size_t count)
{
	uint64_t key = (INTERN_SCRIPT_STACK + ((uint64_t)language->id << 32)) ^ count;

	/* Code lies in the low 48 bits, its last 4 bits are zero: there is room for positions below 1 MiB. */
	for (size_t i = 0; i < count; i++)
		key = hash_mix(key ^ frames[i].code ^ frames[i].position << 48 ^ frames[i].position >> 16,
			       frames[i].check);
	return key | !key;
}

static struct interned seen_again(const struct script_language *language, uint64_t key, struct interned stack,
				  const struct script_frame *last)
{
	stack.extra += SEEN_ONE;
	intern_add(key, stack);
	if (language->learn && memo_is_due(stack.extra / SEEN_ONE))
		language->learn(stack.reference, stack.extra & MARKS, last);
	return stack;
}

static void capture(const struct runtime *it, struct scratch *scratch, struct script_capture *out)
{
	const struct script_language *language = it->language;
	struct script_frame *frames = (struct script_frame *)scratch->frames;
	size_t count = language->walk(frames, (size_t)options.depth);

	if (!count)
		return;
	uint64_t key = key_of(language, frames, count);
	struct interned stack = intern_find(key);
	if (stack.reference)
		stack = seen_again(language, key, stack, &frames[count - 1]);
	else
		stack = stack_store(it, key, frames, count, scratch);
	out->stack = stack.reference;
	if (stack.reference && language->objects)
		language->objects(frames, count, stack.extra & MARKS, out);
}

void script_stack_capture(struct scratch *scratch, struct script_capture *out)
{
	for (size_t i = 0, count = runtimes_ready(); i < count && !out->stack; i++)
		if (!runtimes[i].refused)
			capture(&runtimes[i], scratch, out);
}

static bool recognize(struct runtime *it, struct script_capture *out)
{
	if (!it->announced)
		announce(it);
	return it->refused || (it->language->recognize && it->language->recognize(out));
}

bool script_stack_recognize(struct script_capture *out)
{
	bool known = true;

	out->stack = 0;
	out->count = 0;
	script_stack_prepare();
	for (size_t i = 0, count = runtimes_ready(); i < count && known && !out->stack; i++)
		known = recognize(&runtimes[i], out);
	return known;
}

bool script_stack_collecting(void)
{
	for (size_t i = 0, count = runtimes_ready(); i < count; i++)
		if (!runtimes[i].refused && runtimes[i].language->collecting && runtimes[i].language->collecting())
			return true;
	return false;
}
