/*
 * page_rules.c - applies the rules for what is a page. Must not ask what became of it.
 */
#include "judge/page_rules.h"
#include "base/arena.h"
#include "base/glob.h"
#include "format.h"
#include "journal/function_names.h"
#include <string.h>
#include <uthash.h>

struct root {
	struct text spelled, resolved;
	UT_hash_handle hh;
};

struct page_rules {
	struct arena *arena;
	struct directory_tree *paths;
	const struct rules *rules;
	struct text cwd; /* resolved; where the audit was started */
	const char **pages,
		**not_pages; /* the rules' globs: directories that they name are resolved, as those of pages are */
	bool defaults;       /* the default rules hold */
	struct text common[TEMP_ROOTS]; /* resolved */
	struct root *roots;             /* values of TMPDIR */
	struct text *inner;             /* directories for temporary files of other root directories */
	size_t inner_count;
};

const struct temp_root page_rules_temp_roots[TEMP_ROOTS] = {
	{"/tmp", false}, {"/var/tmp", false}, {"/dev/shm", false}, {"/run/user", true}};

static bool below(struct text path, struct text directory)
{
	return directory.size > 1 ? text_below(path, directory).size > 0 : path.size > directory.size;
}

/*
 * Adds `directory` of another root directory. Not if it leads out of that: behind an absolute link it would be another
 * one here.
 */
static void add_inner(struct page_rules *judge, struct text root, struct text directory)
{
	struct text resolved =
		directory_tree_resolve(judge->paths, root, (struct text){directory.at + 1, directory.size - 1});
	if (below(resolved, directory_tree_resolve(judge->paths, text_none(), root)))
		judge->inner[judge->inner_count++] = resolved;
}

/* Adds the directories for temporary files of a root directory other than the machine's. */
static void add_root(struct page_rules *judge, const struct root_change *change)
{
	struct text root = change->path, tmpdir = change->process->tmpdir;
	if (!root.size)
		return;
	for (size_t i = 0; i < TEMP_ROOTS; i++)
		add_inner(judge, root, text_of(page_rules_temp_roots[i].path));
	if (tmpdir.size > 1 && tmpdir.at[0] == '/')
		add_inner(judge, root, tmpdir);
}

static const char *resolved_glob(struct page_rules *judge, const char *glob)
{
	size_t fixed = glob_fixed(glob), to = 0;
	if (fixed < 2)
		return glob;
	struct text directory =
		directory_tree_resolve(judge->paths, text_of(judge->rules->cwd), (struct text){glob, fixed - 1});
	char *out = arena_take(judge->arena, 2 * directory.size + strlen(glob) + 2);
	for (size_t i = 0; i < directory.size; i++) {
		if (strchr("*?[]\\", directory.at[i]))
			out[to++] = '\\';
		out[to++] = directory.at[i];
	}
	if (to > 1)
		out[to++] = '/';
	strcpy(out + to, glob + fixed);
	return directory.size ? out : glob;
}

static const char **resolved_globs(struct page_rules *judge, const char *const *globs)
{
	size_t count = 0;
	while (globs && globs[count])
		count++;
	const char **out = arena_take(judge->arena, (count + 1) * sizeof *out);
	for (size_t i = 0; i < count; i++)
		out[i] = strcmp(globs[i], "@default") ? resolved_glob(judge, globs[i]) : globs[i];
	return out;
}

struct page_rules *page_rules_open(const struct journal *journal, struct directory_tree *paths,
				   const struct rules *rules)
{
	struct arena *arena = journal->arena;
	struct page_rules *judge = arena_take(arena, sizeof *judge);
	judge->arena = arena;
	judge->paths = paths;
	judge->rules = rules;
	judge->cwd = directory_tree_resolve(paths, text_none(), journal->cwd);
	judge->defaults = !rules->pages || !rules->pages[0];
	for (size_t i = 0; rules->pages && rules->pages[i]; i++)
		judge->defaults |= !strcmp(rules->pages[i], "@default");
	judge->pages = resolved_globs(judge, rules->pages);
	judge->not_pages = resolved_globs(judge, rules->not_pages);
	for (size_t i = 0; i < TEMP_ROOTS; i++)
		judge->common[i] = directory_tree_resolve(paths, text_none(), text_of(page_rules_temp_roots[i].path));
	judge->inner = journal->root_count
			       ? arena_take(arena, journal->root_count * (TEMP_ROOTS + 1) * sizeof *judge->inner)
			       : NULL;
	for (size_t i = 0; i < journal->root_count; i++)
		add_root(judge, &journal->roots[i]);
	return judge;
}

void page_rules_close(struct page_rules *judge)
{
	HASH_CLEAR(hh, judge->roots);
}

static struct text tmpdir_of(struct page_rules *judge, const struct process *process)
{
	struct text spelled = process->tmpdir;
	if (!spelled.size)
		return judge->common[0];
	struct root *root;
	HASH_FIND(hh, judge->roots, spelled.at, spelled.size, root);
	if (!root) {
		root = arena_take(judge->arena, sizeof *root);
		root->spelled = spelled;
		root->resolved = directory_tree_resolve(judge->paths, judge->cwd, spelled);
		HASH_ADD_KEYPTR(hh, judge->roots, root->spelled.at, spelled.size, root);
	}
	return root->resolved;
}

static bool below_cwd(const struct page_rules *judge, struct text path)
{
	return judge->cwd.size > 1 && below(path, judge->cwd);
}

static bool below_tmpdir(const struct page_rules *judge, struct text tmpdir, struct text path)
{
	bool tmpdir_there = text_equal(tmpdir, judge->cwd) || below(tmpdir, judge->cwd);
	return below(path, tmpdir) && tmpdir.size > 1 && (!below_cwd(judge, path) || tmpdir_there);
}

static bool below_common(const struct page_rules *judge, struct text path)
{
	bool found = false;
	for (size_t i = 0; i < judge->inner_count; i++)
		if (below(path, judge->inner[i]))
			return true;
	for (size_t i = 0; i < TEMP_ROOTS && !found; i++)
		found = below(path, judge->common[i]);
	return found && !below_cwd(judge, path);
}

static bool below_temp_root(struct page_rules *judge, const struct event *made, struct text path)
{
	return below_tmpdir(judge, tmpdir_of(judge, made->process), path) || below_common(judge, path);
}

/*
 * Goes by the name of its file, or by argv[0], as busybox does: mktemp(1) calls open and mkdir, as other programs do.
 */
bool page_rules_by_mktemp(const struct process *process)
{
	return text_is(text_basename(process->exe), "mktemp") ||
	       (process->argc && text_is(text_basename(process->argv[0]), "mktemp"));
}

static bool by_temporary_function(const struct event *made)
{
	if (made->kind != EVENT_MADE)
		return false;
	if (function_names_is_temporary(function_names_at(made->api)) || page_rules_by_mktemp(made->process))
		return true;
	for (uint32_t i = 0; made->script && i < made->script->count; i++)
		if (text_ends(made->script->frames[i].code->file, "/tempfile.py"))
			return true;
	return false;
}

/* `matched` (may be NULL): sets the flag of the glob that matches. */
static bool any_matches(const char *const *globs, const char *cwd, struct text path, bool *matched)
{
	for (size_t i = 0; globs && globs[i]; i++)
		if (strcmp(globs[i], "@default") && glob_match_path(globs[i], cwd, path)) {
			if (matched)
				matched[i] = true;
			return true;
		}
	return false;
}

static bool is_named(const struct page_rules *judge, struct text path)
{
	return any_matches(judge->pages, judge->rules->cwd, path, judge->rules->matched);
}

static bool is_excepted(const struct page_rules *judge, struct text path)
{
	return any_matches(judge->not_pages, judge->rules->cwd, path, NULL);
}

bool page_rules_excludes(const struct page_rules *judge, struct text path)
{
	if (is_excepted(judge, path))
		return true;
	return !judge->defaults && !is_named(judge, path);
}

void page_rules_temporary(struct page_rules *judge, const struct process *process)
{
	tmpdir_of(judge, process);
}

bool page_rules_place(struct page_rules *judge, struct text path)
{
	if (is_excepted(judge, path))
		return false;
	if (is_named(judge, path))
		return true;
	if (!judge->defaults)
		return false;
	for (const struct root *root = judge->roots; root; root = root->hh.next)
		if (below_tmpdir(judge, root->resolved, path))
			return true;
	return below_common(judge, path);
}

enum judged page_rules_path(struct page_rules *judge, const struct event *made, struct text path, bool lasting)
{
	if (is_excepted(judge, path))
		return JUDGED_NOT;
	if (is_named(judge, path))
		return JUDGED_PATTERN;
	if (!judge->defaults)
		return JUDGED_NOT;
	if (below_temp_root(judge, made, path))
		return JUDGED_TEMP_ROOT;
	return !lasting && by_temporary_function(made) ? JUDGED_TEMP_API : JUDGED_NOT;
}
