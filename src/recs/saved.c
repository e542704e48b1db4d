/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/saved.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "recs/links.h"
#include "recs/matrix.h"
#include "recs/popularity.h"
#include "recs/recipe_kinds.h"

enum { FORMAT = 1, STEP = 8, ANY = -1 };

/* What is left to be read. */
struct reading {
	const char *at;
	size_t left;
	uint32_t items;
};

static int bad(const char *what, struct error *err)
{
	return err_set(err, ERR_CORRUPT, "the saved models: %s", what);
}

static void put(struct text *out, const void *array, size_t count, size_t size)
{
	static const char zeros[STEP] = {0};
	uint64_t len = count * size;
	text_add_bytes(out, &len, sizeof len);
	text_add_bytes(out, array, len);
	text_add_bytes(out, zeros, (STEP - len % STEP) % STEP);
}

static const void *refuse(const char *what, struct error *err)
{
	bad(what, err);
	return NULL;
}

/* The next array, of `count` elements or ANY number; NULL = refused. */
static const void *take(struct reading *reading, size_t size, int64_t count, size_t *out_count,
			struct error *err)
{
	uint64_t len = 0;
	const void *out;
	if (reading->left < sizeof len)
		return refuse("they end too soon", err);
	memcpy(&len, reading->at, sizeof len);
	reading->at += sizeof len;
	reading->left -= sizeof len;
	if (len > reading->left || (STEP - len % STEP) % STEP > reading->left - len)
		return refuse("they end too soon", err);
	if (len % size || (count != ANY && len / size != (uint64_t)count))
		return refuse("an array has another length", err);
	out = reading->at;
	*out_count = len / size;
	reading->at += len + (STEP - len % STEP) % STEP;
	reading->left -= len + (STEP - len % STEP) % STEP;
	return out;
}

/* ---- kinds of models ---- */

static void save_popularity(const struct recs_model *model, struct text *out)
{
	const struct recs_matrix *shares = recs_popularity_shares(model);
	put(out, shares->data, shares->rows * shares->stride, sizeof *shares->data);
}

static int load_popularity(const struct recs_part *part, struct reading *reading,
			   struct recs_model **out, struct error *err)
{
	size_t count, stride = recs_matrix_stride(reading->items);
	const float *shares = take(reading, sizeof *shares, ANY, &count, err);
	(void)part;
	if (!shares)
		return -1;
	if (!stride || count % stride || count / stride < 1 || count / stride > RECS_SEGMENTS_MAX)
		return bad("popularity of other items", err);
	for (size_t i = 0; i < count; i++)
		if (isnan(shares[i]) || shares[i] == INFINITY)
			return bad("a share that is no number", err);
	return recs_popularity_of(shares, count / stride, reading->items, out, err);
}

static void save_links(const struct recs_model *model, struct text *out)
{
	const struct recs_links *links = (const struct recs_links *)model;
	size_t count = links->starts[model->item_count];
	put(out, links->starts, (size_t)model->item_count + 1, sizeof *links->starts);
	put(out, links->items, count, sizeof *links->items);
	put(out, links->weights, count, sizeof *links->weights);
}

static int check_links(const struct reading *reading, const size_t *starts, const uint32_t *items,
		       const float *weights, struct error *err)
{
	size_t count = starts[reading->items];
	if (starts[0] != 0)
		return bad("links that do not begin", err);
	for (uint32_t i = 0; i < reading->items; i++)
		if (starts[i] > starts[i + 1] || starts[i + 1] > count)
			return bad("links out of order", err);
	for (size_t l = 0; l < count; l++)
		if (items[l] >= reading->items || !(weights[l] > 0) || !isfinite(weights[l]))
			return bad("a link to no item", err);
	return 0;
}

static int load_links(const struct recs_part *part, struct reading *reading,
		      struct recs_model **out, struct error *err)
{
	static const struct recs_model_kind kind = RECS_LINKS_KIND("links");
	size_t count = 0, unused;
	struct recs_links *links;
	const size_t *starts =
		take(reading, sizeof *starts, (int64_t)reading->items + 1, &unused, err);
	const uint32_t *items = starts ? take(reading, sizeof *items, ANY, &count, err) : NULL;
	const float *weights =
		items ? take(reading, sizeof *weights, (int64_t)count, &unused, err) : NULL;
	if (!weights)
		return -1;
	if (starts[reading->items] != count)
		return bad("links of other items", err);
	TRY(check_links(reading, starts, items, weights, err));
	TRY(recs_links_new(&kind, reading->items, count, &links, err));
	memcpy(links->starts, starts, ((size_t)reading->items + 1) * sizeof *starts);
	memcpy(links->items, items, count * sizeof *items);
	memcpy(links->weights, weights, count * sizeof *weights);
	links->options = recs_part_scoring(part);
	*out = &links->model;
	return 0;
}

static const struct saved_kind {
	const char *name;
	void (*save)(const struct recs_model *model, struct text *out);
	int (*load)(const struct recs_part *part, struct reading *reading, struct recs_model **out,
		    struct error *err);
} kinds[] = {
	{"popularity", save_popularity, load_popularity},
	{"knn", save_links, load_links},
	{"walk", save_links, load_links},
};

static const struct saved_kind *kind_of(const struct recs_part *part)
{
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if (strcmp(kinds[k].name, part->kind->name) == 0)
			return &kinds[k];
	return NULL;
}

/* ---- writing ---- */

static bool can_save(const struct recs_contest *contest, const struct recs_chooser *chooser)
{
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_recipe *recipe = &contest->entries[chooser->labels[s]].recipe;
		for (uint32_t p = 0; p < recipe->count; p++)
			if (!kind_of(&recipe->parts[p]))
				return false;
	}
	return true;
}

bool recs_saved_write(const struct recs_contest *contest, const struct recs_chooser *chooser,
		      struct text *out)
{
	const uint64_t head[] = {FORMAT, chooser->model.item_count};
	if (!can_save(contest, chooser))
		return false;
	put(out, head, 2, sizeof *head);
	for (uint32_t s = 0; s < chooser->source_count; s++) {
		const struct recs_recipe *recipe = &contest->entries[chooser->labels[s]].recipe;
		const struct recs_model *model = chooser->sources[s];
		const struct recs_blend *blend = (const struct recs_blend *)model;
		for (uint32_t p = 0; p < recipe->count; p++)
			kind_of(&recipe->parts[p])
				->save(recipe->count > 1 ? blend->sources[p] : model, out);
	}
	return true;
}

/* ---- reading ---- */

static int read_part(void *context, const struct recs_part *part, struct recs_model **out,
		     struct error *err)
{
	const struct saved_kind *kind = kind_of(part);
	return kind ? kind->load(part, context, out, err) : bad("a model that is never saved", err);
}

int recs_saved_read(const struct recs_contest *contest, const void *bytes, size_t len,
		    struct recs_chooser **out, struct error *err)
{
	struct reading reading = {bytes, len, 0};
	size_t unused;
	struct recs_chooser *chooser = NULL;
	const uint64_t *head = take(&reading, sizeof *head, 2, &unused, err);
	if (!head)
		return -1;
	if (head[0] != FORMAT || head[1] >= UINT32_MAX)
		return bad("they are of another format", err);
	reading.items = (uint32_t)head[1];
	const struct recs_part_maker make = {read_part, &reading};
	TRY(recs_contest_assemble(contest, reading.items, &make, &chooser, err));
	OWNED(recs_model) *held = &chooser->model;
	if (reading.left > 0)
		return bad("they do not end", err);
	*out = (struct recs_chooser *)TAKE(held);
	return 0;
}
