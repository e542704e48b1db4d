/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_sql.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "delta/schema.h"
#include "pipeline/land_fixes.h"
#include "pipeline/land_load.h"

static bool plan_has(const struct source_load_plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->column_count; i++)
		if (strcmp(plan->columns[i].name, name) == 0)
			return true;
	return false;
}

static int add_extra(struct landing *landing, const char *name, struct error *err)
{
	if (delta_schema_find(&landing->schema, name))
		return 0;
	return delta_schema_add(&landing->schema, name, "string",
				"Taken in by drift; not in the contract", err);
}

int land_sql_add_extras(struct landing *landing, struct error *err)
{
	if (landing->own && !landing->replaces_all) {
		const struct delta_schema *own = delta_snapshot_schema(landing->own);
		for (size_t i = 0; i < own->count; i++)
			if (own->columns[i].name[0] != '_')
				TRY(add_extra(landing, own->columns[i].name, err));
	}
	for (size_t i = 0; i < landing->files.count; i++) {
		const struct source_load_plan *plan = &landing->items[i].plan;
		for (size_t j = 0; j < plan->extra_count; j++)
			TRY(add_extra(landing, plan->extras[j].name, err));
	}
	return 0;
}

void land_sql_file(const struct landing *landing, size_t place, struct text *out)
{
	const struct land_file *item = &landing->items[place];
	text_add(out, "select ");
	for (size_t i = 0; i < landing->schema.count; i++) {
		const char *name = landing->schema.columns[i].name;
		text_add(out, i ? ", " : "");
		if (strcmp(name, "_file") == 0 && item->batch_count > 1)
			text_add(out, "_file");
		else if (strcmp(name, "_file") == 0)
			text_add_literal(out, item->file->logical);
		else if (strcmp(name, "_line") == 0 && item->lines)
			text_add(out, "_base_line");
		else if (strcmp(name, "_line") != 0 && !plan_has(&item->plan, name))
			text_add(out, "cast(null as varchar)");
		else
			text_add_identifier(out, name);
		text_add(out, " as ");
		text_add_identifier(out, name);
	}
	text_add(out, " from " LAND_FILE_SCHEMA ".");
	text_addf(out, LAND_FILE_VIEW, place);
	if (item->lines)
		text_addf(out,
			  " join " LAND_FILE_SCHEMA "." LAND_LINES_VIEW " on _fixed_line = _line",
			  place);
}

/* The schema's columns of the table as it stands, which may lack the newest of them. */
static void add_own_columns(const struct landing *landing, struct text *out)
{
	const struct delta_schema *own = delta_snapshot_schema(landing->own);
	for (size_t i = 0; i < landing->schema.count; i++) {
		const char *name = landing->schema.columns[i].name;
		text_add(out, i ? ", " : "");
		if (delta_schema_find(own, name)) {
			text_add_identifier(out, name);
		} else {
			text_add(out, "cast(null as varchar) as ");
			text_add_identifier(out, name);
		}
	}
}

static void add_kept(const struct landing *landing, struct text *out)
{
	size_t count = 0;
	text_add(out, " from " LAND_FILE_SCHEMA "." LAND_OWN_VIEW);
	if (landing->state->request->fixes && landing->source->load == LOAD_MERGE)
		text_add(out,
			 " left join " LAND_FILE_SCHEMA "." LAND_ORDER_VIEW " on _name = _file");
	for (size_t i = 0; i < landing->files.count; i++) {
		const struct delivery_file *file = &landing->files.files[i];
		if (!file->is_resend || landing->source->resend != RESEND_REPLACE)
			continue;
		text_add(out, count++ ? ", " : " where _file not in (");
		text_add_literal(out, file->logical);
	}
	if (count)
		text_add(out, ")");
}

void land_sql_kept(const struct landing *landing, struct text *out)
{
	text_add(out, "select ");
	add_own_columns(landing, out);
	add_kept(landing, out);
}

static void add_columns(const struct landing *landing, struct text *out)
{
	for (size_t i = 0; i < landing->schema.count; i++) {
		text_add(out, i ? ", " : "");
		text_add_identifier(out, landing->schema.columns[i].name);
	}
}

/* Every candidate row with the place of its file in the order of loading. */
static void add_candidates(const struct landing *landing, struct text *out)
{
	bool first = true, is_fix = landing->state->request->fixes;
	if (landing->own && !landing->replaces_all) {
		text_add(out, "select ");
		add_own_columns(landing, out);
		text_add(out, is_fix ? ", coalesce(_order, -1) as _sequence" : ", -1 as _sequence");
		add_kept(landing, out);
		first = false;
	}
	for (size_t i = 0; i < landing->files.count; i++) {
		text_add(out, first ? "select " : " union all select ");
		add_columns(landing, out);
		text_addf(out, ", %lld as _sequence from " LAND_FILE_SCHEMA "." LAND_BUILT_VIEW,
			  (long long)landing->items[i].sequence, i);
		first = false;
	}
}

void land_sql_merged(const struct landing *landing, struct text *out)
{
	const struct source *source = landing->source;
	text_add(out, "select ");
	add_columns(landing, out);
	text_add(out, " from (select *, row_number() over (partition by ");
	for (size_t i = 0; i < source->key.count; i++) {
		text_add(out, i ? ", " : "");
		text_add_identifier(out, source->key.items[i]);
	}
	text_add(out, " order by ");
	if (source->newest_by) {
		text_add_identifier(out, source->newest_by);
		text_add(out, " desc nulls last, ");
	}
	text_add(out, "_sequence desc, _line desc) as _place from (");
	add_candidates(landing, out);
	text_add(out, ")) where _place = 1");
}
