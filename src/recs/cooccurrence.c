/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/cooccurrence.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/pairs.h"
#include "recs/ratings.h"

struct formula {
	const struct recs_cooccurrence_options *options;
	float *masses, *roots; /* per item: sum of squares (1 where nobody has it), 1 / √ of it */
	float persons;
};

static void formula_done(struct formula *formula)
{
	free(formula->masses);
	free(formula->roots);
}
OWN_DEFINE_EMBEDDED(formula, formula_done)

static int measure(struct formula *formula, const struct recs_ratings *ratings, struct error *err)
{
	size_t items = ratings->column_count;
	OWNED_MEMORY double *sums = mem_alloc_array(items, sizeof *sums);
	formula->masses = mem_alloc_array(items, sizeof *formula->masses);
	formula->roots = mem_alloc_array(items, sizeof *formula->roots);
	if (!sums || !formula->masses || !formula->roots)
		return err_memory(err);
	size_t persons = 0;
	for (uint32_t r = 0; r < ratings->row_count; r++) {
		double n = (double)recs_ratings_row_len(ratings, r);
		double scale = n > 0 ? pow(n, -(double)formula->options->person_exponent) : 0;
		persons += n > 0;
		for (size_t e = ratings->starts[r]; e < ratings->starts[r + 1]; e++)
			sums[ratings->columns[e]] +=
				scale * (double)ratings->values[e] * (double)ratings->values[e];
	}
	for (size_t i = 0; i < items; i++) {
		formula->masses[i] = sums[i] > 0 ? (float)sums[i] : 1;
		formula->roots[i] = sums[i] > 0 ? (float)(1 / sqrt(sums[i])) : 0;
	}
	formula->persons = (float)persons;
	return 0;
}

/* Each loop alone, so that the compiler makes vectors of it. */
static void compare(const struct formula *formula, uint32_t from, uint32_t first, const float *sums,
		    size_t n, float *out)
{
	const float *masses = formula->masses + first, *roots = formula->roots + first;
	float mass = formula->masses[from], root = formula->roots[from];
	switch (formula->options->similarity) {
	case RECS_COSINE:
		for (size_t i = 0; i < n; i++)
			out[i] = sums[i] * root * roots[i];
		break;
	case RECS_JACCARD:
		for (size_t i = 0; i < n; i++)
			out[i] = sums[i] / (mass + masses[i] - sums[i]);
		break;
	case RECS_LIFT:
		for (size_t i = 0; i < n; i++)
			out[i] = sums[i] * formula->persons / (mass * masses[i]);
		break;
	default:
		memcpy(out, sums, n * sizeof *out);
	}
}

static void weigh(const void *context, uint32_t from, uint32_t first, const float *sums, size_t n,
		  float *out)
{
	const struct formula *formula = context;
	float shrinkage = formula->options->shrinkage;
	compare(formula, from, first, sums, n, out);
	if (shrinkage > 0)
		for (size_t i = 0; i < n; i++)
			out[i] *= sums[i] / (sums[i] + shrinkage);
	for (size_t i = 0; i < n; i++) /* 0 / 0, of masses that vanished by decay */
		out[i] = sums[i] > 0 ? out[i] : 0;
}

static const struct recs_model_kind cooccurrence_kind = RECS_LINKS_KIND("cooccurrence");

int recs_cooccurrence_train(const struct recs_ratings *ratings,
			    const struct recs_cooccurrence_options *options,
			    struct recs_links **out, struct error *err)
{
	if (!(options->shrinkage >= 0))
		return err_set(err, ERR_USAGE, "cooccurrence: shrinkage must not be below 0");
	HELD(formula) formula = {.options = options};
	TRY(measure(&formula, ratings, err));
	struct recs_pairs_options pairs = {.neighbours = options->neighbours,
					   .person_exponent = options->person_exponent,
					   .history_max = options->history_max,
					   .threads = options->threads,
					   .weigh = weigh,
					   .context = &formula};
	TRY(recs_pairs_links(ratings, &pairs, &cooccurrence_kind, out, err));
	(*out)->options = options->scoring;
	return 0;
}
