/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"

#include <assert.h>
#include <string.h>

#include "app/app.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define HEADING(text)
#define COMMAND(name) extern const struct command command_##name;
#include "app/commands.def"
#undef HEADING
#undef COMMAND

const struct command_row command_rows[] = {
#define HEADING(text) {text, NULL},
#define COMMAND(name) {NULL, &command_##name},
#include "app/commands.def"
#undef HEADING
#undef COMMAND
	{NULL, NULL}};

enum { COMMANDS_MAX = 100, OPTIONS_MAX = 100 };

const struct command_option command_global_options[] = {
	{"project", 'C', "DIR",
	 "the project's folder (else VITRINE_PROJECT, else the nearest upwards)"},
	{"target", 0, "NAME", "the target of vitrine.yaml to work on"},
	{"json", 0, NULL, "one JSON document on stdout, errors as JSON on stderr"},
	{"quiet", 'q', NULL, "say only warnings and errors"},
	{"verbose", 'v', NULL, "say more"},
	{"yes", 'y', NULL, "answer yes to every question"},
	{"help", 'h', NULL, "show help of the command"},
	{"version", 0, NULL, "show the version"},
	{NULL}};

struct given {
	const struct command_option *option;
	const char *value;
};

struct arguments {
	const struct command *command;
	const char **positional;
	size_t positional_count;
	struct given *given;
	size_t given_count;
	const char *instead; /* "help" or "version": --help or --version was seen */
};

void arguments_free(struct arguments *arguments)
{
	if (!arguments)
		return;
	free(arguments->positional);
	free(arguments->given);
	free(arguments);
}

/* ---- finding commands and options, and what was meant by those that are none ---- */

static int refuse_word(const char *what, const char *word, const char *const *words,
		       const char *otherwise, struct error *err)
{
	err_set(err, ERR_USAGE, "%s \"%s\"", what, word);
	const char *nearest = text_nearest(word, words);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest)
		       : err_hint(err, "%s", otherwise);
}

static const struct command *lookup(const char *name)
{
	for (const struct command_row *row = command_rows; row->heading || row->command; row++)
		if (row->command && strcmp(row->command->name, name) == 0)
			return row->command;
	return NULL;
}

int command_find(const char *name, const struct command **out, struct error *err)
{
	*out = lookup(name);
	if (*out)
		return 0;
	const char *names[COMMANDS_MAX + 1] = {0};
	size_t count = 0;
	for (const struct command_row *row = command_rows; row->heading || row->command; row++)
		if (row->command && count < COMMANDS_MAX)
			names[count++] = row->command->name;
	return refuse_word("unknown command", name, names, "\"vitrine help\" lists the commands.",
			   err);
}

static const struct command_option *find_in(const struct command_option *options, const char *name,
					    size_t len, char letter)
{
	for (; options && options->name; options++)
		if (name ? strncmp(options->name, name, len) == 0 && !options->name[len]
			 : options->letter == letter)
			return options;
	return NULL;
}

/* By name, or by letter when `name` is NULL. The command's own options come first. */
static const struct command_option *find_option(const struct command *command, const char *name,
						size_t len, char letter)
{
	const struct command_option *found =
		command ? find_in(command->options, name, len, letter) : NULL;
	return found ? found : find_in(command_global_options, name, len, letter);
}

static void add_long(const struct command_option *options, char names[][40], size_t *count)
{
	for (; options && options->name && *count < OPTIONS_MAX; options++) {
		names[*count][0] = names[*count][1] = '-';
		strncpy(names[*count] + 2, options->name, 37);
		++*count;
	}
}

static int refuse_option(const struct command *command, const char *word, struct error *err)
{
	char names[OPTIONS_MAX][40] = {0};
	const char *words[OPTIONS_MAX + 1] = {0};
	size_t count = 0;
	add_long(command ? command->options : NULL, names, &count);
	add_long(command_global_options, names, &count);
	for (size_t i = 0; i < count; i++)
		words[i] = names[i];
	char otherwise[100];
	snprintf(otherwise, sizeof otherwise, "\"vitrine help%s%s\" lists the options.",
		 command ? " " : "", command ? command->name : "");
	return refuse_word("unknown option", word, words, otherwise, err);
}

/* ---- reading ---- */

struct reader {
	char **next; /* the rest of argv, ended by NULL */
	struct app *app;
	struct arguments *arguments;
};

static void take_global(const struct command_option *option, const char *value, struct reader *r)
{
	if (strcmp(option->name, "project") == 0)
		r->app->folder = value;
	else if (strcmp(option->name, "target") == 0)
		r->app->target = value;
	else if (strcmp(option->name, "json") == 0)
		r->app->json = true;
	else if (strcmp(option->name, "yes") == 0)
		r->app->yes = true;
	else if (strcmp(option->name, "quiet") == 0)
		log_set_level(LOG_WARNING);
	else if (strcmp(option->name, "verbose") == 0)
		log_set_level(LOG_VERBOSE);
	else if (!r->arguments->instead)
		r->arguments->instead = option->name; /* the name of a command, too */
}

static bool is_global(const struct command_option *option)
{
	return option >= command_global_options &&
	       option < command_global_options +
				sizeof command_global_options / sizeof *command_global_options;
}

static int take_option(struct reader *r, const struct command_option *option, const char *word,
		       const char *value, struct error *err)
{
	struct arguments *a = r->arguments;
	if (option->value && !value && !(value = *r->next))
		return err_set(err, ERR_USAGE, "option \"%s\" needs a value: %s", word,
			       option->value);
	if (option->value && value == *r->next)
		r->next++;
	if (is_global(option)) {
		take_global(option, value, r);
		return 0;
	}
	a->given[a->given_count++] = (struct given){option, option->value ? value : ""};
	return 0;
}

static int read_long(struct reader *r, const char *word, struct error *err)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct command_option *option = find_option(r->arguments->command, name, len, 0);
	if (!option)
		return refuse_option(r->arguments->command, word, err);
	if (equals && !option->value)
		return err_set(err, ERR_USAGE, "option \"--%s\" takes no value", option->name);
	return take_option(r, option, word, equals ? equals + 1 : NULL, err);
}

/* "-q", "-qv", "-cVALUE", "-c VALUE". */
static int read_letters(struct reader *r, const char *word, struct error *err)
{
	for (const char *letter = word + 1; *letter; letter++) {
		char shown[3] = {'-', *letter, '\0'};
		const struct command_option *option =
			find_option(r->arguments->command, NULL, 0, *letter);
		if (!option)
			return refuse_option(r->arguments->command, shown, err);
		TRY(take_option(r, option, shown, letter[1] && option->value ? letter + 1 : NULL,
				err));
		if (option->value)
			break;
	}
	return 0;
}

static int read_word(struct reader *r, const char *word, bool *options_ended, struct error *err)
{
	struct arguments *a = r->arguments;
	if (!*options_ended && strcmp(word, "--") == 0) {
		*options_ended = true;
		return 0;
	}
	if (!*options_ended && word[0] == '-' && word[1] == '-')
		return read_long(r, word, err);
	if (!*options_ended && word[0] == '-' && word[1])
		return read_letters(r, word, err);
	if (!a->command)
		return command_find(word, &a->command, err);
	a->positional[a->positional_count++] = word;
	return 0;
}

static int check_count(const struct arguments *a, struct error *err)
{
	const struct command *c = a->command;
	int count = (int)a->positional_count, max = c->arguments_max;
	if (count >= c->arguments_min && (max < 0 || count <= max))
		return 0;
	if (count < c->arguments_min)
		err_set(err, ERR_USAGE, "\"%s\" needs %s", c->name,
			c->arguments_min == 1 ? "an argument" : "more arguments");
	else
		err_set(err, ERR_USAGE, "\"%s\" does not take the argument \"%s\"", c->name,
			a->positional[max]);
	if (count > max && max == 0 && find_option(c, "select", strlen("select"), 0))
		return err_hint(err, "A part of it: vitrine %s --select '%s'", c->name,
				a->positional[max]);
	return err_hint(err, "Usage: vitrine %s%s%s", c->name, *c->usage ? " " : "", c->usage);
}

static int check_word(const struct arguments *a, struct error *err)
{
	char what[60], otherwise[100];
	const char *const *word = a->command->words;
	if (!word || a->positional_count == 0)
		return 0;
	for (; *word; word++)
		if (strcmp(*word, a->positional[0]) == 0)
			return 0;
	snprintf(what, sizeof what, "\"%s\" knows no", a->command->name);
	snprintf(otherwise, sizeof otherwise, "\"vitrine help %s\" tells what it knows.",
		 a->command->name);
	return refuse_word(what, a->positional[0], a->command->words, otherwise, err);
}

/* "vitrine run --help" is "vitrine help run"; no command at all is "vitrine help". Returns whether
 * the line was so turned. */
static bool turn_elsewhere(struct arguments *a)
{
	if (a->command && !a->instead)
		return false;
	const char *instead = a->instead ? a->instead : "help";
	a->positional_count = a->given_count = 0;
	if (a->command && strcmp(instead, "help") == 0)
		a->positional[a->positional_count++] = a->command->name;
	a->command = lookup(instead);
	assert(a->command);
	return true;
}

static struct arguments *new_arguments(size_t words)
{
	OWNED(arguments) *a = mem_alloc(sizeof *a);
	if (!a)
		return NULL;
	a->positional = mem_alloc_array(words, sizeof *a->positional);
	a->given = mem_alloc_array(words * 2, sizeof *a->given);
	return a->positional && a->given ? TAKE(a) : NULL;
}

/* How many options `argv` can hold at most: letters may be bundled. */
static size_t count_options(char **argv)
{
	size_t count = 1;
	for (; *argv; argv++)
		count += strlen(*argv) + 1;
	return count;
}

int command_read(int argc, char **argv, struct app *app, struct arguments **out, struct error *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			app->json = true; /* known before the first error */
	OWNED(arguments) *a = new_arguments(count_options(argv));
	if (!a)
		return err_memory(err);
	struct reader r = {argv + (argc > 0), app, a};
	for (bool options_ended = false; *r.next;) {
		const char *word = *r.next++;
		TRY(read_word(&r, word, &options_ended, err));
	}
	if (!turn_elsewhere(a)) {
		TRY(check_count(a, err));
		TRY(check_word(a, err));
	}
	*out = TAKE(a);
	return 0;
}

/* ---- what a command asks ---- */

const struct command *arguments_command(const struct arguments *arguments)
{
	return arguments->command;
}

size_t arguments_count(const struct arguments *arguments)
{
	return arguments->positional_count;
}

const char *arguments_at(const struct arguments *arguments, size_t place)
{
	return place < arguments->positional_count ? arguments->positional[place] : NULL;
}

const char *arguments_value_at(const struct arguments *arguments, const char *name, size_t place)
{
	assert(find_in(arguments->command->options, name, strlen(name), 0));
	for (size_t i = 0; i < arguments->given_count; i++)
		if (strcmp(arguments->given[i].option->name, name) == 0 && place-- == 0)
			return arguments->given[i].value;
	return NULL;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
	const char *last = NULL, *value;
	for (size_t i = 0; (value = arguments_value_at(arguments, name, i)); i++)
		last = value;
	return last;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
	return arguments_value_at(arguments, name, 0) != NULL;
}

int arguments_int(const struct arguments *arguments, const char *name, int64_t min, int64_t max,
		  int64_t *out, struct error *err)
{
	const char *value = arguments_value(arguments, name);
	int64_t number;
	if (!value)
		return 0;
	if (!text_to_int64(value, &number) || number < min || number > max)
		return err_set(err, ERR_USAGE,
			       "option \"--%s\" takes a number from %lld to %lld, not \"%s\"", name,
			       (long long)min, (long long)max, value);
	*out = number;
	return 0;
}
