/* SPDX-License-Identifier: Apache-2.0 */
/* app: what every command gets: the settings given before or after its name, and the way to the
 * project. One struct app lives in main() for the life of the process.
 *
 * Data goes to stdout (by table.h, or as the command's own document), all else to stderr through
 * base/log.h. A command reports failure by its return value alone: main() prints the error. */
#ifndef VITRINE_APP_APP_H
#define VITRINE_APP_APP_H

#include <stdbool.h>
#include <stdio.h>

struct catalog;
struct error;

enum { APP_EXCERPT_SIZE = 640 };

struct app {
	const char *folder; /* -C, else VITRINE_PROJECT, else NULL: look upwards from here */
	const char *target; /* --target; NULL = the project's default */
	const char *zone;   /* in which people read times; "UTC" until the project is known */
	char *own_zone;     /* what `zone` points to when no project is open */
	bool json;          /* one JSON document on stdout, errors as JSON on stderr */
	bool yes;           /* --yes: questions are answered */
	bool out_colored;   /* stdout is a terminal that may be coloured */
	size_t out_width;   /* of the terminal that stdout is; 0 = it is none */
	bool err_colored;   /* the same of stderr */
	bool interactive;   /* stdin and stderr are terminals: questions may be asked */
	/* The line that an error without a file is about, with a caret below it, for people; "" =
	 * none. Filled by a command that fails on a text given on its command line. */
	char excerpt[APP_EXCERPT_SIZE];
};

/* Fill in what the environment and the terminals say. */
void app_init(struct app *app);
void app_done(struct app *app);

/* The project's folder, absolute: the nearest above the working folder that holds vitrine.yaml,
 * or exactly the one given by -C or VITRINE_PROJECT. Owner: caller.
 * Fails: NOT_FOUND (no project, with a hint), IO, MEMORY. */
int app_find_project(const struct app *app, char **out, struct error *err);

/* Open `.vitrine/state.db` of the project, which may have mistakes; sets app->zone, if vitrine.yaml
 * has none. Owner: caller, until catalog_close(). Fails: as app_find_project() and catalog_open().
 */
int app_open_catalog(struct app *app, struct catalog **out, struct error *err);

/* Ask on the terminal; true for yes. With --yes always true, without a terminal always false. */
bool app_confirm(const struct app *app, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Tell `err` on `out`: for people "error: message", the place and the hint, or as one line
 * {"error": {"kind", "message", "hint", "file", "line", "column"}}. */
void app_print_error(const struct app *app, const struct error *err, FILE *out);

/* Flush stdout. A reader that left early (EPIPE) is no failure. Fails: IO, DISK_FULL. */
int app_finish_output(struct error *err);

#endif
