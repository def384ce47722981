/*
 * completion.c - `pageleak completion SHELL`: prints what completes the command line in bash, zsh and fish, from the tables of commands
 * and settings. `make install` puts the three where the shells look.
 */
#include "commands.h"
#include <string.h>

/* Within single quotes of any of the three. */
static void put_quoted(const char *text)
{
	for (; *text; text++)
		fputs(*text == '\'' ? "'\\''" : *text == '\n' ? " " : (char[]){*text, 0}, stdout);
}

/* The first sentence or so: what fits into a line beside the name. */
static const char *brief(struct arena *arena, const char *help)
{
	size_t size = strcspn(help, ".;(");
	while (size && help[size - 1] == ' ')
		size--;
	return arena_copy(arena, help, size);
}

static bool takes_command(const struct command *command)
{
	return command->bit & OPTIONS_AUDITING;
}

static bool is_choice(const struct option_shown *option)
{
	return option->argument && strchr(option->argument, '|');
}

static const char *words_of(struct arena *arena, const char *choices)
{
	char *words = arena_copy(arena, choices, strlen(choices));
	for (char *at = words; *at; at++)
		*at = *at == '|' ? ' ' : *at;
	return words;
}

/* ---- bash ---- */

static void bash(struct arena *arena)
{
	puts("# bash completion for pageleak\n_pageleak()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} options='' i\n\tCOMPREPLY=()\n"
	     "\tif [ \"$COMP_CWORD\" = 1 ]; then");
	fputs("\t\tmapfile -t COMPREPLY < <(compgen -W '", stdout);
	for (const struct command *command = commands; command->name; command++)
		if (command->operands)
			printf("%s ", command->name);
	puts("help --help --version' -- \"$cur\")\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		printf("\t%s) options='", command->name);
		for (const struct option_shown *option = options_shown(arena, command->bit); option->name; option++)
			printf("--%s%s ", option->name, option->argument ? "=" : "");
		puts("' ;;");
	}
	puts("\tesac\n\tcase ${COMP_WORDS[1]} in");
	fputs("\t", stdout);
	for (const struct command *command = commands; command->name; command++)
		if (takes_command(command))
			printf("%s%s", command == commands ? "" : " | ", command->name);
	puts(")\n\t\t# The command to be audited: what follows is its own.\n\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	     "\t\t\tcase ${COMP_WORDS[i]} in\n\t\t\t--) ((i++)); break ;;\n\t\t\t-* | =) ;;\n\t\t\t*) [ \"${COMP_WORDS[i - 1]}\" = = ] || break ;;\n\t\t\tesac\n\t\tdone\n"
	     "\t\tif [ \"$i\" -lt \"$COMP_CWORD\" ]; then\n\t\t\tdeclare -F _command_offset > /dev/null && _command_offset \"$i\"\n\t\t\treturn\n\t\tfi\n"
	     "\t\tcase $cur in\n\t\t-* | =) ;;\n\t\t*) [ \"${COMP_WORDS[COMP_CWORD - 1]}\" = = ] || { mapfile -t COMPREPLY < <(compgen -c -- \"$cur\"); return; } ;;\n\t\tesac ;;\n\tesac");
	for (const struct option_shown *option = options_shown(arena, OPTIONS_ANY); option->name; option++)
		if (is_choice(option))
			printf("\tif [ \"${COMP_WORDS[COMP_CWORD - 1]}\" = = ] && [ \"${COMP_WORDS[COMP_CWORD - 2]}\" = --%s ]; then\n"
			       "\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n\t\treturn\n\tfi\n",
			       option->name, words_of(arena, option->argument));
	puts("\tcase $cur in\n\t-*)\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	     "\t\tcase ${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac ;;\n\t=) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f) ;;\n"
	     "\t*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n\tesac\n}\ncomplete -F _pageleak pageleak");
}

/* ---- zsh ---- */

/* Within [...] of a specification of _arguments, in single quotes. */
static void put_zsh(const char *text)
{
	for (; *text; text++)
		if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			put_quoted((char[]){*text, 0});
}

static void zsh_option(struct arena *arena, const struct option_shown *option)
{
	bool optional = option->argument && option->argument[0] == '[';
	printf("\t\t\t'*--%s%s[", option->name, !option->argument ? "" : optional ? "=-" : "=");
	put_zsh(brief(arena, option->help));
	putchar(']');
	if (is_choice(option))
		printf(":choice:(%s)", words_of(arena, option->argument));
	else if (option->argument)
		printf("%s:%s:_files", optional ? ":" : "", optional ? "file" : option->argument);
	puts("' \\");
}

static void zsh(struct arena *arena)
{
	puts("#compdef pageleak\n_pageleak() {\n\tlocal -a subcommands\n\tsubcommands=(");
	for (const struct command *command = commands; command->name; command++)
		if (command->operands) {
			printf("\t\t'%s:", command->name);
			put_zsh(command->help);
			puts("'");
		}
	puts("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command subcommands\n\t\treturn\n\tfi\n\tlocal subcommand=$words[2]\n"
	     "\tshift words\n\t(( CURRENT-- ))\n\tcase $subcommand in");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		printf("\t%s)\n\t\t_arguments -S \\\n", command->name);
		for (const struct option_shown *option = options_shown(arena, command->bit); option->name; option++)
			zsh_option(arena, option);
		puts(takes_command(command)	       ? "\t\t\t'(-)1:command:_command_names -e' '*::arguments:_normal' ;;"
		     : command->bit == COMMAND_SNAPSHOT ? "\t\t\t'1:process:_pids' ;;"
		     : command->bit == COMMAND_TOP	? "\t\t\t'1:process or journal:_alternative \"pids:process:_pids\" \"files:journal:_files\"' ;;"
							: "\t\t\t'*:file:_files' ;;");
	}
	puts("\tesac\n}\n_pageleak \"$@\"");
}

/* ---- fish ---- */

static void fish(struct arena *arena)
{
	puts("complete -c pageleak -n __fish_use_subcommand -f");
	for (const struct command *command = commands; command->name; command++) {
		if (!command->operands)
			continue;
		printf("complete -c pageleak -n __fish_use_subcommand -f -a %s -d '", command->name);
		put_quoted(command->help);
		puts("'");
		for (const struct option_shown *option = options_shown(arena, command->bit); option->name; option++) {
			printf("complete -c pageleak -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
			if (is_choice(option))
				printf(" -x -a '%s'", words_of(arena, option->argument));
			else if (option->argument && option->argument[0] != '[')
				fputs(" -r", stdout);
			fputs(" -d '", stdout);
			put_quoted(brief(arena, option->help));
			puts("'");
		}
		if (takes_command(command))
			printf("complete -c pageleak -n '__fish_seen_subcommand_from %s' -a '(__fish_complete_subcommand)'\n", command->name);
		if (command->bit == COMMAND_SNAPSHOT || command->bit == COMMAND_TOP)
			printf("complete -c pageleak -n '__fish_seen_subcommand_from %s' %s-a '(__fish_complete_pids)'\n", command->name,
			       command->bit == COMMAND_TOP ? "" : "-f ");
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
