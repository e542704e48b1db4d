/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/session.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/arrays.h"
#include "recs/profile.h"
#include "recs/rank.h"
#include "recs/ratings.h"

struct session {
	struct recs_model model;
	struct recs_session_options options;
	uint32_t row_count;
	/* Sessions' items in order of time, and the time of each session's last. */
	size_t *starts;
	uint32_t *items;
	int64_t *ends_us;
	/* For each item the sessions that hold it, newest first, and its place there. */
	size_t *item_starts;
	uint32_t *sessions, *places;
	float *rarity; /* per item */
};

static void session_free(struct recs_model *model)
{
	struct session *session = (struct session *)model;
	free(session->starts);
	free(session->items);
	free(session->ends_us);
	free(session->item_starts);
	free(session->sessions);
	free(session->places);
	free(session->rarity);
	free(session);
}

/* One profile's memory. Sessions that share an item get a slot in the order they are met. */
struct room {
	float *likeness;  /* per session: 0 = not met; all 0 between profiles */
	uint32_t *shared; /* per session: where the newest item shared with the profile is there */
	uint32_t *met;    /* sessions with a likeness; room for sample × items_max */
	struct recs_ranked *best;
};

static size_t met_max(const struct session *session)
{
	size_t most = (size_t)session->options.sample * session->options.items_max;
	return most < session->row_count ? most : session->row_count;
}

static size_t session_scratch_size(const struct recs_model *model, size_t count)
{
	(void)count;
	const struct session *session = (const struct session *)model;
	return session->row_count * (sizeof(float) + sizeof(uint32_t)) +
	       met_max(session) * sizeof(uint32_t) +
	       session->options.neighbours * sizeof(struct recs_ranked) + 16;
}

static struct room place_room(const struct session *session, void *scratch)
{
	struct room room = {.best = scratch};
	room.likeness = (float *)(room.best + session->options.neighbours);
	room.shared = (uint32_t *)(room.likeness + session->row_count);
	room.met = room.shared + session->row_count;
	return room;
}

/* The profile's items from the newest on, as many as count. */
static size_t order_profile(const struct session *session, const struct recs_profile *profile,
			    uint32_t order[RECS_SESSION_ITEMS_MAX])
{
	size_t items_max = session->options.items_max;
	for (size_t h = 0; h < profile->count; h++) {
		size_t place = profile->times_us ? recs_profile_place(profile, h) : h;
		if (place < items_max)
			order[place] = profile->items[h];
	}
	return profile->count < items_max ? profile->count : items_max;
}

/* Every session that shares an item of the profile, up to the sample of newest. Items come from the
 * newest on: the first that a session shares tells where to look there. */
static size_t meet(const struct session *session, const struct recs_profile *profile, uint32_t item,
		   float value, struct room *room, size_t met)
{
	size_t end = session->item_starts[item + 1], left = session->options.sample;
	for (size_t e = session->item_starts[item]; e < end && left > 0; e++) {
		uint32_t s = session->sessions[e];
		if ((int64_t)s == profile->person)
			continue;
		left--;
		if (room->likeness[s] == 0) {
			room->met[met++] = s;
			room->shared[s] = session->places[e];
		}
		room->likeness[s] += value;
	}
	return met;
}

static size_t choose_neighbours(const struct session *session, const struct recs_profile *profile,
				struct room *room, size_t met)
{
	const struct recs_session_options *options = &session->options;
	int64_t now_us = recs_profile_newest(profile);
	size_t kept = 0;
	for (size_t m = 0; m < met; m++) {
		uint32_t s = room->met[m];
		size_t len = session->starts[s + 1] - session->starts[s];
		float likeness = room->likeness[s] / sqrtf((float)len * (float)profile->count);
		room->likeness[s] = 0;
		if (options->age_scale_us > 0 && profile->times_us) {
			double age = fabs((double)now_us - (double)session->ends_us[s]);
			likeness *= (float)exp(-age / (double)options->age_scale_us);
		}
		kept = recs_rank_offer(room->best, kept, options->neighbours,
				       (struct recs_ranked){s, likeness});
	}
	return kept;
}

static void vote(const struct session *session, const struct room *room, size_t kept, float *row)
{
	float distance = session->options.distance;
	for (size_t b = 0; b < kept; b++) {
		uint32_t s = room->best[b].item;
		size_t start = session->starts[s], len = session->starts[s + 1] - start;
		for (size_t i = 0; i < len; i++) {
			float far = fabsf((float)i - (float)room->shared[s]);
			row[session->items[start + i]] +=
				room->best[b].score / (1 + distance * far);
		}
	}
}

static void session_score(const struct recs_model *model, const struct recs_profile *profiles,
			  size_t count, float *scores, size_t stride, void *scratch)
{
	const struct session *session = (const struct session *)model;
	struct room room = place_room(session, scratch);
	memset(room.likeness, 0, session->row_count * sizeof *room.likeness);
	for (size_t p = 0; p < count; p++) {
		const struct recs_profile *profile = &profiles[p];
		float *row = scores + p * stride;
		uint32_t order[RECS_SESSION_ITEMS_MAX] = {0};
		size_t met = 0, items = order_profile(session, profile, order);
		float value = 1;
		memset(row, 0, model->item_count * sizeof *row);
		for (size_t place = 0; place < items; place++) {
			float shared = value * session->rarity[order[place]];
			if (!(shared > 0)) /* decayed to nothing: whom it met would be met again */
				break;
			met = meet(session, profile, order[place], shared, &room, met);
			value *= profile->times_us ? session->options.place_decay : 1;
		}
		vote(session, &room, choose_neighbours(session, profile, &room, met), row);
		for (size_t i = 0; i < model->item_count; i++)
			row[i] = row[i] > 0 ? row[i] : RECS_NO_SCORE;
	}
}

/* What is indexed by item follows from it. */
static void session_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct session *session = (const struct session *)model;
	size_t rows = session->row_count, count = session->starts[rows];
	recs_arrays_put(out, session->starts, rows + 1, sizeof *session->starts);
	recs_arrays_put(out, session->items, count, sizeof *session->items);
	recs_arrays_put(out, session->ends_us, rows, sizeof *session->ends_us);
}

static const struct recs_model_kind session_kind = {"session", session_scratch_size, session_score,
						    session_free, session_save};

struct moment {
	int64_t time_us;
	uint32_t what;
};

/* By time, then as they were. */
static int compare_moments(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;
	if (x->time_us != y->time_us)
		return x->time_us > y->time_us ? 1 : -1;
	return (x->what > y->what) - (x->what < y->what);
}

static int order_sessions(struct session *session, const struct recs_ratings *ratings,
			  struct error *err)
{
	OWNED_MEMORY struct moment *hold =
		mem_alloc_array(recs_ratings_longest(ratings), sizeof *hold);
	session->starts = mem_alloc_array((size_t)ratings->row_count + 1, sizeof *session->starts);
	session->items = mem_alloc_array(recs_ratings_count(ratings), sizeof *session->items);
	session->ends_us = mem_alloc_array(ratings->row_count, sizeof *session->ends_us);
	if (!hold || !session->starts || !session->items || !session->ends_us)
		return err_memory(err);
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		size_t start = ratings->starts[r], len = recs_ratings_row_len(ratings, r);
		for (size_t i = 0; i < len; i++)
			hold[i] = (struct moment){ratings->times_us[start + i],
						  ratings->columns[start + i]};
		qsort(hold, len, sizeof *hold, compare_moments);
		for (size_t i = 0; i < len; i++)
			session->items[start + i] = hold[i].what;
		session->starts[r + 1] = start + len;
		session->ends_us[r] = len ? hold[len - 1].time_us : INT64_MIN;
	}
	return 0;
}

/* Sessions by item, newest first: taking the sessions in that order, each item's come sorted. */
static int index_items(struct session *session, struct error *err)
{
	uint32_t rows = session->row_count, items = session->model.item_count;
	size_t total = session->starts[rows];
	OWNED_MEMORY struct moment *order = mem_alloc_array(rows, sizeof *order);
	session->item_starts = mem_alloc_array((size_t)items + 2, sizeof *session->item_starts);
	session->sessions = mem_alloc_array(total, sizeof *session->sessions);
	session->places = mem_alloc_array(total, sizeof *session->places);
	if (!order || !session->item_starts || !session->sessions || !session->places)
		return err_memory(err);
	/* Counted two places on: after the sums, item_starts[i + 1] is where item i's next goes. */
	for (size_t e = 0; e < total; e++)
		session->item_starts[session->items[e] + 2]++;
	for (uint32_t i = 0; i < items; i++)
		session->item_starts[i + 2] += session->item_starts[i + 1];
	for (uint32_t r = 0; r < rows; r++)
		order[r] = (struct moment){session->ends_us[r], r};
	qsort(order, rows, sizeof *order, compare_moments);
	for (uint32_t o = rows; o-- > 0;) {
		uint32_t r = order[o].what;
		for (size_t e = session->starts[r]; e < session->starts[r + 1]; e++) {
			size_t at = session->item_starts[session->items[e] + 1]++;
			session->sessions[at] = r;
			session->places[at] = (uint32_t)(e - session->starts[r]);
		}
	}
	return 0;
}

static int measure_rarity(struct session *session, struct error *err)
{
	uint32_t items = session->model.item_count;
	session->rarity = mem_alloc_array(items, sizeof *session->rarity);
	if (!session->rarity)
		return err_memory(err);
	for (uint32_t i = 0; i < items; i++) {
		double with = (double)(session->item_starts[i + 1] - session->item_starts[i]);
		session->rarity[i] = session->options.rarity
					     ? (float)log1p((double)session->row_count / (with + 1))
					     : 1;
	}
	return 0;
}

static int check(const struct recs_session_options *options, struct error *err)
{
	if (options->neighbours < 1 || options->neighbours > options->sample)
		return err_set(err, ERR_USAGE,
			       "session: neighbours must be between 1 and the sample");
	if (!(options->place_decay > 0 && options->place_decay <= 1) || !(options->distance >= 0))
		return err_set(err, ERR_USAGE,
			       "session: place_decay must lie in (0, 1], distance not below 0");
	return 0;
}

/* Without sessions yet. */
static int make(uint32_t item_count, const struct recs_session_options *options,
		struct recs_model **out, struct error *err)
{
	TRY(check(options, err));
	struct session *session = mem_alloc(sizeof *session);
	if (!session)
		return err_memory(err);
	session->model = (struct recs_model){&session_kind, item_count};
	session->options = *options;
	if (!options->items_max || options->items_max > RECS_SESSION_ITEMS_MAX)
		session->options.items_max = RECS_SESSION_ITEMS_MAX;
	*out = &session->model;
	return 0;
}

int recs_session_train(const struct recs_ratings *ratings,
		       const struct recs_session_options *options, struct recs_model **out,
		       struct error *err)
{
	struct recs_model *made;
	if (!ratings->times_us)
		return err_set(err, ERR_USAGE, "session: the ratings have no times");
	TRY(make(ratings->column_count, options, &made, err));
	OWNED(recs_model) *model = made;
	struct session *session = (struct session *)made;
	session->row_count = ratings->row_count;
	TRY(order_sessions(session, ratings, err));
	TRY(index_items(session, err));
	TRY(measure_rarity(session, err));
	*out = TAKE(model);
	return 0;
}

static int copy_sessions(struct session *session, const size_t *starts, const uint32_t *items,
			 const int64_t *ends_us, struct error *err)
{
	size_t rows = session->row_count, count = starts[rows];
	session->starts = mem_alloc_array(rows + 1, sizeof *starts);
	session->items = mem_alloc_array(count, sizeof *items);
	session->ends_us = mem_alloc_array(rows, sizeof *ends_us);
	if (!session->starts || !session->items || !session->ends_us)
		return err_memory(err);
	memcpy(session->starts, starts, (rows + 1) * sizeof *starts);
	memcpy(session->items, items, count * sizeof *items);
	memcpy(session->ends_us, ends_us, rows * sizeof *ends_us);
	return 0;
}

int recs_session_load(struct recs_arrays_in *in, uint32_t item_count,
		      const struct recs_session_options *options, struct recs_model **out,
		      struct error *err)
{
	struct recs_model *made;
	size_t rows;
	TRY(make(item_count, options, &made, err));
	OWNED(recs_model) *model = made;
	struct session *session = (struct session *)made;
	const size_t *starts = recs_arrays_take_starts(in, RECS_ARRAYS_ANY, &rows, err);
	const uint32_t *items =
		starts ? recs_arrays_take_numbers(in, (int64_t)starts[rows], item_count, NULL, err)
		       : NULL;
	const int64_t *ends_us =
		items ? recs_arrays_take(in, sizeof *ends_us, (int64_t)rows, NULL, err) : NULL;
	if (!ends_us)
		return -1;
	if (rows > UINT32_MAX)
		return recs_arrays_refuse("too many sessions", err);
	session->row_count = (uint32_t)rows;
	TRY(copy_sessions(session, starts, items, ends_us, err));
	TRY(index_items(session, err));
	TRY(measure_rarity(session, err));
	*out = TAKE(model);
	return 0;
}
