/* SPDX-License-Identifier: Apache-2.0 */
/* Our side of the speed bench: `speed WORK FILE [name=value ...]`. bench/recommend/speed starts it
 * beside a peer and has both do one unit of work in turn: it prints "ready", then for each line of
 * its input does one unit and prints its seconds by the clock and of processors, and at the end of
 * its input prints what came out, as JSON. `make` makes the file; `loss` and `top` judge factors of
 * any program. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "recs/als.h"
#include "recs/cooccurrence.h"
#include "recs/ease.h"
#include "recs/evaluate.h"
#include "recs/events.h"
#include "recs/kernels.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "synthetic.h"

/* What the command line may say: each a number by name, or a path. */
static struct settings {
	double persons, items, count, seed, width, steps, block, threads, neighbours, lists,
		unobserved, weight, regularization, exponent, epochs, hu;
	const char *factors, *output, *test, *start;
} settings = {.persons = 137000,
	      .items = 20000,
	      .count = 8.7e6,
	      .seed = 1,
	      .width = 64,
	      .steps = 3,
	      .threads = 2,
	      .neighbours = 200,
	      .lists = 10,
	      .unobserved = 1,
	      .weight = 10,
	      .regularization = 1,
	      .epochs = 1,
	      .hu = 1};

static const struct {
	const char *name;
	double *number;
	const char **text;
} names[] = {
	{"persons", &settings.persons, NULL},
	{"items", &settings.items, NULL},
	{"count", &settings.count, NULL},
	{"seed", &settings.seed, NULL},
	{"width", &settings.width, NULL},
	{"steps", &settings.steps, NULL},
	{"block", &settings.block, NULL},
	{"threads", &settings.threads, NULL},
	{"neighbours", &settings.neighbours, NULL},
	{"lists", &settings.lists, NULL},
	{"unobserved", &settings.unobserved, NULL},
	{"weight", &settings.weight, NULL},
	{"regularization", &settings.regularization, NULL},
	{"exponent", &settings.exponent, NULL},
	{"epochs", &settings.epochs, NULL},
	{"hu", &settings.hu, NULL},
	{"factors", NULL, &settings.factors},
	{"output", NULL, &settings.output},
	{"test", NULL, &settings.test},
	{"start", NULL, &settings.start},
};

static int read_setting(const char *argument, struct error *err)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t len = strlen(names[i].name);
		if (strncmp(argument, names[i].name, len) != 0 || argument[len] != '=')
			continue;
		if (names[i].text)
			*names[i].text = argument + len + 1;
		else
			*names[i].number = strtod(argument + len + 1, NULL);
		return 0;
	}
	return err_set(err, ERR_USAGE, "no setting \"%s\"", argument);
}

/* Whether another unit is asked for. */
static bool asked(void)
{
	char line[16];
	return fgets(line, sizeof line, stdin) != NULL;
}

static void answer(const char *text)
{
	puts(text);
	fflush(stdout);
}

/* Since when a unit runs, by the clock and by the processor time of all threads. */
struct unit {
	int64_t began_us, used_us;
};

static int64_t used_us(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static struct unit begin(void)
{
	return (struct unit){clock_monotonic_us(), used_us()};
}

static void finish(const struct unit *unit)
{
	printf("%.6f %.6f\n", (double)(clock_monotonic_us() - unit->began_us) / 1e6,
	       (double)(used_us() - unit->used_us) / 1e6);
	fflush(stdout);
}

static double peak_megabytes(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss / 1024;
}

static struct recs_als_options als_options(void)
{
	return (struct recs_als_options){
		.width = (uint32_t)settings.width,
		.epochs = (int)settings.epochs,
		.steps = (int)settings.steps,
		.tolerance = RECS_ALS_TOLERANCE,
		.block = (uint32_t)settings.block,
		.weight_scale = (float)settings.weight,
		.unobserved = (float)settings.unobserved,
		.regularization = (float)settings.regularization,
		.exponent = (float)settings.exponent,
		.hu = settings.hu > 0,
		.seed = (uint64_t)settings.seed,
		.threads = (int)settings.threads,
	};
}

/* Factors are rows of float32 without padding: all persons, then all items. */
static int move_matrix(struct recs_matrix *matrix, FILE *file, bool write)
{
	for (size_t r = 0; r < matrix->rows; r++) {
		float *row = recs_matrix_row(matrix, r);
		size_t moved = write ? fwrite(row, sizeof *row, matrix->width, file)
				     : fread(row, sizeof *row, matrix->width, file);
		if (moved != matrix->width)
			return -1;
	}
	return 0;
}

static int move_factors(struct recs_als *als, const char *path, bool write, struct error *err)
{
	FILE *file = fopen(path, write ? "wb" : "rb");
	bool moved = file && move_matrix(&als->persons, file, write) == 0 &&
		     move_matrix(&als->items, file, write) == 0;
	if ((file && fclose(file) != 0) || !moved)
		return err_set(err, ERR_IO, "cannot %s factors %s", write ? "write" : "read", path);
	return 0;
}

/* A model of given factors: trained not at all. */
static int load_factors(const struct recs_ratings *ratings, const char *path, struct recs_als **out,
			struct error *err)
{
	struct recs_als_options options = als_options();
	options.epochs = 0;
	struct recs_als given = {.options = options};
	HELD(recs_matrix) persons = {0};
	HELD(recs_matrix) items = {0};
	TRY(recs_matrix_init(&persons, ratings->row_count, options.width, err));
	TRY(recs_matrix_init(&items, ratings->column_count, options.width, err));
	given.persons = persons;
	given.items = items;
	TRY(move_factors(&given, path, false, err));
	return recs_als_train(ratings, &options, &given, out, err);
}

static int after_epoch(void *context, int epoch, struct error *err)
{
	(void)epoch;
	(void)err;
	struct unit *unit = context;
	finish(unit);
	bool more = asked();
	*unit = begin();
	return !more;
}

/* Random factors, for both sides to begin with. */
static int run_begin(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_als_options options = als_options();
	struct recs_als *als = NULL;
	options.epochs = 0;
	TRY(recs_als_train(ratings, &options, NULL, &als, err));
	OWNED(recs_model) *model = &als->model;
	return move_factors(als, settings.factors, true, err);
}

static int run_als(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_als_options options = als_options();
	struct unit unit;
	struct recs_als *als = NULL, *start = NULL;
	if (settings.start)
		TRY(load_factors(ratings, settings.start, &start, err));
	OWNED(recs_model) *first = start ? &start->model : NULL;
	options.epochs = INT32_MAX;
	options.after_epoch = after_epoch;
	options.context = &unit;
	answer("ready");
	if (!asked())
		return 0;
	unit = begin();
	TRY(recs_als_train(ratings, &options, start, &als, err));
	OWNED(recs_model) *model = &als->model;
	double loss;
	TRY(recs_als_loss(als, ratings, &loss, err));
	if (settings.factors)
		TRY(move_factors(als, settings.factors, true, err));
	printf("{\"loss\": %.9g, \"megabytes\": %.0f, \"simd\": \"%s\"}\n", loss, peak_megabytes(),
	       recs_kernels()->name);
	return 0;
}

static int run_loss(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_als *als = NULL;
	TRY(load_factors(ratings, settings.factors, &als, err));
	OWNED(recs_model) *model = &als->model;
	double loss;
	TRY(recs_als_loss(als, ratings, &loss, err));
	printf("{\"loss\": %.9g}\n", loss);
	return 0;
}

/* NDCG of the best 20 unseen items by given factors. */
static int run_judge(const struct recs_ratings *ratings, struct error *err)
{
	enum { K = 20 };
	struct recs_als *als = NULL;
	TRY(load_factors(ratings, settings.factors, &als, err));
	OWNED(recs_model) *model = &als->model;
	OWNED(recs_ratings) *test = NULL;
	TRY(synthetic_read(settings.test, &test, err));
	struct recs_rank_options rank = {.k = K, .threads = (int)settings.threads};
	HELD(recs_lists) lists = {0};
	TRY(recs_rank_all(model, ratings, &rank, &lists, err));
	struct recs_evaluate_options options = {.k = K};
	HELD(recs_evaluation) evaluation = {0};
	TRY(recs_evaluate(&lists, ratings, test, &options, &evaluation, err));
	printf("{\"ndcg\": %.5f}\n", evaluation.means[RECS_NDCG]);
	return 0;
}

static int run_ease(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_ease_options options = {.regularization = (float)settings.regularization,
					    .items_max = ratings->column_count,
					    .threads = (int)settings.threads};
	OWNED(recs_model) *model = NULL;
	answer("ready");
	while (asked()) {
		recs_model_free(model);
		model = NULL;
		struct unit unit = begin();
		TRY(recs_ease_train(ratings, &options, &model, err));
		finish(&unit);
	}
	/* The scores of one item's history are its row of weights. */
	double sum = 0;
	OWNED_MEMORY float *scores = mem_alloc_array(recs_model_stride(model), sizeof *scores);
	OWNED_MEMORY float *scratch = mem_alloc(model->kind->scratch_size(model, 1));
	if (!scores || !scratch)
		return err_memory(err);
	for (uint32_t i = 0; i < model->item_count; i++) {
		float one = 1;
		struct recs_profile profile = {
			.person = RECS_NOBODY, .count = 1, .items = &i, .weights = &one};
		model->kind->score(model, &profile, 1, scores, recs_model_stride(model), scratch);
		for (uint32_t j = 0; j < model->item_count; j++)
			sum += isfinite(scores[j]) ? fabs((double)scores[j]) : 0;
	}
	printf("{\"sum\": %.9g, \"megabytes\": %.0f}\n", sum, peak_megabytes());
	return 0;
}

static int run_knn(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_cooccurrence_options options = {.similarity = RECS_COSINE,
						    .neighbours = (uint32_t)settings.neighbours,
						    .threads = (int)settings.threads};
	double sum = 0;
	answer("ready");
	while (asked()) {
		struct recs_links *links = NULL;
		struct unit unit = begin();
		TRY(recs_cooccurrence_train(ratings, &options, &links, err));
		finish(&unit);
		sum = 0;
		for (size_t i = 0; i < links->starts[links->model.item_count]; i++)
			sum += (double)links->weights[i];
		recs_model_free(&links->model);
	}
	printf("{\"sum\": %.9g, \"megabytes\": %.0f}\n", sum, peak_megabytes());
	return 0;
}

static int write_lists(const struct recs_lists *lists, const char *path, struct error *err)
{
	FILE *file = fopen(path, "wb");
	size_t count = (size_t)lists->row_count * lists->k;
	bool written = file;
	for (size_t i = 0; written && i < count; i++)
		written = fwrite(&lists->at[i].item, sizeof lists->at[i].item, 1, file) == 1;
	if ((file && fclose(file) != 0) || !written)
		return err_set(err, ERR_IO, "cannot write lists %s", path);
	return 0;
}

/* Lists from factors that are read, or else made here and written for the peer. */
static int run_top(const struct recs_ratings *ratings, struct error *err)
{
	struct recs_als_options options = als_options();
	struct recs_als *als = NULL;
	TRY(recs_als_train(ratings, &options, NULL, &als, err));
	OWNED(recs_model) *model = &als->model;
	if (settings.factors)
		TRY(move_factors(als, settings.factors, true, err));
	struct recs_rank_options rank = {.k = (uint32_t)settings.lists,
					 .threads = (int)settings.threads};
	HELD(recs_lists) lists = {0};
	answer("ready");
	while (asked()) {
		recs_lists_done(&lists);
		struct unit unit = begin();
		TRY(recs_rank_all(model, ratings, &rank, &lists, err));
		finish(&unit);
	}
	if (settings.output)
		TRY(write_lists(&lists, settings.output, err));
	printf("{\"megabytes\": %.0f}\n", peak_megabytes());
	return 0;
}

/* The events of the file again and again, as if by other persons, until there are `count`; then
 * the ratings of all. */
static int add_events(const struct recs_ratings *ratings, struct recs_events *events,
		      struct error *err)
{
	size_t wanted = (size_t)settings.count;
	for (uint32_t turn = 0; events->count < wanted; turn++)
		for (uint32_t r = 0; r < ratings->row_count && events->count < wanted; r++)
			for (size_t i = ratings->starts[r]; i < ratings->starts[r + 1]; i++) {
				uint32_t person = turn * ratings->row_count + r;
				int64_t time_us = (int64_t)i;
				TRY(recs_events_add(events, 1, &person, &ratings->columns[i],
						    &time_us, NULL, err));
			}
	return 0;
}

static int run_events(const struct recs_ratings *ratings, struct error *err)
{
	HELD(recs_events) events = {0};
	answer("ready");
	if (!asked())
		return 0;
	struct unit unit = begin();
	TRY(add_events(ratings, &events, err));
	double added = peak_megabytes();
	struct recs_ratings_options options = {.merge = RECS_MERGE_SUM};
	OWNED(recs_ratings) *built = NULL;
	TRY(recs_ratings_build(&events, events.person_count, events.item_count, &options, &built,
			       err));
	finish(&unit);
	printf("{\"events\": %zu, \"megabytes_of_events\": %.0f, \"megabytes\": %.0f}\n",
	       events.count, added, peak_megabytes());
	return 0;
}

static int make(const char *path, struct error *err)
{
	struct synthetic_shape shape = {(uint32_t)settings.persons, (uint32_t)settings.items,
					(size_t)settings.count, (uint64_t)settings.seed};
	OWNED(recs_ratings) *ratings = NULL;
	OWNED(recs_ratings) *turned = NULL;
	TRY(synthetic_make(&shape, &ratings, err));
	TRY(recs_ratings_transpose(ratings, 2, &turned, err));
	TRY(synthetic_write(ratings, path, err));
	printf("{\"persons\": %u, \"items\": %u, \"events\": %zu, \"longest_person\": %zu, "
	       "\"longest_item\": %zu}\n",
	       ratings->row_count, ratings->column_count, recs_ratings_count(ratings),
	       recs_ratings_longest(ratings), recs_ratings_longest(turned));
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct recs_ratings *ratings, struct error *err);
} works[] = {
	{"begin", run_begin}, {"als", run_als}, {"loss", run_loss}, {"judge", run_judge},
	{"ease", run_ease},   {"knn", run_knn}, {"top", run_top},   {"events", run_events},
};

static int run(int count, char **arguments, struct error *err)
{
	if (count < 3)
		return err_set(err, ERR_USAGE, "usage: speed WORK FILE [name=value ...]");
	for (int i = 3; i < count; i++)
		TRY(read_setting(arguments[i], err));
	if (strcmp(arguments[1], "make") == 0)
		return make(arguments[2], err);
	OWNED(recs_ratings) *ratings = NULL;
	TRY(synthetic_read(arguments[2], &ratings, err));
	for (size_t w = 0; w < sizeof works / sizeof *works; w++)
		if (strcmp(works[w].name, arguments[1]) == 0)
			return works[w].run(ratings, err);
	return err_set(err, ERR_USAGE, "no work \"%s\"", arguments[1]);
}

int main(int count, char **arguments)
{
	struct error err;
	if (run(count, arguments, &err) == 0)
		return 0;
	fprintf(stderr, "speed: %s\n", err.message);
	return err_exit_status(err.kind);
}
