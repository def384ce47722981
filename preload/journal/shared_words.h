/*
 * shared_words.h - words of the journal's header by which the audited processes and the command tell one another
 * something. Each is one atomic word. Nothing is written, and 0 is read, when nothing is audited. Safety as
 * journal_map.h.
 */
#ifndef PAGELEAK_SHARED_WORDS_H
#define PAGELEAK_SHARED_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The pid of the process that all others of the audit come from; of the pageleak that is its parent, where one stays.
 */
pid_t shared_creator_pid(void);

/* Notes that this process is about to send the report signal (--signal). */
void shared_signal_sending(void);
/*
 * Did process `pid` of the audit send the report signal in the last 60 s? False for pid 0: a sender in another pid
 * namespace.
 */
bool shared_signal_sent_by(pid_t pid);

/* How often a report has asked the living program what holds the owners of its pages (--why). */
uint32_t shared_looks_asked(void);
/* Counts one answer to that. */
void shared_look_answered(void);

/* Counts a rename of a directory. */
void shared_directory_moved(void);
/*
 * How often a directory was renamed in the whole audit: remembered paths of directories hold while this stays the same.
 */
uint64_t shared_directory_moves(void);

#endif
