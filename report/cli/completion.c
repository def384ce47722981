/*
 * completion.c - `pageleak completion SHELL`: prints completions for bash, zsh and fish from the tables of commands,
 * options, verdicts and signals. `make install` puts them where the shells search.
 */
#include "audit/signals.h"
#include "base/arena.h"
#include "base/message.h"
#include "cli/commands.h"
#include "options/options_help.h"
#include <signal.h>
#include <string.h>
#include <stdbool.h>
#include <stddef.h>

/* Prints `text` for use within single quotes of any of the three shells. */
static void put_quoted(const char *text)
{
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : *text == '\n' ? " " : (char[]){*text, 0}, stdout);
}

/* The first words of a help text, which fit into a line beside the name. */
static const char *brief(struct arena *arena, const char *help)
{
	size_t size = strcspn(help, ".;(");
	while (size && help[size - 1] == ' ')
		size--;
	return arena_copy(arena, help, size);
}

/* ---- values, by their names in the tables ---- */

/*
 * FREE: not completed, such as a number. LIST: some of `words`, with commas between. COMMAND: a command to audit and
 * its arguments.
 */
enum kind { FREE, FILES, DIRECTORIES, WORDS, LIST, PROCESSES, PROCESSES_AND_FILES, COMMAND };

struct value {
	enum kind kind;
	const char *words; /* with spaces between; NULL unless WORDS or LIST */
};

static const char *signal_words(struct arena *arena)
{
	const char *words = "none";
	for (int number = 1; number < NSIG; number++)
		if (sigabbrev_np(number) && signals_fit(number))
			words = arena_format(arena, "%s %s", words, sigabbrev_np(number));
	return words;
}

static const char *verdict_words(struct arena *arena)
{
	const char *words = gate_names[0];
	for (const char *const *name = gate_names + 1; *name; name++)
		words = arena_format(arena, "%s %s", words, *name);
	return words;
}

static const char *choice_words(struct arena *arena, const char *choices)
{
	char *words = arena_copy(arena, choices, strlen(choices));
	for (char *at = words; *at; at++)
		*at = *at == '|' ? ' ' : *at;
	return words;
}

static struct value value_of(struct arena *arena, const char *called)
{
	static const struct {
		const char *called;
		enum kind kind;
		const char *(*words)(struct arena *arena);
	} kinds[] = {
		{"FILE", FILES, NULL},
		{"[FILE]", FILES, NULL},
		{"REPORT.json", FILES, NULL},
		{"GLOB", FILES, NULL},
		{"OLD NEW", FILES, NULL},
		{"[JOURNAL...]", FILES, NULL},
		{"DIR", DIRECTORIES, NULL},
		{"NAME", WORDS, signal_words},
		{"LIST", LIST, verdict_words},
		{"PID", PROCESSES, NULL},
		{"[PID|JOURNAL]", PROCESSES_AND_FILES, NULL},
		{"[--] COMMAND [ARG...]", COMMAND, NULL},
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].called, called))
			return (struct value){kinds[i].kind, kinds[i].words ? kinds[i].words(arena) : NULL};
	return strchr(called, '|') ? (struct value){WORDS, choice_words(arena, called)} : (struct value){FREE, NULL};
}

/* ---- bash ---- */

static const char bash_begin[] =
	"# bash completion for pageleak\n"
	"_pageleak_words()\n{\n\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\")\n}\n"
	"_pageleak_files()\n{\n\tcompopt -o filenames\n\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen \"$1\" "
	"-- \"$2\")\n}\n"
	"# Several, with commas between.\n"
	"_pageleak_list()\n{\n\tcompopt -o nospace\n"
	"\tmapfile -t COMPREPLY < <(compgen -P \"${2%\"${2##*,}\"}\" -W \"$1\" -- \"${2##*,}\")\n}\n"
	"# What is audited has the library mapped.\n"
	"_pageleak_processes()\n{\n\tlocal maps\n\tfor maps in $(grep -ls /libpageleak.so /proc/[0-9]*/maps 2> "
	"/dev/null); do\n"
	"\t\t[ ! -e \"$maps\" ] || { maps=${maps#/proc/}; echo \"${maps%/maps}\"; }\n\tdone\n}\n"
	"_pageleak()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} option='' options='' i\n\tCOMPREPLY=()\n";

static const char bash_command[] =
	")\n\t\t# The command to be audited: what follows is its own.\n\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	"\t\t\tcase ${COMP_WORDS[i]} in\n\t\t\t--) ((i++)); break ;;\n\t\t\t-* | =) ;;\n\t\t\t*) [ \"${COMP_WORDS[i - "
	"1]}\" = = ] || break ;;\n"
	"\t\t\tesac\n\t\tdone\n\t\tif [ \"$i\" -lt \"$COMP_CWORD\" ]; then\n"
	"\t\t\tdeclare -F _command_offset > /dev/null && _command_offset \"$i\"\n\t\t\treturn\n\t\tfi ;;\n\tesac\n"
	"\t# To readline `--name=value` is three words.\n"
	"\tif [ \"$cur\" = = ]; then\n\t\toption=${COMP_WORDS[COMP_CWORD - 1]} cur=''\n"
	"\telif [ \"${COMP_WORDS[COMP_CWORD - 1]}\" = = ]; then\n\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n";

static void bash_value(const struct value *value)
{
	static const char *const ways[] = {
		[FREE] = "",
		[FILES] = "_pageleak_files -f \"$cur\"",
		[DIRECTORIES] = "_pageleak_files -d \"$cur\"",
		[WORDS] = "_pageleak_words '%s' \"$cur\"",
		[LIST] = "_pageleak_list '%s' \"$cur\"",
		[PROCESSES] = "_pageleak_words \"$(_pageleak_processes)\" \"$cur\"",
		[PROCESSES_AND_FILES] =
			"_pageleak_words \"$(_pageleak_processes)\" \"$cur\"; _pageleak_files -f \"$cur\"",
		[COMMAND] = "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")",
	};
	printf(ways[value->kind], value->words);
	puts(" ;;");
}

static void bash(struct arena *arena)
{
	fputs(bash_begin, stdout);
	fputs("\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\t_pageleak_words '", stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->operands)
			printf("%s ", command->name);
	puts("help --help --version' \"$cur\"\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		printf("\t%s) options='", command->name);
		for (const struct option_shown *option = options_help_rows(arena, command->bit); option->name; option++)
			printf("--%s%s ", option->name, option->argument ? "=" : "");
		puts("' ;;");
	}
	puts("\tesac\n\tcase ${COMP_WORDS[1]} in");
	fputs("\t", stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->operands && value_of(arena, command->operands).kind == COMMAND)
			printf("%s%s", command == commands ? "" : " | ", command->name);
	fputs(bash_command, stdout);
	puts("\tcase $option in\n\t'') ;;");
	for (const struct option_shown *option = options_help_rows(arena, COMMANDS_SHOWN); option->name; option++) {
		if (!option->argument)
			continue;
		struct value value = value_of(arena, option->argument);
		printf("\t--%s) ", option->name);
		bash_value(&value);
	}
	puts("\tesac\n\t[ -z \"$option\" ] || return\n\tcase $cur in\n\t-*) _pageleak_words \"$options\" \"$cur\"\n"
	     "\t\tcase ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac\n\t\treturn ;;\n\tesac\n\tcase "
	     "${COMP_WORDS[1]} in");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		struct value value = value_of(arena, command->operands);
		printf("\t%s) ", command->name);
		bash_value(&value);
	}
	puts("\tesac\n}\ncomplete -F _pageleak pageleak");
}

/* ---- zsh ---- */

static const char zsh_begin[] =
	"#compdef pageleak\n"
	"# What is audited has the library mapped.\n"
	"_pageleak_processes() {\n\tlocal maps\n\tlocal -a found\n"
	"\tfor maps in ${(f)\"$(grep -ls /libpageleak.so /proc/<->/maps(N) 2> /dev/null)\"}; do\n"
	"\t\t[[ -r $maps ]] && found+=(\"${${maps#/proc/}%/maps}:$(< ${maps%maps}comm)\")\n\tdone 2> /dev/null\n"
	"\t_describe process found\n}\n"
	"_pageleak() {\n\tlocal -a subcommands\n\tsubcommands=(\n";

/* Prints `text` for use within [...] of a specification of _arguments, in single quotes. */
static void put_zsh(const char *text)
{
	for (; *text; text++)
		if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			put_quoted((char[]){*text, 0});
}

/*
 * Prints ":message:action" of a specification of _arguments, in single quotes. The blank before _alternative prevents
 * options from being added to its call.
 */
static void zsh_value(const struct value *value, const char *called)
{
	static const char *const ways[] = {
		[FREE] = "",
		[FILES] = "_files",
		[DIRECTORIES] = "_files -/",
		[WORDS] = "(%s)",
		[LIST] = "_values -s , verdict %s",
		[PROCESSES] = "_pageleak_processes",
		[PROCESSES_AND_FILES] =
			" _alternative \"processes:process:_pageleak_processes\" \"files:journal:_files\"",
		[COMMAND] = "_command_names -e",
	};
	putchar(':');
	put_zsh(called);
	putchar(':');
	printf(ways[value->kind], value->words);
}

static void zsh_option(struct arena *arena, const struct option_shown *option)
{
	bool optional = option->argument && option->argument[0] == '[';
	printf("\t\t\t'*--%s%s[", option->name, !option->argument ? "" : optional ? "=-" : "=");
	put_zsh(brief(arena, option->help));
	putchar(']');
	if (optional)
		putchar(':');
	if (option->argument) {
		struct value value = value_of(arena, option->argument);
		zsh_value(&value, option->argument);
	}
	puts("' \\");
}

static void zsh_operands(struct arena *arena, const struct command *command)
{
	struct value value = value_of(arena, command->operands);
	fputs(value.kind == COMMAND ? "\t\t\t'(-)1" : value.kind == FILES ? "\t\t\t'*" : "\t\t\t'1", stdout);
	zsh_value(&value, value.kind == COMMAND ? "command" : command->operands);
	puts(value.kind == COMMAND ? "' '*::arguments:_normal' ;;" : "' ;;");
}

static void zsh(struct arena *arena)
{
	fputs(zsh_begin, stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->operands) {
			printf("\t\t'%s:", command->name);
			put_zsh(command->help);
			puts("'");
		}
	puts("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command subcommands\n\t\treturn\n\tfi\n\tlocal "
	     "subcommand=$words[2]\n"
	     "\tshift words\n\t(( CURRENT-- ))\n\tcase $subcommand in");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		printf("\t%s)\n\t\t_arguments -S \\\n", command->name);
		for (const struct option_shown *option = options_help_rows(arena, command->bit); option->name; option++)
			zsh_option(arena, option);
		zsh_operands(arena, command);
	}
	puts("\tesac\n}\n_pageleak \"$@\"");
}

/* ---- fish ---- */

static const char fish_begin[] =
	"# What is audited has the library mapped.\n"
	"function __pageleak_processes\n\tfor maps in (grep -ls /libpageleak.so /proc/*/maps 2> /dev/null | string "
	"match -r '^/proc/[0-9]+/maps$')\n"
	"\t\ttest -r $maps; and printf '%s\\t%s\\n' (string split / $maps)[3] (cat (string replace maps comm $maps) 2> "
	"/dev/null)\n\tend\nend\n"
	"# Several, with commas between.\n"
	"function __pageleak_list\n\tset -l given (string replace -r '^--[^=]*=' '' -- (commandline -ct))\n"
	"\tset -l before (string replace -r '[^,]*$' '' -- $given)\n\tprintf '%s\\n' \"$before\"$argv\nend\n"
	"complete -c pageleak -n __fish_use_subcommand -f\n";

/* Prints the value part of a `complete` line. `only` is the flag that excludes files. */
static void fish_value(const struct value *value, const char *only)
{
	static const char *const ways[] = {
		[FREE] = "",
		[FILES] = "",
		[DIRECTORIES] = "(__fish_complete_directories)",
		[WORDS] = "%s",
		[LIST] = "(__pageleak_list %s)",
		[PROCESSES] = "(__pageleak_processes)",
		[PROCESSES_AND_FILES] = "(__pageleak_processes)",
		[COMMAND] = "(__fish_complete_subcommand)",
	};
	if (value->kind != FILES && value->kind != PROCESSES_AND_FILES && value->kind != COMMAND)
		fputs(only, stdout);
	if (!*ways[value->kind])
		return;
	fputs(" -a '", stdout);
	printf(ways[value->kind], value->words);
	putchar('\'');
}

static void fish_option(struct arena *arena, const struct command *command, const struct option_shown *option)
{
	printf("complete -c pageleak -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
	if (option->argument) {
		struct value value = value_of(arena, option->argument);
		if (value.kind == FILES && option->argument[0] != '[')
			fputs(" -r", stdout);
		fish_value(&value, " -x");
	}
	fputs(" -d '", stdout);
	put_quoted(brief(arena, option->help));
	puts("'");
}

static void fish(struct arena *arena)
{
	fputs(fish_begin, stdout);
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		struct value value = value_of(arena, command->operands);
		printf("complete -c pageleak -n __fish_use_subcommand -f -a %s -d '", command->name);
		put_quoted(command->help);
		puts("'");
		for (const struct option_shown *option = options_help_rows(arena, command->bit); option->name; option++)
			fish_option(arena, command, option);
		if (value.kind == FILES)
			continue;
		printf("complete -c pageleak -n '__fish_seen_subcommand_from %s'", command->name);
		fish_value(&value, " -f");
		putchar('\n');
	}
}

int command_completion(struct arena *arena, struct options *options)
{
	static const struct {
		const char *name;
		void (*print)(struct arena *arena);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (options->operand_count == 1 && !strcmp(options->operands[0], shells[i].name)) {
			shells[i].print(arena);
			if (fflush(stdout) == 0 && !ferror(stdout))
				return 0;
			error("cannot write to standard output");
			return STATUS_FAILED;
		}
	error("completion: for bash, zsh or fish");
	return STATUS_FAILED;
}
