/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "recs/serve_parts.h"

static const char *const filter_names[RECS_FILTER_COUNT] = {
	[RECS_PASSES] = "passes",
	[RECS_UNKNOWN_ITEM] = "unknown",
	[RECS_FILTER_SEEN] = "seen",
	[RECS_FILTER_UNAVAILABLE] = "unavailable",
	[RECS_FILTER_PRICE] = "price",
	[RECS_FILTER_RULE] = "label",
	[RECS_FILTER_PREDICATE] = "predicate",
	[RECS_FILTER_EXCLUDED] = "excluded",
	[RECS_FILTER_DIVERSITY] = "diversity",
};

const char *recs_filter_name(enum recs_filter filter)
{
	return filter_names[filter];
}

static bool price_fits(const struct serving *serving, uint32_t item)
{
	const struct recs_filters *filters = &serving->request->filters;
	if (filters->price_min_cents <= 0 && filters->price_max_cents <= 0)
		return true;
	int64_t price = recs_artifact_price(serving->artifact, item);
	return price >= 0 && price >= filters->price_min_cents &&
	       (filters->price_max_cents <= 0 || price <= filters->price_max_cents);
}

static bool rule_holds(const struct serving *serving, const struct recs_rule *rule, uint32_t item)
{
	uint32_t value = serving->artifact->label_of_item[rule->label][item];
	bool among = false;
	for (size_t i = 0; i < rule->count && value != RECS_NONE; i++)
		among |= rule->values[i] == value;
	return among != rule->without;
}

enum recs_filter serving_filter(const struct serving *serving, uint32_t item)
{
	const struct recs_artifact *artifact = serving->artifact;
	const struct recs_request *request = serving->request;
	const struct recs_filters *filters = &request->filters;
	bool keep_seen = filters->keep_seen && request->ask != RECS_SIMILAR_TO;
	if ((serving->marks[item] & MARK_SEEN) && !keep_seen)
		return RECS_FILTER_SEEN;
	if (artifact->available && !filters->keep_unavailable &&
	    !artifact_bit(artifact->available, item))
		return RECS_FILTER_UNAVAILABLE;
	if (serving->marks[item] & MARK_EXCLUDED)
		return RECS_FILTER_EXCLUDED;
	if (!price_fits(serving, item))
		return RECS_FILTER_PRICE;
	for (size_t r = 0; r < filters->rule_count; r++)
		if (!rule_holds(serving, &filters->rules[r], item))
			return RECS_FILTER_RULE;
	if (request->ask == RECS_POPULAR && request->label_value != RECS_NONE &&
	    artifact->label_of_item[request->label][item] != request->label_value)
		return RECS_FILTER_RULE;
	for (size_t p = 0; p < filters->predicate_count; p++)
		if (!artifact_bit(artifact->predicates[filters->predicates[p]], item))
			return RECS_FILTER_PREDICATE;
	return RECS_PASSES;
}

int serving_check_filters(const struct recs_artifact *artifact, const struct recs_request *request,
			  struct error *err)
{
	const struct recs_filters *filters = &request->filters;
	uint32_t labels = artifact->settings.label_count;
	bool missing = (request->diverse_most && request->diverse_label >= labels) ||
		       (request->ask == RECS_POPULAR && request->label_value != RECS_NONE &&
			request->label >= labels);
	for (size_t r = 0; r < filters->rule_count; r++)
		missing |= filters->rules[r].label >= labels;
	if (missing)
		return err_set(err, ERR_USAGE,
			       "the artifact does not have the label that is asked for");
	for (size_t p = 0; p < filters->predicate_count; p++)
		if (filters->predicates[p] >= artifact->settings.predicate_count)
			return err_set(err, ERR_USAGE, "the artifact does not have predicate %u",
				       filters->predicates[p]);
	return 0;
}
