/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/contest_phase.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "recs/nearest.h"
#include "recs/ratings.h"

void recs_phase_done(struct recs_phase *phase)
{
	for (size_t t = 0; t < phase->trained_count; t++) {
		recs_model_free(phase->trained[t].model);
		free(phase->trained[t].why);
	}
	free(phase->trained);
	recs_ratings_free(phase->ratings);
	recs_ratings_free(phase->others);
	recs_ratings_free(phase->wanted);
	free(phase->persons);
	*phase = (struct recs_phase){0};
}

static int append(const struct recs_events *from, struct recs_events *to, struct error *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct recs_event *e = &from->at[i];
		TRY(recs_events_add(to, 1, &e->person, &e->item, &e->time_us, &e->weight, err));
	}
	return 0;
}

int recs_phase_join(struct recs_split *split, struct error *err)
{
	TRY(append(&split->validation, &split->train, err));
	recs_events_done(&split->validation);
	split->validation = (struct recs_events){0};
	return 0;
}

static int copy_split(const struct recs_split *from, struct recs_split *out, struct error *err)
{
	out->validation_us = from->validation_us;
	out->test_us = from->test_us;
	TRY(append(&from->train, &out->train, err));
	TRY(append(&from->validation, &out->validation, err));
	return append(&from->test, &out->test, err);
}

int recs_phase_split(const struct recs_shop *shop, const struct recs_contest_options *options,
		     struct recs_split *out, struct error *err)
{
	if (options->split)
		return copy_split(options->split, out, err);
	if (options->protocol == RECS_PROTOCOL_LAST)
		return recs_split_last(shop->events, 1, 1, out, err);
	return recs_split_time(shop->events, options->validation, options->test, out, err);
}

/* Items of a row of `wanted` that its history does not have, to the front; returns how many. */
static size_t keep_unseen(const struct recs_ratings *seen, uint32_t row, uint32_t *columns,
			  size_t count)
{
	size_t at = seen->starts[row], kept = 0;
	for (size_t i = 0; i < count; i++) {
		while (at < seen->starts[row + 1] && seen->columns[at] < columns[i])
			at++;
		if (at == seen->starts[row + 1] || seen->columns[at] != columns[i])
			columns[kept++] = columns[i];
	}
	return kept;
}

/* What a list may not hold cannot be wanted of it. */
static void want_only_unseen(const struct recs_ratings *seen, struct recs_ratings *wanted)
{
	size_t to = 0, start = 0;
	for (uint32_t r = 0; r < wanted->row_count; r++) {
		size_t len = wanted->starts[r + 1] - start;
		size_t kept = keep_unseen(seen, r, wanted->columns + start, len);
		memmove(wanted->columns + to, wanted->columns + start,
			kept * sizeof *wanted->columns);
		start += len;
		to += kept;
		wanted->starts[r + 1] = to;
	}
}

static int classify(struct recs_phase *phase, bool fold, struct error *err)
{
	const struct recs_ratings *histories = recs_phase_histories(phase);
	phase->persons = mem_alloc_array(histories->row_count, 1);
	if (!phase->persons)
		return err_memory(err);
	for (uint32_t r = 0; r < histories->row_count; r++) {
		phase->persons[r] = RECS_PERSONS_COUNT;
		if (!recs_ratings_row_len(phase->wanted, r))
			continue;
		struct recs_profile profile = {
			.count = recs_ratings_row_len(histories, r),
			.times_us = histories->times_us ? histories->times_us + histories->starts[r]
							: NULL};
		phase->persons[r] = recs_persons_class(&profile, fold);
		phase->counts[phase->persons[r]]++;
		phase->counts[RECS_PERSONS_ALL]++;
	}
	return 0;
}

int recs_phase_fill(struct recs_phase *phase, const struct recs_shop *shop,
		    const struct recs_contest_options *options, const struct recs_events *known,
		    const struct recs_events *next, struct error *err)
{
	OWNED(recs_ratings) *wanted = NULL;
	struct recs_shop after = *shop;
	bool fold = options->protocol == RECS_PROTOCOL_BASKET;
	phase->shop = *shop;
	phase->shop.events = known;
	after.events = next;
	TRY(recs_shop_ratings(&phase->shop, &phase->ratings, err));
	phase->shop.ratings = phase->ratings;
	TRY(recs_shop_ratings(&after, &wanted, err));
	if (fold)
		TRY(recs_split_one_out(wanted, options->seed, &phase->others, &phase->wanted, err));
	else
		phase->wanted = TAKE(wanted);
	if (!fold && !options->keep_seen)
		want_only_unseen(phase->ratings, phase->wanted);
	return classify(phase, fold, err);
}

bool recs_phase_is_withdrawal(const struct error *err)
{
	return err->kind == ERR_USAGE || err->kind == ERR_REFUSED || err->kind == ERR_LIMIT;
}

static bool same_part(const struct recs_part *a, const struct recs_part *b)
{
	for (int s = 0; s < RECS_SETTINGS_MAX; s++)
		if (a->values[s] != b->values[s])
			return false;
	return a->kind == b->kind;
}

int recs_phase_make(const struct recs_phase *phase, const struct recs_part *part,
		    const struct recs_train_options *options, struct recs_model **out,
		    struct error *err)
{
	struct recs_model *model = NULL;
	const struct recs_recipe alone = {.parts = {*part}, .count = 1};
	TRY(recs_part_train(part, &phase->shop, options, &model, err));
	if (phase->neighbours && !recs_recipe_is_simple(&alone))
		TRY(recs_nearest_new(model, phase->neighbours, &model, err));
	*out = model;
	return 0;
}

int recs_phase_train(struct recs_phase *phase, const struct recs_part *part,
		     const struct recs_train_options *options, const struct recs_trained **out,
		     struct error *err)
{
	for (size_t t = 0; t < phase->trained_count; t++)
		if (same_part(&phase->trained[t].part, part)) {
			*out = &phase->trained[t];
			return 0;
		}
	TRY(mem_grow(&phase->trained, &phase->trained_room, phase->trained_count + 1,
		     sizeof *phase->trained, err));
	struct recs_trained trained = {.part = *part};
	int64_t start_us = clock_monotonic_us();
	int result = recs_phase_make(phase, part, options, &trained.model, err);
	trained.seconds = (double)(clock_monotonic_us() - start_us) * 1e-6;
	if (result < 0 && !recs_phase_is_withdrawal(err))
		return result;
	if (result < 0) {
		trained.model = NULL;
		trained.why = mem_copy_text(err->message);
		if (!trained.why)
			return err_memory(err);
	}
	*out = &phase->trained[phase->trained_count];
	phase->trained[phase->trained_count++] = trained;
	return 0;
}
