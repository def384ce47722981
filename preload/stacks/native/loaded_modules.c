/*
 * loaded_modules.c - finds modules by address and records them, with their build-ids.
 *
 * Must not: call dladdr, dlsym or dl_iterate_phdr, which wait for a dlopen in another thread.
 */
#include "stacks/native/loaded_modules.h"
#include "journal/intern.h"
#include "journal/journal.h"
#include "system/raw.h"
#include "journal/scratch.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#define BUILD_ID_MAX 64

/* struct dl_find_object of glibc 2.35 and later, <dlfcn.h>; declared here to build with older headers. */
struct found_object {
	unsigned long long flags;
	void *start, *end;
	struct link_map *link_map;
	void *eh_frame;
	unsigned long long reserved[7];
};

struct module {
	uint64_t bias, start, end;
	const char *name;
	size_t name_size;
};

static int (*find_object)(void *, struct found_object *);
static uint32_t generation;

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

void loaded_modules_open(void)
{
	find_object = (int (*)(void *, struct found_object *))dlsym(RTLD_DEFAULT, "_dl_find_object");
}

void loaded_modules_unloaded(void)
{
	__atomic_fetch_add(&generation, 1, __ATOMIC_RELAXED);
}

uint32_t loaded_modules_generation(void)
{
	return __atomic_load_n(&generation, __ATOMIC_RELAXED);
}

bool loaded_modules_is_own(uint64_t address)
{
	return address - (uintptr_t)__ehdr_start < (uintptr_t)_end - (uintptr_t)__ehdr_start;
}

/* ---- without _dl_find_object (musl, glibc before 2.35): by /proc/self/maps ---- */

struct maps {
	char *buffer;
	size_t size, used, at;
	int fd;
};

/* The next line without its newline; NULL at the end, or at a line longer than the buffer. */
static char *maps_line(struct maps *maps)
{
	for (;;) {
		char *line = maps->buffer + maps->at;
		char *newline = memchr(line, '\n', maps->used - maps->at);

		if (newline) {
			*newline = 0;
			maps->at = (size_t)(newline + 1 - maps->buffer);
			return line;
		}
		memmove(maps->buffer, line, maps->used - maps->at);
		maps->used -= maps->at;
		maps->at = 0;
		long got = raw_read(maps->fd, maps->buffer + maps->used, maps->size - maps->used);
		if (got <= 0)
			return NULL;
		maps->used += (size_t)got;
	}
}

static uint64_t hex(const char **at)
{
	uint64_t value = 0;

	for (;; (*at)++) {
		int digit = **at >= '0' && **at <= '9' ? **at - '0' : **at >= 'a' && **at <= 'f' ? **at - 'a' + 10 : -1;
		if (digit < 0)
			return value;
		value = value << 4 | (uint64_t)digit;
	}
}

/* Finds the module of an address by lines "start-end perms offset dev inode   path". */
static bool maps_find(uint64_t address, struct scratch *scratch, struct module *out)
{
	struct maps maps = {scratch->text, sizeof scratch->text, 0, 0,
			    raw_open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
	bool found = false;
	char *line;

	if (maps.fd < 0)
		return false;
	out->name_size = 0;
	while (!found && (line = maps_line(&maps))) {
		const char *at = line;
		uint64_t start = hex(&at), end = (at++, hex(&at));
		const char *path = strchr(line, '/');

		at += 6;
		uint64_t offset = hex(&at);
		size_t length = path ? strlen(path) : 0;
		bool same = length && length == out->name_size && memcmp(path, scratch->path, length) == 0;
		if (!same) {
			out->start = start;
			out->bias = start - offset;
			out->name_size = length < sizeof scratch->path ? length : 0;
			memcpy(scratch->path, path ? path : "", out->name_size);
		}
		out->end = end;
		found = address >= start && address < end && out->name_size;
	}
	raw_close(maps.fd);
	out->name = scratch->path;
	return found;
}

/* ---- build-id ---- */

static size_t note_build_id(const unsigned char *notes, size_t size, unsigned char *out)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t name = (note->n_namesz + 3u) & ~3u, data = (note->n_descsz + 3u) & ~3u;

		if (name > size - sizeof *note || data > size - sizeof *note - name)
			return 0;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(note + 1, "GNU", 4) == 0 &&
		    note->n_descsz <= BUILD_ID_MAX) {
			memcpy(out, (const unsigned char *)(note + 1) + name, note->n_descsz);
			return note->n_descsz;
		}
		notes += sizeof *note + name + data;
		size -= sizeof *note + name + data;
	}
	return 0;
}

/* Finds an object's program headers in its first page in memory. NULL where they are not there. */
static const ElfW(Phdr) * program_headers(uintptr_t start, uintptr_t end, unsigned *count)
{
	static uintptr_t known; /* start of the last object that was probed, and could be read */
	const ElfW(Ehdr) *elf = (const void *)start;

	if (end - start < 4096)
		return NULL;
	if (__atomic_load_n(&known, __ATOMIC_RELAXED) != start && !raw_readable(elf))
		return NULL;
	__atomic_store_n(&known, start, __ATOMIC_RELAXED);
	if (memcmp(elf->e_ident, ELFMAG, SELFMAG) || elf->e_phentsize != sizeof(ElfW(Phdr)) || elf->e_phoff > 4096 ||
	    elf->e_phoff + elf->e_phnum * sizeof(ElfW(Phdr)) > 4096)
		return NULL;
	*count = elf->e_phnum;
	return (const void *)(start + elf->e_phoff);
}

static size_t module_build_id(const struct module *module, unsigned char *out)
{
	unsigned count = 0;
	const ElfW(Phdr) *part = program_headers(module->start, module->end, &count);

	for (unsigned i = 0; part && i < count; i++, part++) {
		uint64_t at = module->bias + part->p_vaddr;

		if (part->p_type != PT_NOTE || at < module->start || at >= module->end ||
		    part->p_memsz > module->end - at || !raw_readable((void *)at))
			continue;
		size_t size = note_build_id((const unsigned char *)at, part->p_memsz, out);
		if (size)
			return size;
	}
	return 0;
}

/* ---- records ---- */

static uint64_t module_key(uint64_t start, uint64_t end)
{
	uint64_t words[3] = {start, end, loaded_modules_generation()};

	return hash_words(words, 3, INTERN_MODULE);
}

static bool module_is_known(uint64_t start, uint64_t end)
{
	return intern_find(module_key(start, end)).reference != 0;
}

static void module_write(const struct module *module)
{
	unsigned char build_id[BUILD_ID_MAX];
	size_t build_id_size = module_build_id(module, build_id);
	uint32_t path = module->name_size ? intern_string(module->name, module->name_size) : 0;
	struct journal_module *record = journal_begin(RECORD_MODULE, sizeof *record + build_id_size, 0);

	if (!record)
		return;
	record->time_ns = journal_now();
	record->bias = module->bias;
	record->start = module->start;
	record->end = module->end;
	record->path = path;
	record->build_id_size = (uint32_t)build_id_size;
	memcpy(record + 1, build_id, build_id_size);
	journal_commit(record, RECORD_MODULE, 0);
	/* After the record is written: a signal handler may leave this function by longjmp. */
	intern_add(module_key(module->start, module->end), (struct interned){1, 0});
}

static void module_from_glibc(const struct found_object *found, struct scratch *scratch)
{
	const char *name = found->link_map->l_name;
	struct module module = {found->link_map->l_addr, (uint64_t)found->start, (uint64_t)found->end, name, 0};

	if (module_is_known(module.start, module.end))
		return;
	if (!name || !*name) { /* the program itself */
		long length = raw_readlink("/proc/self/exe", scratch->path, sizeof scratch->path);
		module.name = scratch->path;
		module.name_size = length > 0 ? (size_t)length : 0;
	} else if (*name == '/') {
		module.name_size = strnlen(name, sizeof scratch->path);
	} else if (strchr(name, '/')) { /* relative to a directory that need not be the current one any more */
		struct module mapped;
		if (maps_find(module.start, scratch, &mapped)) {
			module.name = mapped.name;
			module.name_size = mapped.name_size;
		}
	}
	module_write(&module);
}

void loaded_modules_record(const uint64_t *addresses, size_t count)
{
	struct scratch *scratch = NULL;
	uint64_t start = 1, end = 0;

	for (size_t i = 0; i < count; i++) {
		struct found_object found;
		struct module module;

		if (addresses[i] >= start && addresses[i] < end)
			continue;
		if (!scratch && !(scratch = scratch_take()))
			return;
		if (find_object) {
			if (find_object((void *)addresses[i], &found))
				continue;
			start = (uint64_t)found.start;
			end = (uint64_t)found.end;
			module_from_glibc(&found, scratch);
		} else if (maps_find(addresses[i], scratch, &module)) {
			start = module.start;
			end = module.end;
			if (!module_is_known(start, end))
				module_write(&module);
		}
	}
	if (scratch)
		scratch_release(scratch);
}

bool loaded_modules_is_quick(void)
{
	return find_object != NULL;
}

/*
 * Finds the segment that holds the tables: there may be nothing mapped between the segments of an object. Of a program
 * with holes, glibc gives only the part around the address, so its program headers are taken from the auxiliary vector.
 */
static bool segment_of(const struct found_object *found, uintptr_t *start, uintptr_t *end)
{
	const char *name = found->link_map->l_name;
	bool program = !name || !*name;
	unsigned count = (unsigned)(program ? getauxval(AT_PHNUM) : 0);
	const ElfW(Phdr) *part = program ? (const void *)getauxval(AT_PHDR)
					 : program_headers((uintptr_t)found->start, (uintptr_t)found->end, &count);

	for (unsigned i = 0; part && i < count; i++, part++) {
		*start = found->link_map->l_addr + part->p_vaddr;
		*end = *start + part->p_filesz;
		if (part->p_type == PT_LOAD && part->p_flags & PF_R &&
		    (uintptr_t)found->eh_frame - *start < part->p_filesz)
			return true;
	}
	return false;
}

bool loaded_modules_tables(uintptr_t address, uintptr_t *start, uintptr_t *end, const void **header)
{
	struct found_object found;

	if (!find_object || find_object((void *)address, &found))
		return false;
	*header = found.eh_frame && segment_of(&found, start, end) ? found.eh_frame : NULL;
	return true;
}

bool loaded_modules_range(const void *address, uintptr_t *start, uintptr_t *end)
{
	struct found_object found;
	struct scratch *scratch;
	struct module module;
	bool known = false;

	if (find_object) {
		if (find_object((void *)address, &found))
			return false;
		*start = (uintptr_t)found.start;
		*end = (uintptr_t)found.end;
		return true;
	}
	scratch = scratch_take();
	if (scratch) {
		known = maps_find((uint64_t)address, scratch, &module);
		*start = module.start;
		*end = module.end;
		scratch_release(scratch);
	}
	return known;
}
