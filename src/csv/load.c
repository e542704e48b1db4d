/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/load.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "csv/input.h"
#include "csv/load_core.h"

static const char *const problem_words[] = {
	[CSV_DAMAGED] = "damaged_quote", [CSV_AMBIGUOUS] = "ambiguous", [CSV_TOO_LONG] = "too_long",
	[CSV_SHAPE] = "shape",           [CSV_ENCODING] = "encoding",   [CSV_TYPE] = "type",
	[CSV_PRECISION] = "precision",   [CSV_RANGE] = "range",         [CSV_REQUIRED] = "required",
};

const char *csv_problem_word(enum csv_problem problem)
{
	return problem_words[problem];
}

/* ---- settings ---- */

static int copy_columns(struct csv_load *load, const struct csv_column *columns, size_t count)
{
	struct csv_column *copies = arena_alloc_array(load->arena, count, sizeof *copies);
	load->plans = arena_alloc_array(load->arena, count, sizeof *load->plans);
	if (!copies || !load->plans)
		return -1;
	for (size_t i = 0; i < count; i++) {
		copies[i] = columns[i];
		copies[i].name = arena_copy_text(load->arena, columns[i].name);
		if (!copies[i].name)
			return -1;
	}
	load->settings.columns = copies;
	return 0;
}

static int copy_nulls(struct csv_load *load, const char *const *nulls)
{
	size_t count = 0;
	while (nulls && nulls[count])
		count++;
	const char **copies = arena_alloc_array(load->arena, count + 1, sizeof *copies);
	if (!copies)
		return -1;
	for (size_t i = 0; i < count; i++) {
		copies[i] = arena_copy_text(load->arena, nulls[i]);
		if (!copies[i])
			return -1;
	}
	load->settings.nulls = copies;
	return 0;
}

static int copy_settings(struct csv_load *load, const struct csv_load_settings *settings)
{
	load->settings = *settings;
	load->settings.path = arena_copy_text(load->arena, settings->path);
	if (settings->time_zone)
		load->settings.time_zone = arena_copy_text(load->arena, settings->time_zone);
	if (!load->settings.path || (settings->time_zone && !load->settings.time_zone))
		return -1;
	if (copy_nulls(load, settings->nulls) < 0)
		return -1;
	return copy_columns(load, settings->columns, settings->column_count);
}

static struct csv_plan plan_of(const struct csv_load *load, size_t place)
{
	const struct csv_column *column = &load->settings.columns[place];
	return (struct csv_plan){.place = place,
				 .field = column->field,
				 .is_text = column->type.kind == CSV_TEXT,
				 .is_required = column->required,
				 .size = (uint8_t)csv_type_size(column->type),
				 .typing = {column->type, &load->settings.dialect,
					    load->settings.time_zone, column->round}};
}

/* Columns by field, so that the first problem named is the first in the record; those that the file
 * lacks come last. Insertion sort: contracts list columns nearly in the file's order. */
static void plan_columns(struct csv_load *load)
{
	for (size_t i = 0; i < load->settings.column_count; i++) {
		struct csv_plan plan = plan_of(load, i);
		size_t at = i;
		for (; at > 0 && (unsigned)load->plans[at - 1].field > (unsigned)plan.field; at--)
			load->plans[at] = load->plans[at - 1];
		load->plans[at] = plan;
		if (plan.field >= (int)load->field_ends_max)
			load->field_ends_max = (size_t)plan.field + 1;
	}
}

/* ---- life ---- */

/* The file's size and time, and whether it can be read at all. */
static int look_at_file(const struct csv_load *load, int64_t *out_size, int64_t *out_mtime_us,
			struct error *err)
{
	OWNED(csv_input) *input = NULL;
	struct file_info info;
	int found = file_stat(load->settings.path, &info, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "%s does not exist", load->settings.path);
	TRY(found);
	TRY(csv_input_open(load->settings.path, load->settings.dialect.encoding, &input, err));
	*out_size = info.size;
	*out_mtime_us = info.mtime_us;
	return 0;
}

int csv_load_new(const struct csv_load_settings *settings, struct csv_load **out, struct error *err)
{
	OWNED(csv_load) *load = mem_alloc(sizeof *load);
	if (!load)
		return err_memory(err);
	pthread_mutex_init(&load->lock, NULL);
	pthread_mutex_init(&load->reject_lock, NULL);
	load->arena = arena_new();
	if (!load->arena || copy_settings(load, settings) < 0)
		return err_memory(err);
	plan_columns(load);
	const char *zone = settings->time_zone;
	if (zone && !clock_zone_is_known(zone))
		return err_set(err, ERR_UNSUPPORTED, "time zone \"%s\" is not known", zone);
	TRY(look_at_file(load, &load->size, &load->mtime_us, err));
	*out = TAKE(load);
	return 0;
}

void csv_load_free(struct csv_load *load)
{
	if (!load)
		return;
	csv_pass_release(load->pass);
	arena_free(load->arena);
	pthread_mutex_destroy(&load->lock);
	pthread_mutex_destroy(&load->reject_lock);
	free(load);
}

size_t csv_load_column_count(const struct csv_load *load)
{
	return load->settings.column_count;
}

const struct csv_column *csv_load_column(const struct csv_load *load, size_t place)
{
	return &load->settings.columns[place];
}

int64_t csv_load_file_bytes(const struct csv_load *load)
{
	return load->size;
}

/* ---- passes ---- */

static void pass_free(struct csv_pass *pass)
{
	if (!pass)
		return;
	csv_records_close(pass->records);
	pthread_mutex_destroy(&pass->lock);
	free(pass);
}
OWN_DEFINE(csv_pass, pass_free)

struct csv_pass *csv_pass_share(struct csv_pass *pass)
{
	if (!pass)
		return NULL;
	pthread_mutex_lock(&pass->lock);
	pass->references++;
	pthread_mutex_unlock(&pass->lock);
	return pass;
}

void csv_pass_release(struct csv_pass *pass)
{
	if (!pass)
		return;
	pthread_mutex_lock(&pass->lock);
	bool is_last = --pass->references == 0;
	pthread_mutex_unlock(&pass->lock);
	if (is_last)
		pass_free(pass);
}

int csv_pass_fail(struct csv_pass *pass, struct error *err)
{
	pthread_mutex_lock(&pass->lock);
	if (pass->has_failed)
		*err = pass->failure;
	else
		pass->failure = *err;
	pass->has_failed = true;
	pthread_mutex_unlock(&pass->lock);
	return -1;
}

static int pass_new(struct csv_load *load, struct csv_pass **out, struct error *err)
{
	OWNED(csv_pass) *pass = mem_alloc(sizeof *pass);
	if (!pass)
		return err_memory(err);
	pthread_mutex_init(&pass->lock, NULL);
	pass->load = load;
	pass->references = 1;
	TRY(csv_records_open(
		&(struct csv_records_settings){.path = load->settings.path,
					       .dialect = load->settings.dialect,
					       .field_count = (size_t)load->settings.field_count,
					       .span_bytes = load->settings.span_bytes,
					       .file_bytes = load->settings.file_bytes},
		&pass->records, err));
	if (load->settings.dialect.header) {
		HELD(csv_span) header = {0};
		TRY(csv_records_header(pass->records, &header, err));
	}
	*out = TAKE(pass);
	return 0;
}

static void set_pass(struct csv_load *load, struct csv_pass *pass)
{
	pthread_mutex_lock(&load->lock);
	struct csv_pass *before = load->pass;
	load->pass = pass;
	pthread_mutex_unlock(&load->lock);
	csv_pass_release(before);
}

void csv_load_rest(struct csv_load *load)
{
	set_pass(load, NULL);
}

int csv_load_begin(struct csv_load *load, struct error *err)
{
	struct csv_pass *pass = NULL;
	int64_t size, mtime_us;
	TRY(look_at_file(load, &size, &mtime_us, err));
	if (size != load->size || mtime_us != load->mtime_us)
		return err_set(err, ERR_CONFLICT, "%s has changed while it was being loaded",
			       load->settings.path);
	if (pass_new(load, &pass, err) < 0)
		return csv_input_about(load->settings.path, err);
	set_pass(load, pass);
	return 0;
}

/* ---- the end ---- */

/* The finder and the workers count apart, over records found by different code: when they agree,
 * nothing was lost between them. */
static int prove(const struct csv_load *load, const struct csv_records_counts *found,
		 const struct csv_tally *tally, struct error *err)
{
	int64_t bytes = found->header_bytes + tally->loaded_bytes + tally->rejected_bytes +
			tally->blank_bytes;
	if (found->records == tally->loaded + tally->rejected &&
	    found->blank_lines == tally->blank_lines && found->bytes == bytes)
		return 0;
	return err_set(err, ERR_INTERNAL,
		       "%s: %lld records were found, but %lld loaded and %lld rejected "
		       "(%lld bytes, %lld accounted for)",
		       load->settings.path, (long long)found->records, (long long)tally->loaded,
		       (long long)tally->rejected, (long long)found->bytes, (long long)bytes);
}

int csv_load_finish(struct csv_load *load, struct csv_load_counts *out, struct error *err)
{
	struct csv_records_counts found = {0};
	struct csv_tally tally = {0};
	pthread_mutex_lock(&load->lock);
	if (load->pass) {
		csv_records_get_counts(load->pass->records, &found);
		pthread_mutex_lock(&load->pass->lock);
		tally = load->pass->tally;
		pthread_mutex_unlock(&load->pass->lock);
	}
	pthread_mutex_unlock(&load->lock);
	if (found.is_complete)
		TRY(prove(load, &found, &tally, err));
	*out = (struct csv_load_counts){.records = found.records,
					.loaded = tally.loaded,
					.rejected = tally.rejected,
					.values_discarded = tally.values_discarded,
					.blank_lines = found.blank_lines,
					.bytes = found.bytes,
					.is_complete = found.is_complete};
	memcpy(out->problems, tally.problems, sizeof out->problems);
	return 0;
}
