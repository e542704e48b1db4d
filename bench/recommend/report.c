/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

int report_progress(void *context, const struct recs_contest_progress *progress, struct error *err)
{
	(void)context;
	(void)err;
	if (strcmp(progress->what, "train") != 0)
		fprintf(stderr, "%u/%u %s\n", progress->done, progress->total, progress->what);
	return 0;
}

static void print_row(const struct recs_contest *contest, const struct recs_entry *entry)
{
	const struct recs_standing *all = &entry->standings[RECS_PERSONS_ALL];
	const struct recs_interval *ndcg = &all->metrics[RECS_NDCG];
	if (entry->withdrawn) {
		printf("| %s | withdrawn: %s |\n", entry->text, entry->withdrawn);
		return;
	}
	printf("| %s | %.4f | %.4f [%.4f, %.4f] | %.4f [%.4f, %.4f] | %.4f | %.4f | %.4f | %.3f | "
	       "%.1f | %.2f | ",
	       entry->text, entry->validation[RECS_PERSONS_ALL], all->metrics[RECS_RECALL].value,
	       all->metrics[RECS_RECALL].low, all->metrics[RECS_RECALL].high, ndcg->value,
	       ndcg->low, ndcg->high, all->metrics[RECS_MAP].value, all->metrics[RECS_HIT].value,
	       all->metrics[RECS_MRR].value, all->coverage, all->novelty, all->popularity_bias);
	if (entry == &contest->entries[contest->simple])
		printf("simple | ");
	else
		printf("%+.4f [%+.4f, %+.4f] | ", all->gain.value, all->gain.low, all->gain.high);
	printf("%.1f | %d |\n", entry->seconds, entry->trials);
}

static void print_classes(const struct recs_contest *contest)
{
	printf("\n| NDCG@%u by class |", contest->k);
	for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++)
		printf(" %s (%zu) |", recs_persons_name(c),
		       contest->entries[contest->simple].standings[c].persons);
	printf("\n|---|---|---|---|\n");
	for (uint32_t e = 0; e < contest->count; e++) {
		const struct recs_entry *entry = &contest->entries[e];
		if (entry->withdrawn)
			continue;
		printf("| %s |", entry->text);
		for (uint32_t c = 0; c < RECS_PERSONS_COUNT; c++) {
			const struct recs_standing *standing = &entry->standings[c];
			printf(" %.4f, %+.4f [%+.4f, %+.4f]%s |",
			       standing->metrics[RECS_NDCG].value, standing->gain.value,
			       standing->gain.low, standing->gain.high,
			       standing->winner ? " serves" : "");
		}
		printf("\n");
	}
}

/* What each recipe has over the one named, person by person. */
static void print_rival(const struct recs_contest *contest, uint32_t rival)
{
	printf("\n| NDCG@%u over %s |", contest->k, contest->entries[rival].text);
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++)
		printf(" %s |", recs_persons_name(c));
	printf("\n|---|---|---|---|---|\n");
	for (uint32_t e = 0; e < contest->count; e++) {
		const struct recs_entry *entry = &contest->entries[e];
		if (entry->withdrawn || e == rival)
			continue;
		printf("| %s |", entry->text);
		for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
			const struct recs_interval *over = &entry->standings[c].over_rival;
			printf(" %+.4f [%+.4f, %+.4f] |", over->value, over->low, over->high);
		}
		printf("\n");
	}
}

static void print_weights(const struct recs_entry *entry)
{
	const struct recs_recipe *recipe = &entry->recipe;
	for (uint32_t c = 0; c < recipe->class_count; c++) {
		printf("weights of %s for histories from %u:", entry->text,
		       recipe->class_starts[c]);
		for (uint32_t p = 0; p < recipe->count; p++)
			printf(" %.3f", (double)recipe->weights[c][p]);
		printf("\n");
	}
}

static void print_shares(const struct recs_contest *contest)
{
	struct recs_share all = {0};
	for (uint32_t e = 0; e < contest->count; e++) {
		all.persons += contest->served[e].persons;
		all.items += contest->served[e].items;
	}
	for (uint32_t e = 0; e < contest->count; e++)
		if (contest->served[e].items)
			printf("served: %.1f %% of persons, %.1f %% of items by %s\n",
			       100 * (double)contest->served[e].persons / (double)all.persons,
			       100 * (double)contest->served[e].items / (double)all.items,
			       contest->entries[e].text);
}

int report_contest(const struct recs_contest *contest, uint32_t rival, struct error *err)
{
	printf("events: %zu train, %zu validation, %zu test; persons tested: %zu; k = %u\n\n",
	       contest->train_events, contest->validation_events, contest->test_events,
	       contest->entries[contest->simple].standings[RECS_PERSONS_ALL].persons, contest->k);
	printf("| recipe | validation NDCG | recall | NDCG | MAP | hit | MRR | coverage | novelty "
	       "| "
	       "bias | gain in NDCG | seconds | trials |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (uint32_t e = 0; e < contest->count; e++)
		print_row(contest, &contest->entries[e]);
	print_classes(contest);
	if (rival && !contest->entries[rival - 1].withdrawn)
		print_rival(contest, rival - 1);
	printf("\n");
	for (uint32_t c = 0; c <= RECS_PERSONS_COUNT; c++) {
		OWNED_MEMORY char *verdict = recs_contest_verdict(contest, c, err);
		if (!verdict)
			return -1;
		printf("%s\n", verdict);
	}
	print_shares(contest);
	for (uint32_t e = 0; e < contest->count; e++)
		print_weights(&contest->entries[e]);
	return 0;
}
