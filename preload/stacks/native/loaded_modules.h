/*
 * loaded_modules.h - which file an address belongs to: writes a MODULE record the first time that a stack goes through one.
 * Safe in signal handlers and beside a dlopen in another thread: glibc's _dl_find_object takes no lock.
 */
#ifndef PAGELEAK_LOADED_MODULES_H
#define PAGELEAK_LOADED_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Resolves what is needed; from the constructor. */
void loaded_modules_open(void);
/* Makes sure that the modules of these addresses are in the journal. */
void loaded_modules_record(const uint64_t *addresses, size_t count);
/* A library was unloaded: addresses may mean something else from now on. */
void loaded_modules_unloaded(void);
/* Changes with every loaded_modules_unloaded. */
uint32_t loaded_modules_generation(void);
/* Start and end of the mapped object that holds `address`; false when unknown. */
bool loaded_modules_range(const void *address, uintptr_t *start, uintptr_t *end);
/* Can loaded_modules_tables answer? glibc 2.35 and later. */
bool loaded_modules_is_quick(void);
/*
 * The .eh_frame_hdr of the object that holds `address` (NULL none), and the loaded segment that holds it and .eh_frame: all of
 * that can be read. False: there is no such object.
 */
bool loaded_modules_tables(uintptr_t address, uintptr_t *start, uintptr_t *end, const void **header);
/* Is `address` inside this library? */
bool loaded_modules_is_own(uint64_t address);

#endif
