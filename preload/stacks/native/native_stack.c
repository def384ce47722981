/*
 * native_stack.c - takes native stacks, recognizes those that were seen before, and stores each once.
 *
 * Must not: read a slot of a stack that may have gone (stack_bounds_is_own_stack).
 */
#include "stacks/native/native_stack.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "system/memo.h"
#include "stacks/native/loaded_modules.h"
#include "system/settings.h"
#include "stacks/native/unwind.h"
#include "system/stack_bounds.h"
#include "stacks/native/cfi_walk.h"
#include <string.h>

/* With libunwind, a thread's first walks are made by single steps: for few pages the fast way does not pay. */
#define STEPPED 16
/* Bytes of stack: a whole hook takes 3,160 with a walk in it (tests/victims/painted.c). */
#define WALK_ROOM 4096

/* A learned stack: the addresses and values of its return addresses and of the words that decided where these lie. */
struct stack_memo {
	uint64_t frame; /* key: the frame address of event_write */
	uintptr_t thread;
	uint32_t reference, count, generation;
	struct {
		uintptr_t slot, value;
	} links[];
};

_Static_assert(sizeof(struct walk_word) <= SCRATCH_FRAME_BYTES, "a word of a walk for each frame");
_Static_assert(offsetof(struct scratch, frames) % _Alignof(struct walk_word) == 0, "aligned");

/* One walk. */
struct walked {
	uint64_t *addresses;   /* those of this library's frames stand before these, and are not counted */
	const uint64_t *slots; /* where each address lies; NULL: not known */
	size_t count, own;     /* frames; frames of this library */
	bool cut;
	struct walk_words words;
};

static struct memo_table memos;
static __thread uint32_t stepped;

/* ---- recognition ---- */

uint32_t native_stack_recognize(const void *frame)
{
	uintptr_t here = (uintptr_t)frame;
	void **set = memo_set(&memos, here);

	for (int way = 0; way < MEMO_WAYS; way++) {
		const struct stack_memo *memo = __atomic_load_n(&set[way], __ATOMIC_ACQUIRE);
		uint32_t i = 0;

		if (!memo || memo->frame != here || memo->thread != stack_bounds_thread() ||
		    memo->generation != loaded_modules_generation())
			continue;
		while (i < memo->count && *(const uintptr_t *)memo->links[i].slot == memo->links[i].value)
			i++;
		if (i == memo->count)
			return memo->reference;
	}
	return 0;
}

static bool can_be_recognized(uintptr_t here, const struct walked *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->slots[i] < here)
			return false;
	return walk->words.all && stack_bounds_is_own_stack(here, walk->slots[walk->count - 1]);
}

/*
 * Adds a word to a memo. Words below the frame in which stacks are recognized are left out: they are not written yet at
 * that moment, and follow from the frame's address. Words above the last return address only decided frames that are
 * not recorded.
 */
static void link_add(struct stack_memo *memo, uintptr_t slot, uintptr_t value, uintptr_t last)
{
	if (slot < memo->frame || slot > last)
		return;
	memo->links[memo->count].slot = slot;
	memo->links[memo->count++].value = value;
}

static void remember(uintptr_t here, uint32_t reference, const struct walked *walk)
{
	size_t returns = walk->own + walk->count;
	struct stack_memo *memo;

	if (!walk->slots || !can_be_recognized(here, walk) ||
	    !(memo = memo_take(sizeof *memo + (returns + walk->words.count) * sizeof memo->links[0])))
		return;
	memo->frame = here;
	memo->thread = stack_bounds_thread();
	memo->reference = reference;
	memo->generation = loaded_modules_generation();
	memo->count = 0;
	const uintptr_t last = walk->slots[walk->count - 1];
	for (size_t i = 0; i < returns; i++)
		link_add(memo, (walk->slots - walk->own)[i], (walk->addresses - walk->own)[i], last);
	for (size_t i = 0; i < walk->words.count; i++)
		link_add(memo, walk->words.words[i].slot, walk->words.words[i].value, last);
	memo_add(&memos, memo);
}

/* ---- capture ---- */

static struct walked trimmed(uint64_t *addresses, const uint64_t *slots, size_t count, bool cut)
{
	size_t own = 0, depth = (size_t)options.depth;

	while (own < count && loaded_modules_is_own(addresses[own]))
		own++;
	count -= own;
	return (struct walked){.addresses = addresses + own,
			       .slots = slots ? slots + own : NULL,
			       .count = count < depth ? count : depth,
			       .own = own,
			       .cut = cut || count > depth,
			       .words = {.all = true}};
}

static size_t most_frames(void)
{
	enum { OWN_MOST = 8 };
	size_t most = (size_t)options.depth + OWN_MOST;

	return most < STACK_DEPTH_MAX ? most : STACK_DEPTH_MAX;
}

static struct walked walk_by_steps(struct scratch *scratch)
{
	uint64_t *slots = (uint64_t *)scratch->path;
	size_t most = most_frames(), count = unwind_steps(scratch->addresses, slots, most, scratch->text);

	return trimmed(scratch->addresses, slots, count, count == most);
}

static struct walked walk_by_tables(struct scratch *scratch, enum walk_end *end)
{
	uint64_t *slots = (uint64_t *)scratch->path;
	/* The room for frames of scripts is free: those are read later. */
	struct walk_words words = {.words = (struct walk_word *)scratch->frames, .most = STACK_DEPTH_MAX};
	size_t most = most_frames(),
	       count = cfi_walk_stack(scratch->addresses, slots, most, scratch->text, &words, end);
	struct walked walk = trimmed(scratch->addresses, slots, count, count == most);

	walk.words = words;
	return walk;
}

static struct walked walk_fast(struct scratch *scratch)
{
	size_t most = most_frames(), count = unwind_addresses(scratch->addresses, most);

	return trimmed(scratch->addresses, NULL, count, count == most);
}

/*
 * Counts when a library was unloaded since libunwind's last walk: its caches may hold what was there before another
 * library.
 */
static void count_unloaded(void)
{
	static uint32_t before;
	static bool taken;
	uint32_t now = loaded_modules_generation();

	if (taken && now != before)
		journal_count(COUNTER_LIBRARY_CLOSED, 1);
	taken = true;
	before = now;
}

static struct walked walk_by_libunwind(struct scratch *scratch)
{
	struct walked walk = {0};

	if (!unwind_allowed())
		return walk;
	count_unloaded();
	if (stepped < STEPPED) {
		stepped++;
		walk = walk_by_steps(scratch);
	}
	return walk.count ? walk : walk_fast(scratch);
}

/*
 * Walks by tables; where these do not lead to the end, by libunwind; without that, a part of the stack is better than
 * none.
 */
static struct walked walk_here(struct scratch *scratch)
{
	bool known = cfi_walk_is_known() && stack_bounds_has_mapped(WALK_ROOM);
	enum walk_end end = WALK_ODD;
	struct walked walk = {0};

	if (known)
		walk = walk_by_tables(scratch, &end);
	if (end == WALK_WHOLE && walk.count)
		return walk;
	if (end != WALK_BAD && (!walk.count || unwind_can_be_had()))
		walk = walk_by_libunwind(scratch);
	if (!walk.count && known)
		walk = walk_by_tables(scratch, &end);
	if (walk.count && end != WALK_WHOLE && (end == WALK_BAD || !unwind_can_be_had()))
		journal_count(COUNTER_STACK_SHORT, 1);
	return walk;
}

static uint32_t stack_write(uint64_t key, const struct walked *walk)
{
	struct journal_stack *record;

	loaded_modules_record(walk->addresses, walk->count);
	record = journal_begin(RECORD_STACK, sizeof *record + walk->count * sizeof *walk->addresses, 0);
	if (!record)
		return 0;
	record->time_ns = journal_now();
	record->count = (uint32_t)walk->count;
	memcpy(record + 1, walk->addresses, walk->count * sizeof *walk->addresses);
	journal_commit(record, RECORD_STACK, walk->cut ? STACK_CUT : 0);
	if (walk->cut)
		journal_count(COUNTER_STACK_CUT, 1);
	struct interned value = {journal_reference(record), 0};
	intern_add(key, value);
	return value.reference;
}

static uint64_t key_of(const struct walked *walk)
{
	return hash_words(walk->addresses, walk->count, INTERN_STACK + 16 * (uint64_t)loaded_modules_generation());
}

/*
 * Counts a walk of a known stack, and learns the stack where that is due; a walk that gave no slots is repeated by
 * steps.
 */
static void seen_again(uint64_t key, struct interned known, uintptr_t here, struct walked *walk,
		       struct scratch *scratch)
{
	known.extra++;
	intern_add(key, known);
	if (!walk->slots && memo_is_due(known.extra)) {
		*walk = walk_by_steps(scratch);
		if (!walk->count || key_of(walk) != key)
			walk->slots = NULL;
	}
	if (known.extra == 1 || memo_is_due(known.extra))
		remember(here, known.reference, walk);
}

uint32_t native_stack_capture(const void *frame, struct scratch *scratch)
{
	uintptr_t here = (uintptr_t)frame;
	struct walked walk = walk_here(scratch);

	if (!walk.count)
		return 0;
	uint64_t key = key_of(&walk);
	struct interned known = intern_find(key);
	if (!known.reference)
		return stack_write(key, &walk);
	seen_again(key, known, here, &walk, scratch);
	return known.reference;
}
