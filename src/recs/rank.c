/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/rank.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/kernels.h"
#include "recs/matrix.h"
#include "recs/popularity.h"
#include "recs/ratings.h"

enum {
	BLOCK = 64,
	BATCH_FLOATS = 1 << 17, /* scores that fit the second-level cache */
	BATCH_MIN = 6,          /* rows that kernels' tile() takes at once: batches are multiples */
	BATCH_MAX = 30,
	SHARED_SEEN_MAX = 200, /* who has more is ranked alone */
	SHARED_ROWS_MIN = 8,   /* a segment, or sharing does not pay */
};

static bool is_better(const struct recs_ranked *a, const struct recs_ranked *b)
{
	return a->score > b->score || (a->score == b->score && a->item < b->item);
}

/* `heap` has the worst of the best on top. */
static void sift_down(struct recs_ranked *heap, size_t count, size_t at)
{
	for (;;) {
		size_t worst = at, left = 2 * at + 1;
		for (size_t child = left; child < left + 2 && child < count; child++)
			if (is_better(&heap[worst], &heap[child]))
				worst = child;
		if (worst == at)
			return;
		struct recs_ranked hold = heap[at];
		heap[at] = heap[worst];
		heap[worst] = hold;
		at = worst;
	}
}

static void sift_up(struct recs_ranked *heap, size_t at)
{
	while (at > 0 && is_better(&heap[(at - 1) / 2], &heap[at])) {
		struct recs_ranked hold = heap[at];
		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = hold;
		at = (at - 1) / 2;
	}
}

void recs_rank_sort(struct recs_ranked *heap, size_t count)
{
	for (size_t left = count; left > 1; left--) {
		struct recs_ranked hold = heap[0];
		heap[0] = heap[left - 1];
		heap[left - 1] = hold;
		sift_down(heap, left - 1, 0);
	}
}

size_t recs_rank_offer(struct recs_ranked *heap, size_t kept, size_t k, struct recs_ranked new)
{
	if (kept < k) {
		heap[kept] = new;
		sift_up(heap, kept);
		return kept + 1;
	}
	if (is_better(&new, &heap[0])) {
		heap[0] = new;
		sift_down(heap, kept, 0);
	}
	return kept;
}

size_t recs_rank_top(const float *scores, size_t count, size_t k, struct recs_ranked *out)
{
	const struct recs_kernels *kernels = recs_kernels();
	size_t kept = 0;
	float bar = RECS_NO_SCORE; /* items must pass it; equal ones come later, so lose */
	for (size_t first = 0; first < count; first += BLOCK) {
		size_t n = count - first < BLOCK ? count - first : BLOCK;
		if (kept == k && !(kernels->max(scores + first, n) > bar))
			continue;
		for (size_t i = first; i < first + n; i++) {
			if (!(scores[i] > bar))
				continue;
			kept = recs_rank_offer(out, kept, k,
					       (struct recs_ranked){(uint32_t)i, scores[i]});
			if (kept == k)
				bar = out[0].score;
		}
	}
	recs_rank_sort(out, kept);
	for (size_t i = kept; i < k; i++)
		out[i] = (struct recs_ranked){RECS_NO_ITEM, RECS_NO_SCORE};
	return kept;
}

void recs_lists_done(struct recs_lists *lists)
{
	free(lists->at);
	*lists = (struct recs_lists){0};
}

struct ranking {
	const struct recs_model *model;
	const struct recs_ratings *histories;
	const struct recs_rank_options *options;
	struct recs_lists *lists;
	struct recs_matrix scores;  /* `batch` rows a thread */
	struct recs_matrix scratch; /* a row a thread */
	size_t batch;
	const uint32_t *forbidden; /* items, mostly few: cheaper than a look at all for each row */
	size_t forbidden_count;
	/* Where scores follow from the segment alone: of each the best k + SHARED_SEEN_MAX, from
	 * which each row's own are what is left without those seen. */
	struct recs_ranked *shared;
	uint32_t shared_segments; /* 0 = scores differ from row to row */
};

static void describe(const struct ranking *ranking, uint32_t row, struct recs_profile *out)
{
	const struct recs_ratings *histories = ranking->histories;
	size_t start = histories->starts[row];
	*out = (struct recs_profile){
		.person = ranking->options->fold ? RECS_NOBODY : (int64_t)row,
		.segment = ranking->options->segments ? ranking->options->segments[row] : 0,
		.count = recs_ratings_row_len(histories, row),
		.items = histories->columns + start,
		.weights = histories->values + start,
		.times_us = histories->times_us ? histories->times_us + start : NULL,
	};
}

static void forbid(const struct ranking *ranking, float *scores)
{
	for (size_t i = 0; i < ranking->forbidden_count; i++)
		scores[ranking->forbidden[i]] = RECS_NO_SCORE;
}

static void take_out(const struct ranking *ranking, uint32_t row, float *scores)
{
	const struct recs_rank_options *options = ranking->options;
	const struct recs_ratings *seen = options->seen ? options->seen : ranking->histories;
	if (!options->keep_seen)
		for (size_t i = seen->starts[row]; i < seen->starts[row + 1]; i++)
			scores[seen->columns[i]] = RECS_NO_SCORE;
	forbid(ranking, scores);
}

static bool is_seen(const uint32_t *columns, size_t count, uint32_t item)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (columns[middle] < item)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && columns[low] == item;
}

/* The row's list from its segment's; false when too much was seen. */
static bool take_shared(const struct ranking *ranking, uint32_t row)
{
	const struct recs_rank_options *options = ranking->options;
	const struct recs_ratings *seen = options->seen ? options->seen : ranking->histories;
	size_t k = ranking->lists->k, kept = 0, count = k + SHARED_SEEN_MAX;
	size_t seen_count = options->keep_seen ? 0 : recs_ratings_row_len(seen, row);
	if (!ranking->shared_segments || seen_count > SHARED_SEEN_MAX)
		return false;
	uint32_t segment = options->segments ? options->segments[row] : 0;
	segment = segment < ranking->shared_segments ? segment : 0;
	const struct recs_ranked *from = ranking->shared + segment * count;
	struct recs_ranked *list = ranking->lists->at + row * k;
	for (size_t i = 0; i < count && kept < k; i++)
		if (from[i].item == RECS_NO_ITEM ||
		    !is_seen(seen->columns + seen->starts[row], seen_count, from[i].item))
			list[kept++] = from[i];
	return true;
}

static void empty_list(struct recs_ranked *list, size_t k)
{
	for (size_t i = 0; i < k; i++)
		list[i] = (struct recs_ranked){RECS_NO_ITEM, RECS_NO_SCORE};
}

static void rank_batch(void *context, int thread, size_t first, size_t last)
{
	struct ranking *ranking = context;
	const struct recs_model *model = ranking->model;
	struct recs_profile profiles[BATCH_MAX] = {0};
	uint32_t rows[BATCH_MAX];
	float *scores = recs_matrix_row(&ranking->scores, (size_t)thread * ranking->batch);
	size_t stride = ranking->scores.stride, k = ranking->lists->k, count = 0;
	for (size_t r = first; r < last; r++) {
		if (ranking->options->rows && !ranking->options->rows[r]) {
			empty_list(ranking->lists->at + r * k, k);
			continue;
		}
		if (take_shared(ranking, (uint32_t)r))
			continue;
		rows[count] = (uint32_t)r;
		describe(ranking, (uint32_t)r, &profiles[count++]);
	}
	if (!count)
		return;
	model->kind->score(model, profiles, count, scores, stride,
			   recs_matrix_row(&ranking->scratch, (size_t)thread));
	for (size_t p = 0; p < count; p++) {
		float *row = scores + p * stride;
		take_out(ranking, rows[p], row);
		recs_rank_top(row, model->item_count, k, ranking->lists->at + rows[p] * k);
	}
}

static int check(const struct recs_model *model, const struct recs_ratings *histories,
		 const struct recs_rank_options *options, struct error *err)
{
	if (options->k < 1 || options->k > RECS_RANK_MAX)
		return err_set(err, ERR_USAGE, "lists of %u are not between 1 and %d", options->k,
			       RECS_RANK_MAX);
	if (histories->column_count > model->item_count)
		return err_set(err, ERR_USAGE, "histories name %u items, the model knows %u",
			       histories->column_count, model->item_count);
	if (options->seen && (options->seen->row_count < histories->row_count ||
			      options->seen->column_count > model->item_count))
		return err_set(err, ERR_USAGE, "seen items are not of the size of the histories");
	return 0;
}

/* Owner of `shared`: caller (free()). */
static int rank_segments(struct ranking *ranking, struct error *err)
{
	const struct recs_model *model = ranking->model;
	uint32_t segments = recs_popularity_segments(model);
	size_t count = (size_t)ranking->lists->k + SHARED_SEEN_MAX;
	if (!segments || ranking->histories->row_count / segments < SHARED_ROWS_MIN)
		return 0;
	ranking->shared = mem_alloc_array(segments * count, sizeof *ranking->shared);
	if (!ranking->shared)
		return err_memory(err);
	for (uint32_t s = 0; s < segments; s++) {
		const struct recs_profile profile = {.person = RECS_NOBODY, .segment = s};
		float *scores = recs_matrix_row(&ranking->scores, 0);
		model->kind->score(model, &profile, 1, scores, ranking->scores.stride,
				   recs_matrix_row(&ranking->scratch, 0));
		forbid(ranking, scores);
		recs_rank_top(scores, model->item_count, count, ranking->shared + s * count);
	}
	ranking->shared_segments = segments;
	return 0;
}

/* Owner: caller (free()). */
static int find_forbidden(const uint8_t *allowed, uint32_t item_count, uint32_t **out,
			  size_t *out_count, struct error *err)
{
	size_t count = 0;
	for (uint32_t i = 0; allowed && i < item_count; i++)
		count += !allowed[i];
	*out = mem_alloc_array(count, sizeof **out);
	if (!*out)
		return err_memory(err);
	for (uint32_t i = 0; count > 0 && i < item_count; i++)
		if (!allowed[i])
			(*out)[(*out_count)++] = i;
	return 0;
}

int recs_rank_all(const struct recs_model *model, const struct recs_ratings *histories,
		  const struct recs_rank_options *options, struct recs_lists *out,
		  struct error *err)
{
	TRY(check(model, histories, options, err));
	int threads = parallel_threads(options->threads);
	size_t stride = recs_model_stride(model);
	size_t batch = BATCH_FLOATS / (stride + 1);
	batch = batch < BATCH_MIN ? BATCH_MIN : batch > BATCH_MAX ? BATCH_MAX : batch;
	batch -= batch % BATCH_MIN;
	size_t size = model->kind->scratch_size(model, batch);
	HELD(recs_matrix) scores = {0};
	HELD(recs_matrix) scratch = {0};
	HELD(recs_lists) lists = {.row_count = histories->row_count, .k = options->k};
	OWNED_MEMORY uint32_t *forbidden = NULL;
	size_t forbidden_count = 0;
	TRY(find_forbidden(options->allowed, model->item_count, &forbidden, &forbidden_count, err));
	TRY(recs_matrix_init(&scores, (size_t)threads * batch, stride, err));
	TRY(recs_matrix_init(&scratch, (size_t)threads, size / sizeof(float) + 1, err));
	lists.at = mem_alloc_array((size_t)lists.row_count * lists.k, sizeof *lists.at);
	if (!lists.at)
		return err_memory(err);
	struct ranking ranking = {model,   histories, options,   &lists,         scores,
				  scratch, batch,     forbidden, forbidden_count};
	int result = rank_segments(&ranking, err);
	if (result == 0)
		parallel_run(threads, histories->row_count, batch, rank_batch, &ranking);
	free(ranking.shared);
	TRY(result);
	*out = lists;
	lists = (struct recs_lists){0};
	return 0;
}
