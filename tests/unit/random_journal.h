/*
 * random_journal.h - journals of a file system that some processes use at random, the same for the same seed: files and
 * directories are made, linked, renamed, exchanged and removed; inode numbers are used again, with birth times as
 * coarse as the kernel's or without; records are lost, told twice and out of order, as those of several processes are.
 */
#ifndef RANDOM_JOURNAL_H
#define RANDOM_JOURNAL_H

#include "base/arena.h"
#include "build_journal.h"
#include "format.h"
#include "journal/function_names.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { WORLD_NODES = 256, WORLD_INODES = 4096, WORLD_PROCESSES = 4, WORLD_ROOTS = 4, WORLD_SITES = 5 };

struct world_inode {
	uint64_t number, birth_ns;
	uint32_t links;
	bool directory, old; /* old: nobody audited made it */
};

struct world_node {
	char name[24];
	int parent; /* -1: a root, whose name is its path */
	struct world_inode *inode;
};

struct world {
	struct builder *builder;
	struct arena *arena; /* of paths */
	uint64_t random;
	struct world_node nodes[WORLD_NODES];
	struct world_inode inodes[WORLD_INODES];
	size_t inode_count, node_count;
	uint64_t free_numbers[64];
	size_t free_count;
	uint64_t next_number;
	uint32_t processes[WORLD_PROCESSES], sites[WORLD_SITES];
	uint16_t temporary; /* mkstemp */
	bool births, disorder;
};

static inline uint32_t world_random(struct world *world, uint32_t below)
{
	world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(world->random >> 33) % below;
}

static inline bool world_chance(struct world *world, uint32_t percent)
{
	return world_random(world, 100) < percent;
}

static inline const char *world_path(struct world *world, const struct world_node *node)
{
	if (node->parent < 0)
		return node->name;
	return arena_format(world->arena, "%s/%s", world_path(world, &world->nodes[node->parent]), node->name);
}

/* Fills in what all events have. */
static inline void world_event(struct world *world, struct build_event event)
{
	if (world_chance(world, 2)) /* its writer was killed */
		return;
	event.process = world->processes[world_random(world, WORLD_PROCESSES)];
	if (world->disorder && world_chance(world, 20))
		event.shift_ns = -(int64_t)world_random(world, 3500) * 1000;
	build_event_(world->builder, event);
	if (event.kind == EVENT_MADE && world_chance(world, 4)) { /* a hook below another tells of it, too */
		event.flags &= (uint16_t)~EVENT_CERTAIN;
		build_event_(world->builder, event);
	}
}

static inline struct build_event world_about(const struct world_inode *inode, uint8_t kind)
{
	return (struct build_event){.kind = kind,
				    .inode = inode->number,
				    .birth_ns = inode->birth_ns,
				    .links = inode->links,
				    .mode = inode->directory ? S_IFDIR | 0755 : S_IFREG | 0644};
}

static inline struct world_node *world_node_new(struct world *world)
{
	for (size_t i = WORLD_ROOTS; i < WORLD_NODES; i++)
		if (!world->nodes[i].inode)
			return &world->nodes[i];
	return NULL;
}

static inline struct world_node *world_any(struct world *world)
{
	for (int tries = 0; tries < 20; tries++) {
		struct world_node *node = &world->nodes[WORLD_ROOTS + world_random(world, WORLD_NODES - WORLD_ROOTS)];
		if (node->inode)
			return node;
	}
	return NULL;
}

static inline int world_directory(struct world *world)
{
	struct world_node *node = world_chance(world, 40) ? world_any(world) : NULL;
	return node && node->inode->directory ? (int)(node - world->nodes) : (int)world_random(world, WORLD_ROOTS);
}

static inline struct world_node *world_at(struct world *world, int parent, const char *name)
{
	for (size_t i = WORLD_ROOTS; i < WORLD_NODES; i++)
		if (world->nodes[i].inode && world->nodes[i].parent == parent && !strcmp(world->nodes[i].name, name))
			return &world->nodes[i];
	return NULL;
}

static inline bool world_is_below(const struct world *world, int node, int above)
{
	for (; node >= 0; node = world->nodes[node].parent)
		if (node == above)
			return true;
	return false;
}

static inline bool world_has_any(const struct world *world, const struct world_node *directory)
{
	for (size_t i = WORLD_ROOTS; i < WORLD_NODES; i++)
		if (world->nodes[i].inode && world->nodes[i].parent == (int)(directory - world->nodes))
			return true;
	return false;
}

static inline void world_name(struct world *world, char *name)
{
	static const char *const forms[] = {"page-%u.dat", "out%u", "x%u.tmp", "result.%u"};
	sprintf(name, forms[world_random(world, 4)], world_random(world, 12));
}

static inline void world_make(struct world *world)
{
	struct world_node *node = world_node_new(world);
	char name[24];
	world_name(world, name);
	int parent = world_directory(world);
	if (!node || world->inode_count == WORLD_INODES || world_at(world, parent, name))
		return;
	struct world_inode *inode = &world->inodes[world->inode_count++];
	*inode = (struct world_inode){.links = 1, .directory = world_chance(world, 15), .old = world_chance(world, 3)};
	inode->number = world->free_count && world_chance(world, 60) ? world->free_numbers[--world->free_count]
								     : ++world->next_number;
	inode->birth_ns = world->births ? world->builder->now / 4000000 * 4000000 : 0;
	*node = (struct world_node){.parent = parent, .inode = inode};
	strcpy(node->name, name);
	struct build_event event = world_about(inode, EVENT_MADE);
	event.path = world_path(world, node);
	event.flags = world_chance(world, 70) ? EVENT_CERTAIN : 0;
	event.script = world->sites[world_random(world, WORLD_SITES)];
	event.api = world_chance(world, 10) ? world->temporary : 1;
	if (!inode->old)
		world_event(world, event);
}

static inline void world_gone(struct world *world, struct world_node *node)
{
	struct world_inode *inode = node->inode;
	node->inode = NULL;
	if (!--inode->links && world->free_count < 64)
		world->free_numbers[world->free_count++] = inode->number;
}

static inline void world_remove(struct world *world)
{
	struct world_node *node = world_any(world);
	if (!node || (node->inode->directory && world_has_any(world, node)))
		return;
	struct build_event event = world_about(node->inode, EVENT_RELEASED);
	event.path = world_chance(world, 5) ? "" : world_path(world, node);
	if (!node->inode->old)
		world_event(world, event);
	world_gone(world, node);
}

static inline void world_link(struct world *world)
{
	struct world_node *node = world_any(world), *other = world_node_new(world);
	char name[24];
	world_name(world, name);
	int parent = world_directory(world);
	if (!node || !other || node->inode->directory || world_at(world, parent, name))
		return;
	*other = (struct world_node){.parent = parent, .inode = node->inode};
	strcpy(other->name, name);
	node->inode->links++;
	struct build_event event = world_about(node->inode, EVENT_LINKED);
	event.flags = node->inode->old ? EVENT_NEW_ENTRY : 0;
	event.path = world_path(world, other);
	event.path2 = world_path(world, node);
	world_event(world, event);
}

static inline void world_exchange(struct world *world, struct world_node *node, struct world_node *there)
{
	struct world_inode *inode = node->inode, *other = there->inode;
	if (world_is_below(world, there->parent, (int)(node - world->nodes)) ||
	    world_is_below(world, node->parent, (int)(there - world->nodes)) || inode == other)
		return;
	struct build_event event = world_about(inode, EVENT_RENAMED);
	event.flags = EVENT_EXCHANGED;
	event.path = world_path(world, there);
	event.path2 = world_path(world, node);
	event.replaced = other->number;
	event.replaced_birth_ns = other->birth_ns;
	event.replaced_links = other->links;
	event.replaced_mode = other->directory ? S_IFDIR | 0755 : S_IFREG | 0644;
	world_event(world, event);
	struct world_node before = *node;
	node->parent = there->parent;
	there->parent = before.parent;
	strcpy(node->name, there->name);
	strcpy(there->name, before.name);
}

static inline void world_rename(struct world *world)
{
	struct world_node *node = world_any(world);
	char name[24];
	world_name(world, name);
	int parent = world_directory(world);
	struct world_node *there = world_at(world, parent, name);
	if (!node || node == there || world_is_below(world, parent, (int)(node - world->nodes)))
		return;
	if (there && world_chance(world, 30)) {
		world_exchange(world, node, there);
		return;
	}
	if (there && (there->inode->directory || node->inode->directory || there->inode == node->inode))
		return;
	struct build_event event = world_about(node->inode, EVENT_RENAMED);
	event.flags = node->inode->old ? EVENT_NEW_ENTRY : 0;
	event.path2 = world_path(world, node);
	if (there) {
		event.path = world_path(world, there);
		event.replaced = there->inode->number;
		event.replaced_birth_ns = there->inode->birth_ns;
		event.replaced_links = there->inode->links;
		world_gone(world, there);
	}
	node->parent = parent;
	strcpy(node->name, name);
	event.path = world_path(world, node);
	world_event(world, event);
}

static inline uint16_t world_api(const char *name)
{
	for (uint16_t id = 1; id < 1000; id++)
		if (!strcmp(function_names_at(id), name))
			return id;
	return 1;
}

struct random_journal {
	uint64_t seed;
	size_t events; /* about */
	bool births;   /* there are birth times */
	bool disorder; /* records are up to 3.5 ms late */
	/* Called whenever about `every` more of them are there; NULL: not. */
	void (*look)(void *context);
	void *context;
	size_t every;
};

static inline void random_journal(struct builder *builder, const struct random_journal *wanted)
{
	static const char *const roots[WORLD_ROOTS] = {"/tmp", "/work", "/work/cache", "/dev/shm"};
	struct world *world = calloc(1, sizeof *world);
	*world = (struct world){.builder = builder,
				.arena = arena_new(),
				.random = wanted->seed,
				.births = wanted->births,
				.disorder = wanted->disorder,
				.temporary = world_api("mkstemp")};
	for (int i = 0; i < WORLD_ROOTS; i++) {
		world->nodes[i].parent = -1;
		strcpy(world->nodes[i].name, roots[i]);
	}
	for (int i = 0; i < WORLD_SITES; i++)
		world->sites[i] =
			build_python(builder, "/work/app.py", (const char *[]){"a", "b", "c", "d", "e"}[i], i + 1);
	world->processes[0] = 1;
	for (uint32_t i = 1; i < WORLD_PROCESSES; i++)
		world->processes[i] =
			i < 3 ? build_process(builder, PROCESS_FORKED, 100 + i, 100, 1, NULL, NULL)
			      : build_process(builder, PROCESS_EXECED, 100 + i, 100, 0, "/bin/other", "/work/cache");
	for (size_t i = 0; i < wanted->events; i++) {
		if (wanted->look && i % wanted->every == 0)
			wanted->look(wanted->context);
		uint32_t what = world_random(world, 100);
		if (what < 45)
			world_make(world);
		else if (what < 75)
			world_remove(world);
		else if (what < 82)
			world_link(world);
		else
			world_rename(world);
	}
	arena_free(world->arena);
	free(world);
}

#endif
