/*
 * commands.c - the table of subcommands, in the order in which they are told.
 */
#include "cli/commands.h"

const struct command commands[] = {
	{"run", "[--] COMMAND [ARG...]", "audit COMMAND and everything it starts, then report", COMMAND_RUN,
	 command_run, "what is to be run?"},
	{"check", "[--] COMMAND [ARG...]", "the same, and fail when a page leaked (a gate for CI)", COMMAND_CHECK,
	 command_run, "what is to be checked?"},
	{"record", "[--] COMMAND [ARG...]", "audit only; the journal is kept (default pageleak.data)", COMMAND_RECORD,
	 command_record, "what is to be recorded?"},
	{"report", "[JOURNAL...]", "report on journals, finished or still being written (default pageleak.data)",
	 COMMAND_REPORT, command_report, NULL},
	{"diff", "OLD NEW", "compare two JSON reports or journals: findings that are new, gone, changed, unchanged",
	 COMMAND_DIFF, command_diff, "what is to be compared?"},
	{"snapshot", "PID",
	 "report on the running audit that process PID belongs to, from outside: the program is not touched",
	 COMMAND_SNAPSHOT, command_snapshot, "which process?"},
	{"top", "[PID|JOURNAL]",
	 "watch an audit live: which places keep making pages and never release them (default pageleak.data, else the "
	 "audit that runs)",
	 COMMAND_TOP, command_top, NULL},
	{"completion", "bash|zsh|fish", "print what completes the command line in that shell", COMMAND_COMPLETION,
	 command_completion, "for which shell?"},
	{"preloaded", NULL, "what libpageleak.so starts", COMMAND_PRELOADED, command_preloaded,
	 "for libpageleak.so alone:"},
	{NULL, NULL, NULL, 0, NULL, NULL},
};

_Static_assert(sizeof(commands) / sizeof(commands[0]) <= COMMANDS_MOST + 1, "room for their names");
