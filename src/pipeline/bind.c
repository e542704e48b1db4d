/* SPDX-License-Identifier: Apache-2.0 */
/* bind: before anything runs, every SELECT is held against the columns that the tables it reads
 * will have when its step comes, so that a misspelt column stops a run at its beginning and not in
 * its middle.
 *
 * Goes through the steps as the graph orders them, side by side, with tables that have columns and
 * no rows. A source's columns are those of its contract and what drift added to its table; a step
 * that is not selected has those of its published table. What a step's texts gave is kept in the
 * lineage cache by the hash of all that it depends on. Of several errors the one told is that of
 * the first step in the graph's order, however many threads there are. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "catalog/lineage.h"
#include "dag/graph.h"
#include "dag/run.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/bind_session.h"
#include "pipeline/context.h"
#include "pipeline/recommend_show.h"
#include "pipeline/run_state.h"
#include "pipeline/tables.h"

/* What was cached in another form is not read. */
static const char CACHE_FORMAT[] = "columns 3";

/* One step while it is bound. */
struct binding {
	struct run_state *state;
	struct bind_pool *pool;
	struct run_node *node;
	/* Of the tables as published; NULL = none. */
	const struct delta_schema *before[RECOMMENDER_TABLES];
	struct text texts; /* all that its columns and checks depend on */
	struct bind_session *session;
};

static void binding_done(struct binding *b)
{
	text_done(&b->texts);
	if (b->session)
		bind_pool_give(b->pool, b->session);
}
OWN_DEFINE_EMBEDDED(binding, binding_done)

/* ---- columns ---- */

int run_columns_of(struct run_state *state, const char *name, const struct delta_schema **out,
		   struct error *err)
{
	const struct run_node *node = map_get(state->known, name);
	struct table_input input;
	for (size_t i = 0; node && i < node->table_count; i++)
		if (node->tables[i].columns.count && strcmp(node->tables[i].name, name) == 0) {
			*out = &node->tables[i].columns;
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

static int is_partitioned_by_what_is_there(const struct model *model,
					   const struct delta_schema *columns, struct error *err)
{
	for (size_t i = 0; i < model->partition_by.count; i++) {
		if (delta_schema_find(columns, model->partition_by.items[i]))
			continue;
		err_set(err, ERR_PROJECT,
			"partition_by names a column \"%s\" that the SELECT does not give",
			model->partition_by.items[i]);
		return err_at(err, model->path, 0, 0);
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
	TRY(is_partitioned_by_what_is_there(model, columns, err));
	return describes_only_what_is_there(model, columns, err);
}

/* Of a source: its contract's columns, and those that drift added. */
static int find_source_columns(struct binding *b, struct error *err)
{
	const struct source *source = b->node->source;
	const struct delta_schema *before = b->before[0];
	struct run_table *table = &b->node->tables[0];
	TRY(source_to_schema(source, &table->columns, err));
	bool keeps = before && source->drift.new_column == DRIFT_EVOLVE;
	for (size_t i = 0; keeps && i < before->count; i++) {
		const struct delta_column *column = &before->columns[i];
		if (column->name[0] != '_' && !delta_schema_find(&table->columns, column->name))
			TRY(delta_schema_add(&table->columns, column->name, "string",
					     column->comment, err));
	}
	return run_mark_personal(b->state, table->name, &table->columns, err);
}

/* ---- binding ---- */

/* Show what the step reads, without rows. 1, or 0 when of some table nothing is known yet. */
static int show_reads(struct binding *b, struct error *err)
{
	const struct dependencies *reads = &b->node->reads;
	for (size_t i = 0; i < reads->count; i++) {
		const struct delta_schema *columns = NULL;
		int known = run_columns_of(b->state, reads->names[i], &columns, err);
		if (known <= 0)
			return known;
		TRY(bind_session_show(b->session, reads->names[i], columns, err));
	}
	if (reads->reads_run)
		TRY(bind_session_show_run(b->session, b->state, err));
	return 1;
}

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

static int table_error(const struct run_table *table, struct error *err)
{
	const struct recommender *recommender = table->model->recommender;
	error_at(err, PROJECT_FILE, recommender->line, recommender->column);
	return err_within(err, "%s of recommender \"%s\"", table->name, recommender->name);
}

/* The SELECT of a table that has one. */
static int bind_select(struct binding *b, size_t place, struct error *err)
{
	struct run_table *table = &b->node->tables[place];
	const struct model *model = table->model;
	if (!model)
		return 0;
	if (engine_session_describe(b->session->engine, model->sql, &table->columns, err) < 0) {
		hint_at_drift(b, err);
		if (model->recommender) /* a text of ours, whose lines nobody can look at */
			return table_error(table, err);
		return err_at(err, model->path, err->line, err->column);
	}
	TRY(run_model_columns(model, b->before[place], &table->columns, err));
	return run_mark_personal(b->state, table->name, &table->columns, err);
}

/* The SELECTs of a recommender's inputs; then what it finds is shown, which its tables read. */
static int bind_inputs(struct binding *b, struct error *err)
{
	const struct recommender *recommender = b->node->recommender;
	for (int i = 0; recommender && i < RECOMMENDER_INPUTS; i++) {
		HELD(delta_schema) unused = {0};
		if (!recommender->inputs[i].is_given)
			continue;
		OWNED_MEMORY char *sql = recommender_input_sql(recommender, i, err);
		if (!sql)
			return -1;
		if (engine_session_describe(b->session->engine, sql, &unused, err) < 0)
			return recommender_input_error(recommender, i, err);
	}
	return recommender ? recommend_show_none(recommender, b->session->engine, err) : 0;
}

static int bind_table_checks(struct binding *b, const struct run_table *table, struct error *err)
{
	TRY(audit_columns_exist(b->state, table->name, table->checks, &table->columns, err));
	return bind_checks(b->session, b->state, table, err);
}

/* 1, or 0 when of a table that is read nothing is known. */
static int bind(struct binding *b, struct error *err)
{
	struct run_node *node = b->node;
	TRY(bind_pool_take(b->pool, &b->session, err));
	int known = show_reads(b, err);
	if (known <= 0)
		return known;
	TRY(bind_inputs(b, err));
	for (size_t i = 0; i < node->table_count; i++)
		TRY(bind_select(b, i, err));
	for (size_t i = 0; i < node->table_count; i++)
		TRY(bind_session_show(b->session, node->tables[i].name, &node->tables[i].columns,
				      err));
	for (size_t i = 0; i < node->table_count; i++)
		TRY(bind_table_checks(b, &node->tables[i], err));
	return 1;
}

/* ---- what is remembered ---- */

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

/* What makes a table's columns, and the checks about it. */
static int add_table_text(struct binding *b, const struct run_table *table,
			  const struct delta_schema *before, struct error *err)
{
	struct text *t = &b->texts;
	HELD(text) sql = {0};
	const struct check *check;
	text_addf(t, "%s\n", table->name);
	if (before)
		delta_schema_write(before, t);
	if (table->model)
		text_add(t, table->model->sql);
	else
		delta_schema_write(&table->columns, t);
	for (size_t i = 0; (check = run_check_at(b->state, table, i)); i++) {
		TRY(bind_check_text(check, table->name, &sql, err));
		text_addf(t, "check %s %s:%d\n%s\n", check->name, check->file, check->line,
			  sql.len ? sql.data : "");
	}
	return 0;
}

/* The hash of all that binding depends on: before the run, or once the tables have been published
 * with the columns they will have. 0 when of a table that is read nothing is known. */
static int find_hash(struct binding *b, bool later, char out[HASH_HEX_SIZE], struct error *err)
{
	struct text *t = &b->texts;
	const struct delta_schema *columns = NULL;
	text_clear(t);
	text_addf(t, "%s\n", context_engine_version(b->state->context));
	if (b->node->recommender)
		TRY(add_inputs_text(b, err));
	for (size_t i = 0; i < b->node->table_count; i++) {
		const struct run_table *table = &b->node->tables[i];
		TRY(add_table_text(b, table, later ? &table->columns : b->before[i], err));
	}
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

/* A line a table. Also for when they have been published with these columns: so the next run binds
 * nothing. */
static int remember(struct binding *b, const char *hash, struct error *err)
{
	HELD(text) t = {0};
	char later[HASH_HEX_SIZE];
	struct catalog *catalog = context_catalog(b->state->context);
	struct error unused; /* a cache that cannot be written costs time, nothing else */
	for (size_t i = 0; i < b->node->table_count; i++) {
		delta_schema_write(&b->node->tables[i].columns, &t);
		text_add_char(&t, '\n');
	}
	TRY(text_check(&t, err));
	TRY(find_hash(b, true, later, err));
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
	char *line = columns;
	for (size_t i = 0; i < b->node->table_count; i++) {
		struct delta_schema *schema = &b->node->tables[i].columns;
		char *end = line + strcspn(line, "\n");
		char *next = end + (*end != '\0');
		*end = '\0';
		delta_schema_done(schema);
		*schema = (struct delta_schema){0};
		TRY(delta_schema_parse(line, schema, err));
		line = next;
	}
	return 1;
}

/* ---- the steps ---- */

static int find_before(struct binding *b, struct error *err)
{
	for (size_t i = 0; i < b->node->table_count; i++) {
		const struct delta_snapshot *published;
		int found = tables_get(b->state->tables, b->node->tables[i].name, &published, err);
		TRY(found);
		if (found)
			b->before[i] = delta_snapshot_schema(published);
	}
	return 0;
}

struct binder {
	struct run_state *state;
	struct bind_pool *pool;
};

static int bind_step(void *context, size_t place, struct error *err)
{
	const struct binder *binder = context;
	char hash[HASH_HEX_SIZE];
	HELD(binding)
	b = {.state = binder->state, .pool = binder->pool, .node = &binder->state->nodes[place]};
	TRY(find_before(&b, err));
	if (b.node->source)
		TRY(find_source_columns(&b, err));
	int known = find_hash(&b, false, hash, err);
	if (known <= 0)
		return known;
	int same = recall(&b, hash, err);
	if (same != 0)
		return same < 0 ? same : 0;
	known = bind(&b, err);
	return known <= 0 ? known : remember(&b, hash, err);
}

/* The first failure in the order of the graph: what one thread alone would have met. */
static int first_failure(const struct run_state *state, const struct dag_result *result,
			 struct error *err)
{
	const size_t *order;
	if (result->was_canceled)
		return err_set(err, ERR_CANCELED, "interrupted; nothing was published");
	TRY(graph_order(state->report->graph, &order, err));
	for (size_t i = 0; i < result->count; i++)
		if (result->tasks[order[i]].state == DAG_FAILED) {
			*err = *result->tasks[order[i]].err;
			return -1;
		}
	return 0;
}

int run_bind(struct run_state *state, struct error *err)
{
	HELD(bind_pool) pool;
	HELD(dag_result) result = {0};
	bind_pool_init(&pool, state);
	struct binder binder = {state, &pool};
	struct dag_settings settings = {
		.threads = run_threads(state),
		.selected = state->wanted, /* of others what is published is what will be read */
		.context = &binder,
		.work = bind_step,
	};
	TRY(dag_run(state->report->graph, &settings, &result, err));
	return first_failure(state, &result, err);
}
