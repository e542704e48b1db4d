/* SPDX-License-Identifier: Apache-2.0 */
/* help: all of it is printed from the table of commands, so that it cannot lag behind. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/command.h"
#include "app/manual.h"
#include "base/error.h"

static void print_heading(const struct app *app, const char *heading)
{
	printf("\n%s%s%s\n", app->out_colored ? "\033[1m" : "", heading,
	       app->out_colored ? "\033[0m" : "");
}

/* What stands behind the gap, however wide that is, comes four spaces behind the widest command. */
static void print_example(const char *line, int len, int width, const char *end)
{
	const char *what = line + len + strspn(line + len, " ");
	printf("  %-*.*s    %.*s\n", width, len, line, (int)(end - what), what);
}

/* Lines "command    what it does", indented, the second parts aligned among themselves. */
static void print_examples(const char *lines)
{
	size_t width = 0;
	for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
		const char *gap = strstr(line, "    ");
		if (gap && gap < strchr(line, '\n') && (size_t)(gap - line) > width)
			width = (size_t)(gap - line);
	}
	for (const char *line = lines; *line;) {
		const char *end = strchr(line, '\n'), *gap = strstr(line, "    ");
		if (gap && gap < end)
			print_example(line, (int)(gap - line), (int)width, end);
		else
			printf("  %.*s\n", (int)(end - line), line);
		line = end + 1;
	}
}

static int option_name(const struct command_option *option, char *out, size_t size)
{
	char letter[5] = "    ";
	if (option->letter)
		snprintf(letter, sizeof letter, "-%c, ", option->letter);
	return snprintf(out, size, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
			option->value ? option->value : "");
}

static void print_options(const struct app *app, const char *heading,
			  const struct command_option *options)
{
	int width = 0, len;
	char name[80];
	if (!options || !options->name)
		return;
	for (const struct command_option *o = options; o->name; o++)
		if ((len = option_name(o, name, sizeof name)) > width)
			width = len;
	print_heading(app, heading);
	for (const struct command_option *o = options; o->name; o++) {
		option_name(o, name, sizeof name);
		printf("  %-*s  %s\n", width, name, o->summary);
	}
}

static void print_command(const struct app *app, const struct command *command)
{
	printf("vitrine %s: %s\n", command->name, command->summary);
	printf("\nUsage: vitrine %s%s%s\n", command->name, *command->usage ? " " : "",
	       command->usage);
	if (command->description)
		printf("\n%s", command->description);
	print_options(app, "Options", command->options);
	print_options(app, "Options of every command", command_global_options);
	if (command->examples) {
		print_heading(app, "Examples");
		print_examples(command->examples);
	}
}

static void print_commands(const struct app *app)
{
	int width = 0;
	for (const struct command_row *row = command_rows; row->heading || row->command; row++)
		if (row->command && (int)strlen(row->command->name) > width)
			width = (int)strlen(row->command->name);
	for (const struct command_row *row = command_rows; row->heading || row->command; row++)
		if (row->heading)
			print_heading(app, row->heading);
		else
			printf("  %-*s  %s\n", width, row->command->name, row->command->summary);
}

/* What someone new does first, as the commands themselves tell it. */
static void print_first(const struct app *app)
{
	char lines[2000] = "";
	size_t len = 0;
	for (const struct command_row *row = command_rows; row->heading || row->command; row++)
		if (row->command && row->command->first &&
		    len + strlen(row->command->first) < sizeof lines)
			len += (size_t)sprintf(lines + len, "%s", row->command->first);
	if (!len)
		return;
	print_heading(app, "Start here");
	print_examples(lines);
}

static void print_overview(const struct app *app)
{
	puts("Vitrine turns a shop's raw exports into trusted tables, a SQL service and\n"
	     "product recommendations.");
	print_first(app);
	print_commands(app);
	print_options(app, "Options of every command", command_global_options);
	puts("\n\"vitrine help COMMAND\" tells more, with examples.");
}

static int run(struct app *app, const struct arguments *arguments, struct error *err)
{
	const struct command *command;
	const char *name = arguments_at(arguments, 0);
	if (arguments_has(arguments, "man")) {
		manual_print();
		return 0;
	}
	if (!name) {
		print_overview(app);
		return 0;
	}
	TRY(command_find(name, &command, err));
	print_command(app, command);
	return 0;
}

static const struct command_option options[] = {
	{"man", 0, NULL, "print the manual page: vitrine help --man | man -l -"},
	{NULL},
};

const struct command command_help = {
	.name = "help",
	.summary = "show what the commands do, or how one is used",
	.usage = "[options] [COMMAND]",
	.options = options,
	.arguments_max = 1,
	.examples = "vitrine help\n"
		    "vitrine help version\n",
	.run = run,
};
