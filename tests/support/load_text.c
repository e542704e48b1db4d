/* SPDX-License-Identifier: Apache-2.0 */
#include "support/load_text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { COLUMNS_MAX_HERE = 16, THREADS_MAX = 8 };

struct item {
	int64_t offset;
	char *text;
};

struct list {
	pthread_mutex_t lock;
	struct item *items;
	size_t count, capacity;
};

static void list_add(struct list *list, int64_t offset, struct text *t)
{
	struct error err;
	pthread_mutex_lock(&list->lock);
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->items = realloc(list->items, list->capacity * sizeof *list->items);
	}
	list->items[list->count++] = (struct item){offset, text_take(t, &err)};
	pthread_mutex_unlock(&list->lock);
}

static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* All items in the order of the file; the list is emptied. */
static char *list_join(struct list *list)
{
	struct error err;
	struct text t = {0};
	text_add(&t, "");
	if (list->count)
		qsort(list->items, list->count, sizeof *list->items, compare);
	for (size_t i = 0; i < list->count; i++) {
		text_add(&t, list->items[i].text);
		free(list->items[i].text);
	}
	free(list->items);
	return text_take(&t, &err);
}

/* ---- rows ---- */

struct column {
	void *values;
	uint64_t *validity;
	char **texts;
};

struct job {
	struct csv_load *load;
	size_t rows_max;
	struct list *rows;
	int result;
	struct error err;
	pthread_t thread;
};

static void set_text(void *context, size_t row, const char *bytes, size_t len)
{
	struct column *column = context;
	free(column->texts[row]);
	column->texts[row] = malloc(len + 1);
	memcpy(column->texts[row], bytes, len);
	column->texts[row][len] = '\0';
}

static void print_decimal(struct text *t, __int128 unscaled, int scale)
{
	char digits[48];
	int at = sizeof digits;
	bool is_negative = unscaled < 0;
	digits[--at] = '\0';
	for (int n = 0; n <= scale || unscaled; n++, unscaled /= 10) {
		if (n == scale && scale)
			digits[--at] = '.';
		int digit = (int)(unscaled % 10);
		digits[--at] = (char)('0' + (digit < 0 ? -digit : digit));
	}
	text_addf(t, "%s%s", is_negative ? "-" : "", digits + at);
}

static __int128 unscaled_value(const void *value, size_t size)
{
	switch (size) {
	case 2:
		return *(const int16_t *)value;
	case 4:
		return *(const int32_t *)value;
	case 8:
		return *(const int64_t *)value;
	default: {
		__int128 wide;
		memcpy(&wide, value, sizeof wide);
		return wide;
	}
	}
}

static void print_value(struct text *t, const struct column *column, struct csv_type type,
			size_t row)
{
	char buffer[CLOCK_TEXT_SIZE];
	size_t size = csv_type_size(type);
	const char *value = (const char *)column->values + row * size;
	if (!(column->validity[row / 64] >> row % 64 & 1))
		text_add(t, "NULL");
	else if (type.kind == CSV_TEXT)
		text_add(t, column->texts[row]);
	else if (type.kind == CSV_DOUBLE)
		text_addf(t, "%g", *(const double *)(const void *)value);
	else if (type.kind == CSV_BOOLEAN)
		text_add(t, *value ? "true" : "false");
	else if (type.kind == CSV_DATE)
		text_add(t, clock_format_date(*(const int32_t *)(const void *)value, buffer));
	else if (type.kind == CSV_TIMESTAMP)
		text_add(t, clock_format_civil(*(const int64_t *)(const void *)value, buffer));
	else
		print_decimal(t, unscaled_value(value, size), type.scale);
}

static void print_row(const struct job *job, const struct column *columns, size_t row, int64_t line,
		      int64_t offset)
{
	struct text t = {0};
	text_addf(&t, "%lld@%lld: ", (long long)line, (long long)offset);
	for (size_t i = 0; i < csv_load_column_count(job->load); i++) {
		text_add(&t, i ? "|" : "");
		print_value(&t, &columns[i], csv_load_column(job->load, i)->type, row);
	}
	text_add(&t, "\n");
	list_add(job->rows, offset, &t);
}

static void *work(void *context)
{
	struct job *job = context;
	OWNED(csv_worker) *worker = NULL;
	size_t max = job->rows_max, words = (max + 63) / 64,
	       count = csv_load_column_count(job->load);
	struct column columns[COLUMNS_MAX_HERE] = {{0}};
	struct csv_vector vectors[COLUMNS_MAX_HERE] = {{0}};
	int64_t *lines = calloc(max, sizeof *lines), *offsets = calloc(max, sizeof *offsets);
	for (size_t i = 0; i < count; i++) {
		columns[i].values = calloc(max, 16);
		columns[i].validity = malloc(words * 8);
		columns[i].texts = calloc(max, sizeof(char *));
		vectors[i] = (struct csv_vector){columns[i].values, columns[i].validity, set_text,
						 &columns[i]};
	}
	job->result = csv_worker_new(job->load, &worker, &job->err);
	while (job->result == 0) {
		for (size_t i = 0; i < count; i++)
			memset(columns[i].validity, 0xFF, words * 8);
		int64_t got =
			csv_worker_next(worker, max, vectors, lines, offsets, NULL, &job->err);
		if (got < 0)
			job->result = -1;
		if (got <= 0)
			break;
		for (size_t row = 0; row < (size_t)got; row++)
			print_row(job, columns, row, lines[row], offsets[row]);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t row = 0; row < max; row++)
			free(columns[i].texts[row]);
		free(columns[i].values);
		free(columns[i].validity);
		free(columns[i].texts);
	}
	free(lines);
	free(offsets);
	return NULL;
}

/* ---- rejects ---- */

static int note_reject(void *context, const struct csv_reject *reject, struct error *err)
{
	(void)err;
	struct text t = {0};
	assert_true(text_is_utf8(reject->text, reject->text_len));
	assert_true(text_is_utf8(reject->message, strlen(reject->message)));
	text_addf(&t, "%lld@%lld %s %s: %s <", (long long)reject->line, (long long)reject->offset,
		  csv_problem_word(reject->problem), reject->column ? reject->column : "-",
		  reject->message);
	text_add_bytes(&t, reject->text, reject->text_len);
	text_add(&t, ">\n");
	list_add(context, reject->offset, &t);
	return 0;
}

/* ---- the whole ---- */

static int run(struct csv_load *load, int threads, size_t rows_max, struct list *rows,
	       struct loaded *out, struct error *err)
{
	struct job jobs[THREADS_MAX] = {{0}};
	int result = 0;
	TRY(csv_load_begin(load, err));
	for (int i = 0; i < threads; i++) {
		jobs[i] = (struct job){.load = load, .rows_max = rows_max, .rows = rows};
		if (i > 0)
			pthread_create(&jobs[i].thread, NULL, work, &jobs[i]);
	}
	work(&jobs[0]); /* on this thread, which allocation sweeps refuse */
	for (int i = 0; i < threads; i++) {
		if (i > 0)
			pthread_join(jobs[i].thread, NULL);
		if (jobs[i].result < 0)
			*err = jobs[i].err;
		result = jobs[i].result < 0 ? -1 : result;
	}
	TRY(result);
	return csv_load_finish(load, &out->counts, err);
}

int load_text(struct csv_load_settings settings, int threads, size_t rows_max, struct loaded *out,
	      struct error *err)
{
	OWNED(csv_load) *load = NULL;
	struct list rows = {.lock = PTHREAD_MUTEX_INITIALIZER},
		    rejects = {.lock = PTHREAD_MUTEX_INITIALIZER};
	settings.reject = note_reject;
	settings.reject_context = &rejects;
	int result = csv_load_new(&settings, &load, err);
	if (result == 0)
		result = run(load, threads, rows_max, &rows, out, err);
	out->rows = list_join(&rows);
	out->rejects = list_join(&rejects);
	return result;
}

void loaded_done(struct loaded *loaded)
{
	free(loaded->rows);
	free(loaded->rejects);
	*loaded = (struct loaded){0};
}

void load_string(const char *folder, const char *text, struct csv_load_settings settings,
		 struct loaded *out)
{
	struct error err;
	char path[1024];
	support_write_file(folder, "load.csv", text);
	snprintf(path, sizeof path, "%s/load.csv", folder);
	settings.path = path;
	assert_ok(load_text(settings, 1, 3, out, &err), &err);
	assert_true(out->counts.is_complete);
	assert_int_equal(out->counts.records, out->counts.loaded + out->counts.rejected);
}
