/* SPDX-License-Identifier: Apache-2.0 */
/* explicit: rating prediction by alternating least squares with biases:
 *	r ≈ mean + b_person + b_item + x·y
 * with squared error over what was rated and λ n_row (|x|² + b²), n_row a row's ratings. Sources:
 * Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan, "Large-scale Parallel Collaborative Filtering for
 *the Netflix Prize", 2008, section 3 (the scaling); Y. Koren, R. Bell, C. Volinsky, "Matrix
 * Factorization Techniques", 2009 (biases). With `nonnegative` there are neither mean nor biases,
 * and each row is solved by coordinate descent on its normal equations: V. Franc, V. Hlaváč,
 * M. Navara, "Sequential Coordinate-Wise Algorithm for the NNLS Problem", 2005.
 *
 * Judge it by the error of its predictions. For lists of what to buy it is a poor guide: it learns
 * from what was rated only. The same for the same seed, threads and vector width. */
#ifndef VITRINE_RECS_EXPLICIT_H
#define VITRINE_RECS_EXPLICIT_H

#include <stdbool.h>

#include "recs/matrix.h"
#include "recs/model.h"

struct error;
struct recs_ratings;

struct recs_explicit_options {
	uint32_t width; /* factors per row, 1 .. RECS_EXPLICIT_WIDTH_MAX */
	int epochs;
	float regularization; /* λ of factors, > 0 */
	float regularization_bias;
	bool nonnegative;
	uint64_t seed;
	int threads;
	/* NULL = none; negative = stop, with the error in err. */
	int (*after_epoch)(void *context, int epoch, struct error *err);
	void *context;
};

enum { RECS_EXPLICIT_WIDTH_MAX = 512 };

struct recs_explicit {
	struct recs_model model;
	struct recs_explicit_options options;
	float mean, lowest, highest; /* of the ratings: predictions are kept between */
	float typical;               /* the mean of the ratings, also where `mean` is 0 */
	struct recs_matrix persons;  /* factors, bias, 1 */
	struct recs_matrix items;    /* factors, 1, bias */
	float *packed;
};

/* Owner: caller, by recs_model_free(&out->model). Fails: USAGE, MEMORY, what after_epoch says. */
int recs_explicit_train(const struct recs_ratings *ratings,
			const struct recs_explicit_options *options, struct recs_explicit **out,
			struct error *err);

/* One rating, between the lowest and highest seen. A row that was never trained has bias 0 and
 * factors 0; with `nonnegative` the mean of all ratings stands for it. `person` < rows, `item` <
 * items. */
float recs_explicit_predict(const struct recs_explicit *model, uint32_t person, uint32_t item);

/* Root of the mean squared error over all entries of `test`; 0 when it has none. */
double recs_explicit_rmse(const struct recs_explicit *model, const struct recs_ratings *test);

#endif
