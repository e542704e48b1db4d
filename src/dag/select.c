/* SPDX-License-Identifier: Apache-2.0 */
/* select: "model+", "+model", "tag:word": what a person writes to choose tasks of a graph. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "dag/graph.h"
#include "dag/graph_parts.h"

#define TAG_PREFIX "tag:"

static const char *short_name(const char *name)
{
	const char *dot = strrchr(name, '.');
	return dot ? dot + 1 : name;
}

/* One selected task, and what the signs around its name add. */
static int mark_task(const struct graph *graph, size_t task, bool with_needed, bool with_needing,
		     bool *marks, struct error *err)
{
	marks[task] = true;
	if (with_needed)
		TRY(graph_mark_ancestors(graph, task, marks, err));
	return with_needing ? graph_mark_descendants(graph, task, marks, err) : 0;
}

/* All names and aliases: entry i < graph->count is task i's own. */
static size_t name_count(const struct graph *graph)
{
	return graph->count + map_count(graph->aliases);
}

static const char *name_at(const struct graph *graph, size_t i)
{
	return i < graph->count ? graph_name(graph, i)
				: map_key_at(graph->aliases, i - graph->count);
}

static int refuse_name(const struct graph *graph, const char *name, struct error *err)
{
	size_t count = name_count(graph);
	OWNED_MEMORY const char **words = mem_alloc_array(count + 1, sizeof *words);
	if (!words)
		return err_memory(err);
	bool is_short = !strchr(name, '.');
	for (size_t i = 0; i < count; i++)
		words[i] = is_short ? short_name(name_at(graph, i)) : name_at(graph, i);
	const char *nearest = text_nearest(name, words);
	err_set(err, ERR_NOT_FOUND, "there is no step \"%s\"", name);
	for (size_t i = 0; nearest && i < count; i++)
		if (words[i] == nearest)
			return err_hint(err, "Did you mean \"%s\"?", name_at(graph, i));
	return err_hint(err, "`vitrine plan` lists the steps.");
}

/* The place of a task by a whole name, or by a name alone where that fits one. */
static long find_task(const struct graph *graph, const char *name, struct error *err)
{
	long found = graph_find(graph, name);
	size_t count = name_count(graph);
	for (size_t i = 0; found < 0 && !strchr(name, '.') && i < count; i++) {
		if (strcmp(short_name(name_at(graph, i)), name) != 0)
			continue;
		for (size_t j = i + 1; j < count; j++) {
			if (strcmp(short_name(name_at(graph, j)), name) != 0)
				continue;
			err_set(err, ERR_NOT_FOUND, "\"%s\" may mean %s or %s", name,
				name_at(graph, i), name_at(graph, j));
			return err_hint(err, "Write one of them with its database.");
		}
		found = graph_find(graph, name_at(graph, i));
	}
	return found < 0 ? refuse_name(graph, name, err) : found;
}

static int refuse_tag(const struct graph *graph, const char *tag, struct error *err)
{
	size_t count = 0;
	for (size_t i = 0; i < graph->count; i++)
		count += graph->tasks[i].tag_count;
	OWNED_MEMORY const char **words = mem_alloc_array(count + 1, sizeof *words);
	if (!words)
		return err_memory(err);
	count = 0;
	for (size_t i = 0; i < graph->count; i++)
		for (size_t j = 0; j < graph->tasks[i].tag_count; j++)
			words[count++] = graph->tasks[i].tags[j];
	const char *nearest = text_nearest(tag, words);
	err_set(err, ERR_NOT_FOUND, "no step has the tag \"%s\"", tag);
	return nearest ? err_hint(err, "Did you mean \"" TAG_PREFIX "%s\"?", nearest) : -1;
}

static bool has_tag(const struct graph_task *task, const char *tag)
{
	for (size_t i = 0; i < task->tag_count; i++)
		if (strcmp(task->tags[i], tag) == 0)
			return true;
	return false;
}

/* One word of the selection, which is cut up in place. */
static int select_word(const struct graph *graph, char *word, bool *marks, struct error *err)
{
	char *name = word;
	bool with_needed = *name == '+';
	name += with_needed;
	size_t len = strlen(name);
	bool with_needing = len > 0 && name[len - 1] == '+';
	name[len - with_needing] = '\0';
	bool is_tag = text_starts(name, TAG_PREFIX);
	name += is_tag ? strlen(TAG_PREFIX) : 0;
	if (!*name || strchr(name, '+')) {
		err_set(err, ERR_USAGE, "a selection without a name");
		return err_hint(err, "Write names such as orders, orders+, +orders or "
				     "tag:daily, separated by commas.");
	}
	if (!is_tag) {
		long task = find_task(graph, name, err);
		return task < 0 ? -1
				: mark_task(graph, (size_t)task, with_needed, with_needing, marks,
					    err);
	}
	bool found = false;
	for (size_t i = 0; i < graph->count; i++) {
		if (!has_tag(&graph->tasks[i], name))
			continue;
		found = true;
		TRY(mark_task(graph, i, with_needed, with_needing, marks, err));
	}
	return found ? 0 : refuse_tag(graph, name, err);
}

int graph_select(const struct graph *graph, const char *selection, bool *marks, struct error *err)
{
	OWNED_MEMORY char *copy = mem_copy_text(selection);
	if (!copy)
		return err_memory(err);
	static const char separators[] = ", \t\r\n";
	size_t count = 0;
	char *rest = NULL;
	for (char *word = strtok_r(copy, separators, &rest); word;
	     word = strtok_r(NULL, separators, &rest), count++)
		TRY(select_word(graph, word, marks, err));
	return count ? 0 : err_set(err, ERR_USAGE, "an empty selection");
}
