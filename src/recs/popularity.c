/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/popularity.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/arrays.h"
#include "recs/matrix.h"
#include "recs/ratings.h"

struct popularity {
	struct recs_model model;
	struct recs_matrix shares; /* a row a segment */
};

static void popularity_free(struct recs_model *model)
{
	struct popularity *popularity = (struct popularity *)model;
	recs_matrix_done(&popularity->shares);
	free(popularity);
}

static size_t popularity_scratch_size(const struct recs_model *model, size_t count)
{
	(void)model;
	(void)count;
	return 0;
}

static void popularity_score(const struct recs_model *model, const struct recs_profile *profiles,
			     size_t count, float *scores, size_t stride, void *scratch)
{
	(void)scratch;
	const struct popularity *popularity = (const struct popularity *)model;
	for (size_t p = 0; p < count; p++) {
		size_t segment = profiles[p].segment;
		if (segment >= popularity->shares.rows)
			segment = 0;
		memcpy(scores + p * stride, recs_matrix_row(&popularity->shares, segment),
		       model->item_count * sizeof *scores);
	}
}

static void popularity_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	recs_arrays_put_matrix(out, &((const struct popularity *)model)->shares);
}

static const struct recs_model_kind popularity_kind = {
	"popularity", popularity_scratch_size, popularity_score, popularity_free, popularity_save};

uint32_t recs_popularity_segments(const struct recs_model *model)
{
	bool is_one = model->kind == &popularity_kind;
	return is_one ? (uint32_t)((const struct popularity *)model)->shares.rows : 0;
}

static int check(const struct recs_ratings *ratings, const struct recs_popularity_options *options,
		 struct error *err)
{
	if (options->segment_count > RECS_SEGMENTS_MAX || !(options->prior >= 0))
		return err_set(err, ERR_USAGE,
			       "popularity: more than %d segments, or a prior below 0",
			       RECS_SEGMENTS_MAX);
	for (uint32_t r = 0; options->segments && r < ratings->row_count; r++)
		if (options->segments[r] >= options->segment_count)
			return err_set(err, ERR_USAGE, "popularity: row %u has segment %u of %u", r,
				       options->segments[r], options->segment_count);
	return 0;
}

/* totals[0 .. items - 1] of the shop, sums[segment][item] of the segments. */
static void count_sales(const struct recs_ratings *ratings,
			const struct recs_popularity_options *options, double *totals, double *sums)
{
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		size_t segment = options->segments ? options->segments[r] : 0;
		for (size_t i = ratings->starts[r]; i < ratings->starts[r + 1]; i++) {
			totals[ratings->columns[i]] += (double)ratings->values[i];
			sums[segment * ratings->column_count + ratings->columns[i]] +=
				(double)ratings->values[i];
		}
	}
}

static void set_shares(struct recs_matrix *shares, const double *totals, const double *sums,
		       double prior)
{
	double all = 0;
	for (size_t i = 0; i < shares->width; i++)
		all += totals[i];
	for (size_t s = 0; s < shares->rows; s++) {
		const double *own = sums + s * shares->width;
		double sold = 0;
		for (size_t i = 0; i < shares->width; i++)
			sold += own[i];
		/* A segment that sold nothing shows the shop's own order. */
		double weight = sold + prior > 0 ? prior : 1;
		for (size_t i = 0; i < shares->width; i++) {
			double share = (own[i] + weight * totals[i] / all) / (sold + weight);
			recs_matrix_row(shares, s)[i] =
				totals[i] > 0 && share > 0 ? (float)share : RECS_NO_SCORE;
		}
	}
}

int recs_popularity_train(const struct recs_ratings *ratings,
			  const struct recs_popularity_options *options, struct recs_model **out,
			  struct error *err)
{
	TRY(check(ratings, options, err));
	size_t items = ratings->column_count;
	size_t segments = options->segment_count ? options->segment_count : 1;
	OWNED_MEMORY double *totals = mem_alloc_array(items, sizeof *totals);
	OWNED_MEMORY double *sums = mem_alloc_array(segments * items, sizeof *sums);
	struct popularity *popularity = mem_alloc(sizeof *popularity);
	if (!popularity)
		return err_memory(err);
	popularity->model = (struct recs_model){&popularity_kind, ratings->column_count};
	OWNED(recs_model) *model = &popularity->model;
	if (!totals || !sums)
		return err_memory(err);
	TRY(recs_matrix_init(&popularity->shares, segments, items, err));
	count_sales(ratings, options, totals, sums);
	set_shares(&popularity->shares, totals, sums, (double)options->prior);
	*out = TAKE(model);
	return 0;
}

int recs_popularity_load(struct recs_arrays_in *in, uint32_t item_count, struct recs_model **out,
			 struct error *err)
{
	struct popularity *popularity = mem_alloc(sizeof *popularity);
	if (!popularity)
		return err_memory(err);
	popularity->model = (struct recs_model){&popularity_kind, item_count};
	OWNED(recs_model) *model = &popularity->model;
	struct recs_matrix *shares = &popularity->shares;
	TRY(recs_arrays_take_matrix(in, RECS_ARRAYS_ANY, item_count, shares, err));
	if (shares->rows < 1 || shares->rows > RECS_SEGMENTS_MAX)
		return recs_arrays_refuse("popularity of no segment", err);
	for (size_t i = 0; i < shares->rows * shares->stride; i++)
		if (isnan(shares->data[i]) || shares->data[i] == INFINITY)
			return recs_arrays_refuse("a share that is no number", err);
	*out = TAKE(model);
	return 0;
}
