/* SPDX-License-Identifier: Apache-2.0 */
#include "app/app.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "pipeline/project.h"

static const char SETTINGS[] = "vitrine.yaml";

static bool out_is_colored(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static size_t out_width(void)
{
	struct winsize size;
	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void app_done(struct app *app)
{
	free(app->own_zone);
}

void app_init(struct app *app)
{
	const char *folder = getenv("VITRINE_PROJECT");
	*app = (struct app){.zone = "UTC"};
	app->folder = folder && *folder ? folder : NULL;
	app->out_colored = out_is_colored();
	app->out_width = out_width();
	app->err_colored = log_is_colored();
	app->interactive = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* ---- the project's folder ---- */

static int resolve(const char *path, char **out, struct error *err)
{
	char *real = realpath(path, NULL);
	if (!real)
		return err_errno(err, errno, "cannot open the folder \"%s\"", path);
	*out = real;
	return 0;
}

/* 1 when the folder holds vitrine.yaml. */
static int holds_project(const char *folder, struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, SETTINGS, err);
	struct file_info info;
	if (!path)
		return -1;
	int found = file_stat(path, &info, err);
	return found == 1 ? !info.is_directory : found;
}

static int no_project(const char *where, bool upwards, struct error *err)
{
	err_set(err, ERR_NOT_FOUND, "no %s in \"%s\"%s", SETTINGS, where,
		upwards ? " or any folder above it" : "");
	return err_hint(err, "Go into a project's folder, or name it: vitrine -C DIR ...");
}

int app_find_project(const struct app *app, char **out, struct error *err)
{
	OWNED_MEMORY char *folder = NULL;
	TRY(resolve(app->folder ? app->folder : ".", &folder, err));
	OWNED_MEMORY char *start = mem_copy_text(folder);
	if (!start)
		return err_memory(err);
	for (;;) {
		int found = holds_project(folder, err);
		TRY(found);
		if (found) {
			*out = TAKE(folder);
			return 0;
		}
		char *slash = strrchr(folder, '/');
		if (app->folder || !slash || !folder[1])
			return no_project(start, !app->folder, err);
		slash[slash == folder] = '\0';
	}
}

int app_open_catalog(struct app *app, struct catalog **out, struct error *err)
{
	OWNED_MEMORY char *folder = NULL;
	struct error unknown; /* what is wrong with vitrine.yaml is no matter here */
	TRY(app_find_project(app, &folder, err));
	if (!app->own_zone && project_read_zone(folder, &app->own_zone, &unknown) == 0)
		app->zone = app->own_zone;
	OWNED_MEMORY char *state = file_join(folder, ".vitrine", err);
	return state ? catalog_open(state, out, err) : -1;
}

/* ---- talking to a person ---- */

bool app_confirm(const struct app *app, const char *format, ...)
{
	char answer[16] = "";
	if (app->yes || !app->interactive)
		return app->yes;
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(" [y/N] ", stderr);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void print_for_people(const struct app *app, const struct error *err, FILE *out)
{
	const char *red = app->err_colored ? "\033[1;31m" : "";
	const char *bold = app->err_colored ? "\033[1m" : "",
		   *plain = app->err_colored ? "\033[0m" : "";
	fprintf(out, "%serror:%s %s%s%s\n", red, plain, bold, err->message, plain);
	if (err->file[0]) {
		fprintf(out, "  at %s", err->file);
		if (err->line)
			fprintf(out, ":%d", err->line);
		if (err->line && err->column)
			fprintf(out, ":%d", err->column);
		fputc('\n', out);
	} else if (err->line) {
		fprintf(out, "  at line %d, column %d\n", err->line, err->column);
	}
	if (err->line)
		fputs(app->excerpt, out);
	if (err->hint[0])
		fprintf(out, "hint: %s\n", err->hint);
}

static void add_member(struct text *t, const char *name, const char *value)
{
	text_addf(t, ", \"%s\": ", name);
	if (*value)
		text_add_json(t, value, strlen(value));
	else
		text_add(t, "null");
}

static void add_number(struct text *t, const char *name, int value)
{
	text_addf(t, ", \"%s\": ", name);
	if (value)
		text_addf(t, "%d", value);
	else
		text_add(t, "null");
}

static void print_for_programs(const struct error *err, FILE *out)
{
	HELD(text) t = {0};
	text_addf(&t, "{\"error\": {\"kind\": \"%s\"", err_word(err->kind));
	add_member(&t, "message", err->message);
	add_member(&t, "hint", err->hint);
	add_member(&t, "file", err->file);
	add_number(&t, "line", err->line);
	add_number(&t, "column", err->column);
	text_add(&t, "}}\n");
	struct error ignored; /* without memory: the least that is still JSON */
	fputs(text_check(&t, &ignored) == 0 ? t.data : "{\"error\": {\"kind\": \"memory\"}}\n",
	      out);
}

void app_print_error(const struct app *app, const struct error *err, FILE *out)
{
	if (app->json)
		print_for_programs(err, out);
	else
		print_for_people(app, err, out);
}

/* A reader that has gone (`vitrine ... | head`) has read what it wanted. */
static bool is_reader_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

int app_finish_output(struct error *err)
{
	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || is_reader_gone())
		return 0;
	return err_errno(err, errno ? errno : EIO, "cannot write to standard output");
}
