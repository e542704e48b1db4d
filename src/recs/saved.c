/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/saved.h"

#include "base/error.h"
#include "base/text.h"
#include "recs/recipe_kinds.h"

/* 1 had popularity padded, and but links beside it. */
enum { FORMAT = 2 };

/* ---- writing ---- */

static const char *never_kept(const struct recs_contest *contest,
			      const struct recs_chooser *chooser)
{
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_recipe *recipe = &contest->entries[chooser->labels[s]].recipe;
		for (uint32_t p = 0; p < recipe->count; p++)
			if (!recipe->parts[p].kind->load)
				return recipe->parts[p].kind->name;
	}
	return NULL;
}

const char *recs_saved_write(const struct recs_contest *contest, const struct recs_chooser *chooser,
			     struct text *out, uint64_t *out_len)
{
	const uint64_t head[] = {FORMAT, chooser->model.item_count};
	struct recs_arrays_out arrays = {.text = out};
	const char *unable = never_kept(contest, chooser);
	*out_len = 0;
	if (unable)
		return unable;
	out->len_max = out->len_max ? out->len_max : RECS_SAVED_MAX;
	recs_arrays_put(&arrays, head, 2, sizeof *head);
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_recipe *recipe = &contest->entries[chooser->labels[s]].recipe;
		const struct recs_model *model = chooser->sources[s];
		const struct recs_blend *blend = (const struct recs_blend *)model;
		for (uint32_t p = 0; p < recipe->count; p++) {
			const struct recs_model *part =
				recipe->count > 1 ? blend->sources[p] : model;
			part->kind->save(part, &arrays);
		}
	}
	*out_len = arrays.len;
	return NULL;
}

/* ---- reading ---- */

struct reading {
	struct recs_arrays_in in;
	uint32_t items;
};

static int read_part(void *context, const struct recs_part *part, struct recs_model **out,
		     struct error *err)
{
	struct reading *reading = context;
	if (!part->kind->load)
		return recs_arrays_refuse("a model that is never kept", err);
	return part->kind->load(part, reading->items, &reading->in, out, err);
}

int recs_saved_read(const struct recs_contest *contest, const void *bytes, size_t len,
		    uint32_t items_max, struct recs_chooser **out, struct error *err)
{
	struct reading reading = {.in = {bytes, len}};
	struct recs_chooser *chooser = NULL;
	const uint64_t *head = recs_arrays_take(&reading.in, sizeof *head, 2, NULL, err);
	if (!head)
		return -1;
	if (head[0] != FORMAT)
		return err_set(err, ERR_UNSUPPORTED,
			       "the saved models: they are of another format");
	if (head[1] > items_max)
		return recs_arrays_refuse("they are of other items", err);
	reading.items = (uint32_t)head[1];
	const struct recs_part_maker make = {read_part, &reading};
	TRY(recs_contest_assemble(contest, reading.items, &make, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	if (reading.in.left > 0)
		return recs_arrays_refuse("they do not end", err);
	*out = (struct recs_chooser *)TAKE(held);
	return 0;
}
