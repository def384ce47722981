/*
 * program_end.h - finds out how the audited program ended, as far as the journal, the command and the machine tell.
 */
#ifndef PAGELEAK_PROGRAM_END_H
#define PAGELEAK_PROGRAM_END_H

#include "model/journal_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"

/*
 * Returns RUNNING for a snapshot (`mode`). Otherwise asks, for the process that the audit was started for: how the
 * command saw it end, its own last record, what its parent was told by wait(2). Without any of these: UNKNOWN for a
 * journal of another machine, where it may still run; LOST if this machine was started (`boot_ns`, 0: not known) after
 * the last record; else KILLED.
 */
struct ending program_end_find(const struct journal *journal, enum mode mode, uint64_t boot_ns);

/* Is it a signal of a fault in the program itself, such as SIGSEGV or SIGABRT? */
bool program_end_is_crash(int number);

/* The time of the last event, start or end of a process in the journal. */
uint64_t program_end_last_ns(const struct journal *journal);

#endif
