/*
 * cfi_walk.c - goes from frame to frame, each by its call frame information.
 *
 * Must not: read memory that may be unmapped meanwhile. The main stack above the stack pointer stays mapped, and so
 * does a thread's own stack. All other pages are copied by the kernel: a coroutine's stack may end anywhere, and code
 * without tables may have anything in the frame pointer, also an address on another thread's stack.
 */
#include "stacks/native/cfi_walk.h"
#include "stacks/native/cfi.h"
#include "stacks/native/loaded_modules.h"
#include "system/settings.h"
#include "system/raw.h"
#include "system/stack_bounds.h"
#include <errno.h>
#include <string.h>

#define CACHE_BITS 11

/*
 * A row of a cache of rules, by address. Most rules come to this: the frame address is an offset from the stack or
 * frame pointer, and the frame pointer is saved or not. `check` is the address's key XOR `value`, so a row that two
 * threads write at one time does not match any key, and no lock is needed.
 */
struct row {
	uint64_t check, value;
};

enum { VALUE_KNOWN = 1, VALUE_BY_RBP = 2, VALUE_SAVES_RBP = 4 };

static struct row cache[1 << CACHE_BITS];

struct walk {
	uintptr_t registers[CFI_REGISTERS];
	uint32_t known; /* bits of registers */
	uintptr_t page; /* the page that `copy` is of; 1: none */
	unsigned char *copy;
	uintptr_t own_start, own_size; /* of a thread's own stack */
	uint64_t generation;
	uintptr_t rbp_slot; /* where the frame pointer was saved */
	struct walk_words *words;
};

static bool usable;

void cfi_walk_open(void)
{
#if defined(__x86_64__)
	usable = loaded_modules_is_quick() && !options.libunwind;
#endif
}

bool cfi_walk_is_known(void)
{
	return usable;
}

/* ---- memory ---- */

static bool copy_page(struct walk *walk, uintptr_t page)
{
	walk->page = 1;
	long got = raw_is_filtered() ? -ENOSYS : raw_copy(walk->copy, (const void *)page, WALK_PAGE);
	if (got == -EFAULT)
		return false;
	if (got != WALK_PAGE) { /* a seccomp filter, or a kernel without that call: probed first, then read */
		if (!raw_readable((const void *)page))
			return false;
		memcpy(walk->copy, (const void *)page, WALK_PAGE);
	}
	walk->page = page;
	return true;
}

static bool read_word(struct walk *walk, uintptr_t address, uintptr_t *out)
{
	const uintptr_t page = address & ~(uintptr_t)(WALK_PAGE - 1), sp = walk->registers[CFI_RSP];

	if (address % sizeof *out)
		return false;
	if (address - walk->own_start < walk->own_size ||
	    (stack_bounds_is_main((const void *)sp) && stack_bounds_is_main((const void *)address) && address >= sp)) {
		*out = *(const uintptr_t *)address;
		return true;
	}
	if (page != walk->page && !copy_page(walk, page))
		return false;
	memcpy(out, walk->copy + (address - page), sizeof *out);
	return true;
}

/*
 * Finds out whether this is the thread's own stack: one probe a page, so where the stack is deep, copies are cheaper.
 */
static void own_stack(struct walk *walk, uintptr_t here)
{
	enum { PAGES_MOST = 8 };
	uintptr_t size = stack_bounds_thread() - here;

	if (size > PAGES_MOST * WALK_PAGE || !stack_bounds_is_own_stack(here, here))
		return;
	walk->own_start = here;
	walk->own_size = size;
}

/* ---- one frame ---- */

static void depends(const struct walk *walk, uintptr_t slot, uintptr_t value)
{
	struct walk_words *words = walk->words;

	if (words->count < words->most)
		words->words[words->count++] = (struct walk_word){slot, value};
	else
		words->all = false;
}

static void depends_on_register(const struct walk *walk, unsigned number)
{
	if (number == CFI_RBP)
		depends(walk, walk->rbp_slot, walk->registers[CFI_RBP]);
	else if (number != CFI_RSP)
		walk->words->all = false;
}

static bool has(const struct walk *walk, unsigned number)
{
	return walk->known >> number & 1;
}

static bool frame_address(struct walk *walk, const struct cfi_place *cfa, uintptr_t *out)
{
	if (!has(walk, cfa->base))
		return false;
	depends_on_register(walk, cfa->base);
	const uintptr_t at = walk->registers[cfa->base] + (uintptr_t)(intptr_t)cfa->offset;
	*out = at;
	if (cfa->where != CFI_AT_BASE)
		return true;
	if (!read_word(walk, at, out))
		return false;
	depends(walk, at, *out);
	return true;
}

/* Computes the caller's registers. False when a register that the rule needs is not known, or memory cannot be read. */
static bool leave(struct walk *walk, const struct cfi_rule *rule, uint64_t *slot)
{
	struct walk caller = *walk;
	uintptr_t cfa;

	if (!frame_address(walk, &rule->cfa, &cfa) || (!rule->signal && cfa <= walk->registers[CFI_RSP]))
		return false;
	caller.registers[CFI_RSP] = cfa;
	for (unsigned i = 0; i < CFI_REGISTERS; i++) {
		const struct cfi_place *place = &rule->registers[i];
		uintptr_t at = place->where == CFI_AT_CFA ? cfa : walk->registers[place->base];

		if (place->where == CFI_SAME)
			continue;
		caller.known &= ~(1u << i);
		if (place->where == CFI_UNDEFINED || (place->where == CFI_AT_BASE && !has(walk, place->base)))
			continue;
		at += (uintptr_t)(intptr_t)place->offset;
		if (!read_word(walk, at, &caller.registers[i]))
			return false;
		caller.known |= 1u << i;
		if (place->where == CFI_AT_BASE)
			depends_on_register(walk, place->base);
		if (i == CFI_RIP)
			*slot = at;
		else if (i == CFI_RBP)
			caller.rbp_slot = at;
		else if (i == CFI_RSP)
			depends(walk, at, caller.registers[i]);
	}
	caller.page = walk->page;
	*walk = caller;
	return has(walk, CFI_RIP);
}

/* Leaves a frame of code without tables, such as a JIT compiler's, by the frame pointer. */
static bool leave_by_pointer(struct walk *walk, uint64_t *slot)
{
	uintptr_t frame = walk->registers[CFI_RBP], up, ip;

	if (!has(walk, CFI_RBP) || frame < walk->registers[CFI_RSP] || !read_word(walk, frame, &up) ||
	    !read_word(walk, frame + 8, &ip) || !raw_readable((const void *)(ip & ~(uintptr_t)7)))
		return false; /* this code keeps no frame pointer: the register holds some number */
	depends_on_register(walk, CFI_RBP);
	walk->rbp_slot = frame;
	*slot = frame + 8;
	walk->registers[CFI_RIP] = ip;
	walk->registers[CFI_RSP] = frame + 16;
	walk->registers[CFI_RBP] = up;
	walk->known = 1u << CFI_RIP | 1u << CFI_RSP | 1u << CFI_RBP;
	return true;
}

/* ---- the cache ---- */

static struct row *row_of(uint64_t key)
{
	return &cache[key * 0x9e3779b97f4a7c15u >> (64 - CACHE_BITS)];
}

/* The rule as the value of a row; 0 when it is not of the usual kind. */
static uint64_t value_of(const struct cfi_rule *rule)
{
	const struct cfi_place *cfa = &rule->cfa, *ip = &rule->registers[CFI_RIP], *rbp = &rule->registers[CFI_RBP];
	const int32_t most = 1 << 23;
	bool by_rbp = cfa->base == CFI_RBP;

	if (rule->signal || cfa->where != CFI_AT_CFA || (cfa->base != CFI_RSP && !by_rbp) || cfa->offset < -most ||
	    cfa->offset >= most || ip->where != CFI_AT_CFA || ip->offset != -8 ||
	    rule->registers[CFI_RSP].where != CFI_SAME || (rbp->where != CFI_SAME && rbp->where != CFI_AT_CFA) ||
	    rbp->offset < -most || rbp->offset >= most)
		return 0;
	return VALUE_KNOWN | (by_rbp ? VALUE_BY_RBP : 0) | (rbp->where == CFI_AT_CFA ? VALUE_SAVES_RBP : 0) |
	       (uint64_t)((uint32_t)cfa->offset & 0xffffff) << 8 | (uint64_t)((uint32_t)rbp->offset & 0xffffff) << 32;
}

static intptr_t offset_in(uint64_t value, unsigned shift)
{
	return (int32_t)((uint32_t)(value >> shift) << 8) >> 8;
}

static bool leave_known(struct walk *walk, uint64_t value, uint64_t *slot)
{
	uintptr_t cfa = walk->registers[value & VALUE_BY_RBP ? CFI_RBP : CFI_RSP] + (uintptr_t)offset_in(value, 8), ip;
	uintptr_t rbp = walk->registers[CFI_RBP];

	if (cfa <= walk->registers[CFI_RSP] || !read_word(walk, cfa - 8, &ip) ||
	    (value & VALUE_SAVES_RBP && !read_word(walk, cfa + (uintptr_t)offset_in(value, 32), &rbp)))
		return false;
	if (value & VALUE_BY_RBP)
		depends_on_register(walk, CFI_RBP);
	*slot = cfa - 8;
	walk->registers[CFI_RIP] = ip;
	walk->registers[CFI_RSP] = cfa;
	walk->registers[CFI_RBP] = rbp;
	if (value & VALUE_SAVES_RBP) {
		walk->rbp_slot = cfa + (uintptr_t)offset_in(value, 32);
		walk->known |= 1u << CFI_RBP;
	}
	walk->known &= 1u << CFI_RIP | 1u << CFI_RSP | 1u << CFI_RBP; /* a row says nothing of the other registers */
	return true;
}

/* ---- the stack ---- */

enum step { STEP_UP, STEP_END, STEP_ODD, STEP_BAD };

/*
 * Leaves one frame. `called`: the frame's address is a return address, so that the call stands before it and is what to
 * look up.
 */
static enum step step(struct walk *walk, bool *called, uint64_t *slot)
{
	uintptr_t address = walk->registers[CFI_RIP] - *called, start, end;
	uint64_t key = address ^ walk->generation << 48;
	struct row *row = row_of(key);
	uint64_t value = __atomic_load_n(&row->value, __ATOMIC_RELAXED);
	const void *header;
	struct cfi_rule rule;

	if ((__atomic_load_n(&row->check, __ATOMIC_RELAXED) ^ value) == key && value & VALUE_KNOWN) {
		if (!has(walk, value & VALUE_BY_RBP ? CFI_RBP : CFI_RSP))
			return STEP_ODD;
		*called = true;
		return leave_known(walk, value, slot) ? STEP_UP : STEP_END;
	}
	if (!loaded_modules_tables(address, &start, &end, &header))
		return leave_by_pointer(walk, slot) ? STEP_UP : STEP_END;
	enum cfi_found found = cfi_find(address, start, end, header, &rule);
	if (found == CFI_NONE)
		return leave_by_pointer(walk, slot) ? STEP_UP : STEP_END;
	if (found != CFI_FOUND)
		return found == CFI_BAD ? STEP_BAD : STEP_ODD;
	if (rule.registers[CFI_RIP].where == CFI_UNDEFINED)
		return STEP_END;
	value = value_of(&rule);
	if (value) {
		__atomic_store_n(&row->value, value, __ATOMIC_RELAXED);
		__atomic_store_n(&row->check, key ^ value, __ATOMIC_RELAXED);
	}
	*called = !rule.signal;
	return leave(walk, &rule, slot) ? STEP_UP : STEP_ODD;
}

size_t cfi_walk_stack(uint64_t *addresses, uint64_t *slots, size_t most, void *room, struct walk_words *words,
		      enum walk_end *end)
{
	/* This library is built with frame pointers: here lie the caller's frame pointer, then the return address. */
	const uintptr_t *frame = __builtin_frame_address(0);
	struct walk walk = {.generation = loaded_modules_generation(),
			    .page = 1,
			    .copy = room,
			    .rbp_slot = (uintptr_t)frame,
			    .words = words};
	bool called = true;
	size_t count = 0;

	*end = WALK_WHOLE;
	words->all = true;
	if (!usable || !most)
		return 0;
	walk.registers[CFI_RIP] = frame[1];
	walk.registers[CFI_RSP] = (uintptr_t)(frame + 2);
	walk.registers[CFI_RBP] = frame[0];
	walk.known = 1u << CFI_RIP | 1u << CFI_RSP | 1u << CFI_RBP;
	own_stack(&walk, (uintptr_t)frame);
	slots[count] = (uint64_t)(frame + 1);
	addresses[count++] = frame[1];
	while (count < most) {
		enum step went = step(&walk, &called, &slots[count]);

		*end = went == STEP_ODD ? WALK_ODD : went == STEP_BAD ? WALK_BAD : WALK_WHOLE;
		if (went != STEP_UP || !walk.registers[CFI_RIP])
			break;
		addresses[count++] = walk.registers[CFI_RIP];
	}
	return count;
}
