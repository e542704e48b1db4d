/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_recommend_serve: what recommenders answer, from the artifact of the newest published set. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/cmd_recommend.h"
#include "app/command.h"
#include "app/table.h"
#include "app/work.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/context.h"
#include "pipeline/project.h"
#include "pipeline/recommend_artifact.h"
#include "pipeline/set.h"
#include "recs/artifact.h"
#include "recs/serve.h"

enum { NAMES_MAX = 1000, LABEL_CATEGORY = 0, COMMAS_MAX = 16 };

/* A question being put together; all memory is the arena's. */
struct question {
	struct work work;
	struct arena *arena;
	struct recs_artifact *artifact;
	struct recs_serve_scratch scratch;
	struct recs_request request;
	struct recs_rule rule;
	uint32_t *items, *excluded, *categories, *predicates;
};

static void question_done(struct question *q)
{
	recs_serve_scratch_done(&q->scratch);
	recs_artifact_close(q->artifact);
	arena_free(q->arena);
	work_close(&q->work);
}
OWN_DEFINE_EMBEDDED(question, question_done)

static const char *text_of(struct question *q, unsigned names, uint32_t number)
{
	size_t len;
	if (number == RECS_NONE)
		return NULL;
	const char *text = recs_artifact_text(q->artifact, names, number, &len);
	return arena_copy_bytes(q->arena, text, len);
}

/* ---- reading the question ---- */

static int open_question(struct app *app, const struct arguments *arguments, struct question *q,
			 struct error *err)
{
	const struct recommender *recommender;
	OWNED(set) *set = NULL;
	TRY(work_open(app, &q->work, err));
	if (!(q->arena = arena_new()))
		return err_memory(err);
	TRY(cmd_recommend_find(q->work.project, arguments_value(arguments, "recommender"),
			       &recommender, err));
	TRY(set_read_newest(context_store(q->work.context), &set, err));
	TRY(recommend_artifact_open(q->work.context, recommender, set, &q->artifact, err));
	return recs_serve_scratch_fit(&q->scratch, q->artifact, err);
}

/* How much of a list is its next item: up to a comma, but for items with commas in their names, of
 * which the longest counts. */
static size_t next_item(const struct question *q, const char *list, uint32_t *out)
{
	size_t found = strcspn(list, ","), len = found;
	*out = recs_artifact_find(q->artifact, RECS_ITEMS, list, len);
	for (int commas = 0; list[len] && commas < COMMAS_MAX; commas++) {
		len += 1 + strcspn(list + len + 1, ",");
		uint32_t item = recs_artifact_find(q->artifact, RECS_ITEMS, list, len);
		if (item != RECS_NONE) {
			*out = item;
			found = len;
		}
	}
	return found;
}

/* "a,b" as numbers of items; an unknown one is said and RECS_NONE. */
static int read_items(struct question *q, const char *list, uint32_t **out, size_t *out_count,
		      struct error *err)
{
	if (!list)
		return 0;
	*out = arena_alloc_array(q->arena, NAMES_MAX, sizeof **out);
	if (!*out)
		return err_memory(err);
	for (const char *s = list; *s;) {
		uint32_t item;
		size_t len = next_item(q, s, &item);
		if (*out_count == NAMES_MAX)
			return err_set(err, ERR_LIMIT, "more than %d items", NAMES_MAX);
		if (len > 0 && item == RECS_NONE)
			log_warning("item \"%.*s\" is not known", (int)len, s);
		if (len > 0)
			(*out)[(*out_count)++] = item;
		s += len + (s[len] == ',');
	}
	return 0;
}

/* The number of a name, or NOT_FOUND with the nearest one. */
static int find_name(struct question *q, unsigned names, const char *what, const char *name,
		     uint32_t *out, struct error *err)
{
	*out = recs_artifact_find(q->artifact, names, name, strlen(name));
	if (*out != RECS_NONE)
		return 0;
	uint32_t count = recs_artifact_count(q->artifact, names);
	const char **all = arena_alloc_array(q->arena, (size_t)count + 1, sizeof *all);
	if (!all)
		return err_memory(err);
	for (uint32_t i = 0; i < count; i++)
		if (!(all[i] = text_of(q, names, i)))
			return err_memory(err);
	err_set(err, ERR_NOT_FOUND, "there is no %s \"%s\"", what, name);
	const char *nearest = text_nearest(name, all);
	if (count == 0)
		return err_hint(err, "The recommender has no %s at all.", what);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest) : -1;
}

static int read_price(const struct arguments *arguments, const char *name, int64_t *out,
		      struct error *err)
{
	const char *text = arguments_value(arguments, name);
	char rest;
	double price;
	if (!text)
		return 0;
	if (sscanf(text, "%lf%c", &price, &rest) != 1 || !(price >= 0 && price < 1e12))
		return err_set(err, ERR_USAGE, "\"%s\" is not a price like 99.90", text);
	*out = llround(price * 100);
	return 0;
}

static int read_affinity(struct question *q, const struct arguments *arguments, struct error *err)
{
	const char *text = arguments_value(arguments, "affinity");
	char rest;
	if (!text)
		return 0;
	if (sscanf(text, "%f%c", &q->request.affinity, &rest) != 1 ||
	    !(q->request.affinity >= 0 && q->request.affinity <= 1e6f))
		return err_set(err, ERR_USAGE, "\"%s\" is not a weight from 0 to 1000000", text);
	if (recs_artifact_band_count(q->artifact) > 0)
		return 0;
	err_set(err, ERR_USAGE, "the recommender does not know what prices persons pay");
	return err_hint(err, "Name the column under `events: {price: ...}` in vitrine.yaml, then "
			     "run `vitrine recommend train`.");
}

static bool has_label(const struct question *q, const char *name)
{
	return recs_artifact_find(q->artifact, RECS_LABELS, name, strlen(name)) == LABEL_CATEGORY;
}

static int read_categories(struct question *q, const struct arguments *arguments, struct error *err)
{
	const char *name;
	if (!arguments_value(arguments, "category") && !arguments_has(arguments, "most"))
		return 0;
	if (!has_label(q, "category"))
		return err_set(err, ERR_USAGE, "the recommender's items have no `category:`");
	q->categories = arena_alloc_array(q->arena, NAMES_MAX, sizeof *q->categories);
	if (!q->categories)
		return err_memory(err);
	size_t count = 0;
	for (; count < NAMES_MAX && (name = arguments_value_at(arguments, "category", count));
	     count++)
		TRY(find_name(q, RECS_LABEL_VALUES + LABEL_CATEGORY, "category", name,
			      &q->categories[count], err));
	q->rule = (struct recs_rule){LABEL_CATEGORY, false, q->categories, count};
	if (count > 0) {
		q->request.filters.rules = &q->rule;
		q->request.filters.rule_count = 1;
	}
	int64_t most = 0;
	TRY(arguments_int(arguments, "most", 1, RECS_SERVE_MAX, &most, err));
	q->request.diverse_label = LABEL_CATEGORY;
	q->request.diverse_most = (uint32_t)most;
	return 0;
}

static int read_filters(struct question *q, const struct arguments *arguments, struct error *err)
{
	struct recs_filters *filters = &q->request.filters;
	int64_t length = q->request.k;
	const char *name;
	TRY(arguments_int(arguments, "length", 1, RECS_SERVE_MAX, &length, err));
	q->request.k = (uint32_t)length;
	TRY(read_price(arguments, "min-price", &filters->price_min_cents, err));
	TRY(read_price(arguments, "max-price", &filters->price_max_cents, err));
	TRY(read_affinity(q, arguments, err));
	TRY(read_categories(q, arguments, err));
	TRY(read_items(q, arguments_value(arguments, "exclude"), &q->excluded,
		       &filters->excluded_count, err));
	filters->excluded = q->excluded;
	q->predicates = arena_alloc_array(q->arena, RECS_PREDICATES_MAX, sizeof *q->predicates);
	if (!q->predicates)
		return err_memory(err);
	for (; (name = arguments_value_at(arguments, "filter", filters->predicate_count)) &&
	       filters->predicate_count < RECS_PREDICATES_MAX;
	     filters->predicate_count++)
		TRY(find_name(q, RECS_PREDICATES, "filter", name,
			      &q->predicates[filters->predicate_count], err));
	filters->predicates = q->predicates;
	filters->keep_seen = arguments_has(arguments, "seen");
	if ((name = arguments_value(arguments, "state")))
		TRY(find_name(q, RECS_SEGMENTS, "segment", name, &q->request.segment, err));
	return 0;
}

static void ask_for_person(struct question *q, const char *person)
{
	if (!person)
		return;
	q->request.person = recs_artifact_find(q->artifact, RECS_PERSONS, person, strlen(person));
	if (q->request.person == RECS_NONE)
		log_warning("person \"%s\" is not known; this is %s", person,
			    q->request.item_count ? "what goes with the items" : "what is popular");
	if (q->request.person == RECS_NONE || !q->request.item_count)
		return;
	q->request.ask = RECS_FOR_PERSON;
}

/* ---- answering ---- */

static int add_row(struct question *q, struct table *table, size_t place,
		   const struct recs_served *served, struct error *err)
{
	HELD(text) reason = {0};
	char price[TABLE_NUMBER_SIZE], score[32];
	int64_t cents = recs_artifact_price(q->artifact, served->item);
	bool labeled = has_label(q, "category");
	uint32_t category = labeled ? recs_artifact_label(q->artifact, LABEL_CATEGORY, served->item)
				    : RECS_NONE;
	snprintf(price, sizeof price, "%lld.%02lld", (long long)(cents / 100),
		 (long long)(cents % 100));
	snprintf(score, sizeof score, "%.4g", (double)served->score);
	recs_serve_reason(q->artifact, served, &reason);
	TRY(text_check(&reason, err));
	table_add_int(table, (int64_t)place + 1);
	table_add_text(table, text_of(q, RECS_ITEMS, served->item));
	table_add_text(table, text_of(q, RECS_LABEL_VALUES + LABEL_CATEGORY, category));
	table_add_text(table, cents == RECS_NO_PRICE ? NULL : price);
	table_add_text(table, score);
	table_add_text(table, text_of(q, RECS_SOURCES, served->source));
	table_add_text(table, reason.data);
	return 0;
}

static int answer(struct app *app, struct question *q, struct error *err)
{
	struct recs_answer answer;
	OWNED(table) *table = table_new();
	OWNED_MEMORY struct recs_served *served = mem_alloc_array(q->request.k, sizeof *served);
	if (!table || !served)
		return err_memory(err);
	TRY(recs_serve(q->artifact, &q->request, &q->scratch, served, &answer, err));
	table_add_column(table, "rank", TABLE_NUMBER);
	table_add_column(table, "item", TABLE_TEXT);
	table_add_column(table, "category", TABLE_TEXT);
	table_add_column(table, "price", TABLE_DECIMAL);
	table_add_column(table, "score", TABLE_DECIMAL);
	table_add_column(table, "source", TABLE_TEXT);
	table_add_column(table, "reason", TABLE_TEXT);
	for (size_t i = 0; i < answer.count; i++)
		TRY(add_row(q, table, i, &served[i], err));
	if (answer.count == 0)
		log_info("nothing is left to offer");
	return table_print(table, app, stdout, err);
}

int cmd_recommend_for(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(question) q = {.artifact = NULL};
	const char *person = arguments_at(arguments, 1);
	TRY(open_question(app, arguments, &q, err));
	q.request = recs_request(arguments_value(arguments, "items") ? RECS_FOR_ITEMS
								     : RECS_FOR_PERSON);
	TRY(read_items(&q, arguments_value(arguments, "items"), &q.items, &q.request.item_count,
		       err));
	q.request.items = q.items;
	TRY(read_filters(&q, arguments, err));
	ask_for_person(&q, person);
	return answer(app, &q, err);
}

int cmd_recommend_similar(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(question) q = {.artifact = NULL};
	uint32_t item;
	TRY(open_question(app, arguments, &q, err));
	TRY(find_name(&q, RECS_ITEMS, "item", arguments_at(arguments, 1), &item, err));
	q.request = recs_request(RECS_SIMILAR_TO);
	q.request.items = &item;
	q.request.item_count = 1;
	TRY(read_filters(&q, arguments, err));
	return answer(app, &q, err);
}

/* ---- explaining ---- */

static void add_fact(struct table *table, const char *fact, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add_fact(struct table *table, const char *fact, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	table_add_text(table, fact);
	table_add_text(table, text);
}

static void add_place(struct table *table, const char *fact, uint32_t place)
{
	if (place)
		add_fact(table, fact, "place %u", place);
	else
		add_fact(table, fact, "no");
}

static void add_facts(struct question *q, struct table *table, const struct recs_explanation *e)
{
	const char *source;
	add_fact(table, "passes the filters", "%s%s", e->filtered == RECS_PASSES ? "yes" : "no: ",
		 e->filtered == RECS_PASSES ? "" : recs_filter_name(e->filtered));
	add_place(table, "in the list made ahead", e->list_place);
	if (e->list_place) {
		source = text_of(q, RECS_SOURCES, e->list_source);
		add_fact(table, "put there by", "%s, score %.4g", source ? source : "",
			 (double)e->list_score);
	}
	add_place(table, "in the answer", e->answer_place);
	for (size_t i = 0; i < e->share_count; i++) {
		const char *from = text_of(q, RECS_ITEMS, e->shares[i].from);
		source = text_of(q, RECS_SOURCES, e->shares[i].source);
		add_fact(table, "because of", "%s: %.0f %% of the score of %s", from ? from : "",
			 100 * (double)e->shares[i].share, source ? source : "");
	}
	if (e->by_factors) {
		const char *most = text_of(q, RECS_ITEMS, e->factor_because);
		source = text_of(q, RECS_SOURCES, e->factor_source);
		add_fact(table, "fits the history", "%s, score %.4g%s%s", source ? source : "",
			 (double)e->factor_score, most ? ", most of all " : "", most ? most : "");
	}
	add_place(table, "popular in the segment", e->popular_segment_place);
	add_place(table, "popular", e->popular_place);
}

int cmd_recommend_explain(struct app *app, const struct arguments *arguments, struct error *err)
{
	HELD(question) q = {.artifact = NULL};
	struct recs_explanation explanation;
	OWNED(table) *table = table_new();
	uint32_t item;
	if (!table)
		return err_memory(err);
	TRY(open_question(app, arguments, &q, err));
	TRY(find_name(&q, RECS_ITEMS, "item", arguments_at(arguments, 2), &item, err));
	q.request = recs_request(RECS_FOR_PERSON);
	TRY(read_filters(&q, arguments, err));
	ask_for_person(&q, arguments_at(arguments, 1));
	TRY(recs_serve_explain(q.artifact, &q.request, item, &q.scratch, &explanation, err));
	table_add_column(table, "fact", TABLE_TEXT);
	table_add_column(table, "answer", TABLE_TEXT);
	add_facts(&q, table, &explanation);
	return table_print(table, app, stdout, err);
}
