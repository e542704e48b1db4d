/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_show.h"

#include <assert.h>
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
		[REPORT_WITHDRAWN] = "withdrawn", [REPORT_NOTE] = "note",
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
		[REPORT_RMSE] = "rmse",
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
		"when b.source = 'chooser' or b.segment like 'basket%' or b.segment like 'in %' "
		"then b.served else "
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
