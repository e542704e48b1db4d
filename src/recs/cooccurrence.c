/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/cooccurrence.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/kernels.h"
#include "recs/pairs.h"
#include "recs/ratings.h"

struct formula {
	const struct recs_cooccurrence_options *options;
	/* Per item: the sum of squares (1 where nobody has it), what a sum is divided by or
	 * multiplied with because of it. */
	float *masses, *factors;
	float persons;
};

static void formula_done(struct formula *formula)
{
	free(formula->masses);
	free(formula->factors);
}
OWN_DEFINE_EMBEDDED(formula, formula_done)

static int measure(struct formula *formula, const struct recs_ratings *ratings, struct error *err)
{
	size_t items = ratings->column_count;
	OWNED_MEMORY double *sums = mem_alloc_array(items, sizeof *sums);
	formula->masses = mem_alloc_array(items, sizeof *formula->masses);
	formula->factors = mem_alloc_array(items, sizeof *formula->factors);
	if (!sums || !formula->masses || !formula->factors)
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
		double mass = sums[i] > 0 ? sums[i] : 1;
		double factor =
			formula->options->similarity == RECS_COSINE ? 1 / sqrt(mass) : 1 / mass;
		formula->masses[i] = (float)mass;
		/* So that nothing times it is 0, not NaN, also where a mass decayed to almost 0. */
		formula->factors[i] = (float)(factor < FLT_MAX ? factor : FLT_MAX);
	}
	formula->persons = (float)persons;
	return 0;
}

static float divide_by_either(const float *sums, float mass, const float *masses, size_t n,
			      float *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = sums[i] > 0 ? sums[i] / (mass + masses[i] - sums[i]) : 0;
	return recs_kernels()->max(out, n);
}

static float compare(const struct formula *formula, uint32_t from, uint32_t first,
		     const float *sums, size_t n, float *out)
{
	const float *factors = formula->factors;
	switch (formula->options->similarity) {
	case RECS_COSINE:
		return recs_kernels()->scale(factors[from], sums, factors + first, out, n);
	case RECS_LIFT:
		return recs_kernels()->scale(factors[from] * formula->persons, sums,
					     factors + first, out, n);
	case RECS_JACCARD:
		return divide_by_either(sums, formula->masses[from], formula->masses + first, n,
					out);
	default:
		memcpy(out, sums, n * sizeof *out);
		return recs_kernels()->max(out, n);
	}
}

static float weigh(const void *context, uint32_t from, uint32_t first, const float *sums, size_t n,
		   float *out)
{
	const struct formula *formula = context;
	float shrinkage = formula->options->shrinkage;
	float most = compare(formula, from, first, sums, n, out);
	if (!(shrinkage > 0))
		return most;
	for (size_t i = 0; i < n; i++)
		out[i] *= sums[i] / (sums[i] + shrinkage);
	return recs_kernels()->max(out, n);
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
					   .context = &formula,
					   .known = {formula.masses, formula.factors}};
	TRY(recs_pairs_links(ratings, &pairs, &cooccurrence_kind, out, err));
	(*out)->options = options->scoring;
	return 0;
}
