/* SPDX-License-Identifier: Apache-2.0 */
#include "study.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "load.h"
#include "models.h"
#include "recs/blend.h"
#include "recs/evaluate.h"
#include "recs/rank.h"

enum { RESAMPLES = 1000, SPECS_MAX = 64, SPEC_LEN_MAX = 256, VALIDATED_MAX = 6000, GROUPS = 4 };

void phase_done(struct phase *phase)
{
	recs_events_done(&phase->events);
	recs_ratings_free(phase->ratings);
	recs_ratings_free(phase->histories);
	recs_ratings_free(phase->wanted);
}

void study_done(struct study *study)
{
	phase_done(&study->validation);
	phase_done(&study->test);
}

static int build(const struct recs_events *events, uint32_t rows, uint32_t columns,
		 enum recs_merge merge, struct recs_ratings **out, struct error *err)
{
	struct recs_ratings_options options = {.merge = merge, .times = true};
	return recs_ratings_build(events, rows, columns, &options, out, err);
}

int study_fill(struct study *study, struct recs_events *train, struct recs_events *validation,
	       struct recs_events *test, uint32_t row_count, uint32_t column_count,
	       struct error *err)
{
	struct phase *first = &study->validation, *second = &study->test;
	TRY(load_append(train, &second->events, err));
	TRY(load_append(validation, &second->events, err));
	first->events = *train;
	*train = (struct recs_events){0};
	TRY(build(&first->events, row_count, column_count, RECS_MERGE_ONE, &first->ratings, err));
	TRY(build(&second->events, row_count, column_count, RECS_MERGE_ONE, &second->ratings, err));
	TRY(build(validation, row_count, column_count, RECS_MERGE_ONE, &first->wanted, err));
	return build(test, row_count, column_count, RECS_MERGE_ONE, &second->wanted, err);
}

/* One model, or the sources of a blend and the blend. */
struct built {
	struct recs_model *sources[RECS_SOURCES_MAX];
	uint32_t count;
	struct recs_blend *blend; /* NULL for one model */
};

static void built_done(struct built *built)
{
	if (built->blend)
		recs_model_free(&built->blend->model);
	for (uint32_t s = 0; s < built->count; s++)
		recs_model_free(built->sources[s]);
}
OWN_DEFINE_EMBEDDED(built, built_done)

static const struct recs_model *model_of(const struct built *built)
{
	return built->blend ? &built->blend->model : built->sources[0];
}

static int build_models(const char *spec, const struct study *study, const struct phase *phase,
			struct built *out, struct error *err)
{
	for (const char *at = spec; at; at = strchr(at, '+') ? strchr(at, '+') + 1 : NULL) {
		char one[SPEC_LEN_MAX];
		snprintf(one, sizeof one, "%.*s", (int)strcspn(at, "+"), at);
		if (out->count == RECS_SOURCES_MAX)
			return err_set(err, ERR_USAGE, "too many sources in \"%s\"", spec);
		TRY(models_train(one, study, phase, &out->sources[out->count], err));
		out->count++;
	}
	if (out->count > 1)
		TRY(recs_blend_new((const struct recs_model *const *)out->sources, out->count,
				   &out->blend, err));
	return 0;
}

static int learn(const struct study *study, struct built *built, struct error *err)
{
	static const uint32_t starts[] = {0, 1, 2, 5, 20, 60};
	const struct phase *phase = &study->validation;
	struct recs_blend_learn_options options = {.k = STUDY_K,
						   .candidates = 150,
						   .persons_max = 1500,
						   .persons_min = 300,
						   .keep_seen = study->keep_seen,
						   .segments = study->segments};
	TRY(recs_blend_classes(built->blend, starts, sizeof starts / sizeof *starts, err));
	return recs_blend_learn(built->blend, phase->histories ? phase->histories : phase->ratings,
				phase->wanted, &options, NULL, err);
}

static void copy_weights(const struct recs_blend *from, struct recs_blend *to)
{
	to->class_count = from->class_count;
	memcpy(to->class_starts, from->class_starts, sizeof to->class_starts);
	memcpy(to->weights, from->weights, sizeof to->weights);
}

static void print_weights(const struct recs_blend *blend)
{
	for (uint32_t c = 0; c < blend->class_count; c++) {
		printf("    weights of histories from %u:", blend->class_starts[c]);
		for (uint32_t s = 0; s < blend->source_count; s++)
			printf(" %.3f", (double)blend->weights[c][s]);
		printf("\n");
	}
}

/* Rows with wanted items, at most `most` of them spread evenly. */
static int choose_rows(const struct recs_ratings *wanted, size_t most, uint8_t **out,
		       struct error *err)
{
	OWNED_MEMORY uint8_t *rows = mem_alloc_array(wanted->row_count, sizeof *rows);
	if (!rows)
		return err_memory(err);
	size_t all = 0, met = 0;
	for (uint32_t r = 0; r < wanted->row_count; r++)
		all += recs_ratings_row_len(wanted, r) > 0;
	for (uint32_t r = 0; r < wanted->row_count; r++) {
		if (!recs_ratings_row_len(wanted, r))
			continue;
		rows[r] = all <= most || (met + 1) * most / all != met * most / all;
		met++;
	}
	*out = TAKE(rows);
	return 0;
}

static int judge(const struct study *study, const struct phase *phase,
		 const struct recs_model *model, size_t most, struct recs_evaluation *out,
		 struct error *err)
{
	HELD(recs_lists) lists = {0};
	OWNED_MEMORY uint8_t *rows = NULL;
	TRY(choose_rows(phase->wanted, most, &rows, err));
	struct recs_rank_options rank = {.k = STUDY_K,
					 .keep_seen = study->keep_seen,
					 .fold = study->fold,
					 .rows = rows,
					 .segments = study->segments};
	struct recs_evaluate_options options = {.k = STUDY_K, .rows = rows};
	TRY(recs_rank_all(model, phase->histories ? phase->histories : phase->ratings, &rank,
			  &lists, err));
	return recs_evaluate(&lists, phase->ratings, phase->wanted, &options, out, err);
}

struct finding {
	const char *spec;
	double validation; /* NDCG */
	struct recs_evaluation test;
};

struct findings {
	struct finding at[SPECS_MAX];
	size_t count;
};

static void findings_done(struct findings *findings)
{
	for (size_t f = 0; f < findings->count; f++)
		recs_evaluation_done(&findings->at[f].test);
}
OWN_DEFINE_EMBEDDED(findings, findings_done)

static int print_finding(const struct finding *finding, double seconds, double rank_seconds,
			 struct error *err)
{
	const struct recs_evaluation *e = &finding->test;
	struct recs_interval recall, ndcg;
	TRY(recs_evaluate_interval(e, RECS_RECALL, RESAMPLES, 1, &recall, err));
	TRY(recs_evaluate_interval(e, RECS_NDCG, RESAMPLES, 1, &ndcg, err));
	printf("%s\n    validation ndcg %.4f | test n %zu  recall %.4f [%.4f, %.4f]  ndcg %.4f "
	       "[%.4f, %.4f]  map %.4f  hit %.4f  mrr %.4f  coverage %.3f  novelty %.2f  bias %.2f"
	       "  listed %.3f | train %.2f s  rank %.2f s\n",
	       finding->spec, finding->validation, e->count, recall.value, recall.low, recall.high,
	       ndcg.value, ndcg.low, ndcg.high, e->means[RECS_MAP], e->means[RECS_HIT],
	       e->means[RECS_MRR], e->coverage, e->novelty, e->popularity_bias, e->listed, seconds,
	       rank_seconds);
	fflush(stdout);
	return 0;
}

static int run_spec(const struct study *study, const char *spec, struct finding *out,
		    struct error *err)
{
	HELD(built) first = {0};
	HELD(built) second = {0};
	HELD(recs_evaluation) validation = {0};
	out->spec = spec;
	TRY(build_models(spec, study, &study->validation, &first, err));
	if (first.blend)
		TRY(learn(study, &first, err));
	TRY(judge(study, &study->validation, model_of(&first), VALIDATED_MAX, &validation, err));
	out->validation = validation.means[RECS_NDCG];
	int64_t start_us = clock_monotonic_us();
	TRY(build_models(spec, study, &study->test, &second, err));
	int64_t trained_us = clock_monotonic_us();
	if (first.blend)
		copy_weights(first.blend, second.blend);
	TRY(judge(study, &study->test, model_of(&second), SIZE_MAX, &out->test, err));
	TRY(print_finding(out, (double)(trained_us - start_us) * 1e-6,
			  (double)(clock_monotonic_us() - trained_us) * 1e-6, err));
	if (first.blend)
		print_weights(second.blend);
	return 0;
}

/* Popularity and co-occurrence are the simple ones. */
static const struct finding *best_simple(const struct findings *findings)
{
	const struct finding *best = NULL;
	for (size_t f = 0; f < findings->count; f++) {
		const struct finding *finding = &findings->at[f];
		bool simple = !strchr(finding->spec, '+') &&
			      (strncmp(finding->spec, "popularity", 10) == 0 ||
			       strncmp(finding->spec, "knn", 3) == 0);
		if (simple && (!best || finding->validation > best->validation))
			best = finding;
	}
	return best;
}

static int compare_all(const struct findings *findings, struct error *err)
{
	const struct finding *simple = best_simple(findings);
	const struct finding *winner = NULL;
	for (size_t f = 0; f < findings->count; f++)
		if (!winner || findings->at[f].validation > winner->validation)
			winner = &findings->at[f];
	if (winner)
		printf("validation chooses: %s\n", winner->spec);
	for (size_t f = 0; simple && f < findings->count; f++) {
		struct recs_interval gain;
		if (&findings->at[f] == simple)
			continue;
		TRY(recs_evaluate_difference(&findings->at[f].test, &simple->test, RECS_NDCG,
					     RESAMPLES, 1, &gain, err));
		printf("    test ndcg against %s: %+.4f [%+.4f, %+.4f]  %s\n", simple->spec,
		       gain.value, gain.low, gain.high, findings->at[f].spec);
	}
	return 0;
}

/* Mean NDCG by length of history, for every model. */
static void print_groups(const struct study *study, const struct findings *findings)
{
	static const size_t from[GROUPS + 1] = {0, 1, 2, 5, SIZE_MAX};
	const struct phase *phase = &study->test;
	const struct recs_ratings *histories = phase->histories ? phase->histories : phase->ratings;
	for (size_t f = 0; f < findings->count; f++) {
		const struct recs_evaluation *e = &findings->at[f].test;
		double sums[GROUPS] = {0};
		size_t counts[GROUPS] = {0};
		for (size_t i = 0; i < e->count; i++) {
			size_t len = recs_ratings_row_len(histories, e->at[i].row), group = 0;
			while (len >= from[group + 1])
				group++;
			sums[group] += (double)e->at[i].metrics[RECS_NDCG];
			counts[group]++;
		}
		printf("    ndcg by items known:");
		for (size_t g = 0; g < GROUPS; g++)
			printf("  %zu%s %.4f (n %zu)", from[g], g > 1 ? "+" : "",
			       counts[g] ? sums[g] / (double)counts[g] : 0, counts[g]);
		printf("  %s\n", findings->at[f].spec);
	}
}

int study_run(const struct study *study, const char *const *specs, struct error *err)
{
	HELD(findings) findings = {0};
	for (; *specs && findings.count < SPECS_MAX; specs++) {
		TRY(run_spec(study, *specs, &findings.at[findings.count], err));
		findings.count++;
	}
	TRY(compare_all(&findings, err));
	print_groups(study, &findings);
	return 0;
}
