/* SPDX-License-Identifier: Apache-2.0 */
/* completion: scripts for the three shells, printed from the table of commands. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"

static const struct command *next_command(const struct command_row **row)
{
	while ((*row)->heading)
		++*row;
	return (*row)->command ? (*row)++->command : NULL;
}

/* A summary within single quotes; brackets, which end one in zsh, become parentheses. */
static void print_quoted(const char *s)
{
	for (; *s; s++)
		if (*s == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*s == '[' ? '(' : *s == ']' ? ')' : *s);
}

static void print_names(const struct command_option *options)
{
	for (; options && options->name; options++) {
		if (options->letter)
			printf(" -%c", options->letter);
		printf(" --%s", options->name);
	}
}

static bool has_words(const struct command *command)
{
	return command->words || strcmp(command->name, "help") == 0;
}

static void print_words(const struct command *command)
{
	const struct command_row *row = command_rows;
	const struct command *other;
	if (strcmp(command->name, "help") == 0)
		while ((other = next_command(&row)))
			printf(" %s", other->name);
	for (const char *const *word = command->words; word && *word; word++)
		printf(" %s", *word);
}

/* ---- bash ---- */

static void print_bash(void)
{
	const struct command_row *row = command_rows;
	const struct command *command;
	fputs("# vitrine completion bash: source this, or put it into /etc/bash_completion.d\n"
	      "_vitrine() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} command='' i options words\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase ${COMP_WORDS[i]} in\n"
	      "\t\t-C | --project | --target) ((i++)) ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) command=${COMP_WORDS[i]} && break ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tcase $command in\n",
	      stdout);
	while ((command = next_command(&row))) {
		printf("\t%s) options='", command->name);
		print_names(command->options);
		fputs("' words='", stdout);
		print_words(command);
		puts("' ;;");
	}
	fputs("\t*) words='", stdout);
	for (row = command_rows; (command = next_command(&row));)
		printf(" %s", command->name);
	fputs("' ;;\n\tesac\n\tif [[ $word == -* ]]; then words=\"$options", stdout);
	print_names(command_global_options);
	puts("\"; fi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	     "}\n"
	     "complete -o default -F _vitrine vitrine");
}

/* ---- zsh ---- */

static void print_zsh_option(const struct command_option *option, const char *name)
{
	printf(" \\\n\t\t\t'%s[", name);
	print_quoted(option->summary);
	if (option->value)
		printf("]:%s:_files'", option->value);
	else
		fputs("]'", stdout);
}

static void print_zsh_options(const struct command_option *options)
{
	for (; options && options->name; options++) {
		char letter[3] = {'-', options->letter, '\0'}, name[60];
		snprintf(name, sizeof name, "--%s", options->name);
		if (options->letter)
			print_zsh_option(options, letter);
		print_zsh_option(options, name);
	}
}

static void print_zsh(void)
{
	const struct command_row *row = command_rows;
	const struct command *command;
	fputs("#compdef vitrine\n"
	      "# vitrine completion zsh: put this as _vitrine into a folder of $fpath\n"
	      "_vitrine() {\n"
	      "\tlocal context state line\n"
	      "\tlocal -a commands\n"
	      "\tcommands=(\n",
	      stdout);
	while ((command = next_command(&row))) {
		printf("\t\t'%s:", command->name);
		print_quoted(command->summary);
		puts("'");
	}
	fputs("\t)\n\t_arguments -C", stdout);
	print_zsh_options(command_global_options);
	puts(" \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n"
	     "\tcase $state in\n"
	     "\tcommand) _describe command commands ;;\n"
	     "\targument)\n"
	     "\t\tcase $words[1] in");
	for (row = command_rows; (command = next_command(&row));) {
		printf("\t\t%s) _arguments", command->name);
		print_zsh_options(command->options);
		fputs(" \\\n\t\t\t'*:argument:", stdout);
		if (has_words(command)) {
			putchar('(');
			print_words(command);
			puts(" )' ;;");
		} else {
			puts("_files' ;;");
		}
	}
	puts("\t\tesac ;;\n\tesac\n}\n_vitrine \"$@\"");
}

/* ---- fish ---- */

static void print_fish_options(const struct command_option *options, const char *condition)
{
	for (; options && options->name; options++) {
		printf("complete -c vitrine %s -l %s", condition, options->name);
		if (options->letter)
			printf(" -s %c", options->letter);
		printf("%s -d '", options->value ? " -r" : "");
		print_quoted(options->summary);
		puts("'");
	}
}

static void print_fish(void)
{
	const struct command_row *row = command_rows;
	const struct command *command;
	puts("# vitrine completion fish: put this into ~/.config/fish/completions/vitrine.fish");
	print_fish_options(command_global_options, "-f");
	while ((command = next_command(&row))) {
		char condition[120];
		printf("complete -c vitrine -n __fish_use_subcommand -a %s -d '", command->name);
		print_quoted(command->summary);
		puts("'");
		snprintf(condition, sizeof condition, "-n '__fish_seen_subcommand_from %s'",
			 command->name);
		print_fish_options(command->options, condition);
		if (!has_words(command))
			continue;
		printf("complete -c vitrine %s -a '", condition);
		print_words(command);
		puts("'");
	}
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const char *shell = arguments_at(arguments, 0);
	(void)app;
	(void)err;
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else
		print_fish();
	return 0;
}

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

const struct command command_completion = {
	.name = "completion",
	.summary = "print a script that completes command lines",
	.usage = "bash|zsh|fish",
	.words = shells,
	.arguments_min = 1,
	.arguments_max = 1,
	.examples = "source <(vitrine completion bash)    in ~/.bashrc\n"
		    "vitrine completion fish > ~/.config/fish/completions/vitrine.fish\n",
	.run = run,
};
