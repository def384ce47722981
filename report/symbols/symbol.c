/*
 * symbol.c - names for addresses. Opens the files that the journal's modules name; must not run them or ask a network.
 */
#include "symbols/symbol.h"
#include "base/hash.h"
#include "base/message.h"
#include "base/progress.h"
#include "base/text.h"
#include "journal/read.h"
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

/* One file, for all processes that map it. */
struct object_file {
	struct text key; /* path, NUL, build-id */
	struct text path, build_id;
	bool opened, indexed;
	Dwfl *dwfl;
	Dwfl_Module *module;
	GElf_Addr bias; /* of libdwfl's addresses against the file's */
	struct dwarf_index *index;
	Dwarf_Addr dwarf_bias;
	bool own; /* pageleak's library, or the unwinder: never shown */
	UT_hash_handle hh;
};

/* One address of a file: its frames, innermost first. */
struct place {
	struct {
		struct object_file *file;
		uint64_t offset;
	} key;
	struct frame *frames;
	size_t count;
	const char *name; /* from the symbol table alone; NULL not looked up, "" none */
	UT_hash_handle hh;
};

struct seen_stack {
	const struct stack *stack;
	uint64_t key[2]; /* with the interpreter's frames, without */
	bool has_key[2], has_within;
	unsigned within;
	struct frames *frames;
	UT_hash_handle hh;
};

/* What a process's compiler left. */
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
	struct place *places;
	struct seen_stack *stacks;
	uint64_t looked_up;
	struct {
		const struct module *module;
		struct object_file *file;
	} last[256]; /* by module's address */
};

/* Where libdwfl looks for debug files; it has one list for the process. NULL: where it does by itself. */
static char *debuginfo_path;

struct symbols *symbols_open(struct arena *arena, const struct journal *journal)
{
	struct symbols *symbols = arena_take(arena, sizeof *symbols);
	symbols->arena = arena;
	symbols->journal = journal;
	symbols->sysroot = "";
	return symbols;
}

void symbols_close(struct symbols *symbols)
{
	HASH_CLEAR(hh, symbols->places);
	HASH_CLEAR(hh, symbols->stacks);
	HASH_CLEAR(hh, symbols->jits);
	for (struct object_file *file = symbols->files; file; file = file->hh.next) {
		if (file->index)
			dwarf_index_free(file->index);
		if (file->dwfl)
			dwfl_end(file->dwfl);
	}
	HASH_CLEAR(hh, symbols->files);
	debuginfo_path = NULL;
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
	debuginfo_path = path;
}

/* Opens it once. False when it is gone, is another build than the one that ran, or is no ELF file. */
static bool file_open(struct symbols *symbols, struct object_file *file)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &debuginfo_path,
	};
	if (file->opened)
		return file->module;
	file->opened = true;
	struct stat status;
	const char *path =
		arena_format(symbols->arena, "%s%.*s", symbols->sysroot, (int)file->path.size, file->path.at);
	if (!text_starts(file->path, "/") || stat(path, &status) ||
	    !S_ISREG(status.st_mode)) /* opening a FIFO would hang */
		return false;
	file->dwfl = dwfl_begin(&callbacks);
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

static struct place *place_of(struct symbols *symbols, struct object_file *file, uint64_t offset)
{
	struct place *place, wanted;
	memset(&wanted, 0, sizeof wanted);
	wanted.key.file = file;
	wanted.key.offset = offset;
	HASH_FIND(hh, symbols->places, &wanted.key, sizeof wanted.key, place);
	if (place)
		return place;
	place = arena_take(symbols->arena, sizeof *place);
	place->key = wanted.key;
	HASH_ADD(hh, symbols->places, key, sizeof place->key, place);
	return place;
}

static const char *place_name(struct symbols *symbols, struct place *place)
{
	if (!place->name) {
		struct object_file *file = place->key.file;
		const char *name = NULL;
		if (file_open(symbols, file))
			name = dwfl_module_addrname(file->module, place->key.offset + file->bias);
		place->name = name ? name : "";
	}
	return place->name;
}

static struct text hex_of(struct arena *arena, struct text bytes)
{
	char *out = arena_take(arena, bytes.size * 2 + 1);
	for (size_t i = 0; i < bytes.size; i++)
		sprintf(out + 2 * i, "%02x", (unsigned char)bytes.at[i]);
	return (struct text){out, bytes.size * 2};
}

static size_t find_places(struct symbols *symbols, struct place *place, struct dwarf_place *out)
{
	struct object_file *file = place->key.file;
	if (!file_open(symbols, file))
		return 0;
	struct dwarf_index *index = file_index(symbols, file);
	if (!index)
		return 0;
	return dwarf_index_find(index, place->key.offset + file->bias - file->dwarf_bias, out, INLINED_MAX);
}

/* libdw's strings go when it does. */
static struct text text_kept(struct arena *arena, const char *string)
{
	return string ? text_of(arena_copy(arena, string, strlen(string))) : text_none();
}

static void place_frames(struct symbols *symbols, struct place *place)
{
	struct object_file *file = place->key.file;
	struct dwarf_place found[INLINED_MAX];
	size_t count = find_places(symbols, place, found);
	place->count = count ? count : 1;
	place->frames = arena_take(symbols->arena, place->count * sizeof *place->frames);
	struct text build_id = hex_of(symbols->arena, file->build_id);
	for (size_t i = 0; i < place->count; i++) {
		struct dwarf_place at = count ? found[i] : (struct dwarf_place){0};
		const char *name = at.function ? at.function : "";
		if (i + 1 == place->count && !at.inlined && *place_name(symbols, place))
			name = place_name(symbols, place);
		place->frames[i] = (struct frame){
			.function = demangle(symbols->arena, name),
			.file = text_kept(symbols->arena, at.file),
			.line = at.line,
			.inlined = at.inlined,
			.module = file->path,
			.build_id = build_id,
			.offset = place->key.offset,
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

/* The file and file address of one return address; NULL when it lies in none (JIT code). */
static struct object_file *locate(struct symbols *symbols, const struct stack *stack, uint32_t i, uint64_t *offset)
{
	uint64_t address = stack->addresses[i] - 1;
	const struct module *module = read_module(symbols->journal, stack->process, address, stack->time_ns);
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

/* An address in no module. A forked process runs what its parent compiled, too. */
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
 * A function lies at as many addresses as the compiler has tiers, and each tier is called by other functions of what runs it. `key`: of
 * the stack's files, which count for what is no script's.
 */
static uint64_t compiled_key(struct symbols *symbols, const struct stack *stack, uint64_t key)
{
	enum script script = SCRIPT_NONE;
	for (int pass = 0; pass < 2; pass++) {
		key = pass && script ? HASH_START : key;
		for (uint32_t i = 0; i < stack->count; i++) {
			uint64_t offset;
			if (locate(symbols, stack, i, &offset))
				continue;
			struct frame frame = jit_frame(symbols, stack, stack->addresses[i] - 1);
			enum script one = script_of_frames(&(struct frames){.at = &frame, .count = 1});
			if (!pass)
				script = one > script ? one : script;
			else if (script_tells(script, &frame))
				key = hash_mix(key_add_text(key_add_text(key, frame.function), frame.file),
					       (uint64_t)frame.line, 0);
		}
	}
	return key;
}

/* ---- keys ---- */

static bool is_interpreter(const struct object_file *file)
{
	struct text name = text_basename(file->path);
	return text_starts(name, "python") || text_starts(name, "libpython");
}

uint64_t symbols_key(struct symbols *symbols, const struct stack *stack, bool python)
{
	if (!stack)
		return 0;
	struct seen_stack *seen = seen_of(symbols, stack);
	if (seen->has_key[python])
		return seen->key[python];
	uint64_t key = HASH_START;
	bool compiled = false;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		compiled |= !file;
		if (!python || !file || !is_interpreter(file))
			key = hash_mix(key, (uintptr_t)file, offset);
	}
	if (compiled)
		key = compiled_key(symbols, stack, key);
	seen->has_key[python] = true;
	return seen->key[python] = key;
}

static size_t stack_files(struct symbols *symbols, const struct stack *stack, struct place **places)
{
	size_t frames = 0;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		places[i] = file ? place_of(symbols, file, offset) : NULL;
		if (file && !places[i]->frames)
			place_frames(symbols, places[i]);
		if (!file || !file->own)
			frames += file ? places[i]->count : 1;
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
	struct place **places = arena_take(symbols->arena, stack->count * sizeof *places + 1);
	struct frames *frames = seen->frames = arena_take(symbols->arena, sizeof *frames);
	frames->at = arena_take(symbols->arena, (stack_files(symbols, stack, places) + 1) * sizeof *frames->at);
	frames->cut = stack->cut;
	for (uint32_t i = 0; i < stack->count; i++) {
		if (!places[i])
			frames->at[frames->count++] = jit_frame(symbols, stack, stack->addresses[i] - 1);
		else if (!places[i]->key.file->own)
			for (size_t k = 0; k < places[i]->count; k++)
				frames->at[frames->count++] = places[i]->frames[k];
	}
	return frames;
}

/* ---- what a stack runs in ---- */

static unsigned within_of(const char *name, bool libc, bool python)
{
	static const struct {
		const char *start;
		bool libc;
		unsigned within;
	} functions[] = {
		{"exit", true, WITHIN_EXIT},
		{"__run_exit_handlers", true, WITHIN_EXIT},
		{"__cxa_finalize", true, WITHIN_EXIT},
		{"_dl_fini", true, WITHIN_EXIT},
		{"_dl_call_fini", true, WITHIN_EXIT},
		{"quick_exit", true, WITHIN_EXIT},
		{"Py_Finalize", false, WITHIN_FINALIZATION},
		{"Py_EndInterpreter", false, WITHIN_FINALIZATION},
		{"finalize_interp", false, WITHIN_FINALIZATION},
		{"_Py_Finalize", false, WITHIN_FINALIZATION},
		{"gc_collect_generations", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
		{"gc_collect_main", false, WITHIN_COLLECTOR},
		{"gc_collect_region", false, WITHIN_COLLECTOR},
		{"gc_collect_with_callback", false, WITHIN_COLLECTOR},
		{"gc_collect_young", false, WITHIN_COLLECTOR},
		{"gc_collect_full", false, WITHIN_COLLECTOR},
		{"gc_collect_increment", false, WITHIN_COLLECTOR},
		{"gc_collect", false, WITHIN_COLLECTOR | WITHIN_COLLECT}, /* gc.collect, gc_collect_impl */
		{"_PyGC_Collect", false, WITHIN_COLLECTOR},
		{"PyGC_Collect", false, WITHIN_COLLECTOR | WITHIN_COLLECT},
		{"collect_with_callback", false, WITHIN_COLLECTOR},
		{"collect_generations", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
		{"_Py_RunGC", false, WITHIN_COLLECTOR | WITHIN_AUTOMATIC},
		{"collect", false, WITHIN_COLLECTOR}, /* 3.6 to 3.8, with copies that the compiler made */
		{"_PyObject_GC_", false, WITHIN_ALLOCATION},
		{"PyType_GenericAlloc", false, WITHIN_ALLOCATION},
		{"_PyType_AllocNoTrack", false, WITHIN_ALLOCATION},
		{"_Py_HandlePending", false, WITHIN_ALLOCATION}, /* from 3.12 on collections wait for it */
		{"atexit_callfuncs", false, WITHIN_ATEXIT},
		{"_PyAtExit_Call", false, WITHIN_ATEXIT},
		{"call_py_exitfuncs", false, WITHIN_ATEXIT},
		{"subtype_dealloc", false, WITHIN_DEALLOCATION},
		{"slot_tp_finalize", false, WITHIN_DEALLOCATION},
		{"handle_callback", false, WITHIN_DEALLOCATION},
		{"pymain_run_", false, WITHIN_EVALUATION}, /* a function of the interpreter's own file only */
		{"run_eval_code_obj", false, WITHIN_EVALUATION},
		{"run_mod", false, WITHIN_EVALUATION},
		{"call_function", false, WITHIN_EVALUATION},
	};
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		bool here = functions[i].libc
				    ? libc && !strcmp(name, functions[i].start)
				    : python && !strncmp(name, functions[i].start, strlen(functions[i].start));
		if (here)
			return functions[i].within;
	}
	return 0;
}

unsigned symbols_within(struct symbols *symbols, const struct stack *stack)
{
	if (!stack)
		return 0;
	struct seen_stack *seen = seen_of(symbols, stack);
	if (seen->has_within)
		return seen->within;
	seen->has_within = true;
	for (uint32_t i = 0; i < stack->count; i++) {
		uint64_t offset;
		struct object_file *file = locate(symbols, stack, i, &offset);
		struct text name = file ? text_basename(file->path) : text_none();
		bool libc = text_starts(name, "libc.so") || text_starts(name, "libc-2.") || text_starts(name, "ld-") ||
			    text_starts(name, "ld.so");
		bool python = text_starts(name, "python") || text_starts(name, "libpython");
		if (libc || python)
			seen->within |= within_of(place_name(symbols, place_of(symbols, file, offset)), libc, python);
	}
	return seen->within;
}
