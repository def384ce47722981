/*
 * journal_access.h - a program started by root gives up its rights and goes on: its next images must still reach the journal.
 */
#ifndef PAGELEAK_JOURNAL_ACCESS_H
#define PAGELEAK_JOURNAL_ACCESS_H

#include <sys/types.h>

/*
 * Root is about to become `user`: lets that user read and write the journal, by an access control list entry for that user
 * alone. Does nothing for anybody else. Keeps errno; where the file system has no such lists, later images go unaudited.
 */
void journal_access_grant(uid_t user);

#endif
