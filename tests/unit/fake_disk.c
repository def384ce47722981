/*
 * fake_disk.c - answers for the files of a table. Must not ask the real disk.
 */
#include "fake_disk.h"
#include "build_journal.h"
#include <string.h>
#include <sys/stat.h>

static struct disk_entry entry_of(const struct fake_file *file)
{
	return (struct disk_entry){.exists = true,
				   .identity = {BUILD_DEVICE, file->inode, file->birth_ns},
				   .bytes = file->bytes,
				   .mode = file->mode ? file->mode : S_IFREG | 0644,
				   .uid = file->uid};
}

static struct disk_entry fake_look(struct disk *disk, const char *path)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (!file->link && !strcmp(file->path, path))
			return entry_of(file);
	return (struct disk_entry){0};
}

/* Every directory exists; only those of the table are symlinks. */
static bool fake_resolve(struct disk *disk, const char *directory, char *out)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (file->link && !strcmp(file->path, directory)) {
			strcpy(out, file->link);
			return true;
		}
	if (strstr(directory, ".."))
		return false;
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (file->link && !strncmp(file->path, directory, strlen(file->path)))
			return false; /* below a link: the caller resolves its parents first */
	strcpy(out, directory);
	return true;
}

static void fake_list(struct disk *disk, const char *directory, const struct identity *expected, uint64_t since_ns,
		      disk_visit *visit, void *context)
{
	struct disk_entry here = fake_look(disk, directory);
	(void)since_ns;
	if (!here.exists || here.identity.inode != expected->inode)
		return;
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++) {
		const char *name = strrchr(file->path, '/');
		if (file->link || (size_t)(name - file->path) != strlen(directory) ||
		    strncmp(file->path, directory, strlen(directory)))
			continue;
		struct disk_entry entry = entry_of(file);
		if (!visit(context, name + 1, &entry))
			return;
	}
}

static size_t fake_head(struct disk *disk, const char *path, char *out, size_t size)
{
	for (const struct fake_file *file = ((struct fake_disk *)disk)->files; file && file->path; file++)
		if (!strcmp(file->path, path) && file->head && strlen(file->head) <= size)
			return memcpy(out, file->head, strlen(file->head)), strlen(file->head);
	return 0;
}

struct fake_disk fake_disk(const struct fake_file *files)
{
	return (struct fake_disk){{fake_look, fake_resolve, fake_list, fake_head}, files};
}
