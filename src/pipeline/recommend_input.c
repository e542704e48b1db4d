/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "recs/artifact.h"
#include "recs/recipe.h"

enum { BATCH = 1024, PRICE_STEPS = 24 };
enum { OWN_ARRAYS = 5 }; /* of items, besides those of filters */

void recommend_input_done(struct recommend_input *input)
{
	recs_events_done(&input->events);
	recs_events_done(&input->basket_events);
	recs_ids_free(input->persons);
	recs_ids_free(input->items);
	recs_ids_free(input->segments);
	recs_ids_free(input->categories);
	recs_ids_free(input->sellers);
	free(input->segment_of_person);
	free(input->declined);
	free(input->category_of_item);
	free(input->seller_of_item);
	free(input->price_cents);
	free(input->offered);
	free(input->listed);
	for (size_t i = 0; i < RECOMMENDER_FILTERS_MAX; i++)
		free(input->filters[i]);
	recs_ratings_free(input->attributes);
	*input = (struct recommend_input){0};
}

/* ---- persons and items, as they come ---- */

/* Make room for one more in each array of `arrays`, of elements of `sizes`. */
static int grow(void *const *arrays, const size_t *sizes, size_t count, size_t *capacity,
		size_t need, struct error *err)
{
	size_t wanted = *capacity;
	for (size_t i = 0; i < count; i++) {
		wanted = *capacity;
		TRY(mem_grow(arrays[i], &wanted, need, sizes[i], err));
	}
	*capacity = wanted;
	return 0;
}

static int put_person(struct recommend_input *in, const char *text, size_t len, uint32_t *out,
		      struct error *err)
{
	void *const arrays[] = {&in->segment_of_person, &in->declined};
	static const size_t sizes[] = {sizeof(uint32_t), sizeof(int32_t)};
	TRY(recs_ids_put(in->persons, text, len, out, err));
	if (*out < in->person_count)
		return 0;
	TRY(grow(arrays, sizes, 2, &in->person_capacity, in->person_count + 1, err));
	in->segment_of_person[*out] = 0;
	in->declined[*out] = 0;
	in->person_count++;
	return 0;
}

static int put_item(struct recommend_input *in, size_t filter_count, const char *text, size_t len,
		    uint32_t *out, struct error *err)
{
	void *arrays[OWN_ARRAYS + RECOMMENDER_FILTERS_MAX] = {&in->category_of_item,
							      &in->seller_of_item, &in->price_cents,
							      &in->offered, &in->listed};
	size_t sizes[OWN_ARRAYS + RECOMMENDER_FILTERS_MAX] = {sizeof(uint32_t), sizeof(uint32_t),
							      sizeof(int64_t), 1, 1};
	for (size_t i = 0; i < filter_count; i++) {
		arrays[OWN_ARRAYS + i] = &in->filters[i];
		sizes[OWN_ARRAYS + i] = 1;
	}
	TRY(recs_ids_put(in->items, text, len, out, err));
	if (*out < in->item_count)
		return 0;
	TRY(grow(arrays, sizes, OWN_ARRAYS + filter_count, &in->item_capacity, in->item_count + 1,
		 err));
	in->category_of_item[*out] = in->seller_of_item[*out] = RECS_NONE;
	in->price_cents[*out] = RECS_NO_PRICE;
	in->offered[*out] = in->listed[*out] = 1;
	for (size_t i = 0; i < filter_count; i++)
		in->filters[i][*out] = 0;
	in->item_count++;
	return 0;
}

/* The number of a column's text in `ids`, or `none` for NULL. */
static int put_text(struct engine_result *row, size_t column, struct recs_ids *ids, uint32_t none,
		    uint32_t *out, struct error *err)
{
	size_t len;
	const char *text = engine_result_text(row, column, &len);
	*out = none;
	return text ? recs_ids_put(ids, text, len, out, err) : 0;
}

static int64_t to_cents(double price)
{
	return price >= 0 && price < 9e15 ? llround(price * 100) : RECS_NO_PRICE;
}

/* ---- reading ---- */

/* A batch of events. */
struct batch {
	uint32_t owners[BATCH], items[BATCH]; /* owners: persons or baskets */
	int64_t times_us[BATCH];
	float weights[BATCH];
	size_t count;
};

struct reading {
	const struct recommender *recommender;
	struct engine_session *session;
	struct recommend_input *in;
	struct recs_ids *refusers, *baskets;
	struct batch events, basket_events;
};

/* Numbers are no times: which they would be is not known. */
static int fail(const struct reading *reading, enum recommender_input input, struct error *err)
{
	if (input == RECOMMENDER_EVENTS && strstr(err->message, "-> TIMESTAMP") && !*err->hint)
		error_hint(err, "`time` is a date or a time. Of seconds since 1970 write `time: "
				"make_timestamp(seconds * 1000000)`.");
	return recommender_input_error(reading->recommender, input, err);
}

typedef int take_row(struct reading *reading, struct engine_result *row, struct error *err);

static int each_row(struct reading *reading, enum recommender_input input, take_row *take,
		    struct error *err)
{
	if (!reading->recommender->inputs[input].is_given)
		return 0;
	OWNED_MEMORY char *sql = recommender_input_sql(reading->recommender, input, err);
	OWNED(engine_result) *result = NULL;
	if (!sql)
		return -1;
	if (engine_session_query(reading->session, sql, &result, err) < 0)
		return fail(reading, input, err);
	int more;
	while ((more = engine_result_next(result, err)) == 1)
		TRY(take(reading, result, err));
	return more < 0 ? fail(reading, input, err) : 0;
}

static int take_refuser(struct reading *reading, struct engine_result *row, struct error *err)
{
	uint32_t unused;
	return put_text(row, 0, reading->refusers, RECS_NONE, &unused, err);
}

static bool has_declined(const struct reading *reading, const char *text, size_t len)
{
	return recs_ids_find(reading->refusers, text, len) != RECS_IDS_NONE;
}

/* The first row of a person counts. */
static int take_person(struct reading *reading, struct engine_result *row, struct error *err)
{
	struct recommend_input *in = reading->in;
	size_t len;
	const char *text = engine_result_text(row, 0, &len);
	uint32_t person, segment, before = in->person_count;
	if (!text)
		return 0;
	TRY(put_person(in, text, len, &person, err));
	if (person < before)
		return 0;
	in->declined[person] = has_declined(reading, text, len);
	TRY(put_text(row, 1, in->segments, RECS_NONE, &segment, err));
	if (segment != RECS_NONE && !in->declined[person])
		in->segment_of_person[person] = segment + 1;
	return 0;
}

static int flush(struct batch *batch, struct recs_events *events, struct error *err)
{
	size_t count = batch->count;
	batch->count = 0;
	return recs_events_add(events, count, batch->owners, batch->items, batch->times_us,
			       batch->weights, err);
}

static int put_event(struct batch *batch, struct recs_events *events, uint32_t owner, uint32_t item,
		     struct engine_result *row, struct error *err)
{
	size_t at = batch->count++;
	batch->owners[at] = owner;
	batch->items[at] = item;
	batch->times_us[at] = engine_result_int(row, 2);
	batch->weights[at] =
		engine_result_is_null(row, 3) ? NAN : (float)engine_result_double(row, 3);
	return batch->count < BATCH ? 0 : flush(batch, events, err);
}

/* An event without a basket is one of its person all the same. */
static int put_in_basket(struct reading *reading, uint32_t item, struct engine_result *row,
			 struct error *err)
{
	struct recommend_input *in = reading->in;
	uint32_t basket;
	if (!reading->recommender->inputs[RECOMMENDER_EVENTS].basket)
		return 0;
	TRY(put_text(row, 5, reading->baskets, RECS_NONE, &basket, err));
	in->without_basket += basket == RECS_NONE;
	if (basket == RECS_NONE)
		return 0;
	in->basket_count = (uint32_t)recs_ids_count(reading->baskets);
	return put_event(&reading->basket_events, &in->basket_events, basket, item, row, err);
}

/* What the newest event says of its item, where nothing else does. */
static int learn_of_item(struct recommend_input *in, uint32_t item, struct engine_result *row,
			 struct error *err)
{
	int64_t cents = engine_result_is_null(row, 4) ? RECS_NO_PRICE
						      : to_cents(engine_result_double(row, 4));
	if (cents != RECS_NO_PRICE)
		in->price_cents[item] = cents;
	return put_text(row, 6, in->sellers, in->seller_of_item[item], &in->seller_of_item[item],
			err);
}

static int take_event(struct reading *reading, struct engine_result *row, struct error *err)
{
	struct recommend_input *in = reading->in;
	size_t len;
	const char *text;
	uint32_t person, item;
	in->rows++;
	if (engine_result_is_null(row, 0) || engine_result_is_null(row, 1) ||
	    engine_result_is_null(row, 2)) {
		in->without_ids++;
		return 0;
	}
	text = engine_result_text(row, 0, &len);
	TRY(put_person(in, text, len, &person, err));
	if (has_declined(reading, text, len))
		in->declined[person] = 1;
	text = engine_result_text(row, 1, &len);
	TRY(put_item(in, reading->recommender->filter_count, text, len, &item, err));
	in->offered[item] = in->listed[item] = 1;
	TRY(learn_of_item(in, item, row, err));
	if (in->declined[person]) {
		in->of_declined++;
		return 0;
	}
	TRY(put_in_basket(reading, item, row, err));
	return put_event(&reading->events, &in->events, person, item, row, err);
}

static int take_item(struct reading *reading, struct engine_result *row, struct error *err)
{
	struct recommend_input *in = reading->in;
	size_t len, filter_count = reading->recommender->filter_count;
	const char *text = engine_result_text(row, 0, &len);
	uint32_t item;
	if (!text)
		return 0;
	TRY(put_item(in, filter_count, text, len, &item, err));
	TRY(put_text(row, 1, in->categories, RECS_NONE, &in->category_of_item[item], err));
	if (!engine_result_is_null(row, 2))
		in->price_cents[item] = to_cents(engine_result_double(row, 2));
	TRY(put_text(row, 3, in->sellers, in->seller_of_item[item], &in->seller_of_item[item],
		     err));
	in->offered[item] = engine_result_int(row, 4) != 0;
	in->listed[item] = 1;
	for (size_t i = 0; i < filter_count; i++)
		in->filters[i][item] = engine_result_int(row, 5 + i) != 0;
	return 0;
}

/* Items that were sold but are not among `items` have nothing to be offered by. */
static void withdraw_all(struct recommend_input *in)
{
	for (uint32_t i = 0; i < in->item_count; i++)
		in->offered[i] = in->listed[i] = 0;
}

/* ---- attributes ---- */

/* Steps of about a fifth: prices that are alike share one. */
static uint32_t price_step(int64_t cents)
{
	double step = log((double)(cents + 1)) * 2;
	return step < PRICE_STEPS - 1 ? (uint32_t)step : PRICE_STEPS - 1;
}

static int find_attributes(struct recommend_input *in, struct error *err)
{
	uint32_t categories = (uint32_t)recs_ids_count(in->categories);
	uint32_t sellers = (uint32_t)recs_ids_count(in->sellers);
	size_t count = 0;
	if (categories + sellers == 0)
		return 0; /* a price alone says too little of an item */
	for (uint32_t i = 0; i < in->item_count; i++)
		count += (in->category_of_item[i] != RECS_NONE) +
			 (in->seller_of_item[i] != RECS_NONE) +
			 (in->price_cents[i] != RECS_NO_PRICE);
	TRY(recs_ratings_new(in->item_count, categories + sellers + PRICE_STEPS, count, false,
			     &in->attributes, err));
	struct recs_ratings *out = in->attributes;
	size_t at = 0;
	for (uint32_t i = 0; i < in->item_count; i++) {
		out->starts[i] = at;
		if (in->category_of_item[i] != RECS_NONE)
			out->columns[at++] = in->category_of_item[i];
		if (in->seller_of_item[i] != RECS_NONE)
			out->columns[at++] = categories + in->seller_of_item[i];
		if (in->price_cents[i] != RECS_NO_PRICE)
			out->columns[at++] = categories + sellers + price_step(in->price_cents[i]);
	}
	out->starts[in->item_count] = at;
	for (size_t i = 0; i < at; i++)
		out->values[i] = 1;
	return 0;
}

/* ---- the whole ---- */

/* Give items and segments the numbers that they had. */
static int put_before(struct recommend_input *in, const struct recs_artifact *before,
		      size_t filter_count, struct error *err)
{
	uint32_t number;
	size_t len;
	for (uint32_t i = 0; before && i < recs_artifact_count(before, RECS_ITEMS); i++) {
		const char *text = recs_artifact_text(before, RECS_ITEMS, i, &len);
		TRY(put_item(in, filter_count, text, len, &number, err));
		in->offered[number] = in->listed[number] = 0;
	}
	for (uint32_t s = 0; before && s < recs_artifact_count(before, RECS_SEGMENTS); s++) {
		const char *text = recs_artifact_text(before, RECS_SEGMENTS, s, &len);
		TRY(recs_ids_put(in->segments, text, len, &number, err));
	}
	return 0;
}

static int read_all(struct reading *reading, struct error *err)
{
	struct recommend_input *in = reading->in;
	TRY(each_row(reading, RECOMMENDER_CONSENT, take_refuser, err));
	TRY(each_row(reading, RECOMMENDER_PERSONS, take_person, err));
	TRY(each_row(reading, RECOMMENDER_EVENTS, take_event, err));
	TRY(flush(&reading->events, &in->events, err));
	TRY(flush(&reading->basket_events, &in->basket_events, err));
	if (reading->recommender->inputs[RECOMMENDER_ITEMS].is_given)
		withdraw_all(in);
	return each_row(reading, RECOMMENDER_ITEMS, take_item, err);
}

int recommend_input_read(const struct recommender *recommender, struct engine_session *session,
			 int64_t now_us, const struct recs_artifact *before,
			 struct recommend_input *out, struct error *err)
{
	OWNED(recs_ids) *refusers = recs_ids_new();
	OWNED(recs_ids) *baskets = recs_ids_new();
	OWNED_MEMORY struct reading *reading = mem_alloc(sizeof *reading);
	out->persons = recs_ids_new();
	out->items = recs_ids_new();
	out->segments = recs_ids_new();
	out->categories = recs_ids_new();
	out->sellers = recs_ids_new();
	if (!refusers || !baskets || !reading || !out->persons || !out->items || !out->segments ||
	    !out->categories || !out->sellers)
		return err_memory(err);
	out->events.now_us = out->basket_events.now_us = now_us;
	reading->recommender = recommender;
	reading->session = session;
	reading->in = out;
	reading->refusers = refusers;
	reading->baskets = baskets;
	TRY(put_before(out, before, recommender->filter_count, err));
	TRY(read_all(reading, err));
	return find_attributes(out, err);
}

void recommend_input_shop(const struct recommend_input *input, struct recs_shop *out)
{
	uint32_t segments = (uint32_t)recs_ids_count(input->segments);
	*out = (struct recs_shop){
		.events = &input->events,
		.person_count = input->person_count,
		.item_count = input->item_count,
		.segments = segments > 0 ? input->segment_of_person : NULL,
		.segment_count = segments > 0 ? segments + 1 : 0,
		.attributes = input->attributes,
	};
}

void recommend_input_basket_shop(const struct recommend_input *input, struct recs_shop *out)
{
	*out = (struct recs_shop){
		.events = &input->basket_events,
		.person_count = input->basket_count,
		.item_count = input->item_count,
		.attributes = input->attributes,
	};
}
