/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/recommend_kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/fingerprint.h"
#include "pipeline/recommend_artifact.h"
#include "recs/artifact.h"
#include "recs/contest_choice.h"
#include "recs/saved.h"
#include "store/store.h"

enum { CHANGE_PERCENT = 10 };

void recommend_kept_done(struct recommend_kept *kept)
{
	recs_contest_free(kept->choice);
	recs_contest_free(kept->basket_choice);
	if (kept->models)
		recs_model_free(&kept->models->model);
	recs_artifact_close(kept->artifact);
	*kept = (struct recommend_kept){0};
}

static int refuse_models(struct recommend_kept *kept, const char *why)
{
	if (kept->models)
		recs_model_free(&kept->models->model);
	kept->models = NULL;
	recs_artifact_close(kept->artifact);
	kept->artifact = NULL;
	snprintf(kept->why_trained, sizeof kept->why_trained, "%s", why);
	return 0;
}

static int refuse(struct recommend_kept *kept, const char *why)
{
	recs_contest_free(TAKE(kept->choice));
	recs_contest_free(TAKE(kept->basket_choice));
	snprintf(kept->why, sizeof kept->why, "%s", why);
	return refuse_models(kept, "with the contest");
}

/* 1 when the artifact is open, 0 when it cannot be used. */
static int open_artifact(struct context *context, const struct delta_snapshot *lists,
			 struct recs_artifact **out, struct error *err)
{
	OWNED_MEMORY char *key = NULL, *path = NULL;
	TRY(recommend_artifact_key(lists, &key, err));
	if (!key)
		return 0;
	if (store_local_path(context_store(context), key, &path, err) == 0 &&
	    recs_artifact_open(path, out, err) == 0)
		return 1;
	bool unusable = err->kind == ERR_NOT_FOUND || err->kind == ERR_CORRUPT ||
			err->kind == ERR_UNSUPPORTED;
	return unusable ? 0 : -1;
}

/* What the commit said that gave a version its rows; NULL = nothing. */
static int read_said(const struct delta_snapshot *snapshot, struct json **out, struct error *err)
{
	const char *info = delta_snapshot_data_info(snapshot);
	return info ? json_parse(info, strlen(info), out, err) : 0;
}

static int is_same_recommender(const struct delta_snapshot *lists,
			       const struct fingerprint *fingerprint, struct error *err)
{
	OWNED(json) *said = NULL;
	TRY(read_said(lists, &said, err));
	return text_equal(json_text(json_get(said, "sql"), ""), fingerprint->sql) &&
	       text_equal(json_text(json_get(said, "settings"), ""), fingerprint->settings);
}

static int read_meta(const struct recs_artifact *artifact, struct recommend_kept *out,
		     struct error *err)
{
	size_t len;
	OWNED(json) *meta = NULL;
	const char *bytes = recs_artifact_meta(artifact, &len);
	int result = json_parse(bytes, len, &meta, err);
	const struct json *contest = json_get(meta, "contest");
	out->contest_us = json_int(json_get(contest, "held_us"), -1);
	out->contest_events = json_int(json_get(contest, "events"), 0);
	out->trained_us = json_int(json_get(meta, "trained_us"), -1);
	snprintf(out->version, sizeof out->version, "%s",
		 json_text(json_get(meta, "model_version"), ""));
	out->compared = json_bool(json_get(contest, "compared"), false);
	if (result == 0 && out->compared)
		result = recs_contest_choice_read(json_get(contest, "choice"), &out->choice, err);
	if (result == 0 && out->compared && json_get(contest, "basket_choice"))
		result = recs_contest_choice_read(json_get(contest, "basket_choice"),
						  &out->basket_choice, err);
	return result < 0 && err->kind != ERR_CORRUPT ? -1 : 0;
}

/* A report that was restored, or lost, may be of another contest than the lists. */
static int is_report_of(const struct delta_snapshot *report, int64_t contest_us, struct error *err)
{
	OWNED(json) *said = NULL;
	TRY(read_said(report, &said, err));
	return json_int(json_get(said, "contest_us"), -1) == contest_us;
}

/* Whether the choice that was read still stands. */
static int check_choice(const struct recommender *recommender, const struct delta_snapshot *report,
			struct recommend_kept *kept, struct error *err)
{
	char why[sizeof kept->why];
	int64_t age_us = clock_now_us() - kept->contest_us;
	if (!kept->choice)
		return refuse(kept, "the one before had nothing to compare on");
	if (recommender->inputs[RECOMMENDER_EVENTS].basket && !kept->basket_choice)
		return refuse(kept, "the one before does not say what serves baskets");
	if (recommender->names[RECOMMENDER_REPORT]) {
		int same = report ? is_report_of(report, kept->contest_us, err) : 0;
		TRY(same);
		if (!same)
			return refuse(kept, "the report is of another one");
	}
	if (age_us >= 0 && age_us < recommender->contest_after_us)
		return 0;
	snprintf(why, sizeof why, "the one before is %.1f days old",
		 (double)age_us / (86400 * 1e6));
	return refuse(kept, why);
}

/* Take `artifact` with its models, if they are to serve on. */
static int keep_models(const struct recommender *recommender, struct recs_artifact *artifact,
		       struct recommend_kept *kept, struct error *err)
{
	size_t len, digits = strspn(kept->version, "0123456789abcdef");
	const void *bytes = recs_artifact_models(artifact, &len);
	int64_t age_us = clock_now_us() - kept->trained_us;
	if (recommender->train_after_us == 0)
		return refuse_models(kept, "`train_after` is not set");
	if (!bytes || !digits || kept->version[digits])
		return refuse_models(kept, "none were kept");
	if (age_us < 0 || age_us >= recommender->train_after_us)
		return refuse_models(kept, "those before are too old");
	uint32_t items = recs_artifact_count(artifact, RECS_ITEMS);
	if (recs_saved_read(kept->choice, bytes, len, items, &kept->models, err) == 0) {
		kept->artifact = recs_artifact_hold(artifact);
		return 0;
	}
	if (err->kind == ERR_UNSUPPORTED)
		return refuse_models(kept, "those kept are of another format");
	return err->kind == ERR_MEMORY ? -1 : refuse_models(kept, "those kept are damaged");
}

int recommend_kept_read(struct context *context, const struct recommender *recommender,
			const struct delta_snapshot *lists, const struct delta_snapshot *report,
			const struct fingerprint *fingerprint, bool forced,
			struct recommend_kept *out, struct error *err)
{
	OWNED(recs_artifact) *artifact = NULL;
	if (forced)
		return refuse(out, "it was asked for");
	if (!lists)
		return refuse(out, "it is the first");
	int same = is_same_recommender(lists, fingerprint, err);
	TRY(same);
	if (!same)
		return refuse(out, "the recommender changed");
	int opened = open_artifact(context, lists, &artifact, err);
	TRY(opened);
	if (!opened)
		return refuse(out, "the artifact of the one before cannot be read");
	TRY(read_meta(artifact, out, err));
	TRY(check_choice(recommender, report, out, err));
	return out->choice ? keep_models(recommender, artifact, out, err) : 0;
}

/* How many persons of the artifact have no events any more. */
static int count_gone(const struct recs_artifact *artifact, const struct recommend_input *input,
		      uint32_t *out, struct error *err)
{
	OWNED_MEMORY uint8_t *bought = mem_alloc_array(input->person_count, 1);
	if (!bought)
		return err_memory(err);
	for (size_t e = 0; e < input->events.count; e++)
		bought[input->events.at[e].person] = 1;
	*out = 0;
	for (uint32_t p = 0; p < recs_artifact_count(artifact, RECS_PERSONS); p++) {
		size_t len;
		const uint32_t *items;
		const int64_t *times;
		const char *text = recs_artifact_text(artifact, RECS_PERSONS, p, &len);
		int64_t now = recs_ids_find(input->persons, text, len);
		bool is_there = now != RECS_IDS_NONE && bought[now];
		*out += !is_there && recs_artifact_history(artifact, p, &items, &times) > 0;
	}
	return 0;
}

int recommend_kept_compare(struct recommend_kept *kept, const struct recommend_input *input,
			   struct error *err)
{
	char why[sizeof kept->why];
	bool had_models = kept->models;
	uint32_t gone = 0;
	int64_t before = kept->contest_events, now = (int64_t)input->events.count;
	int64_t change = now > before ? now - before : before - now;
	if (kept->choice && change * 100 > before * CHANGE_PERCENT) {
		snprintf(why, sizeof why,
			 "the one before had %" PRId64 " events, now there are %" PRId64, before,
			 now);
		(void)refuse(kept, why);
	}
	if (kept->models)
		TRY(count_gone(kept->artifact, input, &gone, err));
	if (gone > 0) {
		snprintf(why, sizeof why, "%u of those they learnt from are gone", gone);
		(void)refuse_models(kept, why);
	}
	return had_models && !kept->models;
}

void recommend_kept_renew(struct recommend_kept *kept, const struct recs_contest *contest,
			  size_t events)
{
	kept->contest_us = clock_now_us();
	kept->contest_events = (int64_t)events;
	kept->compared = contest->validated[RECS_PERSONS_ALL] > 0;
}

void recommend_kept_write_contest(const struct recommend_kept *kept, struct text *out)
{
	text_addf(out, "\"contest_us\": %" PRId64, kept->contest_us);
}

void recommend_kept_write(const struct recommend_kept *kept, const struct recs_contest *contest,
			  const struct recs_contest *basket, struct text *out)
{
	text_addf(out,
		  "\"contest\": {\"held_us\": %" PRId64 ", \"events\": %" PRId64
		  ", \"compared\": %s, \"choice\": ",
		  kept->contest_us, kept->contest_events, kept->compared ? "true" : "false");
	recs_contest_choice_write(contest, out);
	if (basket) {
		text_add(out, ", \"basket_choice\": ");
		recs_contest_choice_write(basket, out);
	}
	text_addf(out, "}, \"trained_us\": %" PRId64, kept->trained_us);
}
