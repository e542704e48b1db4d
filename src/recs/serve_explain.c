/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/text.h"
#include "recs/serve_parts.h"

static void add_name(const struct recs_artifact *artifact, unsigned names, uint32_t number,
		     const char *before, const char *otherwise, struct text *out)
{
	if (number >= recs_artifact_count(artifact, names)) {
		text_add(out, otherwise);
		return;
	}
	size_t len;
	const char *name = recs_artifact_text(artifact, names, number, &len);
	text_add(out, before);
	text_add_bytes(out, name, len);
}

void recs_serve_reason(const struct recs_artifact *artifact, const struct recs_served *served,
		       struct text *out)
{
	uint32_t because = served->because;
	switch (served->reason) {
	case RECS_REASON_POPULAR_SEGMENT:
		add_name(artifact, RECS_SEGMENTS, because, "popular in ", "popular", out);
		break;
	case RECS_REASON_POPULAR_LABEL:
		add_name(artifact, RECS_LABEL_VALUES + served->label, because, "popular in ",
			 "popular", out);
		break;
	case RECS_REASON_TOGETHER:
		add_name(artifact, RECS_ITEMS, because, "bought together with ",
			 "bought together with what was bought before", out);
		break;
	case RECS_REASON_SIMILAR:
		add_name(artifact, RECS_ITEMS, because, "similar to ",
			 "similar to what was bought before", out);
		break;
	case RECS_REASON_TASTE:
		add_name(artifact, RECS_ITEMS, because, "fits what was bought before, most of all ",
			 "fits what was bought before", out);
		break;
	case RECS_REASON_SESSION:
		add_name(artifact, RECS_ITEMS, because, "chosen by others who chose ",
			 "chosen by others with the same items", out);
		break;
	case RECS_REASON_REPEAT:
		text_add(out, "bought before, due again");
		break;
	case RECS_REASON_POPULAR:
	case RECS_REASON_COUNT:
		text_add(out, "popular");
		break;
	}
}

static uint32_t place_in_row(const struct artifact_rows *rows, uint32_t row, uint32_t item)
{
	size_t len = artifact_row_len(rows, row);
	for (size_t i = 0; i < len; i++)
		if (rows->items[rows->starts[row] + i] == item)
			return (uint32_t)i + 1;
	return 0;
}

static void explain_list(const struct serving *serving, uint32_t item, struct recs_explanation *out)
{
	const struct recs_artifact *artifact = serving->artifact;
	uint32_t person = serving->request->person;
	bool is_person = serving->request->ask == RECS_FOR_PERSON;
	out->list_because = RECS_NONE;
	out->list_place = is_person ? place_in_row(&artifact->lists, person, item) : 0;
	if (!out->list_place)
		return;
	size_t at = artifact->lists.starts[person] + out->list_place - 1;
	out->list_score = artifact->lists.scores[at];
	out->list_source = artifact->list_sources ? artifact->list_sources[at] : 0;
	out->list_because = artifact->list_because ? artifact->list_because[at] : RECS_NONE;
}

static void keep_share(struct recs_explanation *out, struct recs_explained share)
{
	size_t at = out->share_count;
	if (at == RECS_EXPLAIN_SHARES_MAX && out->shares[at - 1].weight >= share.weight)
		return;
	at -= at == RECS_EXPLAIN_SHARES_MAX;
	for (; at > 0 && out->shares[at - 1].weight < share.weight; at--)
		out->shares[at] = out->shares[at - 1];
	out->shares[at] = share;
	out->share_count += out->share_count < RECS_EXPLAIN_SHARES_MAX;
}

/* Shares of one set's sum are of all that is known, also of what is not among the greatest. */
static void explain_links(const struct serving *serving, uint32_t set, uint32_t item,
			  struct recs_explanation *out)
{
	float sum = 0;
	for (size_t place = 0; place < serving->known_count; place++)
		sum += serving_link(serving, set, place, item);
	for (size_t place = 0; sum > 0 && place < serving->known_count; place++) {
		float weight = serving_link(serving, set, place, item);
		if (weight > 0)
			keep_share(out, (struct recs_explained){
						.from = serving->known[place],
						.source = serving->artifact->links[set].source,
						.weight = weight,
						.share = weight / sum,
					});
	}
}

static void explain_steps(struct serving *serving, uint32_t item, struct recs_explanation *out)
{
	const struct recs_artifact *artifact = serving->artifact;
	for (uint32_t set = 0; set < artifact->settings.link_count; set++)
		explain_links(serving, set, item, out);
	out->by_factors = serving_fold_in(serving);
	if (!out->by_factors)
		return;
	struct recs_served served = {.item = item, .because = RECS_NONE};
	serving_because_of_factors(serving, &served);
	out->factor_score = serving_factor_score(serving, item);
	out->factor_source = artifact->settings.factors_source;
	out->factor_because = served.because;
}

static int explain_answer(const struct recs_artifact *artifact, const struct recs_request *request,
			  uint32_t item, struct recs_serve_scratch *scratch,
			  struct recs_explanation *out, struct error *err)
{
	struct recs_served served[RECS_SERVE_MAX];
	struct recs_answer answer;
	TRY(recs_serve(artifact, request, scratch, served, &answer, err));
	for (size_t i = 0; i < answer.count; i++)
		if (served[i].item == item) {
			out->answer_place = (uint32_t)i + 1;
			out->answered = served[i];
		}
	return 0;
}

int recs_serve_explain(const struct recs_artifact *artifact, const struct recs_request *request,
		       uint32_t item, struct recs_serve_scratch *scratch,
		       struct recs_explanation *out, struct error *err)
{
	if (item >= artifact->settings.item_count)
		return err_set(err, ERR_NOT_FOUND, "no such item");
	struct recs_answer answer = {0};
	struct serving serving = {.answer = &answer};
	*out = (struct recs_explanation){0};
	TRY(explain_answer(artifact, request, item, scratch, out, err));
	TRY(serving_begin(&serving, artifact, request, scratch, err));
	out->filtered = serving_filter(&serving, item);
	explain_list(&serving, item, out);
	explain_steps(&serving, item, out);
	out->popular_place = place_in_row(&artifact->popular, 0, item);
	if (serving.segment != RECS_NONE)
		out->popular_segment_place =
			place_in_row(&artifact->popular_segment, serving.segment, item);
	serving_end(&serving);
	return 0;
}
