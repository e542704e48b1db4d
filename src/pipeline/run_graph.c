/* SPDX-License-Identifier: Apache-2.0 */
/* run_graph: the project's sources and models as a graph of steps. */
#include "pipeline/run_graph.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"
#include "pipeline/tables.h"

static int add_table(struct run_state *state, size_t place, const char *database, const char *name,
		     const struct model *model, const struct checks *checks, struct error *err)
{
	struct run_node *node = &state->nodes[place];
	struct run_table *table = &node->tables[node->table_count++];
	*table = (struct run_table){.name = text_format(err, "%s.%s", database, name),
				    .key = text_format(err, "%s/%s", database, name),
				    .model = model,
				    .checks = checks};
	if (!table->name || !table->key)
		return -1;
	if (node->table_count > 1)
		return graph_add_alias(state->report->graph, place, table->name, err);
	return graph_add_task(state->report->graph, table->name, err);
}

static int add_tags(struct run_state *state, size_t place, const struct words *tags,
		    const char *kind, struct error *err)
{
	for (size_t i = 0; i < tags->count; i++)
		TRY(graph_add_tag(state->report->graph, place, tags->items[i], err));
	return graph_add_tag(state->report->graph, place, kind, err);
}

static int add_known(struct run_state *state, size_t place, struct error *err)
{
	struct run_node *node = &state->nodes[place];
	for (size_t i = 0; i < node->table_count; i++)
		TRY(map_put(state->known, node->tables[i].name, node, err));
	return 0;
}

static int add_source(struct run_state *state, const struct source *source, struct error *err)
{
	size_t place = state->count++;
	state->nodes[place].source = source;
	TRY(add_table(state, place, "processing", source->name, NULL, &source->checks, err));
	TRY(add_tags(state, place, &source->tags, "source", err));
	return add_known(state, place, err);
}

static int add_model(struct run_state *state, const struct model *model, struct error *err)
{
	size_t place = state->count++;
	state->nodes[place].model = model;
	TRY(add_table(state, place, model->database, model->name, model, &model->checks, err));
	TRY(add_tags(state, place, &model->tags, model->database, err));
	return add_known(state, place, err);
}

static int add_recommender(struct run_state *state, const struct recommender *recommender,
			   struct error *err)
{
	size_t place = state->count++;
	state->nodes[place].recommender = recommender;
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++) {
		const struct model *model = &recommender->tables[i];
		if (recommender->names[i])
			TRY(add_table(state, place, model->database, model->name, model,
				      &model->checks, err));
	}
	TRY(add_tags(state, place, &recommender->tables[RECOMMENDER_LISTS].tags, "delivery", err));
	return add_known(state, place, err);
}

/* Tables that no file of the project makes, and that a set has. */
static int add_published(struct run_state *state, const struct set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++)
		if (map_find(state->known, set->tables[i].name) < 0)
			TRY(map_put(state->known, set->tables[i].name, NULL, err));
	return 0;
}

static int add_nodes(struct run_state *state, struct error *err)
{
	const struct project *project = context_project(state->context);
	state->nodes = mem_alloc_array(project->source_count + project->model_count,
				       sizeof *state->nodes); /* each recommender makes a model */
	state->known = map_new();
	state->report->graph = graph_new();
	if (!state->nodes || !state->known || !state->report->graph)
		return err_memory(err);
	for (size_t i = 0; i < project->source_count; i++)
		TRY(add_source(state, &project->sources[i], err));
	for (size_t i = 0; i < project->model_count; i++)
		if (!project->models[i].recommender)
			TRY(add_model(state, &project->models[i], err));
	for (size_t i = 0; i < project->recommender_count; i++)
		TRY(add_recommender(state, &project->recommenders[i], err));
	TRY(add_published(state, state->base, err));
	const struct set *other = tables_other(state->tables);
	return other ? add_published(state, other, err) : 0;
}

/* A table that a check compares with: read like the model's own tables. */
static int add_read(struct run_state *state, struct run_node *node, const char *name,
		    struct error *err)
{
	bool is_own = map_get(state->known, name) == node;
	return is_own ? 0 : dependencies_add(&node->reads, name, err);
}

static int add_check_table(struct run_state *state, struct run_node *node,
			   const struct check *check, struct error *err)
{
	char full[NAME_FULL_SIZE];
	const char *dot = strchr(check->table, '.');
	char schema[NAME_FULL_SIZE];
	snprintf(schema, sizeof schema, "%.*s", dot ? (int)(dot - check->table) : 0, check->table);
	if (!dependencies_resolve(state->known, schema, dot ? dot + 1 : check->table, full)) {
		err_set(err, ERR_UNDEFINED,
			"check \"%s\" names the table \"%s\", which does not exist", check->name,
			check->table);
		dependencies_hint(state->known, check->table, err);
		return err_at(err, check->file, check->line, 0);
	}
	return add_read(state, node, full, err);
}

static int add_checks(struct run_state *state, const struct dependencies_source *source,
		      struct run_node *node, const struct run_table *table, struct error *err)
{
	for (size_t i = 0; i < table->checks->count; i++)
		if (table->checks->items[i].table)
			TRY(add_check_table(state, node, &table->checks->items[i], err));
	const struct project *project = context_project(state->context);
	for (size_t i = 0; i < project->check_count; i++) {
		const struct check *check = &project->checks[i];
		if (strcmp(check->table, table->name) != 0)
			continue;
		HELD(dependencies) found = {0};
		TRY(dependencies_find(source, check->sql, check->file, &found, err));
		for (size_t j = 0; j < found.count; j++)
			TRY(add_read(state, node, found.names[j], err));
	}
	return 0;
}

/* Say in which file a cycle begins. */
static int place_cycle(struct run_state *state, struct error *err)
{
	OWNED_MEMORY bool *above = mem_alloc_array(state->count, sizeof *above);
	struct error unused;
	for (size_t i = 0; above && i < state->count; i++) {
		const struct model *model = state->nodes[i].model;
		memset(above, 0, state->count * sizeof *above);
		for (size_t j = 0; model && j < state->nodes[i].reads.count; j++) {
			long read =
				graph_find(state->report->graph, state->nodes[i].reads.names[j]);
			if (read < 0)
				continue;
			above[read] = true;
			if (graph_mark_ancestors(state->report->graph, (size_t)read, above,
						 &unused) < 0)
				return -1;
		}
		if (model && above[i])
			return err_at(err, model->path, model->select_line, 1);
	}
	return -1;
}

static int add_edges(struct run_state *state, struct error *err)
{
	struct graph *graph = state->report->graph;
	for (size_t i = 0; i < state->count; i++)
		for (size_t j = 0; j < state->nodes[i].reads.count; j++) {
			long needed = graph_find(graph, state->nodes[i].reads.names[j]);
			if (needed >= 0)
				TRY(graph_add_need(graph, i, (size_t)needed, err));
		}
	const size_t *order;
	if (graph_order(graph, &order, err) < 0)
		return err->kind == ERR_PROJECT ? place_cycle(state, err) : -1;
	return 0;
}

static int checks_name_tables(const struct run_state *state, struct error *err)
{
	const struct project *project = context_project(state->context);
	for (size_t i = 0; i < project->check_count; i++) {
		const struct check *check = &project->checks[i];
		if (graph_find(state->report->graph, check->table) >= 0)
			continue;
		err_set(err, ERR_UNDEFINED,
			"check \"%s\" is about \"%s\", which no source and no model makes",
			check->name, check->table);
		dependencies_hint(state->known, check->table, err);
		return err_at(err, check->file, check->line, 0);
	}
	return 0;
}

int run_graph_build(struct run_state *state, struct error *err)
{
	TRY(add_nodes(state, err));
	TRY(checks_name_tables(state, err));
	struct dependencies_source source = {
		.context = state->context,
		.tables = state->known,
	};
	for (size_t i = 0; i < state->count; i++) {
		struct run_node *node = &state->nodes[i];
		if (node->model)
			TRY(dependencies_find(&source, node->model->sql, node->model->path,
					      &node->reads, err));
		if (node->recommender)
			TRY(recommender_dependencies(&source, node->recommender, &node->reads,
						     err));
		for (size_t j = 0; j < node->table_count; j++)
			TRY(add_checks(state, &source, node, &node->tables[j], err));
	}
	return add_edges(state, err);
}
