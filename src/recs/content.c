/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/content.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/arrays.h"
#include "recs/ids.h"
#include "recs/profile.h"
#include "recs/ratings.h"

struct content {
	struct recs_model model;
	struct recs_links_options options;
	struct recs_ratings *vectors;  /* items × attributes */
	struct recs_ratings *carriers; /* attributes × items: who has each */
	uint32_t *alike;               /* per item: which vector it has */
	float *factors;                /* per item: what its sales are worth */
};

static void content_free(struct recs_model *model)
{
	struct content *content = (struct content *)model;
	recs_ratings_free(content->vectors);
	recs_ratings_free(content->carriers);
	free(content->factors);
	free(content->alike);
	free(content);
}

static size_t content_scratch_size(const struct recs_model *model, size_t count)
{
	(void)count;
	return ((const struct content *)model)->vectors->column_count * sizeof(float);
}

static void sum_history(const struct content *content, const struct recs_profile *profile,
			float *sums)
{
	const struct recs_ratings *vectors = content->vectors;
	struct recs_recency recency =
		recs_recency(profile, content->options.half_life_us, content->options.place_decay);
	for (size_t h = 0; h < profile->count; h++) {
		float weight = recs_recency_weight(&recency, profile, h);
		if (content->options.weighted)
			weight *= profile->weights[h];
		size_t end = vectors->starts[profile->items[h] + 1];
		for (size_t e = vectors->starts[profile->items[h]]; e < end; e++)
			sums[vectors->columns[e]] += weight * vectors->values[e];
	}
}

static void bring_to_length_1(float *vector, size_t count)
{
	double squares = 0;
	for (size_t a = 0; a < count; a++)
		squares += (double)vector[a] * (double)vector[a];
	float scale = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
	for (size_t a = 0; a < count; a++)
		vector[a] *= scale;
}

/* Only items with an attribute of the history are visited. */
static void multiply(const struct content *content, const float *sums, float *row)
{
	const struct recs_ratings *carriers = content->carriers;
	memset(row, 0, content->model.item_count * sizeof *row);
	for (uint32_t a = 0; a < carriers->row_count; a++) {
		if (sums[a] == 0)
			continue;
		for (size_t e = carriers->starts[a]; e < carriers->starts[a + 1]; e++)
			row[carriers->columns[e]] += sums[a] * carriers->values[e];
	}
}

static void content_score(const struct recs_model *model, const struct recs_profile *profiles,
			  size_t count, float *scores, size_t stride, void *scratch)
{
	const struct content *content = (const struct content *)model;
	uint32_t attributes = content->vectors->column_count;
	float *sums = scratch;
	for (size_t p = 0; p < count; p++) {
		float *row = scores + p * stride;
		memset(sums, 0, attributes * sizeof *sums);
		sum_history(content, &profiles[p], sums);
		bring_to_length_1(sums, attributes);
		multiply(content, sums, row);
		for (uint32_t i = 0; i < model->item_count; i++)
			row[i] = row[i] > 0 ? row[i] * content->factors[i] : RECS_NO_SCORE;
	}
}

/* By attribute, so that the starts of the rows say how many attributes there are. */
static void content_save(const struct recs_model *model, struct recs_arrays_out *out)
{
	const struct content *content = (const struct content *)model;
	const struct recs_ratings *carriers = content->carriers;
	size_t count = recs_ratings_count(carriers);
	recs_arrays_put(out, carriers->starts, (size_t)carriers->row_count + 1,
			sizeof *carriers->starts);
	recs_arrays_put(out, carriers->columns, count, sizeof *carriers->columns);
	recs_arrays_put(out, carriers->values, count, sizeof *carriers->values);
	recs_arrays_put(out, content->factors, model->item_count, sizeof *content->factors);
}

static const struct recs_model_kind content_kind = {"content", content_scratch_size, content_score,
						    content_free, content_save};

/* Rarer attributes say more. */
static int make_vectors(struct content *content, const struct recs_ratings *attributes,
			struct error *err)
{
	size_t count = recs_ratings_count(attributes);
	OWNED_MEMORY uint32_t *with = mem_alloc_array(attributes->column_count, sizeof *with);
	TRY(recs_ratings_new(attributes->row_count, attributes->column_count, count, false,
			     &content->vectors, err));
	if (!with)
		return err_memory(err);
	struct recs_ratings *vectors = content->vectors;
	memcpy(vectors->starts, attributes->starts,
	       ((size_t)attributes->row_count + 1) * sizeof *vectors->starts);
	memcpy(vectors->columns, attributes->columns, count * sizeof *vectors->columns);
	for (size_t e = 0; e < count; e++)
		with[attributes->columns[e]]++;
	for (size_t e = 0; e < count; e++)
		vectors->values[e] =
			attributes->values[e] * (float)log1p((double)attributes->row_count /
							     (double)with[attributes->columns[e]]);
	return 0;
}

static int find_alike(struct content *content, struct error *err)
{
	const struct recs_ratings *vectors = content->vectors;
	OWNED(recs_ids) *ids = recs_ids_new();
	HELD(text) vector = {0};
	content->alike = mem_alloc_array(vectors->row_count, sizeof *content->alike);
	if (!ids || !content->alike)
		return err_memory(err);
	for (uint32_t i = 0; i < vectors->row_count; i++) {
		size_t start = vectors->starts[i], len = recs_ratings_row_len(vectors, i);
		text_clear(&vector);
		text_add_bytes(&vector, (const char *)(vectors->columns + start),
			       len * sizeof *vectors->columns);
		text_add_bytes(&vector, (const char *)(vectors->values + start),
			       len * sizeof *vectors->values);
		TRY(text_check(&vector, err));
		TRY(recs_ids_put(ids, vector.data ? vector.data : "", vector.len,
				 &content->alike[i], err));
	}
	return 0;
}

const uint32_t *recs_content_alike(const struct recs_model *model)
{
	return model->kind == &content_kind ? ((const struct content *)model)->alike : NULL;
}

static int make_factors(struct content *content, const struct recs_content_options *options,
			struct error *err)
{
	uint32_t items = content->model.item_count;
	content->factors = mem_alloc_array(items, sizeof *content->factors);
	if (!content->factors)
		return err_memory(err);
	const float *sales = options->sales;
	float most = 0;
	for (uint32_t i = 0; sales && i < items; i++)
		most = sales[i] > most ? sales[i] : most;
	for (uint32_t i = 0; i < items; i++)
		content->factors[i] =
			sales && most > 0
				? 1 + options->popularity * log1pf(sales[i]) / log1pf(most)
				: 1;
	return 0;
}

int recs_content_train(const struct recs_ratings *attributes,
		       const struct recs_content_options *options, struct recs_model **out,
		       struct error *err)
{
	if (!(options->popularity >= 0))
		return err_set(err, ERR_USAGE, "content: popularity must not be below 0");
	struct content *content = mem_alloc(sizeof *content);
	if (!content)
		return err_memory(err);
	content->model = (struct recs_model){&content_kind, attributes->row_count};
	OWNED(recs_model) *model = &content->model;
	content->options = options->scoring;
	TRY(make_vectors(content, attributes, err));
	TRY(recs_ratings_transpose(content->vectors, 1, &content->carriers, err));
	TRY(find_alike(content, err));
	TRY(make_factors(content, options, err));
	*out = TAKE(model);
	return 0;
}

/* Items rise within an attribute: each has it once. */
static bool do_rise(const size_t *starts, size_t rows, const uint32_t *items)
{
	for (size_t a = 0; a < rows; a++)
		for (size_t e = starts[a] + 1; e < starts[a + 1]; e++)
			if (items[e] <= items[e - 1])
				return false;
	return true;
}

static int take_carriers(struct recs_arrays_in *in, uint32_t item_count, struct recs_ratings **out,
			 struct error *err)
{
	size_t rows;
	const size_t *starts = recs_arrays_take_starts(in, RECS_ARRAYS_ANY, &rows, err);
	if (!starts)
		return -1;
	size_t count = starts[rows];
	const uint32_t *items = recs_arrays_take_numbers(in, (int64_t)count, item_count, NULL, err);
	const float *values = items ? recs_arrays_take_floats(in, (int64_t)count, NULL, err) : NULL;
	if (!values)
		return -1;
	if (rows > UINT32_MAX || !do_rise(starts, rows, items))
		return recs_arrays_refuse("attributes out of order", err);
	TRY(recs_ratings_new((uint32_t)rows, item_count, count, false, out, err));
	memcpy((*out)->starts, starts, (rows + 1) * sizeof *starts);
	memcpy((*out)->columns, items, count * sizeof *items);
	memcpy((*out)->values, values, count * sizeof *values);
	return 0;
}

int recs_content_load(struct recs_arrays_in *in, uint32_t item_count,
		      const struct recs_links_options *scoring, struct recs_model **out,
		      struct error *err)
{
	struct content *content = mem_alloc(sizeof *content);
	if (!content)
		return err_memory(err);
	content->model = (struct recs_model){&content_kind, item_count};
	OWNED(recs_model) *model = &content->model;
	content->options = *scoring;
	TRY(take_carriers(in, item_count, &content->carriers, err));
	const float *factors = recs_arrays_take_floats(in, item_count, NULL, err);
	if (!factors)
		return -1;
	content->factors = mem_alloc_array(item_count, sizeof *factors);
	if (!content->factors)
		return err_memory(err);
	memcpy(content->factors, factors, item_count * sizeof *factors);
	TRY(recs_ratings_transpose(content->carriers, 1, &content->vectors, err));
	TRY(find_alike(content, err));
	*out = TAKE(model);
	return 0;
}
