/* SPDX-License-Identifier: Apache-2.0 */
/* progress: on a terminal the last lines of the screen are ours: one a running task and one for the
 * whole. Before anything else is printed they are cleared, afterwards drawn again. */
#include "app/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	TASKS_MAX = 8, /* shown at once */
	TASK_NAME_SIZE = 64,
	BAR_WIDTH = 24,
	REDRAW_US = 100000,
	GUESS_AFTER_US = 2000000, /* before this, the time left is anyone's guess */
};

struct task {
	bool running;
	char name[TASK_NAME_SIZE];
	double share;
	int64_t started_us;
};

struct progress {
	pthread_mutex_t lock;
	FILE *out;
	bool bars, quiet, colored;
	int total, ended;
	int lines_drawn;
	int64_t started_us, drawn_us;
	struct task tasks[TASKS_MAX];
};

struct progress *progress_new(const struct app *app, FILE *out, int total)
{
	struct progress *p = mem_alloc(sizeof *p);
	const char *term = getenv("TERM");
	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->out = out;
	p->total = total;
	p->quiet = app->json || log_level() < LOG_NORMAL;
	p->bars = !p->quiet && isatty(fileno(out)) && term && strcmp(term, "dumb") != 0;
	p->colored = app->err_colored;
	p->started_us = clock_monotonic_us();
	return p;
}

bool progress_has_bars(const struct progress *p)
{
	return p && p->bars;
}

/* ---- drawing ---- */

static int screen_width(const struct progress *p)
{
	struct winsize size;
	if (ioctl(fileno(p->out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

static void clear(struct progress *p)
{
	for (; p->lines_drawn > 0; p->lines_drawn--)
		fputs("\033[A\033[2K", p->out);
}

static void add_bar(struct text *t, double share)
{
	int full = (int)(share * BAR_WIDTH + 0.5);
	for (int i = 0; i < BAR_WIDTH; i++)
		text_add(t, i < full ? "\xe2\x94\x81" : i == full ? "\xe2\x95\xb8" : " ");
}

/* Lines must not wrap, or clear() would miss a part: what is too wide is left out. */
static void draw_task(struct progress *p, const struct task *task, int64_t now, int width)
{
	HELD(text) t = {0};
	char span[CLOCK_TEXT_SIZE];
	int64_t passed = now - task->started_us;
	text_addf(&t, "  %-32.32s ", task->name);
	if (task->share >= 0 && width >= 80) {
		add_bar(&t, task->share);
		text_addf(&t, " %3d %%", (int)(task->share * 100));
	}
	if (width >= 60)
		text_addf(&t, "  %s", clock_format_duration(passed, span));
	if (task->share > 0.02 && passed > GUESS_AFTER_US && width >= 100)
		text_addf(&t, ", about %s left",
			  clock_format_duration((int64_t)((double)passed / task->share) - passed,
						span));
	if (!t.out_of_memory && p->lines_drawn < TASKS_MAX) {
		fprintf(p->out, "%s\n", t.data);
		p->lines_drawn++;
	}
}

static void draw(struct progress *p)
{
	int64_t now = clock_monotonic_us();
	int width = screen_width(p);
	char span[CLOCK_TEXT_SIZE];
	if (!p->bars)
		return;
	clear(p);
	for (int i = 0; i < TASKS_MAX; i++)
		if (p->tasks[i].running)
			draw_task(p, &p->tasks[i], now, width);
	if (p->total > 0) {
		fprintf(p->out, "  %d of %d done, %s\n", p->ended, p->total,
			clock_format_duration(now - p->started_us, span));
		p->lines_drawn++;
	}
	fflush(p->out);
	p->drawn_us = now;
}

static void draw_when_due(struct progress *p)
{
	if (p->bars && clock_monotonic_us() - p->drawn_us >= REDRAW_US)
		draw(p);
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	clear(p);
	fflush(p->out);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* ---- what tasks report ---- */

static int free_task(const struct progress *p)
{
	for (int i = 0; i < TASKS_MAX; i++)
		if (!p->tasks[i].running)
			return i;
	return -1;
}

int progress_begin(struct progress *p, const char *name)
{
	if (!p)
		return -1;
	pthread_mutex_lock(&p->lock);
	int task = free_task(p);
	if (task >= 0) {
		p->tasks[task] = (struct task){true, "", -1, clock_monotonic_us()};
		snprintf(p->tasks[task].name, TASK_NAME_SIZE, "%s", name);
		draw_when_due(p);
	}
	pthread_mutex_unlock(&p->lock);
	return task;
}

void progress_set(struct progress *p, int task, double share)
{
	if (!p || task < 0)
		return;
	pthread_mutex_lock(&p->lock);
	p->tasks[task].share = share > 1 ? 1 : share;
	draw_when_due(p);
	pthread_mutex_unlock(&p->lock);
}

static const char *color_of(const struct progress *p, const char *mark)
{
	if (!p->colored)
		return "";
	return strcmp(mark, "failed") == 0 ? "\033[31m" : strcmp(mark, "ok") == 0 ? "\033[32m" : "";
}

void progress_end(struct progress *p, int task, const char *name, const char *mark,
		  const char *result)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	if (task >= 0)
		p->tasks[task].running = false;
	p->ended++;
	if (!p->quiet) {
		clear(p);
		const char *color = color_of(p, mark);
		fprintf(p->out, "%s%-8s%s %-32s %s\n", color, mark, *color ? "\033[0m" : "", name,
			result);
		draw(p);
	}
	pthread_mutex_unlock(&p->lock);
}

void progress_line(struct progress *p, const char *format, ...)
{
	va_list args;
	if (!p || p->quiet)
		return;
	va_start(args, format);
	pthread_mutex_lock(&p->lock);
	clear(p);
	vfprintf(p->out, format, args);
	fputc('\n', p->out);
	draw(p);
	pthread_mutex_unlock(&p->lock);
	va_end(args);
}
