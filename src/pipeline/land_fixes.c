/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_fixes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/decisions.h"
#include "pipeline/land_sql.h"
#include "pipeline/reader_rows.h"

enum { BASE_LEN = 12 };

static bool is_base(const struct delivery_file *file, const char *fix_key)
{
	return strncmp(file->sha256, delivery_fix_base(fix_key), BASE_LEN) == 0;
}

/* ---- choosing ---- */

int land_fixes_sort_out(struct landing *landing, const struct delivery *ever, struct error *err)
{
	HELD(delivery) current = {0};
	OWNED(map) *seen = map_new();
	if (!seen)
		return err_memory(err);
	for (size_t i = 0; i < ever->count; i++) {
		const struct delivery_file *file = &ever->files[i];
		if (!delivery_fix_base(file->key) || map_find(seen, file->key) >= 0)
			continue;
		TRY(map_put(seen, file->key, NULL, err));
		TRY(delivery_add_copy(&landing->fixes, file, err));
	}
	if (map_count(seen) == 0)
		return 0;
	for (size_t i = 0; i < landing->current.count; i++)
		if (!delivery_fix_base(landing->current.files[i].key))
			TRY(delivery_add_copy(&current, &landing->current.files[i], err));
	delivery_done(&landing->current);
	landing->current = current;
	current = (struct delivery){0};
	return 0;
}

/* A fix may have been mended itself: so what is added is looked at in its turn. */
static int add_with_fixes(const struct landing *landing, const struct delivery_file *file,
			  struct delivery *out, struct error *err)
{
	size_t from = out->count;
	TRY(delivery_add_copy(out, file, err));
	for (size_t i = from; i < out->count; i++)
		for (size_t j = 0; j < landing->fixes.count; j++)
			if (is_base(&out->files[i], landing->fixes.files[j].key))
				TRY(delivery_add_copy(out, &landing->fixes.files[j], err));
	return 0;
}

int land_fixes_follow(struct landing *landing, struct error *err)
{
	HELD(delivery) files = {0};
	if (landing->fixes.count == 0)
		return 0;
	for (size_t i = 0; i < landing->files.count; i++)
		TRY(add_with_fixes(landing, &landing->files.files[i], &files, err));
	delivery_done(&landing->files);
	landing->files = files;
	files = (struct delivery){0};
	return 0;
}

static bool is_in_table(const struct landing *landing, const char *fix_key)
{
	for (size_t i = 0; i < landing->current.count; i++)
		if (is_base(&landing->current.files[i], fix_key))
			return true;
	for (size_t i = 0; i < landing->fixes.count; i++)
		if (is_base(&landing->fixes.files[i], fix_key))
			return is_in_table(landing, landing->fixes.files[i].key);
	return false;
}

int land_fixes_choose(struct landing *landing, bool is_current, struct error *err)
{
	const struct delivery *fixes = landing->state->request->fixes;
	const char *name = landing->source->name;
	if (!is_current || !landing->own) {
		err_set(err, ERR_REFUSED,
			"the contract of \"%s\" changed since its files were loaded", name);
		return err_hint(err,
				"`vitrine land %s` loads them again; then export and mend what "
				"is still rejected.",
				name);
	}
	for (size_t i = 0; i < fixes->count; i++) {
		const struct delivery_file *fix = &fixes->files[i];
		if (!is_in_table(landing, fix->key)) {
			err_set(err, ERR_REFUSED, "\"%s\" is no longer in the table", fix->logical);
			return err_hint(err, "Another load replaced it meanwhile: export the "
					     "rejects again.");
		}
		TRY(delivery_add_copy(&landing->files, fix, err));
	}
	return 0;
}

/* ---- what stands for what ---- */

static struct land_file *find_base(struct landing *landing, size_t place)
{
	const char *key = landing->files.files[place].key;
	for (size_t i = place; i > 0; i--)
		if (is_base(&landing->files.files[i - 1], key))
			return &landing->items[i - 1];
	return NULL;
}

int land_fixes_open(struct landing *landing, struct error *err)
{
	bool is_shown = false;
	for (size_t i = 0; i < landing->files.count; i++) {
		struct land_file *item = &landing->items[i];
		if (!delivery_fix_base(item->file->key))
			continue;
		item->base = find_base(landing, i);
		if (item->base) {
			item->base->is_mended = true;
			item->sequence = item->base->sequence;
		}
		if (!is_shown)
			TRY(decisions_show(landing->state->context, landing->session,
					   LAND_FILE_SCHEMA, "decisions", err));
		is_shown = true;
		TRY(decisions_lines(landing->session, LAND_FILE_SCHEMA ".decisions",
				    item->file->key, &item->lines, &item->line_count, err));
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Whether the record that a line mends is a reject still. */
static bool is_needed(const struct land_file *item, const struct decisions_line *line)
{
	const struct land_file *base = item->base;
	return !base ||
	       (base->reject_count && bsearch(&line->line, base->rejects, base->reject_count,
					      sizeof *base->rejects, by_value));
}

int land_fixes_show_lines(struct landing *landing, size_t place, struct error *err)
{
	struct land_file *item = &landing->items[place];
	HELD(reader_rows) rows = {.arena = landing->arena};
	char name[32];
	if (!item->lines)
		return 0;
	if (item->base && item->base->reject_count)
		qsort(item->base->rejects, item->base->reject_count, sizeof *item->base->rejects,
		      by_value);
	snprintf(name, sizeof name, LAND_LINES_VIEW, place);
	TRY(reader_rows_column(&rows, "_fixed_line", "BIGINT", err));
	TRY(reader_rows_column(&rows, "_base_line", "BIGINT", err));
	for (size_t i = 0; i < item->line_count; i++) {
		const struct decisions_line *line = &item->lines[i];
		for (int64_t j = 0; is_needed(item, line) && j < line->fixed_lines; j++) {
			TRY(reader_rows_add_int(&rows, line->fixed_line + j, err));
			TRY(reader_rows_add_int(&rows, line->line + j, err));
		}
	}
	return reader_rows_show(&rows, landing->session, LAND_FILE_SCHEMA, name, err);
}

int land_fixes_show_order(struct landing *landing, struct error *err)
{
	HELD(reader_rows) rows = {.arena = landing->arena};
	OWNED(map) *places = map_new();
	if (!places)
		return err_memory(err);
	for (size_t i = 0; i < landing->current.count; i++)
		TRY(map_put(places, landing->current.files[i].logical, &landing->current.files[i],
			    err));
	TRY(reader_rows_column(&rows, "_name", "VARCHAR", err));
	TRY(reader_rows_column(&rows, "_order", "BIGINT", err));
	for (size_t i = 0; i < map_count(places); i++) {
		const struct delivery_file *file = map_value_at(places, i);
		TRY(reader_rows_add(&rows, map_key_at(places, i), err));
		TRY(reader_rows_add_int(&rows, file - landing->current.files, err));
	}
	for (size_t i = 0; i < landing->files.count; i++) {
		const struct delivery_file *file = map_get(places, landing->files.files[i].logical);
		landing->items[i].sequence = file ? file - landing->current.files : 0;
	}
	return reader_rows_show(&rows, landing->session, LAND_FILE_SCHEMA, LAND_ORDER_VIEW, err);
}

/* ---- rejects ---- */

static const struct decisions_line *find_line(const struct land_file *item, int64_t line)
{
	size_t low = 0, high = item->line_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (item->lines[middle].fixed_line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &item->lines[low - 1] : NULL;
}

int land_fixes_reject(struct land_file *item, struct csv_reject *reject, struct error *err)
{
	const struct decisions_line *line = item->lines ? find_line(item, reject->line) : NULL;
	if (item->lines && !line)
		return err_set(err, ERR_INTERNAL, "line %" PRId64 " of \"%s\" mends nothing",
			       reject->line, item->file->key);
	if (line && !is_needed(item, line)) {
		item->waived++;
		return 0;
	}
	if (line)
		reject->line += line->line - line->fixed_line;
	if (item->is_mended) {
		TRY(mem_grow(&item->rejects, &item->reject_capacity, item->reject_count + 1,
			     sizeof *item->rejects, err));
		item->rejects[item->reject_count++] = reject->line;
	}
	return 1;
}
