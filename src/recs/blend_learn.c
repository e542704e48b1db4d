/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/parallel.h"
#include "recs/blend.h"
#include "recs/matrix.h"
#include "recs/rank.h"
#include "recs/ratings.h"

enum { SWEEPS_MAX = 12, PERSONS_A_BLOCK = 16 };

/* One person looked at: candidates with each source's scaled score, and which are wanted. */
struct person {
	uint32_t row, class, count;
	float *features; /* count × sources */
	uint8_t *wanted; /* count */
	double ideal;    /* the best gain there is */
};

struct learning {
	struct recs_blend *blend;
	const struct recs_ratings *histories, *wanted;
	const struct recs_blend_learn_options *options;
	struct person *persons;
	size_t person_count;
	size_t room;     /* candidates of a person at most */
	float *features; /* of all persons */
	uint8_t *flags;
	float *gains;              /* per person, of the weights tried last */
	struct recs_matrix scores; /* a row a thread: all sources' scores of one person */
	struct recs_matrix scratch;
	struct recs_ranked *lists; /* per thread: candidates */
	uint32_t *marks;           /* per thread and item: person + 1 that it was taken for */
	int threads;
};

static void learning_done(struct learning *learning)
{
	free(learning->persons);
	free(learning->features);
	free(learning->flags);
	free(learning->gains);
	recs_matrix_done(&learning->scores);
	recs_matrix_done(&learning->scratch);
	free(learning->lists);
	free(learning->marks);
}
OWN_DEFINE_EMBEDDED(learning, learning_done)

/* Rows with something wanted, spread evenly over all and over each class. */
static int choose_persons(struct learning *learning, struct error *err)
{
	const struct recs_blend *blend = learning->blend;
	size_t counts[RECS_CLASSES_MAX] = {0}, seen[RECS_CLASSES_MAX] = {0};
	uint32_t rows = learning->histories->row_count;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t r = 0; r < rows; r++) {
			if (!recs_ratings_row_len(learning->wanted, r))
				continue;
			uint32_t class = recs_blend_class(
				blend, recs_ratings_row_len(learning->histories, r));
			if (pass == 0) {
				counts[class]++;
				continue;
			}
			size_t most = learning->options->persons_max, n = counts[class];
			size_t met = seen[class]++;
			if (n > most && (met + 1) * most / n == met * most / n)
				continue;
			learning->persons[learning->person_count++] =
				(struct person){.row = r, .class = class};
		}
		size_t total = 0;
		for (uint32_t c = 0; pass == 0 && c < blend->class_count; c++)
			total += counts[c] < learning->options->persons_max
					 ? counts[c]
					 : learning->options->persons_max;
		if (pass == 0)
			learning->persons = mem_alloc_array(total, sizeof *learning->persons);
		if (!learning->persons)
			return err_memory(err);
	}
	return 0;
}

static int make_room(struct learning *learning, struct error *err)
{
	const struct recs_blend *blend = learning->blend;
	const struct recs_model *model = &blend->model;
	size_t threads = (size_t)learning->threads, sources = blend->source_count, size = 0;
	for (size_t s = 0; s < sources; s++) {
		size_t own = blend->sources[s]->kind->scratch_size(blend->sources[s], 1);
		size = own > size ? own : size;
	}
	learning->room = learning->options->candidates * sources;
	size_t candidates = learning->person_count * learning->room;
	TRY(recs_matrix_init(&learning->scores, threads * sources, recs_model_stride(model), err));
	TRY(recs_matrix_init(&learning->scratch, threads, size / sizeof(float) + 1, err));
	learning->features = mem_alloc_array(candidates * sources, sizeof *learning->features);
	learning->flags = mem_alloc_array(candidates, sizeof *learning->flags);
	learning->gains = mem_alloc_array(learning->person_count, sizeof *learning->gains);
	learning->lists =
		mem_alloc_array(threads * learning->options->candidates, sizeof *learning->lists);
	learning->marks = mem_alloc_array(threads * model->item_count, sizeof *learning->marks);
	if (!learning->features || !learning->flags || !learning->gains || !learning->lists ||
	    !learning->marks)
		return err_memory(err);
	for (size_t p = 0; p < learning->person_count; p++) {
		learning->persons[p].features = learning->features + p * learning->room * sources;
		learning->persons[p].wanted = learning->flags + p * learning->room;
	}
	return 0;
}

static bool is_in(const struct recs_ratings *ratings, uint32_t row, uint32_t item)
{
	for (size_t e = ratings->starts[row]; e < ratings->starts[row + 1]; e++)
		if (ratings->columns[e] == item)
			return true;
	return false;
}

/* All sources' scores of one person; what may not be recommended has none. */
static void score_sources(const struct learning *learning, const struct person *person,
			  float *scores, void *scratch)
{
	const struct recs_ratings *histories = learning->histories;
	const struct recs_blend_learn_options *options = learning->options;
	size_t start = histories->starts[person->row];
	struct recs_profile profile = {
		.person = options->fold ? RECS_NOBODY : (int64_t)person->row,
		.segment = options->segments ? options->segments[person->row] : 0,
		.count = recs_ratings_row_len(histories, person->row),
		.items = histories->columns + start,
		.weights = histories->values + start,
		.times_us = histories->times_us ? histories->times_us + start : NULL,
	};
	size_t stride = learning->scores.stride, items = learning->blend->model.item_count;
	for (uint32_t s = 0; s < learning->blend->source_count; s++) {
		const struct recs_model *source = learning->blend->sources[s];
		float *row = scores + s * stride;
		source->kind->score(source, &profile, 1, row, stride, scratch);
		float scale = recs_blend_scale(row, items);
		for (size_t i = 0; i < items; i++)
			row[i] =
				row[i] > RECS_NO_SCORE && (!options->allowed || options->allowed[i])
					? scale * row[i]
					: RECS_NO_SCORE;
		for (size_t h = 0; h < profile.count && !options->keep_seen; h++)
			row[profile.items[h]] = RECS_NO_SCORE;
	}
}

static void add_candidate(const struct learning *learning, struct person *person, uint32_t item,
			  const float *scores)
{
	size_t sources = learning->blend->source_count;
	float *features = person->features + person->count * sources;
	for (size_t s = 0; s < sources; s++) {
		float score = scores[s * learning->scores.stride + item];
		features[s] = score > RECS_NO_SCORE ? score : 0;
	}
	person->wanted[person->count++] = is_in(learning->wanted, person->row, item);
}

static double gain_at(size_t place)
{
	return 1 / log2((double)place + 2);
}

/* A person whose list no source fills well keeps what the sources have. */
static void look_at(void *context, int thread, size_t first, size_t last)
{
	struct learning *learning = context;
	const struct recs_blend *blend = learning->blend;
	uint32_t candidates = learning->options->candidates, items = blend->model.item_count;
	float *scores = recs_matrix_row(&learning->scores, (size_t)thread * blend->source_count);
	struct recs_ranked *list = learning->lists + (size_t)thread * candidates;
	uint32_t *marks = learning->marks + (size_t)thread * items;
	for (size_t p = first; p < last; p++) {
		struct person *person = &learning->persons[p];
		score_sources(learning, person, scores,
			      recs_matrix_row(&learning->scratch, (size_t)thread));
		for (uint32_t s = 0; s < blend->source_count; s++) {
			size_t n = recs_rank_top(scores + s * learning->scores.stride, items,
						 candidates, list);
			for (size_t i = 0; i < n; i++) {
				if (marks[list[i].item] == p + 1)
					continue;
				marks[list[i].item] = (uint32_t)p + 1;
				add_candidate(learning, person, list[i].item, scores);
			}
		}
		size_t wanted = recs_ratings_row_len(learning->wanted, person->row);
		for (size_t i = 0; i < wanted && i < learning->options->k; i++)
			person->ideal += gain_at(i);
	}
}

struct trial {
	struct learning *learning;
	const float *weights;
	int64_t class; /* -1 = all */
};

/* NDCG@k of each person. */
static void try_persons(void *context, int thread, size_t first, size_t last)
{
	(void)thread;
	const struct trial *trial = context;
	struct learning *learning = trial->learning;
	size_t sources = learning->blend->source_count, k = learning->options->k;
	for (size_t p = first; p < last; p++) {
		const struct person *person = &learning->persons[p];
		struct recs_ranked best[RECS_RANK_MAX];
		best[0] = (struct recs_ranked){0};
		size_t kept = 0;
		float bar = 0; /* the worst of the best, once there are k */
		double gain = 0;
		if (trial->class >= 0 && person->class != trial->class)
			continue;
		for (uint32_t c = 0; c < person->count; c++) {
			float score = 0;
			for (size_t s = 0; s < sources; s++)
				score += trial->weights[s] * person->features[c * sources + s];
			if (kept < k || score > bar)
				kept = recs_rank_offer(best, kept, k,
						       (struct recs_ranked){c, score});
			if (kept == k)
				bar = best[0].score;
		}
		recs_rank_sort(best, kept);
		for (size_t i = 0; i < kept; i++)
			gain += person->wanted[best[i].item] ? gain_at(i) : 0;
		learning->gains[p] = (float)(gain / person->ideal);
	}
}

static double try_weights(struct learning *learning, const float *weights, int64_t class)
{
	struct trial trial = {learning, weights, class};
	double sum = 0;
	size_t count = 0;
	parallel_run(learning->threads, learning->person_count, PERSONS_A_BLOCK, try_persons,
		     &trial);
	for (size_t p = 0; p < learning->person_count; p++) {
		if (class >= 0 && learning->persons[p].class != class)
			continue;
		sum += (double)learning->gains[p];
		count++;
	}
	return count ? sum / (double)count : 0;
}

/* One weight after the other moves to where NDCG is best, by factors and to nothing. */
static double climb(struct learning *learning, int64_t class, float *weights, double reached)
{
	static const float factors[] = {0,     0.25f, 0.5f, 0.7f, 0.85f, 0.95f,
					1.05f, 1.2f,  1.5f, 2,    4};
	uint32_t sources = learning->blend->source_count;
	bool moved = true;
	for (int sweep = 0; sweep < SWEEPS_MAX && moved; sweep++) {
		moved = false;
		for (uint32_t s = 0; s < sources; s++) {
			/* A weight of 0 starts from the mean of the others. */
			float before = weights[s], base = before, others = 0;
			for (uint32_t o = 0; o < sources; o++)
				others += weights[o] / (float)sources;
			base = base > 0 ? base : others;
			float best = before;
			for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
				weights[s] = base * factors[f];
				double found = try_weights(learning, weights, class);
				if (found > reached + 1e-7) {
					reached = found;
					best = weights[s];
				}
			}
			weights[s] = best;
			moved = moved || best != before;
		}
	}
	return reached;
}

/* From each source alone, from all alike, and from `weights`: the best end wins. */
static double ascend(struct learning *learning, int64_t class, float *weights)
{
	uint32_t sources = learning->blend->source_count;
	float start[RECS_SOURCES_MAX], best[RECS_SOURCES_MAX] = {0};
	double best_found = -1;
	for (uint32_t from = 0; from < sources + 2; from++) {
		for (uint32_t s = 0; s < sources; s++)
			start[s] = from == sources       ? 1
				   : from == sources + 1 ? weights[s]
							 : (float)(s == from);
		double found = climb(learning, class, start, try_weights(learning, start, class));
		if (found > best_found) {
			best_found = found;
			memcpy(best, start, sizeof best);
		}
	}
	memcpy(weights, best, sources * sizeof *weights);
	return best_found;
}

static void learn_classes(struct learning *learning, double *out_ndcg)
{
	struct recs_blend *blend = learning->blend;
	float all[RECS_SOURCES_MAX];
	memcpy(all, blend->weights[0], sizeof all);
	*out_ndcg = ascend(learning, -1, all);
	double total = 0;
	for (uint32_t c = 0; c < blend->class_count; c++) {
		size_t count = 0;
		for (size_t p = 0; p < learning->person_count; p++)
			count += learning->persons[p].class == c;
		memcpy(blend->weights[c], all, sizeof all);
		if (blend->class_count > 1 && count >= learning->options->persons_min)
			total += (double)count * ascend(learning, c, blend->weights[c]);
		else if (count)
			total += (double)count * try_weights(learning, all, c);
	}
	if (learning->person_count)
		*out_ndcg = total / (double)learning->person_count;
}

int recs_blend_learn(struct recs_blend *blend, const struct recs_ratings *histories,
		     const struct recs_ratings *wanted,
		     const struct recs_blend_learn_options *options, double *out_ndcg,
		     struct error *err)
{
	if (options->k < 1 || options->k > RECS_RANK_MAX || options->candidates < options->k ||
	    options->candidates > RECS_RANK_MAX)
		return err_set(err, ERR_USAGE, "blend: k and candidates must be between 1 and %d",
			       RECS_RANK_MAX);
	if (histories->row_count != wanted->row_count ||
	    histories->column_count > blend->model.item_count)
		return err_set(err, ERR_USAGE, "blend: histories and wanted items do not match");
	HELD(learning)
	learning = {.blend = blend,
		    .histories = histories,
		    .wanted = wanted,
		    .options = options,
		    .threads = parallel_threads(options->threads)};
	TRY(choose_persons(&learning, err));
	TRY(make_room(&learning, err));
	parallel_run(learning.threads, learning.person_count, 1, look_at, &learning);
	double ndcg = 0;
	learn_classes(&learning, &ndcg);
	if (out_ndcg)
		*out_ndcg = ndcg;
	return 0;
}
