/*
 * symbol.c - names for addresses. Opens the files that the journal's modules name; must not run them or ask a network.
 */
#include "symbols/symbol.h"
#include "base/hash.h"
#include "base/message.h"
#include "base/progress.h"
#include "base/text.h"
#include "journal/modules.h"
#include "model/process_model.h"
#include "symbols/demangle.h"
#include "symbols/dwarf_index.h"
#include "symbols/jit_frames.h"
#include "symbols/perf_map.h"
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#define INLINED_MAX 64

/* An ELF file, shared by all processes that map it. */
struct object_file {
	struct text key; /* path, NUL, build-id */
	struct text path, build_id;
	bool opened, indexed;
	Dwfl *dwfl;
	Dwfl_Module *module;
	GElf_Addr bias; /* what libdwfl adds to addresses of the file */
	struct dwarf_index *index;
	Dwarf_Addr dwarf_bias;
	bool own; /* it is pageleak's library or the unwinder, whose frames are never shown */
	UT_hash_handle hh;
};

/* An address in a file, with its frames, innermost first. */
struct code_address {
	struct {
		struct object_file *file;
		uint64_t offset;
	} key;
	struct frame *frames;
	size_t count;
	const char *name; /* in the symbol table; NULL: not looked up yet; "": none */
	UT_hash_handle hh;
};

struct seen_stack {
	const struct stack *stack;
	uint64_t key[2]; /* with the interpreter's frames, without those of `beside` */
	bool has_key[2], has_context;
	const struct symbols_runtime *beside;
	unsigned context;
	struct frames *frames;
	UT_hash_handle hh;
};

/* The perf map of a process that compiles code while it runs. */
struct jit {
	uint32_t pid;
	struct perf_map *map;
	UT_hash_handle hh;
};

struct symbols {
	struct arena *arena;
	struct jit *jits;
	const char *sysroot; /* "" none */
	const struct journal *journal;
	struct object_file *files;
	char *debuginfo_path; /* where libdwfl searches for debug files; NULL: its own list */
	Dwfl_Callbacks callbacks;
	struct code_address *addresses;
	struct seen_stack *stacks;
	uint64_t looked_up;
	struct {
		const struct module *module;
		struct object_file *file;
	} last[256]; /* by module's address */
};

struct symbols *symbols_open(struct arena *arena, const struct journal *journal)
{
	struct symbols *symbols = arena_take(arena, sizeof *symbols);
	symbols->arena = arena;
	symbols->journal = journal;
	symbols->sysroot = "";
	symbols->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &symbols->debuginfo_path,
	};
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	HASH_CLEAR(hh, symbols->addresses);
	HASH_CLEAR(hh, symbols->stacks);
	HASH_CLEAR(hh, symbols->jits);
	for (struct object_file *file = symbols->files; file; file = file->hh.next) {
		if (file->index)
			dwarf_index_free(file->index);
		if (file->dwfl)
			dwfl_end(file->dwfl);
	}
	HASH_CLEAR(hh, symbols->files);
}

/* ---- files ---- */

static bool is_own(struct text path)
{
	struct text name = text_basename(path);
	return text_starts(name, "libpageleak.so") || text_starts(name, "libunwind.so") ||
	       text_starts(name, "libunwind-");
}

static struct object_file *file_of(struct symbols *symbols, const struct module *module)
{
	size_t slot = ((uintptr_t)module >> 4) % 256;
	if (symbols->last[slot].module == module)
		return symbols->last[slot].file;
	struct text path = module->path, build_id = module->build_id;
	char *key = arena_take(symbols->arena, path.size + 1 + build_id.size);
	memcpy(key, path.at, path.size);
	memcpy(key + path.size + 1, build_id.at, build_id.size);
	size_t size = path.size + 1 + build_id.size;
	struct object_file *file;
	HASH_FIND(hh, symbols->files, key, size, file);
	if (!file) {
		file = arena_take(symbols->arena, sizeof *file);
		file->key = (struct text){key, size};
		file->path = path;
		file->build_id = build_id;
		file->own = is_own(path);
		HASH_ADD_KEYPTR(hh, symbols->files, file->key.at, size, file);
	}
	symbols->last[slot].module = module;
	symbols->last[slot].file = file;
	return file;
}

static bool same_build(Dwfl_Module *module, struct text build_id)
{
	const unsigned char *bits;
	GElf_Addr address;
	int size = dwfl_module_build_id(module, &bits, &address);
	return size <= 0 || !build_id.size ||
	       ((size_t)size == build_id.size && !memcmp(bits, build_id.at, build_id.size));
}

void symbols_no_servers(void)
{
	unsetenv("DEBUGINFOD_URLS"); /* libdw would ask them by itself, and write to ~/.cache */
}

void symbols_look_in(struct symbols *symbols, const char *sysroot, const char *const *debug_dirs)
{
	char *path = arena_format(symbols->arena, ":.debug");
	symbols->sysroot = sysroot ? sysroot : "";
	path = arena_format(symbols->arena, sysroot ? "%s:%s/usr/lib/debug:/usr/lib/debug" : "%s:%s/usr/lib/debug",
			    path, symbols->sysroot);
	for (size_t i = 0; debug_dirs[i]; i++)
		path = arena_format(symbols->arena, "%s:%s", path, debug_dirs[i]);
	symbols->debuginfo_path = path;
}

/* Opens the file at the first call. False if it is gone, is another build than the one that ran, or is no ELF file. */
static bool file_open(struct symbols *symbols, struct object_file *file)
{
	if (file->opened)
		return file->module;
	file->opened = true;
	struct stat status;
	const char *path =
		arena_format(symbols->arena, "%s%.*s", symbols->sysroot, (int)file->path.size, file->path.at);
	if (!text_starts(file->path, "/") || stat(path, &status) ||
	    !S_ISREG(status.st_mode)) /* opening a FIFO would hang */
		return false;
	file->dwfl = dwfl_begin(&symbols->callbacks);
	if (!file->dwfl)
		return false;
	dwfl_report_begin(file->dwfl);
	Dwfl_Module *module = dwfl_report_elf(file->dwfl, path, path, -1, 0, false);
	dwfl_report_end(file->dwfl, NULL, NULL);
	if (!module || !dwfl_module_getelf(module, &file->bias))
		return false;
	if (!same_build(module, file->build_id)) {
		warning("%s is not the build that ran: no names from it", path);
		return false;
	}
	file->module = module;
	return true;
}

static struct dwarf_index *file_index(struct symbols *symbols, struct object_file *file)
{
	if (!file->indexed) {
		file->indexed = true;
		Dwarf *dwarf = dwfl_module_getdwarf(file->module, &file->dwarf_bias);
		if (dwarf)
			file->index = dwarf_index_new(symbols->arena, dwarf);
	}
	return file->index;
}

/* ---- addresses ---- */

static struct code_address *code_address_of(struct symbols *symbols, struct object_file *file, uint64_t offset)
{
	struct code_address *address, wanted;
	memset(&wanted, 0, sizeof wanted);
	wanted.key.file = file;
	wanted.key.offset = offset;
	HASH_FIND(hh, symbols->addresses, &wanted.key, sizeof wanted.key, address);
	if (address)
		return address;
	address = arena_take(symbols->arena, sizeof *address);
	address->key = wanted.key;
	HASH_ADD(hh, symbols->addresses, key, sizeof address->key, address);
	return address;
}

static const char *symbol_table_name(struct symbols *symbols, struct code_address *address)
{
	if (!address->name) {
		struct object_file *file = address->key.file;
		const char *name = NULL;
		if (file_open(symbols, file))
			name = dwfl_module_addrname(file->module, address->key.offset + file->bias);
		address->name = name ? name : "";
	}
	return address->name;
}

static struct text hex_of(struct arena *arena, struct text bytes)
{
	char *out = arena_take(arena, bytes.size * 2 + 1);
	for (size_t i = 0; i < bytes.size; i++)
		sprintf(out + 2 * i, "%02x", (unsigned char)bytes.at[i]);
	return (struct text){out, bytes.size * 2};
}

static size_t find_functions(struct symbols *symbols, struct code_address *address, struct dwarf_place *out)
{
	struct object_file *file = address->key.file;
	if (!file_open(symbols, file))
		return 0;
	struct dwarf_index *index = file_index(symbols, file);
	if (!index)
		return 0;
	return dwarf_index_find(index, address->key.offset + file->bias - file->dwarf_bias, out, INLINED_MAX);
}

/* Copies the string: libdw frees its own with the file. */
static struct text text_kept(struct arena *arena, const char *string)
{
	return string ? text_of(arena_copy(arena, string, strlen(string))) : text_none();
}

static void find_frames(struct symbols *symbols, struct code_address *address)
{
	struct object_file *file = address->key.file;
	struct dwarf_place found[INLINED_MAX];
	size_t count = find_functions(symbols, address, found);
	address->count = count ? count : 1;
	address->frames = arena_take(symbols->arena, address->count * sizeof *address->frames);
	struct text build_id = hex_of(symbols->arena, file->build_id);
	for (size_t i = 0; i < address->count; i++) {
		struct dwarf_place at = count ? found[i] : (struct dwarf_place){0};
		const char *name = at.function ? at.function : "";
		if (i + 1 == address->count && !at.inlined && *symbol_table_name(symbols, address))
			name = symbol_table_name(symbols, address);
		address->frames[i] = (struct frame){
			.function = demangle(symbols->arena, name),
			.file = text_kept(symbols->arena, at.file),
			.line = at.line,
			.inlined = at.inlined,
			.module = file->path,
			.build_id = build_id,
			.offset = address->key.offset,
		};
	}
}

/* ---- stacks ---- */

static struct seen_stack *seen_of(struct symbols *symbols, const struct stack *stack)
{
	struct seen_stack *seen;
	HASH_FIND_PTR(symbols->stacks, &stack, seen);
	if (seen)
		return seen;
	seen = arena_take(symbols->arena, sizeof *seen);
	seen->stack = stack;
	HASH_ADD_PTR(symbols->stacks, stack, seen);
	return seen;
}

/* The file of a return address, and the address in it; NULL if it lies in no file (compiled while the program ran). */
static struct object_file *locate(struct symbols *symbols, const struct stack *stack, uint32_t i, uint64_t *offset)
{
	uint64_t address = stack->addresses[i] - 1;
	const struct module *module = modules_at(stack->process, address, stack->time_ns);
	*offset = module ? address - module->bias : 0;
	return module ? file_of(symbols, module) : NULL;
}

/* ---- code that was compiled while the program ran ---- */

static struct perf_map *perf_map_of(struct symbols *symbols, const struct process *process)
{
	struct jit *jit;
	HASH_FIND(hh, symbols->jits, &process->pid, sizeof process->pid, jit);
	if (!jit) {
		jit = arena_take(symbols->arena, sizeof *jit);
		jit->pid = process->pid;
		jit->map = perf_map_open(symbols->arena, symbols->sysroot, process->pid, process->uid,
					 process->started_ns);
		HASH_ADD(hh, symbols->jits, pid, sizeof jit->pid, jit);
	}
	return jit->map;
}

/* The frame of an address outside all files. A forked process also runs code that its parent compiled. */
static struct frame jit_frame(struct symbols *symbols, const struct stack *stack, uint64_t address)
{
	struct perf_name name = {.function = text_none(), .file = text_none()};
	const struct process *process = stack->process;
	while (process && !perf_map_find(perf_map_of(symbols, process), address, &name))
		process = process->forked ? process->parent : NULL;
	return (struct frame){.function = name.function,
			      .file = name.file,
			      .line = name.line,
			      .module = text_none(),
			      .build_id = text_none(),
			      .offset = address};
}

static uint64_t key_add_text(uint64_t key, struct text text)
{
	return hash_mix(hash_text(key, text), text.size, 0);
}

/*
 * Replaces `key`, the hash of a stack's files, if frames of a script were compiled while the program ran: the compiler
 * puts a function at another address in each of its tiers, and the runtime calls each tier through other functions of
 * its own. So names count instead.
 */
static uint64_t compiled_key(struct symbols *symbols, const struct stack *stack, uint64_t key)
{
	enum jit_frames jit = JIT_FRAMES_NONE;
	for (int pass = 0; pass < 2; pass++) {
		key = pass && jit ? HASH_START : key;
		for (uint32_t i = 0; i < stack->count; i++) {
			uint64_t offset;
			if (locate(symbols, stack, i, &offset))
				continue;
			struct frame frame = jit_frame(symbols, stack, stack->addresses[i] - 1);
			enum jit_frames one = jit_frames_of(&(struct frames){.at = &frame, .count = 1});
			if (!pass)
				jit = one > jit ? one : jit;
			else if (jit_frames_shows(jit, &frame))
				key = hash_mix(key_add_text(key_add_text(key, frame.function), frame.file),
					       (uint64_t)frame.line, 0);
		}
	}
	return key;
}

/* ---- keys ---- */

static const struct symbols_runtime *runtime_of(struct text module, const struct symbols_runtime *const *runtimes)
{
	for (; *runtimes; runtimes++)
		for (const char *const *at = (*runtimes)->modules; *at; at++)
			if (text_starts(module, *at))
				return *runtimes;
	return NULL;
}

static bool is_file_of(const struct symbols_runtime *runtime, const struct object_file *file)
{
	const struct symbols_runtime *const only[] = {runtime, NULL};
	return runtime_of(text_basename(file->path), only) != NULL;
}

uint64_t symbols_key(struct symbols *symbols, const struct stack *stack, const struct symbols_runtime *beside)
{
	if (!stack)
		return 0;
	struct seen_stack *seen = seen_of(symbols, stack);
	if (seen->has_key[beside != NULL] && (!beside || seen->beside == beside))
		return seen->key[beside != NULL];
	uint64_t key = HASH_START;
	bool compiled = false;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		compiled |= !file;
		if (!file || !is_file_of(beside, file))
			key = hash_mix(key, (uintptr_t)file, offset);
	}
	if (compiled)
		key = compiled_key(symbols, stack, key);
	seen->has_key[beside != NULL] = true;
	seen->beside = beside ? beside : seen->beside;
	return seen->key[beside != NULL] = key;
}

static size_t stack_files(struct symbols *symbols, const struct stack *stack, struct code_address **addresses)
{
	size_t frames = 0;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		addresses[i] = file ? code_address_of(symbols, file, offset) : NULL;
		if (file && !addresses[i]->frames)
			find_frames(symbols, addresses[i]);
		if (!file || !file->own)
			frames += file ? addresses[i]->count : 1;
	}
	return frames;
}

const struct frames *symbols_stack(struct symbols *symbols, const struct stack *stack)
{
	static const struct frames nothing;
	if (!stack)
		return &nothing;
	struct seen_stack *seen = seen_of(symbols, stack);
	if (seen->frames)
		return seen->frames;
	progress_long_step("looking up names, stack", ++symbols->looked_up, 0);
	struct code_address **addresses = arena_take(symbols->arena, stack->count * sizeof *addresses + 1);
	struct frames *frames = seen->frames = arena_take(symbols->arena, sizeof *frames);
	frames->at = arena_take(symbols->arena, (stack_files(symbols, stack, addresses) + 1) * sizeof *frames->at);
	frames->cut = stack->cut;
	for (uint32_t i = 0; i < stack->count; i++) {
		if (!addresses[i])
			frames->at[frames->count++] = jit_frame(symbols, stack, stack->addresses[i] - 1);
		else if (!addresses[i]->key.file->own)
			for (size_t k = 0; k < addresses[i]->count; k++)
				frames->at[frames->count++] = addresses[i]->frames[k];
	}
	return frames;
}

/* ---- functions of known runtimes ---- */

static unsigned bits_of(const struct symbols_runtime *runtime, const char *name)
{
	for (const struct symbols_function *at = runtime->functions; at->name; at++)
		if (at->whole ? !strcmp(name, at->name) : !strncmp(name, at->name, strlen(at->name)))
			return at->bits;
	return 0;
}

unsigned symbols_context(struct symbols *symbols, const struct stack *stack,
			 const struct symbols_runtime *const *runtimes)
{
	if (!stack)
		return 0;
	struct seen_stack *seen = seen_of(symbols, stack);
	if (seen->has_context)
		return seen->context;
	seen->has_context = true;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		const struct symbols_runtime *runtime = file ? runtime_of(text_basename(file->path), runtimes) : NULL;
		if (runtime)
			seen->context |=
				bits_of(runtime, symbol_table_name(symbols, code_address_of(symbols, file, offset)));
	}
	return seen->context;
}
