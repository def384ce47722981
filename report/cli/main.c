/*
 * main.c - from the command line to a subcommand to the exit status. Knows nothing of what the subcommands do.
 */
#include "base/arena.h"
#include "base/message.h"
#include "base/version.h"
#include "cli/commands.h"
#include "options/options_help.h"
#include "options/options_parse.h"
#include "options/suggest.h"
#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <stdbool.h>
#include <stddef.h>

static const char exit_codes[] =
	"\nExit codes:\n"
	"  run, check    the command's own status if it is not 0 (128+N when signal N killed it); otherwise\n"
	"                0 clean, 23 the gate failed, 24 (check) nothing found, but not everything was seen\n"
	"  report, diff  0; with --fail-on also 23 and 24; diff: for new findings\n"
	"  125 pageleak failed or was misused, 126 the command cannot be run, 127 it was not found\n";

static void help_general(FILE *out)
{
	fprintf(out, "pageleak %s finds the files that a program makes and never removes.\n\nUsage:\n",
		PAGELEAK_VERSION);
	for (size_t i = 0; commands[i].name; i++) {
		if (!commands[i].operands)
			continue;
		fprintf(out, "  pageleak %-8s [OPTIONS] %s\n%25s", commands[i].name, commands[i].operands, "");
		options_help_wrap(out, commands[i].help, 25, 100);
	}
	options_help(out, COMMANDS_SHOWN, "--");
	fputs(exit_codes, out);
}

static void help_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: pageleak %s [OPTIONS] %s\n\n", command->name, command->operands ? command->operands : "");
	options_help_wrap(out, command->help, 0, 100);
	options_help(out, command->bit, "--");
	fputs(exit_codes, out);
}

static int flush_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	error("cannot write to standard output: %s", strerror(errno));
	return STATUS_FAILED;
}

static const struct command *find_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = {NULL};
	for (size_t i = 0; commands[i].name; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	const char *meant = suggest(name, names);
	if (meant)
		error("unknown command '%s'; did you mean '%s'?", name, meant);
	else
		error("unknown command '%s'; to audit it: pageleak run %s", name, name);
	return NULL;
}

static int parse_and_run(struct arena *arena, const struct command *command, char **argv, int count)
{
	struct options options;
	if (options_parse(arena, command->bit, command->name, argv, count, &options))
		return STATUS_FAILED;
	if (options.help) {
		help_command(stdout, command);
		return flush_stdout();
	}
	if (options.version) {
		printf("pageleak %s\n", PAGELEAK_VERSION);
		return flush_stdout();
	}
	if (command->missing && options.operand_count == 0) {
		error("%s pageleak %s [OPTIONS] %s", command->missing, command->name,
		      command->operands ? command->operands : "");
		return STATUS_FAILED;
	}
	return command->run(arena, &options);
}

static int dispatch(struct arena *arena, int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	if (!word) {
		help_general(stderr);
		return STATUS_FAILED;
	}
	if (strcmp(word, "--version") == 0) {
		printf("pageleak %s\n", PAGELEAK_VERSION);
		return flush_stdout();
	}
	bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
	if (help && argc < 3) {
		help_general(stdout);
		return flush_stdout();
	}
	if (word[0] == '-' && !help) {
		error("options stand behind the command: pageleak run %s ...; 'pageleak --help' tells more", word);
		return STATUS_FAILED;
	}
	const struct command *command = find_command(help ? argv[2] : word);
	if (!command)
		return STATUS_FAILED;
	char *only_help[] = {"--help", NULL};
	return help ? parse_and_run(arena, command, only_help, 1) : parse_and_run(arena, command, argv + 2, argc - 2);
}

/*
 * Opens closed standard descriptors: a file that is opened later would get the number, and reports would be written
 * into it. The substitute cannot be written to, so that a lost report is noticed; it is close-on-exec.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) != fd)
			_exit(STATUS_FAILED);
}

int main(int argc, char **argv)
{
	hold_standard_descriptors();
	struct arena *arena = arena_new();
	int status = dispatch(arena, argc, argv);
	arena_free(arena);
	return status;
}
