/*
 * build_journal.h - makes journals in memory, record by record, as format.h describes them. Knows nothing of the
 * report.
 */
#ifndef PAGELEAK_BUILD_JOURNAL_H
#define PAGELEAK_BUILD_JOURNAL_H

#include "format.h"
#include <stddef.h>
#include <stdint.h>

/* A row names the fields that matter; the rest is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { BUILD_DEVICE = 7 }; /* st_dev of every file */

struct builder {
	char *bytes;
	size_t size, room, chunk; /* bytes; chunk: offset of the one that records go to, 0: the next record opens one */
	uint64_t now;             /* ns, of the last record; each record is 1 ms later */
	uint32_t processes;
};

/* Writes the records of the audit's start and of process 1: pid 100, /bin/prog. */
struct builder *build_new(const char *cwd);
/* Holds each type of record, once at least. Is finished. */
struct builder *build_sample(void);
void build_free(struct builder *builder);
/* Brings the header up to date; the journal is builder->bytes, builder->size. More records may follow. */
void build_finish(struct builder *builder);

/* Those that give a uint32_t give the reference of their record, build_process the number of the process. */

uint32_t build_string(struct builder *builder, const char *string);
uint32_t build_process(struct builder *builder, uint32_t kind, uint32_t pid, uint32_t ppid, uint32_t parent,
		       const char *exe, const char *tmpdir);
uint32_t build_exec(struct builder *builder, uint32_t process, uint32_t pid, uint32_t ppid, const char *path,
		    uint16_t flags);
void build_exec_failed(struct builder *builder, uint32_t exec, uint32_t pid);
void build_exit(struct builder *builder, uint32_t process, int status, uint32_t how);
void build_scope(struct builder *builder, uint32_t process, const char *scope);
void build_killed(struct builder *builder, uint32_t process, uint32_t pid, uint32_t ppid, uint32_t signal);
void build_note(struct builder *builder, uint32_t process, uint32_t note);
void build_chroot(struct builder *builder, uint32_t process, const char *directory);
void build_end(struct builder *builder, int wait_status);
void build_module(struct builder *builder, uint32_t process, const char *path, uint64_t bias, uint64_t start,
		  uint64_t end);
uint32_t build_stack(struct builder *builder, uint32_t process, const uint64_t *addresses, uint32_t count);
uint32_t build_python(struct builder *builder, const char *file, const char *function, int line);

/* An answer of process 1's interpreter. `texts`: `size` bytes with their NULs. */
void build_why(struct builder *builder, uint32_t event, uint64_t object, uint16_t kind, uint8_t moment,
	       const char *texts, size_t size);

struct build_event {
	uint32_t process;          /* 0: 1 */
	uint8_t kind;              /* 0: MADE */
	uint16_t flags, api, mode; /* mode 0: a regular file */
	uint32_t links;            /* 0: 1 */
	uint64_t inode, birth_ns;
	const char *path, *path2, *scope;
	uint32_t native, script;
	uint64_t replaced; /* inode; with EVENT_REPLACED or EVENT_EXCHANGED */
	uint64_t replaced_birth_ns;
	uint32_t replaced_links, replaced_mode;
	int64_t shift_ns; /* added to the time */
	uint64_t object;  /* address of one of type "Table", the method of frame 0; 0 none */
};
/* Gives the record's reference. */
uint32_t build_event_(struct builder *builder, struct build_event event);
#define build_event(builder, ...) build_event_(builder, (struct build_event){__VA_ARGS__})

#endif
