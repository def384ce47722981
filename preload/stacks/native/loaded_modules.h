/*
 * loaded_modules.h - the executable and the libraries that are mapped, by address. Writes a MODULE record for each that
 * a stack goes through. Safe in signal handlers and beside a dlopen in another thread: glibc's _dl_find_object takes no
 * lock.
 */
#ifndef PAGELEAK_LOADED_MODULES_H
#define PAGELEAK_LOADED_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks up _dl_find_object. From the constructor. */
void loaded_modules_open(void);
/* Writes MODULE records for the modules of these addresses, as far as the journal has none. */
void loaded_modules_record(const uint64_t *addresses, size_t count);
/* Notes that a library was unloaded: its addresses may belong to another one later. */
void loaded_modules_unloaded(void);
/* A number that changes with each loaded_modules_unloaded. */
uint32_t loaded_modules_generation(void);
/* Finds start and end of the mapped object that holds `address`. False when there is none, or it is not known. */
bool loaded_modules_range(const void *address, uintptr_t *start, uintptr_t *end);
/* Does loaded_modules_tables work? It requires glibc 2.35. */
bool loaded_modules_is_quick(void);
/*
 * Finds the .eh_frame_hdr of the object that holds `address`, NULL for none, and start and end of the loaded segment
 * that holds it and .eh_frame, all of which can be read. False: no object holds the address.
 */
bool loaded_modules_tables(uintptr_t address, uintptr_t *start, uintptr_t *end, const void **header);
/* Is `address` inside this library? */
bool loaded_modules_is_own(uint64_t address);

#endif
