/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_judge.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/checks.h"
#include "delta/delta.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/run_state.h"

enum { OVERLAP_LOW_PERCENT = 20 };

struct judged {
	size_t persons, listed; /* all; with at least one item */
	size_t rows, popular;   /* all; from popularity */
	size_t lists;           /* different ones; counted up to 2 */
	bool tells_apart;       /* a source serves that should give persons different lists */
	double overlap; /* share of rows that the version before has too; -1 = there is none */
};

/* ---- counting ---- */

/* Whether the rows from `a` and from `b` on are the same items for their persons. */
static bool same_list(const struct recommend_lists *lists, size_t a, size_t b)
{
	uint32_t person_a = lists->persons[a], person_b = lists->persons[b];
	for (;; a++, b++) {
		bool in_a = a < lists->count && lists->persons[a] == person_a;
		bool in_b = b < lists->count && lists->persons[b] == person_b;
		if (!in_a || !in_b)
			return in_a == in_b;
		if (lists->items[a] != lists->items[b])
			return false;
	}
}

static bool tells_apart(const struct recommend_found *found)
{
	const struct recs_chooser *chooser = found->chooser;
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_entry *entry = &found->contest->entries[chooser->labels[s]];
		if (found->served[s] > 0 &&
		    (!entry->simple || recs_part_value(&entry->recipe.parts[0], "segment") > 0))
			return true;
	}
	return false;
}

static void count_all(const struct recommend_lists_checked *what, struct judged *out)
{
	const struct recommend_lists *lists = &what->found->lists;
	*out = (struct judged){.persons = what->input->person_count,
			       .rows = lists->count,
			       .tells_apart = tells_apart(what->found),
			       .overlap = -1};
	for (size_t i = 0; i < lists->count; i++) {
		out->popular += lists->is_popular[i] != 0;
		if (i > 0 && lists->persons[i] == lists->persons[i - 1])
			continue;
		out->listed++;
		if (out->lists < 2 && (out->lists == 0 || !same_list(lists, 0, i)))
			out->lists++;
	}
}

/* Share of the rows that the version before had as well; -1 when there is none to compare with. */
static int find_overlap(const struct recommend_lists_checked *what, double *out, struct error *err)
{
	const struct recommender_source *events = &what->recommender->inputs[RECOMMENDER_EVENTS];
	OWNED(engine_result) *result = NULL;
	if (!what->before || delta_snapshot_rows(what->before) <= 0)
		return 0;
	const struct delta_schema *schema = delta_snapshot_schema(what->before);
	if (!delta_schema_find(schema, events->person) || !delta_schema_find(schema, events->item))
		return 0;
	OWNED_MEMORY char *sql =
		text_format(err,
			    "select cast(count(b.\"%s\") as double) / greatest(count(*), 1) from "
			    "found.list_rows l left join found.lists_before b "
			    "on b.\"%s\" = l.person and b.\"%s\" = l.item",
			    events->person, events->person, events->item);
	if (!sql)
		return -1;
	TRY(engine_session_add_table(what->session, "found", "lists_before",
				     context_store(what->state->context), what->before, err));
	TRY(engine_session_query(what->session, sql, &result, err));
	int more = engine_result_next(result, err);
	TRY(more);
	*out = engine_result_double(result, 0);
	return 0;
}

/* Nobody has a list any more, though somebody had one. */
static bool lost_all(const struct judged *judged)
{
	return judged->listed == 0 && judged->persons > 0 && judged->overlap >= 0;
}

/* ---- keeping ---- */

struct finding {
	const char *name;
	enum catalog_severity severity;
	bool holds;
	int64_t failing, total;
};

static int record(const struct recommend_lists_checked *what, struct step *step,
		  const struct finding *finding, const char *message, struct error *err)
{
	struct catalog_check result = {
		.run_id = what->state->report->id,
		.table = what->recommender->names[RECOMMENDER_LISTS],
		.name = finding->name,
		.severity = finding->severity,
		.outcome = finding->holds ? CATALOG_PASSED : CATALOG_DID_NOT_PASS,
		.failing = finding->failing,
		.total = finding->total,
		.message = message,
		.checked_us = clock_now_us(),
	};
	if (finding->holds)
		step->checks_passed++;
	else if (finding->severity == CATALOG_WARNING)
		step->checks_warned++;
	else
		step->checks_failed++;
	return catalog_checks_put(context_catalog(what->state->context), &result, err);
}

static int record_all(const struct recommend_lists_checked *what, const struct judged *judged,
		      struct step *step, struct error *err)
{
	char message[160];
	bool one = judged->lists == 1 && judged->listed > 1;
	int64_t persons = (int64_t)judged->persons, rows = (int64_t)judged->rows;
	int64_t without = persons - (int64_t)judged->listed;
	const struct finding reach = {"lists_reach_persons",
				      lost_all(judged) ? CATALOG_ERROR : CATALOG_WARNING,
				      without == 0, without, persons};
	const struct finding popular = {"share_of_popular", CATALOG_WARNING, true,
					(int64_t)judged->popular, rows};
	const struct finding overlap = {"overlap_with_before", CATALOG_WARNING,
					judged->overlap * 100 >= OVERLAP_LOW_PERCENT, 0, rows};
	const struct finding differ = {"lists_differ",
				       judged->tells_apart ? CATALOG_ERROR : CATALOG_WARNING,
				       !one || what->recommender->one_list, one, persons};
	snprintf(message, sizeof message, "%zu of %zu persons have a list", judged->listed,
		 judged->persons);
	TRY(record(what, step, &reach, message, err));
	snprintf(message, sizeof message, "%.1f %% of what is offered is what is popular",
		 judged->rows ? 100.0 * (double)judged->popular / (double)judged->rows : 0);
	TRY(record(what, step, &popular, message, err));
	snprintf(message, sizeof message, "%.1f %% of what is offered was offered before",
		 100 * judged->overlap);
	if (judged->overlap >= 0)
		TRY(record(what, step, &overlap, message, err));
	return record(what, step, &differ, one ? "everybody has the same list" : NULL, err);
}

/* ---- the whole ---- */

int recommend_judge(const struct recommend_lists_checked *what, struct step *step,
		    struct error *err)
{
	struct judged judged;
	const struct recommender *recommender = what->recommender;
	int failed = step->checks_failed;
	count_all(what, &judged);
	TRY(find_overlap(what, &judged.overlap, err));
	TRY(record_all(what, &judged, step, err));
	if (step->checks_failed == failed)
		return 0;
	if (lost_all(&judged)) {
		err_set(err, ERR_CHECK,
			"check \"lists_reach_persons\" of %s does not hold: nobody has a list any "
			"more",
			recommender->names[RECOMMENDER_LISTS]);
		err_hint(err,
			 "Look at its events, of which %zu could be learnt from; readers keep "
			 "the version before.",
			 what->input->events.count);
		return err_at(err, PROJECT_FILE, recommender->line, recommender->column);
	}
	err_set(err, ERR_CHECK,
		"check \"lists_differ\" of %s does not hold: %zu persons have the same list",
		recommender->names[RECOMMENDER_LISTS], judged.listed);
	err_hint(err, "If one list for everybody is wanted, write `one_list: yes`; readers keep "
		      "the version before.");
	return err_at(err, PROJECT_FILE, recommender->line, recommender->column);
}
