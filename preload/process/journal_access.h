/*
 * journal_access.h - lets the user that a root process becomes write to the journal, so that its next images are
 * audited, too.
 */
#ifndef PAGELEAK_JOURNAL_ACCESS_H
#define PAGELEAK_JOURNAL_ACCESS_H

#include <sys/types.h>

/*
 * Grants `user` read and write access to the journal by an entry in its access control list. Called before setuid and
 * its kin. Does nothing unless the caller is root. Keeps errno. On a file system without such lists, later images of
 * that user are not audited.
 */
void journal_access_grant(uid_t user);

#endif
