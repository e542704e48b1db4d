/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_artifact.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/set.h"
#include "recs/artifact.h"
#include "store/store.h"

static const char HINT[] = "Run `vitrine recommend train`: it makes the file anew.";

/* ---- writing ---- */

/* What the parts borrow and only writing needs. */
struct parts {
	struct recs_source sources[RECS_SOURCES_MAX + RECS_LINK_SETS_MAX + 2];
	struct recs_label_part labels[2];
	struct recs_predicate_part predicates[RECOMMENDER_FILTERS_MAX];
	struct recs_links_part links[RECS_LINK_SETS_MAX];
	uint32_t together;      /* the set of it */
	uint32_t *segments;     /* per person, RECS_NONE = none */
	struct recs_rows lists; /* row = person */
	uint8_t *list_sources;
	uint32_t *because;
	int64_t *edges;
};

static void parts_done(struct parts *parts)
{
	free(parts->segments);
	recs_rows_done(&parts->lists);
	free(parts->list_sources);
	free(parts->because);
	free(parts->edges);
}
OWN_DEFINE_EMBEDDED(parts, parts_done)

static enum recs_reason reason_of(const struct recs_entry *entry)
{
	static const struct {
		const char *name;
		enum recs_reason reason;
	} reasons[] = {{"knn", RECS_REASON_TOGETHER},
		       {"session", RECS_REASON_SESSION},
		       {"content", RECS_REASON_SIMILAR},
		       {"repeat", RECS_REASON_REPEAT}};
	const char *name = recs_recipe_name(&entry->recipe);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i].name, name) == 0)
			return reasons[i].reason;
	return entry->simple ? RECS_REASON_POPULAR : RECS_REASON_TASTE;
}

/* The number of a source by name, which is added when it is new. */
static uint32_t name_source(struct parts *parts, struct recs_artifact_parts *out,
			    struct recs_source source)
{
	for (uint32_t s = 0; s < out->source_count; s++)
		if (strcmp(parts->sources[s].name, source.name) == 0)
			return s;
	parts->sources[out->source_count] = source;
	return out->source_count++;
}

static void add_sets(const struct recommend_set *sets, uint32_t count, struct parts *parts,
		     struct recs_artifact_parts *out)
{
	for (uint32_t s = 0; s < count; s++) {
		struct recs_links_part *links = &parts->links[out->link_count++];
		links->rows = sets[s].rows;
		links->source =
			name_source(parts, out, (struct recs_source){sets[s].name, sets[s].reason});
	}
}

/* The sources of the chooser, then those of baskets and of what is folded in, then what is popular.
 */
static void add_sources(const struct recommend_found *found, struct parts *parts,
			struct recs_artifact_parts *out)
{
	const struct recs_chooser *chooser = found->chooser;
	for (uint32_t s = 0; s < chooser->source_count; s++)
		parts->sources[out->source_count++] = (struct recs_source){
			found->names[s], reason_of(&found->contest->entries[chooser->labels[s]])};
	add_sets(found->basket.sets, found->basket.set_count, parts, out);
	add_sets(found->factors.sets, found->factors.set_count, parts, out);
	out->factors = found->factors.als;
	if (out->factors)
		out->factors_source =
			name_source(parts, out, (struct recs_source){"als", RECS_REASON_TASTE});
	uint32_t popular =
		name_source(parts, out, (struct recs_source){"popular", RECS_REASON_POPULAR});
	out->popular_source = out->popular_segment_source = out->popular_label_source = popular;
	out->sources = parts->sources;
	out->links = parts->links;
}

/* Similar items are answered as a basket of the item, unless that is by what is popular, or by ALS:
 * where no basket is named a basket is answered as somebody who has just that. */
static void add_classes(const struct recommend_basket *basket,
			const struct recommend_factors *factors, struct parts *parts,
			struct recs_artifact_parts *out)
{
	bool as_persons = !basket->contest && factors->class_count > 0;
	out->classes = as_persons ? factors->classes : basket->classes;
	out->class_count = as_persons ? factors->class_count : basket->class_count;
	out->person_classes = factors->classes;
	out->person_class_count = factors->class_count;
	out->similar_steps = &parts->together;
	out->similar_count = as_persons || basket->classes[0].step_count == 0;
}

static void add_labels(const struct recommend_input *input, const struct recommend_found *found,
		       struct parts *parts, struct recs_artifact_parts *out)
{
	out->labels = parts->labels;
	if (recs_ids_count(input->categories) > 0)
		parts->labels[out->label_count++] =
			(struct recs_label_part){.name = "category",
						 .values = input->categories,
						 .of_item = input->category_of_item,
						 .popular = found->by_category};
	if (recs_ids_count(input->sellers) > 0)
		parts->labels[out->label_count++] =
			(struct recs_label_part){.name = "seller",
						 .values = input->sellers,
						 .of_item = input->seller_of_item};
}

static int add_segments(const struct recommend_input *input, struct parts *parts,
			struct recs_artifact_parts *out, struct error *err)
{
	if (recs_ids_count(input->segments) == 0)
		return 0;
	parts->segments = mem_alloc_array(input->person_count, sizeof *parts->segments);
	if (!parts->segments)
		return err_memory(err);
	for (uint32_t p = 0; p < input->person_count; p++)
		parts->segments[p] = input->segment_of_person[p] - 1; /* 0 becomes RECS_NONE */
	out->segments = input->segments;
	out->segment_of_person = parts->segments;
	return 0;
}

/* Persons of whom nothing is known are answered from what is popular. */
static int add_lists(const struct recommend_input *input, const struct recommend_found *found,
		     struct parts *parts, struct recs_artifact_parts *out, struct error *err)
{
	const struct recommend_lists *from = &found->lists;
	struct recs_rows *to = &parts->lists;
	to->row_count = input->person_count;
	to->starts = mem_alloc_array((size_t)input->person_count + 1, sizeof *to->starts);
	to->items = mem_alloc_array(from->count, sizeof *to->items);
	to->scores = mem_alloc_array(from->count, sizeof *to->scores);
	parts->list_sources = mem_alloc_array(from->count, 1);
	parts->because = mem_alloc_array(from->count, sizeof *parts->because);
	if (!to->starts || !to->items || !to->scores || !parts->list_sources || !parts->because)
		return err_memory(err);
	uint64_t at = 0;
	size_t row = 0;
	for (uint32_t p = 0; p < input->person_count; p++) {
		to->starts[p] = at;
		bool known = recs_ratings_row_len(found->histories, p) > 0;
		for (; row < from->count && from->persons[row] == p; row++) {
			if (!known)
				continue;
			to->items[at] = from->items[row];
			to->scores[at] = from->scores[row];
			parts->list_sources[at] = (uint8_t)from->sources[row];
			parts->because[at++] = from->because[row];
		}
	}
	to->starts[input->person_count] = at;
	out->lists = *to;
	out->list_sources = parts->list_sources;
	out->list_because = parts->because;
	return 0;
}

static int add_bands(const struct recommender *recommender, const float *affinity,
		     struct parts *parts, struct recs_artifact_parts *out, struct error *err)
{
	if (!affinity)
		return 0;
	uint32_t count = (uint32_t)recommender->band_count;
	parts->edges = mem_alloc_array(count - 1, sizeof *parts->edges);
	if (!parts->edges)
		return err_memory(err);
	for (uint32_t i = 0; i + 1 < count; i++) /* a band includes its upper price */
		parts->edges[i] = (int64_t)(i + 1) * recommender->band_width * 100 + 1;
	out->band_edges_cents = parts->edges;
	out->band_count = count;
	out->affinity = affinity;
	return 0;
}

static int fill_parts(const struct recommender *recommender, const struct recommend_input *input,
		      const struct recommend_found *found, const float *affinity,
		      struct parts *parts, struct recs_artifact_parts *out, struct error *err)
{
	out->models = found->models.data;
	out->models_len = found->models.len;
	out->items = input->items;
	out->persons = input->persons;
	out->prices_cents = input->price_cents;
	out->available = input->offered;
	out->histories = found->histories;
	out->popular = found->popular;
	out->popular_segment = found->by_segment;
	add_sources(found, parts, out);
	add_labels(input, found, parts, out);
	for (size_t i = 0; i < recommender->filter_count; i++)
		parts->predicates[i] = (struct recs_predicate_part){recommender->filters[i].name,
								    input->filters[i]};
	out->predicates = parts->predicates;
	out->predicate_count = (uint32_t)recommender->filter_count;
	add_classes(&found->basket, &found->factors, parts, out);
	TRY(add_segments(input, parts, out, err));
	TRY(add_lists(input, found, parts, out, err));
	return add_bands(recommender, affinity, parts, out, err);
}

int recommend_artifact_put(struct store *store, const char *key,
			   const struct recommender *recommender,
			   const struct recommend_input *input, const struct recommend_found *found,
			   const float *affinity, const char *meta, struct error *err)
{
	HELD(parts) parts = {.together = 0};
	struct recs_artifact_parts what = {.meta = meta};
	OWNED_MEMORY char *folder = NULL, *path = NULL;
	struct error unused;
	TRY(fill_parts(recommender, input, found, affinity, &parts, &what, err));
	TRY(store_make_staging(store, &folder, err));
	int result = (path = file_join(folder, "artifact.vra", err)) ? 0 : -1;
	if (result == 0)
		result = recs_artifact_write(path, &what, err);
	if (result == 0)
		result = store_put_file(store, key, path, err);
	(void)file_remove_tree(folder, &unused);
	return result;
}

/* ---- finding ---- */

/* The key that a commit names, or NULL. */
static int named_by(const char *info, char **out, struct error *err)
{
	OWNED(json) *said = NULL;
	*out = NULL;
	if (!info)
		return 0;
	TRY(json_parse(info, strlen(info), &said, err));
	const char *key = json_text(json_get(said, "artifact"), NULL);
	*out = mem_copy_text(key);
	return key && !*out ? err_memory(err) : 0;
}

int recommend_artifact_key(const struct delta_snapshot *snapshot, char **out_key, struct error *err)
{
	return named_by(delta_snapshot_data_info(snapshot), out_key, err);
}

static int never_trained(const struct recommender *recommender, struct error *err)
{
	err_set(err, ERR_NOT_FOUND, "recommender \"%s\" was never trained", recommender->name);
	return err_hint(err, "Run `vitrine recommend train`.");
}

int recommend_artifact_open(struct context *context, const struct recommender *recommender,
			    const struct set *set, struct recs_artifact **out, struct error *err)
{
	const struct set_table *table = set_find(set, recommender->names[RECOMMENDER_LISTS]);
	OWNED(delta_snapshot) *snapshot = NULL;
	OWNED_MEMORY char *key = NULL, *path = NULL;
	if (!table)
		return never_trained(recommender, err);
	TRY(delta_snapshot_open(context_store(context), table->key, table->version,
				context_parquet(context), &snapshot, err));
	TRY(recommend_artifact_key(snapshot, &key, err));
	if (!key)
		return never_trained(recommender, err);
	if (store_local_path(context_store(context), key, &path, err) == 0 &&
	    recs_artifact_open(path, out, err) == 0)
		return 0;
	if (err->kind == ERR_NOT_FOUND || err->kind == ERR_CORRUPT || err->kind == ERR_UNSUPPORTED)
		error_hint(err, "%s", HINT);
	if (err->kind == ERR_NOT_FOUND)
		err->kind = ERR_CORRUPT; /* a set names it */
	return err_within(err, "recommender \"%s\"", recommender->name);
}

int recommend_artifact_unnamed(struct context *context, const struct recommender *recommender,
			       const char *table_key, int64_t from_version, struct text *out,
			       struct error *err)
{
	struct store *store = context_store(context);
	OWNED(map) *named = map_new();
	OWNED(store_list) *list = NULL;
	OWNED_MEMORY char *prefix = text_format(err, RECOMMEND_ARTIFACTS "%s/", recommender->name);
	if (!prefix)
		return -1;
	if (!named)
		return err_memory(err);
	int64_t newest = -1;
	int exists = delta_newest_version(store, table_key, &newest, err);
	TRY(exists);
	struct delta_commit_info *infos = NULL;
	int count = exists ? delta_history(store, table_key, from_version, newest, &infos, err) : 0;
	int result = count < 0 ? -1 : 0;
	for (int i = 0; result == 0 && i < count; i++) {
		OWNED_MEMORY char *key = NULL;
		result = named_by(infos[i].vitrine_json, &key, err);
		if (key)
			result = map_put(named, key, NULL, err);
	}
	if (count > 0)
		delta_history_free(infos, count);
	TRY(result);
	TRY(store_list_objects(store, prefix, NULL, &list, err));
	for (size_t i = 0; i < list->count; i++)
		if (map_find(named, list->objects[i].key) < 0) {
			text_addf(out, "%s\n", list->objects[i].key);
			result++;
		}
	return text_check(out, err) < 0 ? -1 : result;
}
