/* SPDX-License-Identifier: Apache-2.0 */
/* graph: tasks and what they need. A task is a name with tags; what it does is the caller's.
 * Building is in two steps: add tasks and edges, then graph_order() proves that there is no cycle
 * and numbers the tasks. After that the graph is only read, from any number of threads. */
#ifndef VITRINE_DAG_GRAPH_H
#define VITRINE_DAG_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

struct error;
struct graph;

/* NULL when memory is refused. Owner: caller, until graph_free(). */
struct graph *graph_new(void);
void graph_free(struct graph *graph);
OWN_DEFINE(graph, graph_free)

/* Add a task; returns its place (0, 1, ...) or negative. The name is copied.
 * Fails: PROJECT when the name is taken, LIMIT, MEMORY. */
int graph_add_task(struct graph *graph, const char *name, struct error *err);
/* Another name of a task, by which it is found and selected: a table that it makes. The same
 * failures. */
int graph_add_alias(struct graph *graph, size_t task, const char *alias, struct error *err);
int graph_add_tag(struct graph *graph, size_t task, const char *tag, struct error *err);
/* `task` needs `needed` to be done before it. Twice the same is once. Fails: MEMORY. */
int graph_add_need(struct graph *graph, size_t task, size_t needed, struct error *err);

size_t graph_count(const struct graph *graph);
const char *graph_name(const struct graph *graph, size_t task);
/* The place of a task by its name or an alias, or -1. */
long graph_find(const struct graph *graph, const char *name);
/* What a task needs directly, and what needs it directly, in the order added. Borrowed. */
const size_t *graph_needs(const struct graph *graph, size_t task, size_t *out_count);
const size_t *graph_needed_by(const struct graph *graph, size_t task, size_t *out_count);

/* All tasks so that each stands behind what it needs; among those that are free the one added
 * first comes first, so the order depends only on how the graph was built. Borrowed.
 * Fails: PROJECT with the cycle written out ("a needs b, b needs c, c needs a"), MEMORY.
 * Source: A. B. Kahn, "Topological sorting of large networks", 1962. */
int graph_order(struct graph *graph, const size_t **out_order, struct error *err);

/* Mark in `marks` (graph_count() entries, kept where already true) all that `task` needs, however
 * far (graph_mark_ancestors), or all that needs it (graph_mark_descendants); not itself.
 * Fails: MEMORY. */
int graph_mark_ancestors(const struct graph *graph, size_t task, bool *marks, struct error *err);
int graph_mark_descendants(const struct graph *graph, size_t task, bool *marks, struct error *err);

/* Mark what a person selects: names separated by commas or spaces, each "name", "name+" (and all
 * that needs it), "+name" (and all it needs), "+name+", "tag:word" with the same signs. A name
 * without a schema means the one task whose name or alias ends in ".name".
 * Fails: NOT_FOUND (no such task or tag, the nearest as hint; a short name that fits two tasks,
 * both named), USAGE (an empty selection), MEMORY. */
int graph_select(const struct graph *graph, const char *selection, bool *marks, struct error *err);

#endif
