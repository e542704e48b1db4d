/* SPDX-License-Identifier: Apache-2.0 */
/* command: the table of commands, and reading a command line against it.
 *
 * To add a command: write cmd_<name>.c that defines `const struct command command_<name>`, put the
 * file in meson.build and one row COMMAND(<name>) under its heading in commands.def. Help, usage
 * errors, did-you-mean and shell completion follow from the struct. */
#ifndef VITRINE_APP_COMMAND_H
#define VITRINE_APP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct app;
struct arguments;
struct error;

struct command_option {
	const char *name;    /* "select": --select VALUE or --select=VALUE */
	char letter;         /* 'c': -c VALUE or -cVALUE; 0 = none */
	const char *value;   /* what the value is called in help; NULL = a flag without one */
	const char *summary; /* one line, for help */
};

struct command {
	const char *name;
	const char *summary;     /* one line, a phrase without full stop */
	const char *usage;       /* what follows the name: "[options] [TABLE...]" or "" */
	const char *description; /* paragraphs of at most 78 columns, ended by a newline; or NULL */
	const struct command_option *options; /* ended by a row without a name; NULL = none */
	const char *const *words; /* what the first argument may be, if it is one of a list; ended
				     by NULL. Others are refused with a suggestion. */
	int arguments_min, arguments_max; /* besides options; max -1 = any number */
	const char *examples; /* lines "vitrine version    what it does", each ended by a newline */
	const char *first;    /* such a line for who is new, shown by `vitrine` alone; or NULL */
	int (*run)(struct app *app, const struct arguments *arguments, struct error *err);
};

/* One row of commands.def: a heading of help (then `command` is NULL), or a command. */
struct command_row {
	const char *heading;
	const struct command *command;
};

/* All rows in the order of commands.def; ended by a row with neither. */
extern const struct command_row command_rows[];
/* The options that stand before or after any command's name; ended by a row without a name. */
extern const struct command_option command_global_options[];

/* The command called `name`. Fails: USAGE with "did you mean" as its hint. */
int command_find(const char *name, const struct command **out, struct error *err);

/* Read a whole command line: fills `app` from global options and `out` with the rest.
 * Without a command `vitrine help` is meant; `--help` anywhere means help of the command named,
 * `--version` version. Owner of `out`: caller; borrows `argv`. Fails: USAGE, MEMORY. */
int command_read(int argc, char **argv, struct app *app, struct arguments **out, struct error *err);

/* ---- what a command asks of its arguments ---- */

void arguments_free(struct arguments *arguments);
OWN_DEFINE(arguments, arguments_free)

const struct command *arguments_command(const struct arguments *arguments);
/* Arguments besides options; NULL past the last. Borrowed. */
size_t arguments_count(const struct arguments *arguments);
const char *arguments_at(const struct arguments *arguments, size_t place);
/* Whether an option was given. `name` must be one of the command's own. */
bool arguments_has(const struct arguments *arguments, const char *name);
/* The option's last value, or NULL when it was not given; and its value number `place` when it
 * may be given several times, NULL past the last. */
const char *arguments_value(const struct arguments *arguments, const char *name);
const char *arguments_value_at(const struct arguments *arguments, const char *name, size_t place);
/* The option's value as a number from `min` to `max`; `*out` is left alone when it was not given.
 * Fails: USAGE. */
int arguments_int(const struct arguments *arguments, const char *name, int64_t min, int64_t max,
		  int64_t *out, struct error *err);

#endif
