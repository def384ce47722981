/*
 * program_end.h - how the audited program came to its end, as far as the journal, the command and the machine tell.
 */
#ifndef PAGELEAK_PROGRAM_END_H
#define PAGELEAK_PROGRAM_END_H

#include "model/journal_model.h"
#include "model/report_model.h"
#include "model/verdicts.h"

/*
 * `mode` as of the report: RUNNING for a snapshot. Else by the first process that the audit was started for: how the
 * command saw it end, its own last record, or what its parent learnt. Without any of these it was KILLED, or the
 * machine went down: LOST, when this machine, the journal's own, has been started since the last record (`boot_ns`; 0
 * not known). On another machine it may still run: UNKNOWN.
 */
struct ending program_end_find(const struct journal *journal, enum mode mode, uint64_t boot_ns);

/* A signal by which a program ends itself, mostly without wanting to. */
bool program_end_is_crash(int number);

/* When something last happened in the journal; about. */
uint64_t program_end_last_ns(const struct journal *journal);

#endif
