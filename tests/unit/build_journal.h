/*
 * build_journal.h - journals made in memory for tests, as preload/format/format.h describes them, and a disk made of a table.
 */
#ifndef PAGELEAK_BUILD_JOURNAL_H
#define PAGELEAK_BUILD_JOURNAL_H

#include "base/arena.h"
#include "findings/findings.h"
#include "model/disk_model.h"
#include "model/journal_model.h"
#include "model/page_model.h"
#include "model/report_model.h"

struct builder {
	char *bytes;
	size_t size, room, chunk; /* chunk: offset of the open one */
	uint64_t now;             /* time of the next record; grows by 1 ms with each */
	uint32_t processes;
	struct arena *arena;
};

struct builder *build_new(const char *cwd); /* also makes process 1: pid 100, /bin/prog */
void build_free(struct builder *builder);
/* Header brought up to date; the journal is builder->bytes, builder->size. */
void build_finish(struct builder *builder);

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

/* ---- a disk ---- */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows name what matters */
struct fake_file {
	const char *path;
	uint64_t inode, birth_ns, bytes;
	const char *link;   /* directory symlink: where it leads */
	uint32_t mode, uid; /* mode 0: a regular file */
	const char *head;   /* how it begins */
};
struct fake_disk {
	struct disk disk;              /* first */
	const struct fake_file *files; /* path NULL ends it */
};
struct fake_disk fake_disk(const struct fake_file *files);

/* ---- all in one ---- */
struct outcome {
	struct journal journal;
	struct symbols *symbols;
	struct pages pages;
	struct report report;
	struct arena *arena;
};
/* Judges the builder's journal against the files; default rules unless `pages`. */
struct outcome outcome_of(struct builder *builder, const struct fake_file *files, const char *const *pages);
void outcome_free(struct outcome *outcome);
const struct page *outcome_page(const struct outcome *outcome, uint64_t inode);

#endif
