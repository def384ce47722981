/*
 * journal_access.c - one entry in the journal's POSIX access control list.
 *
 * Layout: Linux include/uapi/linux/posix_acl_xattr.h: a version, then (tag, permissions, id) sorted by tag and id.
 * Must not: open the journal to more than that one user.
 */
#include "process/journal_access.h"
#include "journal/journal.h"
#include "system/raw.h"
#include <string.h>

#define ACL_NAME "system.posix_acl_access"
#define ACL_VERSION 2
#define ENTRIES 16

enum { TAG_OWNER = 1, TAG_USER = 2, TAG_GROUP_OWNER = 4, TAG_MASK = 16, TAG_OTHER = 32 };
enum { NOTHING_AT_ALL = 0, READ_WRITE = 6 };

struct entry {
	uint16_t tag, permissions;
	uint32_t id;
};

struct list {
	uint32_t version;
	struct entry entries[ENTRIES];
};

/* Puts the users that the list names already into `users`. Returns their number. */
static int users_now(uint32_t *users)
{
	struct list now;
	long size = raw_getxattr(journal.path, ACL_NAME, &now, sizeof now);
	int count = 0;

	for (long i = 0; size > 4 && i < (size - 4) / (long)sizeof(struct entry); i++)
		if (now.entries[i].tag == TAG_USER && count < ENTRIES - 5)
			users[count++] = now.entries[i].id;
	return count;
}

static int add_sorted(uint32_t *users, int count, uint32_t user)
{
	int at = 0;

	while (at < count && users[at] < user)
		at++;
	if (at < count && users[at] == user)
		return 0;
	memmove(users + at + 1, users + at, (size_t)(count - at) * sizeof *users);
	users[at] = user;
	return count + 1;
}

void journal_access_grant(uid_t user)
{
	uint32_t users[ENTRIES];
	struct list list = {ACL_VERSION, {{TAG_OWNER, READ_WRITE, ~0u}}};
	int used = 1;

	if (!journal_is_open() || user == 0 || user == (uid_t)-1 || user == journal.owner || raw_geteuid() != 0)
		return;
	int count = add_sorted(users, users_now(users), user);
	if (!count)
		return;
	for (int i = 0; i < count; i++)
		list.entries[used++] = (struct entry){TAG_USER, READ_WRITE, users[i]};
	list.entries[used++] = (struct entry){TAG_GROUP_OWNER, NOTHING_AT_ALL, ~0u};
	list.entries[used++] = (struct entry){TAG_MASK, READ_WRITE, ~0u};
	list.entries[used++] = (struct entry){TAG_OTHER, NOTHING_AT_ALL, ~0u};
	raw_setxattr(journal.path, ACL_NAME, &list, 4 + (size_t)used * sizeof(struct entry));
}
