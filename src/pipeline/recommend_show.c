/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_show.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/array_table.h"
#include "recs/artifact.h"

static_assert(ENGINE_ARRAY_NONE == RECS_NONE, "what is nothing to one is nothing to the other");

/* ---- texts by number ---- */

static const char *id_text(const void *context, uint32_t number, size_t *out_len)
{
	return recs_ids_text(context, number, out_len);
}

/* Segments of persons count from 1; 0 is a segment without a name. */
static const char *segment_text(const void *context, uint32_t number, size_t *out_len)
{
	*out_len = 0;
	return number ? recs_ids_text(context, number - 1, out_len) : "";
}

static const char *name_text(const void *context, uint32_t number, size_t *out_len)
{
	const char *const *names = context;
	*out_len = strlen(names[number]);
	return names[number];
}

/* ---- tables ---- */

static const char *category_text(const void *context, uint32_t number, size_t *out_len)
{
	const struct recommend_input *input = context;
	uint32_t category = input->category_of_item[number];
	*out_len = 0;
	return category == RECS_NONE ? "" : recs_ids_text(input->categories, category, out_len);
}

/* The sets of baskets, then what is popular in the category. */
static const char *set_name(const void *context, uint32_t number, size_t *out_len)
{
	const struct recommend_basket *basket = context;
	const char *name = number < basket->set_count ? basket->sets[number].name : "same_category";
	*out_len = strlen(name);
	return name;
}

/* What stands before the item looked at, or its category, in a reason. */
static const char *set_phrase(const void *context, uint32_t number, size_t *out_len)
{
	const struct recommend_basket *basket = context;
	const char *phrase = number == basket->set_count ? "popular in "
			     : basket->sets[number].reason == RECS_REASON_TOGETHER
				     ? "bought together with "
				     : "similar to ";
	*out_len = strlen(phrase);
	return phrase;
}

#define TEXT(column, rows, of, from)                                                               \
	{                                                                                          \
		.name = column, .type = ENGINE_ARRAY_TEXT, .values = rows, .text = of,             \
		.context = from                                                                    \
	}
#define ARRAY(column, kind, rows)                                                                  \
	{                                                                                          \
		.name = column, .type = ENGINE_ARRAY_##kind, .values = rows                        \
	}

static int show_lists(const struct recommend_input *input, const struct recommend_found *found,
		      struct engine_session *session, struct error *err)
{
	const struct recommend_lists *lists = &found->lists;
	const struct engine_array columns[] = {
		TEXT("person", lists->persons, id_text, input->persons),
		ARRAY("rank", INTEGER, lists->ranks),
		TEXT("item", lists->items, id_text, input->items),
		TEXT("category", lists->items, category_text, input),
		TEXT("source", lists->sources, name_text, found->names),
		ARRAY("score", FLOAT, lists->scores),
		TEXT("because_of", lists->because, id_text, input->items),
		TEXT("segment", lists->segments, id_text, input->segments),
		ARRAY("is_popular", INTEGER, lists->is_popular),
	};
	return engine_session_add_arrays(session, "found", "list_rows", columns,
					 sizeof columns / sizeof *columns, lists->count, err);
}

static int show_similar(const struct recommend_input *input, const struct recommend_found *found,
			struct engine_session *session, struct error *err)
{
	const struct recommend_similar *similar = &found->similar;
	const struct engine_array columns[] = {
		TEXT("item", similar->items, id_text, input->items),
		ARRAY("rank", INTEGER, similar->ranks),
		TEXT("similar_item", similar->others, id_text, input->items),
		TEXT("category", similar->others, category_text, input),
		TEXT("source", similar->sources, set_name, &found->basket),
		TEXT("phrase", similar->sources, set_phrase, &found->basket),
		ARRAY("score", FLOAT, similar->scores),
	};
	return engine_session_add_arrays(session, "found", "similar_items", columns,
					 sizeof columns / sizeof *columns, similar->count, err);
}

/* Persons, and what those who did not decline paid. */
static int show_persons(const struct recommender *recommender, const struct recommend_input *input,
			struct engine_session *session, struct error *err)
{
	const struct engine_array columns[] = {
		TEXT("person", NULL, id_text, input->persons),
		TEXT("segment", input->segment_of_person, segment_text, input->segments),
		ARRAY("declined", INTEGER, input->declined),
	};
	OWNED_MEMORY char *events = recommender_input_sql(recommender, RECOMMENDER_EVENTS, err);
	if (!events)
		return -1;
	OWNED_MEMORY char *sql = text_format(err,
					     "select e.person, e.price from (\n%s\n) e join "
					     "found.persons p on p.person = e.person\n"
					     "where p.declined = 0 and e.item is not null",
					     events);
	if (!sql)
		return -1;
	TRY(engine_session_add_arrays(session, "found", "persons", columns,
				      sizeof columns / sizeof *columns, input->person_count, err));
	return engine_session_add_view(session, "found", "events", sql, err);
}

static int show_report(const struct recommend_report *report, struct engine_session *session,
		       struct error *err)
{
	static const char *const texts[REPORT_TEXTS] = {
		[REPORT_SEGMENT] = "segment",     [REPORT_SOURCE] = "source",
		[REPORT_SETTINGS] = "settings",   [REPORT_VERDICT] = "verdict",
		[REPORT_WITHDRAWN] = "withdrawn",
	};
	static const char *const numbers[REPORT_NUMBERS] = {
		[REPORT_RECALL] = "recall",
		[REPORT_RECALL_LOW] = "recall_low",
		[REPORT_RECALL_HIGH] = "recall_high",
		[REPORT_NDCG] = "ndcg",
		[REPORT_NDCG_LOW] = "ndcg_low",
		[REPORT_NDCG_HIGH] = "ndcg_high",
		[REPORT_HIT_RATE] = "hit_rate",
		[REPORT_MAP] = "map",
		[REPORT_MRR] = "mrr",
		[REPORT_GAIN] = "gain",
		[REPORT_GAIN_LOW] = "gain_low",
		[REPORT_GAIN_HIGH] = "gain_high",
		[REPORT_COVERAGE] = "coverage",
		[REPORT_NOVELTY] = "novelty",
		[REPORT_POPULARITY_BIAS] = "popularity_bias",
		[REPORT_LISTED] = "listed",
		[REPORT_SERVED] = "served",
		[REPORT_PRECISION] = "precision",
	};
	struct engine_array columns[REPORT_TEXTS + REPORT_NUMBERS + 4];
	size_t n = 0;
	for (size_t i = 0; i < REPORT_TEXTS; i++)
		columns[n++] = (struct engine_array)TEXT(texts[i], report->texts[i], name_text,
							 report->pool);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		columns[n++] = (struct engine_array)ARRAY(numbers[i], DOUBLE, report->numbers[i]);
	columns[n++] = (struct engine_array)ARRAY("is_winner", INTEGER, report->is_winner);
	columns[n++] = (struct engine_array)ARRAY("list_length", INTEGER, report->list_length);
	columns[n++] = (struct engine_array)ARRAY("persons", BIGINT, report->persons);
	columns[n++] = (struct engine_array)ARRAY("test_us", BIGINT, report->test_us);
	return engine_session_add_arrays(session, "found", "report", columns, n, report->count,
					 err);
}

/* The report of a contest before, with what is served now. */
static int show_report_before(const struct recommend_found *found, struct engine_session *session,
			      struct error *err)
{
	static const char SQL[] =
		"select b.* exclude (place) replace (cast(b.is_winner as integer) as is_winner, "
		"case "
		"when b.source = 'chooser' or b.segment like 'basket%' then b.served else "
		"coalesce(s.served, 0) end as "
		"served), "
		"epoch_us(b.test_from) as test_us "
		"from (select *, row_number() over () as place from found.report_before) b "
		"left join found.served s on s.settings = b.settings order by b.place";
	const struct engine_array columns[] = {
		TEXT("settings", NULL, name_text, found->chooser->texts),
		ARRAY("served", DOUBLE, found->shares),
	};
	TRY(engine_session_add_arrays(session, "found", "served", columns,
				      sizeof columns / sizeof *columns,
				      found->chooser->source_count, err));
	return engine_session_add_view(session, "found", "report", SQL, err);
}

int recommend_show(const struct recommender *recommender, const struct recommend_input *input,
		   const struct recommend_found *found, const struct recommend_report *report,
		   const char *version, struct engine_session *session, struct error *err)
{
	TRY(show_lists(input, found, session, err));
	OWNED_MEMORY char *sql =
		text_format(err, "select *, '%s' as model_version from found.list_rows", version);
	if (!sql)
		return -1;
	TRY(engine_session_add_view(session, "found", "lists", sql, err));
	TRY(show_similar(input, found, session, err));
	if (found->is_held)
		TRY(show_report(report, session, err));
	else if (recommender->names[RECOMMENDER_REPORT])
		TRY(show_report_before(found, session, err));
	return show_persons(recommender, input, session, err);
}

int recommend_show_none(const struct recommender *recommender, struct engine_session *session,
			struct error *err)
{
	static const struct recommend_input no_input;
	static const struct recommend_found nothing = {.is_held = true};
	static const struct recommend_report no_report;
	return recommend_show(recommender, &no_input, &nothing, &no_report, "", session, err);
}

/* ---- the report ---- */

void recommend_report_done(struct recommend_report *report)
{
	for (size_t i = 0; i < report->pool_count; i++)
		free(report->pool[i]);
	free(report->pool);
	for (size_t i = 0; i < REPORT_TEXTS; i++)
		free(report->texts[i]);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		free(report->numbers[i]);
	free(report->is_winner);
	free(report->list_length);
	free(report->persons);
	free(report->test_us);
	*report = (struct recommend_report){0};
}

/* Takes `text`; NULL = no text. */
static int pool_text(struct recommend_report *report, char *text, uint32_t *out, struct error *err)
{
	OWNED_MEMORY char *taken = text;
	*out = RECS_NONE;
	if (!text)
		return 0;
	TRY(mem_grow(&report->pool, &report->pool_capacity, report->pool_count + 1,
		     sizeof *report->pool, err));
	*out = (uint32_t)report->pool_count;
	report->pool[report->pool_count++] = TAKE(taken);
	return 0;
}

static int copy_text(struct recommend_report *report, const char *text, uint32_t *out,
		     struct error *err)
{
	char *copy = mem_copy_text(text);
	return text && !copy ? err_memory(err) : pool_text(report, copy, out, err);
}

static int make_columns(struct recommend_report *report, size_t rows, struct error *err)
{
	bool refused = false;
	for (size_t i = 0; i < REPORT_TEXTS; i++)
		refused |= !(report->texts[i] = mem_alloc_array(rows, sizeof(uint32_t)));
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		refused |= !(report->numbers[i] = mem_alloc_array(rows, sizeof(double)));
	report->is_winner = mem_alloc_array(rows, sizeof *report->is_winner);
	report->list_length = mem_alloc_array(rows, sizeof *report->list_length);
	report->persons = mem_alloc_array(rows, sizeof *report->persons);
	report->test_us = mem_alloc_array(rows, sizeof *report->test_us);
	refused |=
		!report->is_winner || !report->list_length || !report->persons || !report->test_us;
	return refused ? err_memory(err) : 0;
}

/* Share of the rows of all persons' lists that an entry gave. */
static double share_of_lists(const struct recommend_found *found, uint32_t entry)
{
	size_t rows = 0, all = found->lists.count;
	for (uint32_t s = 0; s < found->chooser->source_count; s++)
		if (found->chooser->labels[s] == entry)
			rows += found->served[s];
	return all ? (double)rows / (double)all : 0;
}

/* Share of the contest's lists. */
static double share_of_contest(const struct recs_contest *contest, uint32_t entry)
{
	size_t all = 0;
	for (uint32_t e = 0; e + 1 < contest->count; e++)
		all += contest->served[e].items;
	return all ? (double)contest->served[entry].items / (double)all : 0;
}

static double share_served(const struct recommend_found *found, const struct recs_contest *contest,
			   uint32_t entry)
{
	if (entry == contest->count - 1)
		return 1;
	return found->chooser && !contest->fold ? share_of_lists(found, entry)
						: share_of_contest(contest, entry);
}

static void set_numbers(const struct recs_standing *standing, double served,
			struct recommend_report *report, size_t row)
{
	const struct recs_interval *m = standing->metrics;
	const double values[REPORT_NUMBERS] = {
		[REPORT_RECALL] = m[RECS_RECALL].value,
		[REPORT_RECALL_LOW] = m[RECS_RECALL].low,
		[REPORT_RECALL_HIGH] = m[RECS_RECALL].high,
		[REPORT_NDCG] = m[RECS_NDCG].value,
		[REPORT_NDCG_LOW] = m[RECS_NDCG].low,
		[REPORT_NDCG_HIGH] = m[RECS_NDCG].high,
		[REPORT_HIT_RATE] = m[RECS_HIT].value,
		[REPORT_MAP] = m[RECS_MAP].value,
		[REPORT_MRR] = m[RECS_MRR].value,
		[REPORT_GAIN] = standing->gain.value,
		[REPORT_GAIN_LOW] = standing->gain.low,
		[REPORT_GAIN_HIGH] = standing->gain.high,
		[REPORT_COVERAGE] = standing->coverage,
		[REPORT_NOVELTY] = standing->novelty,
		[REPORT_POPULARITY_BIAS] = standing->popularity_bias,
		[REPORT_LISTED] = standing->listed,
		[REPORT_SERVED] = served,
		[REPORT_PRECISION] = m[RECS_PRECISION].value,
	};
	for (size_t i = 0; i < REPORT_NUMBERS; i++) {
		bool known = standing->persons > 0 || i == REPORT_SERVED;
		report->numbers[i][row] = known ? values[i] : (double)NAN;
	}
}

/* As tables call the source of an entry. */
static const char *source_name(const struct recs_contest *contest, uint32_t place)
{
	if (place == contest->count - 1)
		return "chooser";
	return contest->fold && place == RECOMMEND_TOGETHER
		       ? "together"
		       : recs_recipe_name(&contest->entries[place].recipe);
}

static int add_row(const struct recommend_found *found, const struct recs_contest *contest,
		   uint32_t place, uint32_t class, struct recommend_report *report,
		   struct error *err)
{
	const struct recs_entry *entry = &contest->entries[place];
	const struct recs_standing *standing = &entry->standings[class];
	bool is_last = place == contest->count - 1;
	bool is_winner = !is_last && contest->winners[class] == place;
	size_t row = report->count++;
	char *verdict = is_winner ? recs_contest_verdict(contest, class, err) : NULL;
	if (is_winner && !verdict)
		return -1;
	TRY(pool_text(report, verdict, &report->texts[REPORT_VERDICT][row], err));
	TRY(copy_text(report, recs_contest_class_name(contest, class),
		      &report->texts[REPORT_SEGMENT][row], err));
	TRY(copy_text(report, source_name(contest, place), &report->texts[REPORT_SOURCE][row],
		      err));
	TRY(copy_text(report, is_last ? "" : entry->text, &report->texts[REPORT_SETTINGS][row],
		      err));
	TRY(copy_text(report, entry->withdrawn, &report->texts[REPORT_WITHDRAWN][row], err));
	report->is_winner[row] = is_winner;
	report->list_length[row] = (int32_t)contest->k;
	report->persons[row] = (int64_t)standing->persons;
	report->test_us[row] = contest->test_events ? contest->test_us : INT64_MIN;
	set_numbers(standing, share_served(found, contest, place), report, row);
	return 0;
}

static int add_rows(const struct recommend_found *found, const struct recs_contest *contest,
		    uint32_t first_class, struct recommend_report *out, struct error *err)
{
	for (uint32_t class = first_class; class <= RECS_PERSONS_COUNT; class ++)
		for (uint32_t place = 0; place < contest->count; place++)
			TRY(add_row(found, contest, place, class, out, err));
	return 0;
}

int recommend_report_make(const struct recommend_found *found, struct recommend_report *out,
			  struct error *err)
{
	const struct recs_contest *baskets = found->basket.contest;
	size_t entries = found->contest->count + (baskets ? baskets->count : 0);
	TRY(make_columns(out, entries * (RECS_PERSONS_COUNT + 1), err));
	TRY(add_rows(found, found->contest, RECS_PERSONS_NEW, out, err));
	/* A basket is never empty: one item of it is known. */
	return baskets ? add_rows(found, baskets, RECS_PERSONS_ONE, out, err) : 0;
}
