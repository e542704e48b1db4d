/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/personal.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"
#include "pipeline/context.h"
#include "pipeline/dependencies.h"
#include "pipeline/project.h"

enum { FROM_SHOWN_MAX = 5 };

/* A table as far as it was followed. */
struct followed {
	const char **names; /* NULL-terminated; NULL = not known */
	struct personal_column *columns;
	size_t count;
	bool is_personal; /* of a column that is not among them */
};

struct personal {
	struct context *context;
	const struct map *known;
	struct arena *arena;  /* what is found hangs on it */
	struct map *tables;   /* full name -> struct followed */
	pthread_mutex_t lock; /* of both */
};

int personal_new(struct context *context, const struct map *tables, struct personal **out,
		 struct error *err)
{
	OWNED(personal) *personal = mem_alloc(sizeof *personal);
	if (!personal)
		return err_memory(err);
	*personal = (struct personal){.context = context, .known = tables};
	pthread_mutex_init(&personal->lock, NULL);
	personal->tables = map_new();
	personal->arena = arena_new();
	if (!personal->tables || !personal->arena)
		return err_memory(err);
	*out = TAKE(personal);
	return 0;
}

void personal_free(struct personal *personal)
{
	if (!personal)
		return;
	map_free(personal->tables);
	arena_free(personal->arena);
	pthread_mutex_destroy(&personal->lock);
	free(personal);
}

static int follow(struct personal *personal, const char *full, const struct followed **out,
		  struct error *err);

static const struct project *project_of(const struct personal *personal)
{
	return context_project(personal->context);
}

static const struct source *find_source(const struct project *project, const char *full)
{
	return text_starts(full, "processing.") ? project_source(project, strchr(full, '.') + 1)
						: NULL;
}

static const struct model *find_model(const struct project *project, const char *full)
{
	const char *dot = strchr(full, '.');
	char database[NAME_FULL_SIZE];
	snprintf(database, sizeof database, "%.*s", (int)(dot - full), full);
	return project_model(project, database, dot + 1);
}

static int make_room(struct personal *personal, struct followed *table, size_t count,
		     struct error *err)
{
	struct arena *arena = personal->arena;
	table->names = arena_alloc_array(arena, count + 1, sizeof *table->names);
	table->columns = arena_alloc_array(arena, count + 1, sizeof *table->columns);
	return table->names && table->columns ? 0 : err_memory(err);
}

/* A contract's columns, and where a row came from. */
static int follow_source(struct personal *personal, const struct source *source,
			 struct followed *table, struct error *err)
{
	static const char *const own[] = {"_file", "_line"};
	TRY(make_room(personal, table, source->column_count + 2, err));
	for (size_t i = 0; i < source->column_count; i++) {
		table->names[table->count] = source->columns[i].name;
		table->columns[table->count++].is_personal = source->columns[i].personal;
	}
	for (size_t i = 0; i < 2 && source->load != LOAD_REPLACE; i++)
		table->names[table->count++] = own[i];
	return 0;
}

/* ---- models ---- */

static int find_for_lineage(void *context, const char *schema, const char *name,
			    const char *const **out_columns, struct error *err)
{
	static const char *const run[] = {"run_id", "business_date", NULL};
	struct personal *personal = context;
	char full[NAME_FULL_SIZE];
	const struct followed *table;
	if (strcmp(schema, "vitrine") == 0) {
		*out_columns = strcmp(name, "run") == 0 ? run : NULL;
		return 1;
	}
	if (!dependencies_resolve(personal->known, schema, name, full))
		return 0;
	TRY(follow(personal, full, &table, err));
	*out_columns = table->names;
	return 1;
}

static bool is_personal_in(const struct followed *table, const char *column)
{
	bool any = strcmp(column, "*") == 0, found = false, is_personal = false;
	for (size_t i = 0; i < table->count; i++) {
		if (!any && strcasecmp(table->names[i], column) != 0)
			continue;
		found = true;
		is_personal |= table->columns[i].is_personal;
	}
	return is_personal || ((any || !found) && table->is_personal);
}

/* Whether any of the mentions is personal, and the mentions as a text. */
static int judge(struct personal *personal, const struct sql_statement *statement,
		 const struct sql_mention *mentions, size_t count, struct personal_column *out,
		 struct error *err)
{
	HELD(text) from = {0};
	text_add(&from, "");
	for (size_t i = 0; i < count; i++) {
		const struct sql_reference *r = &statement->references[mentions[i].reference];
		const struct followed *table = NULL;
		char full[NAME_FULL_SIZE];
		if (dependencies_resolve(personal->known, r->schema, r->name, full))
			TRY(follow(personal, full, &table, err));
		else
			snprintf(full, sizeof full, "%s.%s", r->schema, r->name);
		if (table && !mentions[i].is_counted)
			out->is_personal |= is_personal_in(table, mentions[i].column);
		if (i < FROM_SHOWN_MAX)
			text_addf(&from, mentions[i].is_counted ? "%scount(%s.%s)" : "%s%s.%s",
				  i ? ", " : "", full, mentions[i].column);
	}
	if (count > FROM_SHOWN_MAX)
		text_addf(&from, " and %zu more", count - FROM_SHOWN_MAX);
	TRY(text_check(&from, err));
	out->from = arena_copy_text(personal->arena, from.data);
	return out->from ? 0 : err_memory(err);
}

static int take_columns(struct personal *personal, const struct model *model,
			const struct sql_statement *statement, const struct sql_columns *columns,
			struct followed *table, struct error *err)
{
	struct personal_column any = {0};
	TRY(judge(personal, statement, columns->all, columns->all_count, &any, err));
	table->is_personal = any.is_personal;
	if (columns->is_unsure)
		return 0;
	TRY(make_room(personal, table, columns->count, err));
	for (size_t i = 0; i < columns->count; i++) {
		const struct sql_column *column = &columns->columns[i];
		const struct model_column *said = model_column_named(model, column->name);
		struct personal_column *out = &table->columns[table->count];
		table->names[table->count] = arena_copy_text(personal->arena, column->name);
		if (!table->names[table->count++])
			return err_memory(err);
		TRY(judge(personal, statement, column->mentions, column->mention_count, out, err));
		if (said)
			out->is_personal =
				said->is_personal || (out->is_personal && !said->is_public);
	}
	return 0;
}

static int follow_model(struct personal *personal, const struct model *model,
			struct followed *table, struct error *err)
{
	struct sql_parser *parser;
	struct sql_catalog catalog = {.context = personal, .find = find_for_lineage};
	OWNED(sql_statement) *statement = NULL;
	HELD(sql_columns) columns = {0};
	TRY(context_parser(personal->context, &parser, err));
	TRY(sql_parse(parser, model->sql, &statement, err));
	TRY(sql_lineage(statement, &catalog, &columns, err));
	return take_columns(personal, model, statement, &columns, table, err);
}

static int follow(struct personal *personal, const char *full, const struct followed **out,
		  struct error *err)
{
	const struct project *project = project_of(personal);
	struct followed *table = map_get(personal->tables, full);
	*out = table;
	if (table)
		return 0;
	table = arena_alloc(personal->arena, sizeof *table);
	if (!table)
		return err_memory(err);
	table->is_personal = true;
	TRY(map_put(personal->tables, full, table, err));
	const struct source *source = find_source(project, full);
	const struct model *model = find_model(project, full);
	int result = source  ? follow_source(personal, source, table, err)
		     : model ? follow_model(personal, model, table, err)
			     : 0;
	if (result < 0 && err->kind == ERR_MEMORY)
		return -1;
	if (result < 0)
		*table = (struct followed){.is_personal = true};
	*out = table;
	return 0;
}

static int find(struct personal *personal, const char *full, const char *column,
		struct personal_column *out, struct error *err)
{
	const struct followed *table;
	const struct model *model = find_model(project_of(personal), full);
	const struct model_column *said = model ? model_column_named(model, column) : NULL;
	TRY(follow(personal, full, &table, err));
	for (size_t i = 0; i < table->count; i++)
		if (strcasecmp(table->names[i], column) == 0) {
			*out = table->columns[i];
			return 0;
		}
	*out = (struct personal_column){.is_personal = table->is_personal};
	if (said)
		out->is_personal = said->is_personal || (out->is_personal && !said->is_public);
	return 0;
}

int personal_find(struct personal *personal, const char *full, const char *column,
		  struct personal_column *out, struct error *err)
{
	pthread_mutex_lock(&personal->lock);
	int result = find(personal, full, column, out, err);
	pthread_mutex_unlock(&personal->lock);
	return result;
}
