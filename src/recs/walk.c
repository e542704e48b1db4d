/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/walk.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "recs/kernels.h"
#include "recs/pairs.h"
#include "recs/ratings.h"

struct pulls {
	float *from, *to; /* per item */
	bool by_target;   /* then lists are of what leads to an item, and are turned at the end */
};

static void pulls_done(struct pulls *pulls)
{
	free(pulls->from);
	free(pulls->to);
}
OWN_DEFINE_EMBEDDED(pulls, pulls_done)

static int measure(struct pulls *pulls, const struct recs_ratings *ratings,
		   const struct recs_walk_options *options, struct error *err)
{
	size_t items = ratings->column_count;
	OWNED_MEMORY uint32_t *persons = mem_alloc_array(items, sizeof *persons);
	pulls->from = mem_alloc_array(items, sizeof *pulls->from);
	pulls->to = mem_alloc_array(items, sizeof *pulls->to);
	if (!persons || !pulls->from || !pulls->to)
		return err_memory(err);
	for (size_t e = 0; e < recs_ratings_count(ratings); e++)
		persons[ratings->columns[e]]++;
	for (size_t i = 0; i < items; i++) {
		double n = persons[i] ? persons[i] : 1;
		pulls->from[i] = (float)pow(n, -(double)options->from_exponent);
		pulls->to[i] = (float)pow(n, -(double)options->to_exponent);
	}
	return 0;
}

static float weigh(const void *context, uint32_t from, uint32_t first, const float *sums, size_t n,
		   float *out)
{
	const struct pulls *pulls = context;
	const float *of_from = pulls->by_target ? pulls->to : pulls->from;
	const float *of_other = pulls->by_target ? pulls->from : pulls->to;
	return recs_kernels()->scale(of_from[from], sums, of_other + first, out, n);
}

static const struct recs_model_kind walk_kind = RECS_LINKS_KIND("walk");

int recs_walk_train(const struct recs_ratings *ratings, const struct recs_walk_options *options,
		    struct recs_links **out, struct error *err)
{
	HELD(pulls) pulls = {.by_target = options->by_target};
	TRY(measure(&pulls, ratings, options, err));
	struct recs_pairs_options pairs = {.neighbours = options->neighbours,
					   .person_exponent = options->person_exponent,
					   .history_max = options->history_max,
					   .threads = options->threads,
					   .weigh = weigh,
					   .context = &pulls,
					   .known = {pulls.from, pulls.to}};
	struct recs_links *links = NULL;
	TRY(recs_pairs_links(ratings, &pairs, &walk_kind, &links, err));
	OWNED(recs_model) *model = &links->model;
	if (options->by_target)
		TRY(recs_links_turn(links, err));
	if (options->normalize)
		recs_links_normalize(links);
	links->options = options->scoring;
	*out = (struct recs_links *)TAKE(model);
	return 0;
}
