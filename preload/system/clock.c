/*
 * clock.c - __vdso_clock_gettime, looked up in the image that the kernel maps into every process (vdso(7)).
 *
 * Must not: ask the dynamic linker, which would give whatever stands in front of libc.
 */
#include "system/clock.h"
#include "system/raw.h"
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#if defined(__x86_64__)
#define NAME "__vdso_clock_gettime"
#else
#define NAME "__kernel_clock_gettime"
#endif

static int (*kernels)(clockid_t, struct timespec *);

/* The image is linked to begin at 0: what its headers call an address is an offset. */
static const ElfW(Dyn) * dynamic_of(const char *image)
{
	const ElfW(Ehdr) *elf = (const void *)image;
	const ElfW(Phdr) *part = (const void *)(image + elf->e_phoff);

	for (unsigned i = 0; i < elf->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC)
			return (const void *)(image + part[i].p_offset);
	return NULL;
}

void clock_open(void)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR), *strings = NULL;
	const ElfW(Dyn) *entry = image && memcmp(image, ELFMAG, SELFMAG) == 0 ? dynamic_of(image) : NULL;
	const ElfW(Sym) *symbols = NULL;

	for (; entry && entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)(image + entry->d_un.d_ptr);
		if (entry->d_tag == DT_STRTAB)
			strings = image + entry->d_un.d_ptr;
	}
	/* The names stand right behind the symbols. */
	for (; symbols && strings && (const char *)(symbols + 1) <= strings; symbols++)
		if (symbols->st_shndx != SHN_UNDEF && strcmp(strings + symbols->st_name, NAME) == 0)
			kernels = (int (*)(clockid_t, struct timespec *))(image + symbols->st_value);
}

void clock_read(clockid_t clock, struct timespec *now)
{
	if (!kernels || kernels(clock, now))
		raw_call(SYS_clock_gettime, clock, (long)now, 0, 0, 0, 0);
}
