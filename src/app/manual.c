/* SPDX-License-Identifier: Apache-2.0 */
#include "app/manual.h"

#include <stdio.h>
#include <string.h>

#include "app/command.h"

/* Text as roff takes it: no line begins with a request, a hyphen can be searched for. */
static void print_text(const char *s)
{
	for (bool begins = true; *s; s++) {
		if (begins && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
		begins = *s == '\n';
	}
}

static void print_as_it_is(const char *lines)
{
	puts(".PP\n.nf");
	print_text(lines);
	puts(".fi");
}

static void print_options(const struct command_option *options)
{
	for (; options && options->name; options++) {
		fputs(".TP\n.B ", stdout);
		if (options->letter)
			printf("\\-%c\\fR, \\fB", options->letter);
		fputs("\\-\\-", stdout);
		print_text(options->name);
		if (options->value)
			printf(" \\fI%s\\fR", options->value);
		putchar('\n');
		print_text(options->summary);
		putchar('\n');
	}
}

static void print_command(const struct command *command)
{
	printf(".SS vitrine %s ", command->name);
	print_text(command->usage);
	putchar('\n');
	print_text(command->summary);
	putchar('\n');
	if (command->description)
		print_as_it_is(command->description);
	print_options(command->options);
	if (command->examples) {
		puts(".PP\nExamples:");
		print_as_it_is(command->examples);
	}
}

static void print_end(void)
{
	static const char *const statuses[][2] = {
		{"0", "done, perhaps with warnings"},
		{"1", "an internal error"},
		{"2", "wrong usage"},
		{"3", "a mistake in the project, a contract or SQL"},
		{"4", "data refused: rejects, drift, volume"},
		{"5", "a check does not hold; not published"},
		{"6", "another run is at work"},
		{"7", "storage or network"},
		{"8", "not allowed"},
		{"9", "damaged"},
		{"10", "a limit is reached"},
		{"11", "not found"},
		{"130", "interrupted"},
	};
	puts(".SH EXIT STATUS");
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		printf(".TP\n.B %s\n%s\n", statuses[i][0], statuses[i][1]);
	puts(".SH ENVIRONMENT\n"
	     ".TP\n.B VITRINE_PROJECT\nthe project's folder, as by \\-C\n"
	     ".TP\n.B NO_COLOR\nwhen set, nothing is coloured\n"
	     ".SH FILES\n"
	     ".TP\n.I vitrine.yaml\nthe project's settings; the nearest upwards is taken\n"
	     ".TP\n.I sources/*.yaml\na contract for each source\n"
	     ".TP\n.I models/processing/*.sql\\fR, \\fPmodels/delivery/*.sql\na SELECT for each "
	     "table\n"
	     ".TP\n.I .vitrine\nhistory and kept builds, which may be lost");
}

void manual_print(void)
{
	const struct command_row *row;
	puts(".TH VITRINE 1 \"\" \"Vitrine " VITRINE_VERSION "\" \"Vitrine\"\n"
	     ".SH NAME\n"
	     "vitrine \\- from a shop's raw files to trusted, published tables\n"
	     ".SH SYNOPSIS\n"
	     ".B vitrine\n"
	     "[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]\n"
	     ".SH OPTIONS OF EVERY COMMAND");
	print_options(command_global_options);
	puts(".SH COMMANDS");
	for (row = command_rows; row->heading || row->command; row++)
		if (row->command)
			print_command(row->command);
	print_end();
}
