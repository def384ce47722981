/*
 * commands.h - the subcommands, each a function in its own file; commands.c has the table.
 */
#ifndef PAGELEAK_COMMANDS_H
#define PAGELEAK_COMMANDS_H

#include "base/arena.h"
#include "findings/gate.h"
#include "options/options.h"
#include <stdint.h>

struct command {
	const char *name, *operands, *help; /* operands NULL: not for users to see */
	unsigned bit;                       /* COMMAND_* */
	int (*run)(struct arena *arena, struct options *options);
	const char *missing; /* the question in the message about missing operands; NULL: none are needed */
};
/* Ends with a NULL name. */
extern const struct command commands[COMMAND_COUNT + 1];

/* Each takes parsed options and returns the exit status of pageleak. */
int command_run(struct arena *arena, struct options *options); /* run and check */
int command_record(struct arena *arena, struct options *options);
int command_completion(struct arena *arena, struct options *options);
int command_diff(struct arena *arena, struct options *options);
int command_snapshot(struct arena *arena, struct options *options);
int command_top(struct arena *arena, struct options *options);
int command_report(struct arena *arena, struct options *options);
int command_preloaded(struct arena *arena, struct options *options); /* the library starts it */

/*
 * Reports on one journal, on standard output unless `options` names files. Counts only pages made from `since_ns` on
 * (0: all). Returns the exit status.
 */
int command_report_one(const char *path, const struct options *options, const struct gate *gate, uint64_t since_ns);

#endif
