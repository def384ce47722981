/*
 * commands.h - the subcommands, each a function in its own file. main.c has the table of them.
 */
#ifndef PAGELEAK_COMMANDS_H
#define PAGELEAK_COMMANDS_H

#include "gate.h"
#include "options.h"

/* Each takes parsed options and returns the exit status of pageleak. */
int command_run(struct arena *arena, struct options *options); /* run and check */
int command_record(struct arena *arena, struct options *options);
int command_diff(struct arena *arena, struct options *options);
int command_snapshot(struct arena *arena, struct options *options);
int command_report(struct arena *arena, struct options *options);

/* Reports on one journal, on standard output unless told otherwise; `since_ns`: only what was made from then on counts. The exit status. */
int report_on(const char *path, const struct options *options, const struct gate *gate, uint64_t since_ns);

#endif
