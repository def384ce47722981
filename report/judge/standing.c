/*
 * standing.c - applies the rules to the names of a page. Must not look at the disk.
 */
#include "judge/standing.h"
#include "base/text.h"
#include "format.h"
#include "judge/whereabouts.h"
#include "model/event_model.h"
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum page_kind standing_kind(uint32_t mode, struct text path)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return PAGE_DIRECTORY;
	case S_IFLNK:
		return PAGE_SYMLINK;
	case S_IFIFO:
		return PAGE_FIFO;
	case S_IFSOCK:
		return PAGE_SOCKET;
	case S_IFCHR:
	case S_IFBLK:
		return PAGE_DEVICE;
	default:
		if (text_starts(path, "/dev/shm/"))
			return text_starts(text_basename(path), "sem.") ? PAGE_SEMAPHORE : PAGE_SHM;
		return PAGE_FILE;
	}
}

enum judged standing_of_name(struct page_rules *judge, const struct tracked *tracked, struct text path)
{
	return page_rules_path(judge, tracked->page.made, path, whereabouts_is_lasting(tracked, path));
}

enum verdict standing_of(struct page_rules *judge, struct tracked *tracked)
{
	struct page *page = &tracked->page;
	bool lasting = whereabouts_is_lasting(tracked, page->path);
	page->renamed_from = lasting ? tracked->first_path : text_none();
	page->kind = standing_kind(page->made->mode, page->path);
	enum judged first = page_rules_path(judge, page->made, tracked->first_path, false);
	enum judged now = lasting ? page_rules_path(judge, page->made, page->path, true) : first;
	page->judged = first ? first : now;
	if (page->release)
		return VERDICT_RELEASED;
	if (!page->exists)
		return VERDICT_VANISHED;
	if (first && !now)
		return VERDICT_ADOPTED;
	page->judged = now;
	return now ? VERDICT_LEAKED : VERDICT_KEPT;
}

bool standing_is_placeless(const struct tracked *tracked)
{
	return (tracked->unknown || tracked->page.path.size >= PATH_MAX) && !tracked->page.exists &&
	       !tracked->page.release;
}

bool standing_is_kernels(struct text path)
{
	return text_starts(path, "/proc/") || text_starts(path, "/sys/");
}

bool standing_is_left_out(const struct page_rules *judge, const struct tracked *tracked, struct text journal_path)
{
	const struct page *page = &tracked->page;
	bool old = page->made->flags & EVENT_NEW_ENTRY;
	if (tracked->returned || (old && !page->exists && !page->release) || standing_is_placeless(tracked))
		return true;
	if (!page->exists && page->judged == JUDGED_NOT && page_rules_excludes(judge, page->path))
		return true;
	return standing_is_kernels(page->path) || text_equal(page->path, journal_path);
}

bool standing_is_by_directory(const struct page *directory)
{
	return directory->kind == PAGE_DIRECTORY && directory->judged == JUDGED_TEMP_API &&
	       directory->verdict == VERDICT_LEAKED;
}

struct text standing_journal_path(const struct journal *journal)
{
	char cwd[PATH_MAX];
	if (journal->name[0] == '/' || !getcwd(cwd, sizeof cwd))
		return text_of(journal->name);
	return text_of(arena_format(journal->arena, "%s/%s", cwd, journal->name));
}
