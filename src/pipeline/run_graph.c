/* SPDX-License-Identifier: Apache-2.0 */
/* run_graph: the project's sources and models as a graph of steps. */
#include "pipeline/run_graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"

static int add_node(struct run_state *state, const struct source *source, const struct model *model,
		    struct error *err)
{
	assert(source || model);
	const char *database = source ? "processing" : model->database;
	const char *name = source ? source->name : model->name;
	char full[NAME_FULL_SIZE];
	snprintf(full, sizeof full, "%s.%s", database, name);
	int place = graph_add_task(state->report->graph, full, err);
	TRY(place);
	struct run_node *node = &state->nodes[state->count++];
	*node = (struct run_node){.source = source, .model = model};
	if (!(node->key = text_format(err, "%s/%s", database, name)))
		return -1;
	const struct words *tags = source ? &source->tags : &model->tags;
	for (size_t i = 0; i < tags->count; i++)
		TRY(graph_add_tag(state->report->graph, (size_t)place, tags->items[i], err));
	TRY(graph_add_tag(state->report->graph, (size_t)place, source ? "source" : database, err));
	return map_put(state->known, full, node, err);
}

static int add_nodes(struct run_state *state, struct error *err)
{
	const struct project *project = context_project(state->context);
	state->nodes =
		mem_alloc_array(project->source_count + project->model_count, sizeof *state->nodes);
	state->known = map_new();
	state->report->graph = graph_new();
	if (!state->nodes || !state->known || !state->report->graph)
		return err_memory(err);
	for (size_t i = 0; i < project->source_count; i++)
		TRY(add_node(state, &project->sources[i], NULL, err));
	for (size_t i = 0; i < project->model_count; i++)
		TRY(add_node(state, NULL, &project->models[i], err));
	for (size_t i = 0; i < state->base->count; i++)
		if (map_find(state->known, state->base->tables[i].name) < 0)
			TRY(map_put(state->known, state->base->tables[i].name, NULL, err));
	return 0;
}

/* A table that a check compares with: read like the model's own tables. */
static int add_check_table(struct run_state *state, struct run_node *node,
			   const struct check *check, const char *own, struct error *err)
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
	return strcmp(full, own) == 0 ? 0 : dependencies_add(&node->reads, full, err);
}

static int add_checks(struct run_state *state, const struct dependencies_source *source,
		      struct run_node *node, const char *own, struct error *err)
{
	const struct checks *checks = node->model ? &node->model->checks : &node->source->checks;
	for (size_t i = 0; i < checks->count; i++)
		if (checks->items[i].table)
			TRY(add_check_table(state, node, &checks->items[i], own, err));
	const struct project *project = context_project(state->context);
	for (size_t i = 0; i < project->check_count; i++) {
		const struct check *check = &project->checks[i];
		if (strcmp(check->table, own) != 0)
			continue;
		HELD(dependencies) found = {0};
		TRY(dependencies_find(source, check->sql, check->file, &found, err));
		for (size_t j = 0; j < found.count; j++)
			if (strcmp(found.names[j], own) != 0)
				TRY(dependencies_add(&node->reads, found.names[j], err));
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
		if (above[i])
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

static int parser_of(void *context, struct sql_parser **out, struct error *err)
{
	return context_parser(context, out, err);
}

int run_graph_build(struct run_state *state, struct error *err)
{
	TRY(add_nodes(state, err));
	TRY(checks_name_tables(state, err));
	struct dependencies_source source = {
		.catalog = context_catalog(state->context),
		.parser = parser_of,
		.context = state->context,
		.tables = state->known,
	};
	for (size_t i = 0; i < state->count; i++) {
		struct run_node *node = &state->nodes[i];
		if (node->model)
			TRY(dependencies_find(&source, node->model->sql, node->model->path,
					      &node->reads, err));
		TRY(add_checks(state, &source, node, graph_name(state->report->graph, i), err));
	}
	return add_edges(state, err);
}
