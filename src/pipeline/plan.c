/* SPDX-License-Identifier: Apache-2.0 */
/* plan: what `vitrine plan` says besides why a step would run: what its readers would miss, what
 * would be built because of it, which published tables nothing defines any more. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "delta/schema.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"

/* ---- why ---- */

const char *plan_built_before(const struct run_state *state, size_t node)
{
	const struct dependencies *reads = &state->nodes[node].reads;
	for (size_t i = 0; i < reads->count; i++) {
		long place = graph_find(state->report->graph, reads->names[i]);
		if (place >= 0 && state->would_run[place])
			return reads->names[i];
	}
	return NULL;
}

int plan_model(struct run_state *state, size_t node, const struct fingerprint *fingerprint,
	       const struct delta_snapshot **out_own, struct step *step, struct error *err)
{
	const char *before = plan_built_before(state, node);
	int current = run_is_current(state, node, 0, fingerprint, out_own, step, err);
	if (current <= 0 || !before)
		return current;
	text_clear(&step->reason);
	text_addf(&step->reason, "%s would be built", before);
	TRY(text_check(&step->reason, err));
	return 0;
}

/* ---- what readers would miss ---- */

static void add_part(struct text *t)
{
	text_add(t, t->len ? "; " : "");
}

/* A column gone where another of its type came may have been renamed. */
static const char *new_name(const struct delta_schema *before, size_t place,
			    const struct delta_schema *now)
{
	if (before->count != now->count)
		return NULL;
	const struct delta_column *at = &now->columns[place];
	return strcmp(at->type, before->columns[place].type) == 0 &&
			       !delta_schema_find(before, at->name)
		       ? at->name
		       : NULL;
}

static void compare_columns(const struct delta_schema *before, const struct delta_schema *now,
			    struct text *out)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct delta_column *column = &before->columns[i];
		const struct delta_column *same = delta_schema_find(now, column->name);
		if (same && strcmp(same->type, column->type) == 0)
			continue;
		const char *renamed = same ? NULL : new_name(before, i, now);
		add_part(out);
		if (same)
			text_addf(out, "column %s changes from %s to %s", column->name,
				  column_type_words(column->type), column_type_words(same->type));
		else if (renamed)
			text_addf(out, "column %s becomes %s", column->name, renamed);
		else
			text_addf(out, "column %s goes", column->name);
	}
}

static void add_new_columns(const struct delta_schema *before, const struct delta_schema *now,
			    struct text *out)
{
	for (size_t i = 0; i < now->count; i++)
		if (!delta_schema_find(before, now->columns[i].name)) {
			add_part(out);
			text_addf(out, "new column %s", now->columns[i].name);
		}
}

static void compare_partitions(const struct delta_snapshot *own, const struct words *partition_by,
			       struct text *out)
{
	const char *const *columns;
	size_t count = delta_snapshot_partition_columns(own, &columns), same = 0;
	while (same < count && same < partition_by->count &&
	       strcmp(columns[same], partition_by->items[same]) == 0)
		same++;
	if (same == count && same == partition_by->count)
		return;
	add_part(out);
	text_add(out, partition_by->count ? "partitioned by" : "no longer partitioned");
	for (size_t i = 0; i < partition_by->count; i++)
		text_addf(out, "%s %s", i ? "," : "", partition_by->items[i]);
}

int plan_columns(struct step *step, const struct delta_snapshot *own,
		 const struct delta_schema *columns, const struct words *partition_by,
		 struct error *err)
{
	if (!own || !columns->count)
		return 0;
	const struct delta_schema *before = delta_snapshot_schema(own);
	compare_columns(before, columns, &step->breaking);
	compare_partitions(own, partition_by, &step->breaking);
	add_new_columns(before, columns, &step->reason);
	TRY(text_check(&step->breaking, err));
	return text_check(&step->reason, err);
}

/* Of a table that is not the one the step is called by: with its name before what is said. */
static int add_named(const char *table, const struct text *said, struct text *out,
		     struct error *err)
{
	if (said->len) {
		add_part(out);
		text_addf(out, "%s: %s", table, said->data);
	}
	return text_check(out, err);
}

int plan_more_columns(struct step *step, const struct run_table *table,
		      const struct delta_snapshot *own, struct error *err)
{
	HELD(text) breaking = {0}, added = {0};
	if (!own || !table->columns.count)
		return 0;
	const struct delta_schema *before = delta_snapshot_schema(own);
	compare_columns(before, &table->columns, &breaking);
	compare_partitions(own, &table->model->partition_by, &breaking);
	add_new_columns(before, &table->columns, &added);
	TRY(text_check(&breaking, err));
	TRY(text_check(&added, err));
	TRY(add_named(table->name, &breaking, &step->breaking, err));
	return add_named(table->name, &added, &step->reason, err);
}

/* ---- what a change reaches ---- */

static int64_t count_checks(const struct run_state *state, size_t node)
{
	const struct run_node *n = &state->nodes[node];
	int64_t count = 0;
	for (size_t t = 0; t < n->table_count; t++)
		for (size_t i = 0; run_check_at(state, &n->tables[t], i); i++)
			count++;
	return count;
}

/* Whether it would run because of one before it, which names it already. */
static bool follows(const struct run_state *state, size_t node)
{
	size_t count;
	const size_t *needs = graph_needs(state->report->graph, node, &count);
	for (size_t i = 0; i < count; i++)
		if (state->would_run[needs[i]])
			return true;
	return false;
}

static int name_affected(struct run_state *state, size_t node, struct error *err)
{
	struct text *out = &state->report->steps[node].affects;
	OWNED_MEMORY bool *below = mem_alloc_array(state->count, sizeof *below);
	if (!below)
		return err_memory(err);
	TRY(graph_mark_descendants(state->report->graph, node, below, err));
	for (size_t i = 0; i < state->count; i++)
		if (below[i] && state->would_run[i])
			text_addf(out, "%s%s", out->len ? ", " : "",
				  graph_name(state->report->graph, i));
	return text_check(out, err);
}

static int find_orphans(struct run_state *state, struct error *err)
{
	struct run_report *report = state->report;
	for (size_t i = 0; !state->request->selection && i < state->base->count; i++) {
		const char *name = state->base->tables[i].name;
		if (graph_find(report->graph, name) >= 0)
			continue;
		TRY(mem_grow(&report->orphans, &report->orphan_capacity, report->orphan_count + 1,
			     sizeof *report->orphans, err));
		if (!(report->orphans[report->orphan_count] = mem_copy_text(name)))
			return err_memory(err);
		report->orphan_count++;
	}
	return 0;
}

int plan_finish(struct run_state *state, struct error *err)
{
	for (size_t i = 0; i < state->count; i++) {
		if (!state->would_run[i])
			continue;
		state->report->steps[i].checks = count_checks(state, i);
		if (!follows(state, i))
			TRY(name_affected(state, i, err));
	}
	return find_orphans(state, err);
}
