/* SPDX-License-Identifier: Apache-2.0 */
/* bind: before anything runs, every SELECT is held against the columns that the tables it reads
 * will have when its step comes, so that a misspelt column stops a run at its beginning and not in
 * its middle.
 *
 * Goes through the steps in the order of the graph, with tables that have columns and no rows. A
 * source's columns are those of its contract and what drift added to its table; a step that is not
 * selected has those of its published table. What a step's texts gave is kept in the lineage cache
 * by the hash of all that it depends on. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "catalog/lineage.h"
#include "dag/graph.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/check_sql.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/tables.h"

/* What was cached in another form is not read. */
static const char CACHE_FORMAT[] = "columns 2";

/* One step while it is bound. */
struct binding {
	struct run_state *state;
	size_t place;
	struct run_node *node;
	const char *name;                  /* "processing.orders" */
	const struct delta_schema *before; /* of the published table; NULL = none */
	const struct checks *checks;
	struct delta_schema columns;
	struct text texts; /* all that its columns and checks depend on */
	struct engine_session *session;
};

static void binding_done(struct binding *b)
{
	delta_schema_done(&b->columns);
	text_done(&b->texts);
	if (b->session)
		run_close_session(b->state, b->place, b->session);
}
OWN_DEFINE_EMBEDDED(binding, binding_done)

/* ---- columns ---- */

int run_columns_of(struct run_state *state, const char *name, const struct delta_schema **out,
		   struct error *err)
{
	const struct run_node *node = map_get(state->known, name);
	struct table_input input;
	if (node && node->columns.count) {
		*out = &node->columns;
		return 1;
	}
	int found = tables_get_input(state->tables, name, &input, err);
	if (found == 1)
		*out = delta_snapshot_schema(input.snapshot);
	return found;
}

static int describes_only_what_is_there(const struct model *model,
					const struct delta_schema *columns, struct error *err)
{
	for (size_t i = 0; i < model->column_count; i++) {
		if (delta_schema_find(columns, model->columns[i].name))
			continue;
		err_set(err, ERR_PROJECT,
			"the comment describes a column \"%s\" that the SELECT does not give",
			model->columns[i].name);
		return err_at(err, model->path, model->columns[i].line, 0);
	}
	return 0;
}

static int replace(char **text, const char *with, struct error *err)
{
	char *copy = mem_copy_text(with);
	if (!copy)
		return err_memory(err);
	free(*text);
	*text = copy;
	return 0;
}

int run_model_columns(const struct model *model, const struct delta_schema *before,
		      struct delta_schema *columns, struct error *err)
{
	for (size_t i = 0; i < columns->count; i++) {
		struct delta_column *column = &columns->columns[i];
		const struct model_column *declared = model_column_named(model, column->name);
		const struct delta_column *published =
			before ? delta_schema_find(before, column->name) : NULL;
		char type[COLUMN_TYPE_SIZE];
		if (declared && declared->is_typed)
			TRY(replace(&column->type, column_type_delta(declared->type, type), err));
		else if (published)
			TRY(replace(&column->type, published->type, err));
		TRY(replace(&column->comment, declared ? declared->description : "", err));
	}
	return describes_only_what_is_there(model, columns, err);
}

/* Of a source: its contract's columns, and those that drift added. */
static int find_source_columns(struct binding *b, struct error *err)
{
	const struct source *source = b->node->source;
	TRY(source_to_schema(source, &b->columns, err));
	bool keeps = b->before && source->drift.new_column == DRIFT_EVOLVE;
	for (size_t i = 0; keeps && i < b->before->count; i++) {
		const struct delta_column *column = &b->before->columns[i];
		if (column->name[0] != '_' && !delta_schema_find(&b->columns, column->name))
			TRY(delta_schema_add(&b->columns, column->name, "string", column->comment,
					     err));
	}
	return run_mark_personal(b->state, b->name, &b->columns, err);
}

/* ---- the session ---- */

static int show(struct binding *b, const char *name, const struct delta_schema *columns,
		struct error *err)
{
	const char *dot = strchr(name, '.');
	OWNED_MEMORY char *database = mem_copy_bytes(name, (size_t)(dot - name));
	if (!database)
		return err_memory(err);
	return engine_session_add_output(b->session, database, dot + 1,
					 context_store(b->state->context), NULL, columns, NULL, 0,
					 err);
}

/* Show what the step reads, without rows. 1, or 0 when of some table nothing is known yet. */
static int show_reads(struct binding *b, struct error *err)
{
	const struct dependencies *reads = &b->node->reads;
	for (size_t i = 0; i < reads->count; i++) {
		const struct delta_schema *columns = NULL;
		int known = run_columns_of(b->state, reads->names[i], &columns, err);
		if (known <= 0)
			return known;
		TRY(show(b, reads->names[i], columns, err));
	}
	if (reads->reads_run)
		TRY(run_show_run(b->state, b->session, err));
	return 1;
}

/* ---- binding ---- */

/* A new column comes with the file that has it. */
static void hint_at_drift(const struct binding *b, struct error *err)
{
	for (size_t i = 0; i < b->node->reads.count; i++) {
		const struct run_node *read = map_get(b->state->known, b->node->reads.names[i]);
		if (*err->hint || !read || !read->source ||
		    read->source->drift.new_column != DRIFT_EVOLVE)
			continue;
		error_hint(err, "If a file that is not loaded yet brings it: `vitrine land %s`.",
			   read->source->name);
	}
}

static int bind_select(struct binding *b, struct error *err)
{
	const struct model *model = b->node->model;
	if (engine_session_describe(b->session, model->sql, &b->columns, err) < 0) {
		hint_at_drift(b, err);
		return err_at(err, model->path, err->line, err->column);
	}
	TRY(run_model_columns(model, b->before, &b->columns, err));
	return run_mark_personal(b->state, b->name, &b->columns, err);
}

/* The check's SELECT, so that it can stand in parentheses. */
static int check_text(const struct check *check, const char *table, struct text *out,
		      struct error *err)
{
	text_clear(out);
	TRY(check_sql(check, table, &check_past_any, out, err));
	while (out->len > 0 && strchr("; \t\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return text_check(out, err);
}

static int bind_check(struct binding *b, const struct check *check, struct error *err)
{
	HELD(text) sql = {0};
	HELD(text) whole = {0};
	HELD(delta_schema) unused = {0};
	TRY(check_text(check, b->name, &sql, err));
	if (!sql.len)
		return 0;
	text_addf(&whole, "select 1 as one from (\n%s\n)", sql.data);
	TRY(text_check(&whole, err));
	if (engine_session_describe(b->session, whole.data, &unused, err) == 0)
		return 0;
	bool is_file = check->kind == CHECK_SQL && err->line > 1;
	int line = is_file ? err->line - 1 : check->line, column = is_file ? err->column : 0;
	err_within(err, "check \"%s\" of %s cannot be run", check->name, b->name);
	return err_at(err, check->file, line, column);
}

/* Call `each` for every check that is about the step's table. */
static int each_check(struct binding *b,
		      int (*each)(struct binding *b, const struct check *check, struct error *err),
		      struct error *err)
{
	const struct project *project = context_project(b->state->context);
	if (b->node->recommender) /* what it makes is known when it has learnt */
		return 0;
	for (size_t i = 0; i < b->checks->count; i++)
		TRY(each(b, &b->checks->items[i], err));
	for (size_t i = 0; i < project->check_count; i++)
		if (strcmp(project->checks[i].table, b->name) == 0)
			TRY(each(b, &project->checks[i], err));
	return 0;
}

/* The SELECTs of a recommender's inputs. Its own columns stay unknown: readers of what was
 * published see that. */
static int bind_inputs(struct binding *b, struct error *err)
{
	const struct recommender *recommender = b->node->recommender;
	for (int i = 0; i < RECOMMENDER_INPUTS; i++) {
		HELD(delta_schema) unused = {0};
		if (!recommender->inputs[i].is_given)
			continue;
		OWNED_MEMORY char *sql = recommender_input_sql(recommender, i, err);
		if (!sql)
			return -1;
		if (engine_session_describe(b->session, sql, &unused, err) < 0)
			return recommender_input_error(recommender, i, err);
	}
	return 1;
}

static int bind(struct binding *b, struct error *err)
{
	TRY(run_open_session(b->state, b->place, &b->session, err));
	int known = show_reads(b, err);
	if (known <= 0)
		return known;
	if (b->node->recommender)
		return bind_inputs(b, err);
	if (b->node->model)
		TRY(bind_select(b, err));
	TRY(audit_columns_exist(b->state, b->name, b->checks, &b->columns, err));
	TRY(show(b, b->name, &b->columns, err));
	TRY(each_check(b, bind_check, err));
	return 1;
}

/* ---- what is remembered ---- */

static int add_check_text(struct binding *b, const struct check *check, struct error *err)
{
	HELD(text) sql = {0};
	TRY(check_text(check, b->name, &sql, err));
	text_addf(&b->texts, "check %s %s:%d\n%s\n", check->name, check->file, check->line,
		  sql.len ? sql.data : "");
	return 0;
}

static int add_inputs_text(struct binding *b, struct error *err)
{
	for (int i = 0; i < RECOMMENDER_INPUTS; i++) {
		if (!b->node->recommender->inputs[i].is_given)
			continue;
		OWNED_MEMORY char *sql = recommender_input_sql(b->node->recommender, i, err);
		if (!sql)
			return -1;
		text_addf(&b->texts, "%s;\n", sql);
	}
	return 0;
}

/* The hash of all that binding depends on. 0 when of a table that is read nothing is known. */
static int find_hash(struct binding *b, const struct delta_schema *before, char out[HASH_HEX_SIZE],
		     struct error *err)
{
	struct text *t = &b->texts;
	const struct delta_schema *columns = NULL;
	text_clear(t);
	text_addf(t, "%s %s\n", b->name, context_engine_version(b->state->context));
	if (before)
		delta_schema_write(before, t);
	if (b->node->recommender)
		TRY(add_inputs_text(b, err));
	else if (b->node->model)
		text_add(t, b->node->model->sql);
	else
		delta_schema_write(&b->columns, t);
	TRY(each_check(b, add_check_text, err));
	for (size_t i = 0; i < b->node->reads.count; i++) {
		int known = run_columns_of(b->state, b->node->reads.names[i], &columns, err);
		if (known <= 0)
			return known;
		text_addf(t, "\nreads %s ", b->node->reads.names[i]);
		delta_schema_write(columns, t);
	}
	TRY(text_check(t, err));
	TRY(hash_of_bytes(t->data, t->len, out, err));
	return 1;
}

/* Also for when the table has been published with these columns: so the next run binds nothing. */
static int remember(struct binding *b, const char *hash, struct error *err)
{
	HELD(text) t = {0};
	char later[HASH_HEX_SIZE];
	struct catalog *catalog = context_catalog(b->state->context);
	struct error unused; /* a cache that cannot be written costs time, nothing else */
	delta_schema_write(&b->columns, &t);
	TRY(text_check(&t, err));
	TRY(find_hash(b, &b->columns, later, err));
	(void)catalog_lineage_put(catalog, hash, CACHE_FORMAT, NULL, t.data, &unused);
	(void)catalog_lineage_put(catalog, later, CACHE_FORMAT, NULL, t.data, &unused);
	return 0;
}

static int recall(struct binding *b, const char *hash, struct error *err)
{
	OWNED_MEMORY char *references = NULL, *columns = NULL;
	int known = catalog_lineage_get(context_catalog(b->state->context), hash, CACHE_FORMAT,
					&references, &columns, err);
	if (known <= 0 || !columns)
		return known < 0 ? known : 0;
	delta_schema_done(&b->columns);
	b->columns = (struct delta_schema){0};
	TRY(delta_schema_parse(columns, &b->columns, err));
	return 1;
}

/* ---- the steps ---- */

static int bind_step(struct binding *b, struct error *err)
{
	char hash[HASH_HEX_SIZE];
	if (b->node->source)
		TRY(find_source_columns(b, err));
	int known = find_hash(b, b->before, hash, err);
	if (known <= 0)
		return known;
	int same = recall(b, hash, err);
	if (same != 0)
		return same < 0 ? same : 0;
	known = bind(b, err);
	return known <= 0 ? known : remember(b, hash, err);
}

static int bind_node(struct run_state *state, size_t place, struct error *err)
{
	struct run_node *node = &state->nodes[place];
	const struct delta_snapshot *published;
	HELD(binding)
	b = {.state = state,
	     .place = place,
	     .node = node,
	     .name = graph_name(state->report->graph, place),
	     .checks = node->tables[0].checks};
	if (!state->wanted[place]) /* what is published is what will be read */
		return 0;
	int found = tables_get(state->tables, b.name, &published, err);
	TRY(found);
	if (found && !node->recommender)
		b.before = delta_snapshot_schema(published);
	TRY(bind_step(&b, err));
	node->columns = b.columns;
	b.columns = (struct delta_schema){0};
	return 0;
}

int run_bind(struct run_state *state, struct error *err)
{
	const size_t *order;
	TRY(graph_order(state->report->graph, &order, err));
	for (size_t i = 0; i < state->count; i++)
		TRY(bind_node(state, order[i], err));
	return 0;
}
