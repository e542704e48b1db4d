/* SPDX-License-Identifier: Apache-2.0 */
/* graph_parts: what a graph is made of; for graph.c and select.c alone. */
#ifndef VITRINE_DAG_GRAPH_PARTS_H
#define VITRINE_DAG_GRAPH_PARTS_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct graph_places {
	size_t *items;
	size_t count, capacity;
};

struct graph_task {
	struct graph_places needs, needed_by;
	char **tags;
	size_t tag_count, tag_capacity;
};

/* A task's name is the key of `names` at the same place; `aliases` holds places + 1. */
struct graph {
	struct graph_task *tasks;
	size_t count, capacity;
	struct map *names, *aliases;
	size_t *order; /* valid while is_ordered */
	bool is_ordered;
};

#endif
