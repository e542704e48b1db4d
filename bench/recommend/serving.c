/* SPDX-License-Identifier: Apache-2.0 */
/* Answers from an artifact, timed one by one: `serving make FILE PERSONS ITEMS WIDTH` makes one of
 * a made-up shop (items follow a power law, persons have 1 to 19 of them), `serving ask FILE` opens
 * it and asks. Times are of the wall and of the thread's processor time: on a machine that others
 * use too the second tells what an answer costs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "recs/als.h"
#include "recs/cooccurrence.h"
#include "recs/events.h"
#include "recs/ids.h"
#include "recs/popularity.h"
#include "recs/random.h"
#include "recs/rank.h"
#include "recs/ratings.h"
#include "recs/serve.h"

enum {
	LIST = 20,
	NEIGHBOURS = 50,
	CATEGORIES = 70,
	SEGMENTS = 27,
	EVENTS_MOST = 19,
	ASKED = 100000
};

static const struct recs_source sources[] = {
	{"taste", RECS_REASON_TASTE},
	{"bought together", RECS_REASON_TOGETHER},
	{"popular", RECS_REASON_POPULAR},
	{"popular in the state", RECS_REASON_POPULAR_SEGMENT},
};

struct shop {
	uint32_t person_count, item_count, width;
	struct recs_ids *persons, *items, *categories, *segments;
	uint32_t *category, *segment;
	int64_t *prices;
	struct recs_ratings *ratings;
	struct recs_als *als;
	struct recs_links *links;
	struct recs_label_part label;
	struct recs_links_part link_part;
	struct recs_artifact_parts parts;
};

/* Ids of 32 hexadecimal digits, as Olist's. */
static int make_ids(uint32_t count, uint64_t seed, struct recs_ids **out, struct error *err)
{
	struct recs_random random = {seed};
	if (!(*out = recs_ids_new()))
		return err_memory(err);
	for (uint32_t n = 0, number; n < count; n++) {
		char text[40];
		int len = snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64,
				   recs_random_next(&random), recs_random_next(&random));
		TRY(recs_ids_put(*out, text, (size_t)len, &number, err));
	}
	return 0;
}

static int make_ratings(struct shop *shop, struct error *err)
{
	struct recs_random random = {1};
	HELD(recs_events) events = {0};
	for (uint32_t p = 0; p < shop->person_count; p++) {
		uint32_t many = 1 + recs_random_below(&random, EVENTS_MOST);
		for (uint32_t e = 0; e < many; e++) {
			double place = pow(recs_random_unit(&random), 3);
			uint32_t item = (uint32_t)(place * shop->item_count);
			int64_t time_us = (int64_t)(recs_random_unit(&random) * 3e13);
			TRY(recs_events_add(&events, 1, &p, &item, &time_us, NULL, err));
		}
	}
	struct recs_ratings_options options = {.merge = RECS_MERGE_ONE, .times = true};
	return recs_ratings_build(&events, shop->person_count, shop->item_count, &options,
				  &shop->ratings, err);
}

static int make_attributes(struct shop *shop, struct error *err)
{
	shop->category = mem_alloc_array(shop->item_count, sizeof *shop->category);
	shop->prices = mem_alloc_array(shop->item_count, sizeof *shop->prices);
	shop->segment = mem_alloc_array(shop->person_count, sizeof *shop->segment);
	if (!shop->category || !shop->prices || !shop->segment)
		return err_memory(err);
	for (uint32_t i = 0; i < shop->item_count; i++) {
		shop->category[i] = i % CATEGORIES;
		shop->prices[i] = (int64_t)i * 7919 % 50000;
	}
	for (uint32_t p = 0; p < shop->person_count; p++)
		shop->segment[p] = p % SEGMENTS;
	TRY(make_ids(CATEGORIES, 3, &shop->categories, err));
	TRY(make_ids(SEGMENTS, 4, &shop->segments, err));
	TRY(make_ids(shop->item_count, 5, &shop->items, err));
	return make_ids(shop->person_count, 6, &shop->persons, err);
}

static int make_models(struct shop *shop, struct error *err)
{
	struct recs_als_options als = {.width = shop->width,
				       .epochs = 3,
				       .steps = 2,
				       .weight_scale = 1,
				       .unobserved = 0.1f,
				       .regularization = 0.01f,
				       .exponent = 1};
	struct recs_cooccurrence_options together = {.similarity = RECS_COSINE,
						     .neighbours = NEIGHBOURS};
	TRY(recs_als_train(shop->ratings, &als, NULL, &shop->als, err));
	return recs_cooccurrence_train(shop->ratings, &together, &shop->links, err);
}

static int make_popular(struct shop *shop, uint32_t segments, uint32_t k, struct recs_rows *out,
			struct error *err)
{
	OWNED(recs_model) *model = NULL;
	struct recs_popularity_options options = {.segments = segments ? shop->segment : NULL,
						  .segment_count = segments};
	TRY(recs_popularity_train(shop->ratings, &options, &model, err));
	return recs_rows_of_segments(model, segments ? segments : 1, k, out, err);
}

/* Even persons have a list made ahead; the others are answered by folding in. */
static int make_rows(struct shop *shop, struct error *err)
{
	OWNED_MEMORY uint8_t *rows = mem_alloc(shop->person_count);
	if (!rows)
		return err_memory(err);
	for (uint32_t p = 0; p < shop->person_count; p += 2)
		rows[p] = 1;
	HELD(recs_lists) lists = {0};
	struct recs_rank_options rank = {.k = LIST, .rows = rows};
	TRY(recs_rank_all(&shop->als->model, shop->ratings, &rank, &lists, err));
	TRY(recs_rows_of_lists(&lists, &shop->parts.lists, err));
	TRY(recs_rows_of_links(shop->links, &shop->link_part.rows, err));
	TRY(make_popular(shop, 0, 0, &shop->parts.popular, err));
	return make_popular(shop, SEGMENTS, 200, &shop->parts.popular_segment, err);
}

/* Small baskets by links, persons (and baskets) of three items and more by factors. */
static const struct recs_class_part classes[] = {
	{.from = 1, .step_count = 2, .steps = {0, RECS_BY_FACTORS}},
	{.from = 3, .step_count = 1, .steps = {RECS_BY_FACTORS}},
};

static int make(const char *path, struct shop *shop, struct error *err)
{
	static const uint32_t similar[] = {0};
	TRY(make_ratings(shop, err));
	TRY(make_attributes(shop, err));
	TRY(make_models(shop, err));
	TRY(make_rows(shop, err));
	shop->label = (struct recs_label_part){"category", shop->categories, shop->category};
	shop->link_part.source = 1;
	struct recs_artifact_parts *parts = &shop->parts;
	parts->items = shop->items;
	parts->persons = shop->persons;
	parts->sources = sources;
	parts->source_count = sizeof sources / sizeof *sources;
	parts->labels = &shop->label;
	parts->label_count = 1;
	parts->prices_cents = shop->prices;
	parts->segments = shop->segments;
	parts->segment_of_person = shop->segment;
	parts->histories = shop->ratings;
	parts->factors = shop->als;
	parts->links = &shop->link_part;
	parts->link_count = 1;
	parts->classes = classes;
	parts->class_count = 2;
	parts->similar_steps = similar;
	parts->similar_count = 1;
	parts->popular_source = 2;
	parts->popular_segment_source = 3;
	int64_t start = clock_monotonic_us();
	TRY(recs_artifact_write(path, parts, err));
	printf("%u persons, %u items, d = %u, %zu events; written in %.0f ms\n", shop->person_count,
	       shop->item_count, shop->width, recs_ratings_count(shop->ratings),
	       (double)(clock_monotonic_us() - start) / 1e3);
	return 0;
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

struct asking {
	struct recs_artifact *artifact;
	struct recs_serve_scratch scratch;
	int64_t wall[ASKED], cpu[ASKED];
	size_t served;
};

static void print_times(struct asking *asking, const char *what, size_t count)
{
	qsort(asking->wall, count, sizeof *asking->wall, compare);
	qsort(asking->cpu, count, sizeof *asking->cpu, compare);
	printf("%-44s %9.1f %9.1f %9.1f %9.1f\n", what, (double)asking->wall[count / 2] / 1e3,
	       (double)asking->wall[count * 99 / 100] / 1e3, (double)asking->cpu[count / 2] / 1e3,
	       (double)asking->cpu[count * 99 / 100] / 1e3);
}

struct kind {
	const char *what;
	size_t count;
	void (*fill)(struct recs_request *request, uint32_t persons, uint32_t items,
		     struct recs_random *random);
};

static uint32_t items_asked[10];

static void listed(struct recs_request *request, uint32_t persons, uint32_t items,
		   struct recs_random *random)
{
	(void)items;
	request->person = recs_random_below(random, persons / 2) * 2;
}

static void filtered(struct recs_request *request, uint32_t persons, uint32_t items,
		     struct recs_random *random)
{
	static uint32_t category;
	static const struct recs_rule rule = {.values = &category, .count = 1};
	listed(request, persons, items, random);
	category = recs_random_below(random, CATEGORIES);
	request->filters.rules = &rule;
	request->filters.rule_count = 1;
}

static void diverse(struct recs_request *request, uint32_t persons, uint32_t items,
		    struct recs_random *random)
{
	listed(request, persons, items, random);
	request->diverse_most = 1;
}

static void folded(struct recs_request *request, uint32_t persons, uint32_t items,
		   struct recs_random *random)
{
	(void)items;
	request->person = recs_random_below(random, persons / 2) * 2 + 1;
}

static void basket(struct recs_request *request, uint32_t items, uint32_t count,
		   struct recs_random *random)
{
	request->ask = RECS_FOR_ITEMS;
	request->items = items_asked;
	request->item_count = count;
	for (uint32_t i = 0; i < count; i++)
		items_asked[i] = (uint32_t)(pow(recs_random_unit(random), 3) * items);
}

static void small_basket(struct recs_request *request, uint32_t persons, uint32_t items,
			 struct recs_random *random)
{
	(void)persons;
	basket(request, items, 2, random);
}

static void session(struct recs_request *request, uint32_t persons, uint32_t items,
		    struct recs_random *random)
{
	(void)persons;
	basket(request, items, 10, random);
}

static void similar_items(struct recs_request *request, uint32_t persons, uint32_t items,
			  struct recs_random *random)
{
	(void)persons;
	basket(request, items, 1, random);
	request->ask = RECS_SIMILAR_TO;
}

static void popular(struct recs_request *request, uint32_t persons, uint32_t items,
		    struct recs_random *random)
{
	(void)persons;
	(void)items;
	request->ask = RECS_POPULAR;
	request->segment = recs_random_below(random, SEGMENTS);
}

static const struct kind kinds[] = {
	{"person, list made ahead", ASKED, listed},
	{"the same, one item a category", ASKED, diverse},
	{"the same, one category (filters eat the list)", ASKED / 10, filtered},
	{"person, folded in", ASKED / 10, folded},
	{"session of 10 items, folded in", ASKED / 10, session},
	{"basket of 2 items, links", ASKED, small_basket},
	{"similar items", ASKED, similar_items},
	{"popular in a state", ASKED, popular},
};

static int ask_kind(struct asking *asking, const struct kind *kind, struct error *err)
{
	uint32_t persons = recs_artifact_count(asking->artifact, RECS_PERSONS);
	uint32_t items = recs_artifact_count(asking->artifact, RECS_ITEMS);
	struct recs_random random = {9};
	struct recs_served served[10];
	struct recs_answer answer;
	for (size_t i = 0; i < kind->count; i++) {
		struct recs_request request = recs_request(RECS_FOR_PERSON);
		kind->fill(&request, persons, items, &random);
		int64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
		/* As a server would: from the text of the id. */
		if (request.person != RECS_NONE) {
			size_t len;
			const char *text = recs_artifact_text(asking->artifact, RECS_PERSONS,
							      request.person, &len);
			request.person =
				recs_artifact_find(asking->artifact, RECS_PERSONS, text, len);
		}
		TRY(recs_serve(asking->artifact, &request, &asking->scratch, served, &answer, err));
		asking->cpu[i] = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
		asking->wall[i] = now_ns(CLOCK_MONOTONIC) - wall;
		asking->served += answer.count;
	}
	print_times(asking, kind->what, kind->count);
	return 0;
}

/* Resident pages in KiB by a line of /proc/self/status. */
static long resident(const char *name)
{
	char line[256];
	long kib = 0;
	FILE *file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

static int open_often(const char *path, struct asking *asking, struct error *err)
{
	enum { ROUNDS = 15 };
	for (int r = 0; r < ROUNDS; r++) {
		recs_artifact_close(asking->artifact);
		asking->artifact = NULL;
		int64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);
		TRY(recs_artifact_open(path, &asking->artifact, err));
		asking->cpu[r] = now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
		asking->wall[r] = now_ns(CLOCK_MONOTONIC) - wall;
	}
	qsort(asking->wall, ROUNDS, sizeof *asking->wall, compare);
	qsort(asking->cpu, ROUNDS, sizeof *asking->cpu, compare);
	printf("opened and verified: %.1f MB, median %.1f ms (best %.1f, processor %.1f)\n",
	       (double)recs_artifact_size(asking->artifact) / 1e6,
	       (double)asking->wall[ROUNDS / 2] / 1e6, (double)asking->wall[0] / 1e6,
	       (double)asking->cpu[ROUNDS / 2] / 1e6);
	return 0;
}

static int ask(const char *path, struct error *err)
{
	static struct asking asking;
	TRY(open_often(path, &asking, err));
	TRY(recs_serve_scratch_fit(&asking.scratch, asking.artifact, err));
	printf("%-44s %9s %9s %9s %9s\n", "microseconds", "p50", "p99", "cpu p50", "cpu p99");
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		TRY(ask_kind(&asking, &kinds[k], err));
	printf("scratch of a thread %.1f MB; resident %.1f MB, of it the mapped file %.1f MB\n",
	       (double)asking.scratch.size / 1e6, (double)resident("VmRSS:") / 1e3,
	       (double)resident("RssFile:") / 1e3);
	return asking.served ? 0 : err_set(err, ERR_INTERNAL, "nothing was served");
}

int main(int argc, char **argv)
{
	struct error err;
	int result = -1;
	if (argc == 6 && strcmp(argv[1], "make") == 0) {
		static struct shop shop; /* lives as long as the process */
		shop.person_count = (uint32_t)strtoul(argv[3], NULL, 10);
		shop.item_count = (uint32_t)strtoul(argv[4], NULL, 10);
		shop.width = (uint32_t)strtoul(argv[5], NULL, 10);
		result = make(argv[2], &shop, &err);
	} else if (argc == 3 && strcmp(argv[1], "ask") == 0) {
		result = ask(argv[2], &err);
	} else {
		fprintf(stderr, "usage: serving make FILE PERSONS ITEMS WIDTH | ask FILE\n");
		return 2;
	}
	if (result < 0)
		fprintf(stderr, "serving: %s\n", err.message);
	return result < 0;
}
