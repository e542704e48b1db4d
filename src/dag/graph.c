/* SPDX-License-Identifier: Apache-2.0 */
/* graph: tasks by place, edges in both directions as growing arrays of places. Selecting by what a
 * person writes is in select.c. */
#include "dag/graph.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "dag/graph_parts.h"

enum { CYCLE_SHOWN_MAX = 12 };

struct graph *graph_new(void)
{
	struct graph *graph = mem_alloc(sizeof *graph);
	if (!graph)
		return NULL;
	graph->names = map_new();
	graph->aliases = map_new();
	if (!graph->names || !graph->aliases) {
		graph_free(graph);
		return NULL;
	}
	return graph;
}

void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->count; i++) {
		struct graph_task *task = &graph->tasks[i];
		for (size_t j = 0; j < task->tag_count; j++)
			free(task->tags[j]);
		free(task->tags);
		free(task->needs.items);
		free(task->needed_by.items);
	}
	free(graph->tasks);
	free(graph->order);
	map_free(graph->names);
	map_free(graph->aliases);
	free(graph);
}

/* ---- building ---- */

static int check_free(const struct graph *graph, const char *name, struct error *err)
{
	if (graph_find(graph, name) < 0)
		return 0;
	return err_set(err, ERR_PROJECT, "there are two steps called \"%s\"", name);
}

int graph_add_task(struct graph *graph, const char *name, struct error *err)
{
	TRY(check_free(graph, name, err));
	if (graph->count == GRAPH_TASKS_MAX)
		return err_set(err, ERR_LIMIT, "more than %d steps", GRAPH_TASKS_MAX);
	TRY(mem_grow(&graph->tasks, &graph->capacity, graph->count + 1, sizeof *graph->tasks, err));
	TRY(map_put(graph->names, name, NULL, err));
	graph->is_ordered = false;
	graph->tasks[graph->count] = (struct graph_task){0};
	return (int)graph->count++;
}

int graph_add_alias(struct graph *graph, size_t task, const char *alias, struct error *err)
{
	TRY(check_free(graph, alias, err));
	return map_put(graph->aliases, alias, (void *)(task + 1), err);
}

int graph_add_tag(struct graph *graph, size_t task, const char *tag, struct error *err)
{
	struct graph_task *t = &graph->tasks[task];
	TRY(mem_grow(&t->tags, &t->tag_capacity, t->tag_count + 1, sizeof *t->tags, err));
	char *copy = mem_copy_text(tag);
	if (!copy)
		return err_memory(err);
	t->tags[t->tag_count++] = copy;
	return 0;
}

static bool holds(const struct graph_places *places, size_t place)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->items[i] == place)
			return true;
	return false;
}

static int make_room(struct graph_places *places, struct error *err)
{
	return mem_grow(&places->items, &places->capacity, places->count + 1, sizeof *places->items,
			err);
}

int graph_add_need(struct graph *graph, size_t task, size_t needed, struct error *err)
{
	struct graph_places *needs = &graph->tasks[task].needs;
	struct graph_places *needed_by = &graph->tasks[needed].needed_by;
	if (holds(needs, needed))
		return 0;
	TRY(make_room(needs, err));
	TRY(make_room(needed_by, err));
	needs->items[needs->count++] = needed;
	needed_by->items[needed_by->count++] = task;
	graph->is_ordered = false;
	return 0;
}

/* ---- reading ---- */

size_t graph_count(const struct graph *graph)
{
	return graph->count;
}

const char *graph_name(const struct graph *graph, size_t task)
{
	return map_key_at(graph->names, task);
}

long graph_find(const struct graph *graph, const char *name)
{
	long place = (long)map_find(graph->names, name);
	return place >= 0 ? place : (long)(uintptr_t)map_get(graph->aliases, name) - 1;
}

const size_t *graph_needs(const struct graph *graph, size_t task, size_t *out_count)
{
	*out_count = graph->tasks[task].needs.count;
	return graph->tasks[task].needs.items;
}

const size_t *graph_needed_by(const struct graph *graph, size_t task, size_t *out_count)
{
	*out_count = graph->tasks[task].needed_by.count;
	return graph->tasks[task].needed_by.items;
}

/* ---- the order ---- */

/* A binary heap of places, the smallest on top. */
struct heap {
	size_t *items;
	size_t count;
};

static void heap_push(struct heap *heap, size_t place)
{
	size_t at = heap->count++;
	for (; at > 0 && heap->items[(at - 1) / 2] > place; at = (at - 1) / 2)
		heap->items[at] = heap->items[(at - 1) / 2];
	heap->items[at] = place;
}

static size_t heap_pop(struct heap *heap)
{
	size_t top = heap->items[0];
	size_t last = heap->items[--heap->count];
	size_t at = 0;
	for (size_t child; (child = 2 * at + 1) < heap->count; at = child) {
		if (child + 1 < heap->count && heap->items[child + 1] < heap->items[child])
			child++;
		if (heap->items[child] >= last)
			break;
		heap->items[at] = heap->items[child];
	}
	heap->items[at] = last;
	return top;
}

static size_t first_open(const struct graph *graph, const size_t *open, size_t task)
{
	const struct graph_places *needs = &graph->tasks[task].needs;
	size_t i = 0;
	while (!open[needs->items[i]])
		i++;
	return needs->items[i];
}

/* Follow the first open need again and again: since every task left has one, the walk must come
 * back to where it has been. */
static int refuse_cycle(const struct graph *graph, const size_t *open, struct error *err)
{
	OWNED_MEMORY bool *seen = mem_alloc_array(graph->count, sizeof *seen);
	if (!seen)
		return err_memory(err);
	size_t at = 0;
	while (!open[at])
		at++;
	while (!seen[at]) {
		seen[at] = true;
		at = first_open(graph, open, at);
	}
	size_t first = at, len = 0; /* the message begins with the task added first */
	for (size_t i = first_open(graph, open, at); i != at; i = first_open(graph, open, i))
		first = i < first ? i : first;
	at = first;
	HELD(text) cycle = {0};
	do {
		size_t next = first_open(graph, open, at);
		if (++len <= CYCLE_SHOWN_MAX)
			text_addf(&cycle, "%s%s needs %s", len > 1 ? ", " : "",
				  graph_name(graph, at), graph_name(graph, next));
		at = next;
	} while (at != first);
	if (len > CYCLE_SHOWN_MAX)
		text_addf(&cycle, ", and so on through %zu steps", len);
	TRY(text_check(&cycle, err));
	return err_set(err, ERR_PROJECT, "a cycle: %s", cycle.data);
}

int graph_order(struct graph *graph, const size_t **out_order, struct error *err)
{
	*out_order = graph->order;
	if (graph->is_ordered)
		return 0;
	OWNED_MEMORY size_t *order = mem_alloc_array(graph->count, sizeof *order);
	OWNED_MEMORY size_t *open = mem_alloc_array(graph->count, sizeof *open);
	OWNED_MEMORY size_t *room = mem_alloc_array(graph->count, sizeof *room);
	if (!order || !open || !room)
		return err_memory(err);
	struct heap heap = {room, 0};
	for (size_t i = 0; i < graph->count; i++) {
		open[i] = graph->tasks[i].needs.count;
		if (!open[i])
			heap_push(&heap, i);
	}
	size_t done = 0;
	while (heap.count > 0) {
		size_t task = order[done++] = heap_pop(&heap);
		const struct graph_places *after = &graph->tasks[task].needed_by;
		for (size_t i = 0; i < after->count; i++)
			if (--open[after->items[i]] == 0)
				heap_push(&heap, after->items[i]);
	}
	if (done < graph->count)
		return refuse_cycle(graph, open, err);
	free(graph->order);
	*out_order = graph->order = TAKE(order);
	graph->is_ordered = true;
	return 0;
}

/* ---- what hangs on what ---- */

static int mark_all(const struct graph *graph, size_t task, bool up, bool *marks, struct error *err)
{
	/* `seen` apart from `marks`: what is marked already may not have been walked through. */
	OWNED_MEMORY bool *seen = mem_alloc_array(graph->count, sizeof *seen);
	OWNED_MEMORY size_t *stack = mem_alloc_array(graph->count, sizeof *stack);
	if (!seen || !stack)
		return err_memory(err);
	size_t depth = 0;
	stack[depth++] = task;
	seen[task] = true;
	while (depth > 0) {
		const struct graph_task *t = &graph->tasks[stack[--depth]];
		const struct graph_places *next = up ? &t->needs : &t->needed_by;
		for (size_t i = 0; i < next->count; i++) {
			size_t place = next->items[i];
			if (seen[place])
				continue;
			seen[place] = marks[place] = true;
			stack[depth++] = place;
		}
	}
	return 0;
}

int graph_mark_ancestors(const struct graph *graph, size_t task, bool *marks, struct error *err)
{
	return mark_all(graph, task, true, marks, err);
}

int graph_mark_descendants(const struct graph *graph, size_t task, bool *marks, struct error *err)
{
	return mark_all(graph, task, false, marks, err);
}
