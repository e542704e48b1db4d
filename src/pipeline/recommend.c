/* SPDX-License-Identifier: Apache-2.0 */
/* recommend: a recommender's step: from the tables it reads to new versions of all it makes and a
 * new artifact, or nothing at all.
 *
 *	read its inputs                     recommend_input.c
 *	contest, training, lists            recommend_find.c
 *	show them as rows, build the tables recommend_show.c, table_build.c
 *	checks of tables and of lists       audit.c, recommend_judge.c
 *	put the artifact, commit the tables recommend_artifact.c; the one that names it last
 *
 * The set publishes them together. A stop between two commits leaves versions that no set has; the
 * next run finds that not all tables have its fingerprint, and makes all of them again. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/process.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "pipeline/context.h"
#include "pipeline/recommend_artifact.h"
#include "pipeline/recommend_bands.h"
#include "pipeline/recommend_judge.h"
#include "pipeline/recommend_kept.h"
#include "pipeline/recommend_plan.h"
#include "pipeline/recommend_show.h"
#include "pipeline/table_build.h"
#include "store/store.h"

enum { FORMAT = 5 }; /* raised when the same inputs would give other lists or another artifact */

static_assert(RECOMMENDER_TABLES <= STEP_TABLES_MAX + 1, "a step tells of all that it makes");

/* Where the stretches of the step end (run_share.h); the second contest is that of baskets. */
static const double READ = 0.05, FIRST_HELD = 0.6, FOUND = 0.85, BUILT = 0.95;

/* What is held while a step runs; freed together, the session before what it shows. */
struct recommend {
	struct run_state *state;
	size_t node;
	struct step *step;
	const struct recommender *recommender;
	struct engine_session *session;
	struct fingerprint fingerprint;
	struct recommend_input input;
	struct recommend_found found;
	struct recommend_report report;
	struct recommend_kept kept;
	struct table_build builds[RECOMMENDER_TABLES];
	size_t build_count;
	char version[RECOMMENDER_VERSION_SIZE];
	int64_t bytes_in;
	uint32_t told;  /* the last part of the contest that was logged */
	bool is_second; /* of the contests: the one of baskets */
};

static void recommend_done(struct recommend *r)
{
	for (size_t i = 0; i < r->build_count; i++)
		table_build_done(&r->builds[i]);
	if (r->session)
		run_close_session(r->state, r->node, r->session);
	fingerprint_done(&r->fingerprint);
	recommend_kept_done(&r->kept);
	recommend_report_done(&r->report);
	recommend_found_done(&r->found);
	recommend_input_done(&r->input);
}
OWN_DEFINE_EMBEDDED(recommend, recommend_done)

/* ---- whether there is anything to do ---- */

static int find_fingerprint(struct recommend *r, struct error *err)
{
	HELD(text) sql = {0};
	for (int i = 0; i < RECOMMENDER_INPUTS; i++) {
		if (!r->recommender->inputs[i].is_given)
			continue;
		OWNED_MEMORY char *text = recommender_input_sql(r->recommender, i, err);
		OWNED_MEMORY char *canonical = NULL;
		if (!text)
			return -1;
		if (sql_canonical(text, &canonical, err) < 0)
			return recommender_input_error(r->recommender, i, err);
		text_addf(&sql, "%s;\n", canonical);
	}
	for (size_t i = 0; i < r->build_count; i++) {
		OWNED_MEMORY char *canonical = NULL;
		TRY(sql_canonical(r->builds[i].table->model->sql, &canonical, err));
		text_addf(&sql, "%s;\n", canonical);
	}
	TRY(text_check(&sql, err));
	OWNED_MEMORY char *settings = recommender_settings_text(r->recommender, err);
	if (!settings)
		return -1;
	OWNED_MEMORY char *all = text_format(err, "format %d, %s", FORMAT, settings);
	if (!all)
		return -1;
	TRY(fingerprint_set(&r->fingerprint, sql.data, all,
			    context_engine_version(r->state->context), err));
	return run_add_inputs(r->state, r->node, &r->fingerprint, r->step, &r->bytes_in, err);
}

/* What the models are called: by all that they follow from. */
static int find_version(struct recommend *r, struct error *err)
{
	char hash[HASH_HEX_SIZE];
	HELD(text) t = {0};
	fingerprint_write(&r->fingerprint, &t);
	TRY(text_check(&t, err));
	TRY(hash_of_bytes(t.data, t.len, hash, err));
	snprintf(r->version, sizeof r->version, "%.12s", hash);
	return 0;
}

static int has_artifact(struct recommend *r, struct error *err)
{
	const struct table_build *lists = &r->builds[0];
	OWNED_MEMORY char *key = NULL;
	int64_t size;
	assert(lists->table); /* a recommender always makes its lists */
	TRY(recommend_artifact_key(lists->own, &key, err));
	int exists = key ? store_size(context_store(r->state->context), key, &size, err) : 0;
	TRY(exists);
	if (!exists) {
		text_clear(&r->step->reason);
		text_add(&r->step->reason, "its artifact is gone");
	}
	return exists;
}

/* 1 when every table and the artifact come from just this fingerprint. */
static int is_current(struct recommend *r, struct error *err)
{
	HELD(text) why = {0};
	int all = 1;
	for (size_t i = 0; i < r->build_count; i++) {
		struct table_build *build = &r->builds[i];
		int current = run_is_current(r->state, r->node, i, &r->fingerprint, &build->own,
					     r->step, err);
		TRY(current);
		if (!current && all) {
			text_addf(&why, "%s%s%s", i ? build->table->name : "", i ? ": " : "",
				  r->step->reason.data);
			all = 0;
		}
	}
	if (all)
		return has_artifact(r, err);
	text_clear(&r->step->reason);
	text_add(&r->step->reason, why.data ? why.data : "");
	return text_check(&r->step->reason, err);
}

static const struct delta_snapshot *own_report(const struct recommend *r)
{
	for (size_t i = 0; i < r->build_count; i++)
		if (text_equal(r->builds[i].table->name, r->recommender->names[RECOMMENDER_REPORT]))
			return r->builds[i].own;
	return NULL;
}

/* ---- finding ---- */

static int tick(void *context, const char *what, uint32_t done, uint32_t total, struct error *err)
{
	struct recommend *r = context;
	if (engine_session_is_interrupted(r->session))
		return err_set(err, ERR_CANCELED, "interrupted");
	if (total == 0 || done + 1 == r->told)
		return 0;
	if (done + 1 < r->told && !r->is_second) {
		r->is_second = true;
		run_watch_stretch(r->state, r->node, FIRST_HELD, FOUND);
	}
	r->told = done + 1;
	atomic_store(&r->state->shares[r->node].total, total);
	atomic_store(&r->state->shares[r->node].done, done);
	run_log(r->state, r->step, CATALOG_LOG_INFO, "%s (%u of %u)", what, r->told, total);
	return 0;
}

static void log_input(struct recommend *r)
{
	const struct recommend_input *in = &r->input;
	run_log(r->state, r->step, CATALOG_LOG_INFO,
		"%zu events of %u persons and %u items; left out: %zu without person, item or "
		"time, "
		"%zu of persons who declined, %zu with a weight that is no number above 0, %zu "
		"from "
		"the future",
		in->events.count, in->person_count, in->item_count, in->without_ids,
		in->of_declined, in->events.refused_weight, in->events.refused_future);
	if (r->recommender->inputs[RECOMMENDER_EVENTS].basket)
		run_log(r->state, r->step, CATALOG_LOG_INFO,
			"%u baskets; %zu events are in none and say nothing of what goes together",
			in->basket_count, in->without_basket);
	size_t odd = in->events.refused_weight + in->events.refused_future + in->without_ids;
	if (odd > 0)
		run_log(r->state, r->step, CATALOG_LOG_WARNING,
			"%zu of %zu events are not learnt from; `vitrine logs` says why", odd,
			in->rows);
}

static int log_verdicts_of(struct recommend *r, const struct recs_contest *contest,
			   uint32_t first_class, struct error *err)
{
	for (uint32_t class = first_class; class <= RECS_PERSONS_COUNT; class ++) {
		OWNED_MEMORY char *verdict = recs_contest_verdict(contest, class, err);
		if (!verdict)
			return -1;
		run_log(r->state, r->step, CATALOG_LOG_INFO, "%s", verdict);
	}
	return 0;
}

static int log_verdicts(struct recommend *r, struct error *err)
{
	char day[CLOCK_TEXT_SIZE];
	if (!r->found.is_held) {
		run_log(r->state, r->step, CATALOG_LOG_INFO,
			"the contest of %s, held on %" PRId64 " events, still decides",
			clock_format_iso(r->kept.contest_us, day), r->kept.contest_events);
		return 0;
	}
	run_log(r->state, r->step, CATALOG_LOG_INFO, "a contest was held: %s", r->kept.why);
	if (r->found.contest->validated[RECS_PERSONS_ALL] == 0)
		run_log(r->state, r->step, CATALOG_LOG_WARNING,
			"nothing could be compared, so what is popular serves: there are too few "
			"events, all are of one time, or nobody met anything new lately");
	TRY(log_verdicts_of(r, r->found.contest, RECS_PERSONS_NEW, err));
	return r->found.basket.contest
		       ? log_verdicts_of(r, r->found.basket.contest, RECS_PERSONS_ONE, err)
		       : 0;
}

static void log_models(struct recommend *r)
{
	char day[CLOCK_TEXT_SIZE];
	if (r->found.is_kept) {
		run_log(r->state, r->step, CATALOG_LOG_INFO,
			"the models of %s stand: %u persons scored, %u carried over",
			clock_format_iso(r->kept.trained_us, day), r->found.scored,
			r->input.person_count - r->found.scored);
		snprintf(r->version, sizeof r->version, "%s", r->kept.version);
		return;
	}
	r->kept.trained_us = clock_now_us();
	run_log(r->state, r->step, CATALOG_LOG_INFO, "models were trained (%s): %u persons scored",
		r->kept.why_trained, r->found.scored);
	if (*r->found.why_not_kept)
		run_log(r->state, r->step, CATALOG_LOG_INFO,
			"these models are not kept: %s; they are trained in every run",
			r->found.why_not_kept);
}

/* Models that are kept want their items first; without them numbers follow the tables alone. */
static int read_input(struct recommend *r, int64_t now_us, struct error *err)
{
	TRY(recommend_input_read(r->recommender, r->session, now_us, r->kept.artifact, &r->input,
				 err));
	int dropped = recommend_kept_compare(&r->kept, &r->input, err);
	TRY(dropped);
	if (!dropped)
		return 0;
	recommend_input_done(&r->input);
	return recommend_input_read(r->recommender, r->session, now_us, NULL, &r->input, err);
}

static int find(struct recommend *r, struct error *err)
{
	int64_t threads = context_project(r->state->context)->threads, now_us = 0;
	struct recommend_options options = {
		.threads = threads > 0 ? (int)threads : process_cpu_count(),
		.tick = tick,
		.context = r,
	};
	(void)clock_to_civil(context_project(r->state->context)->time_zone, clock_now_us(),
			     &now_us);
	run_watch_stretch(r->state, r->node, 0, READ);
	TRY(read_input(r, now_us, err));
	run_watch_stretch(r->state, r->node, READ,
			  r->recommender->inputs[RECOMMENDER_EVENTS].basket ? FIRST_HELD : FOUND);
	log_input(r);
	r->found.contest = TAKE(r->kept.choice);
	r->found.basket.contest = TAKE(r->kept.basket_choice);
	r->found.chooser = TAKE(r->kept.models);
	options.before = r->kept.artifact;
	TRY(recommend_find(r->recommender, &r->input, &options, &r->found, err));
	if (r->found.is_held)
		recommend_kept_renew(&r->kept, r->found.contest, r->input.events.count);
	TRY(log_verdicts(r, err));
	log_models(r);
	return r->found.is_held ? recommend_report_make(&r->input, &r->found, &r->report, err) : 0;
}

/* ---- making ---- */

/* The table at `place` has its part of the stretch from..to, which all have together. */
static void begin_part(struct recommend *r, double from, double to, size_t place)
{
	double part = (to - from) / (double)r->build_count;
	run_watch_stretch(r->state, r->node, from + part * (double)place,
			  from + part * (double)(place + 1));
}

static int build_tables(struct recommend *r, struct error *err)
{
	if (!r->found.is_held && own_report(r))
		TRY(engine_session_add_table(r->session, "found", "report_before",
					     context_store(r->state->context), own_report(r), err));
	TRY(recommend_show(r->recommender, &r->input, &r->found, &r->report, r->version, r->session,
			   err));
	for (size_t i = 0; i < r->build_count; i++) {
		r->builds[i].session = r->session;
		begin_part(r, FOUND, BUILT, i);
		TRY(table_build_files(&r->builds[i], err));
	}
	for (size_t i = 0; i < r->build_count; i++) {
		begin_part(r, BUILT, 1, i);
		TRY(table_build_audit(&r->builds[i], r->step, err));
	}
	const struct recommend_lists_checked what = {
		.state = r->state,
		.recommender = r->recommender,
		.input = &r->input,
		.found = &r->found,
		.session = r->session,
		.before = r->builds[0].own,
	};
	return recommend_judge(&what, r->step, err);
}

static char *meta_of(const struct recommend *r, struct error *err)
{
	struct text t = {0};
	text_addf(&t,
		  "{\"recommender\": \"%s\", \"model_version\": \"%s\", \"made\": \"%s\", "
		  "\"events\": %zu, \"length\": %" PRId64 ", ",
		  r->recommender->name, r->version, r->state->now, r->input.events.count,
		  r->recommender->length);
	recommend_kept_write(&r->kept, r->found.contest, r->found.basket.contest, &t);
	text_add(&t, ", \"sources\": [");
	for (uint32_t s = 0; s < r->found.chooser->source_count; s++) {
		const char *text = r->found.chooser->texts[s];
		text_add(&t, s ? ", " : "");
		text_add_json(&t, text, strlen(text));
	}
	text_add(&t, "]}");
	return text_take(&t, err);
}

/* The table that names the artifact is committed last: then all is there that it promises. */
static int commit_all(struct recommend *r, struct error *err)
{
	struct context *context = r->state->context;
	OWNED_MEMORY char *key =
		text_format(err, RECOMMEND_ARTIFACTS "%s/%s-%.8s.vra", r->recommender->name,
			    r->version, r->state->report->id);
	OWNED_MEMORY char *meta = meta_of(r, err);
	if (!key || !meta)
		return -1;
	HELD(text) said = {0}, named = {0};
	recommend_kept_write_contest(&r->kept, &said);
	recommend_kept_write_contest(&r->kept, &named);
	text_addf(&named, ", \"artifact\": \"%s\"", key);
	TRY(text_check(&said, err));
	TRY(text_check(&named, err));
	OWNED_MEMORY float *affinity = NULL;
	TRY(recommend_bands_read(r->recommender, &r->input, r->session, &affinity, err));
	TRY(recommend_artifact_put(context_store(context), key, r->recommender, &r->input,
				   &r->found, affinity, meta, err));
	for (size_t i = r->build_count; i > 0; i--)
		TRY(table_build_commit(&r->builds[i - 1], r->step, &r->fingerprint,
				       i == 1 ? named.data : said.data, err));
	return 0;
}

static int make(struct recommend *r, struct error *err)
{
	struct run_state *state = r->state;
	TRY(run_check_disk(state, r->bytes_in, err));
	TRY(run_open_session(state, r->node, &r->session, err));
	TRY(run_show_tables(state, r->session, &state->nodes[r->node].reads, NULL, err));
	TRY(find_version(r, err));
	TRY(recommend_kept_read(state->context, r->recommender, r->builds[0].own, own_report(r),
				&r->fingerprint, state->request->force, &r->kept, err));
	TRY(find(r, err));
	TRY(build_tables(r, err));
	return commit_all(r, err);
}

static int take(struct step *step, const struct table_build *build, bool first, struct error *err)
{
	struct step_table now = {NULL, table_build_rows(build), table_build_bytes(build),
				 build->version};
	TRY(table_build_take(build, err));
	if (first) {
		step->rows_out = now.rows;
		step->bytes = now.bytes;
		step->version = now.version;
		return 0;
	}
	now.name = mem_copy_text(build->table->name);
	if (!now.name)
		return err_memory(err);
	step->more[step->more_count++] = now;
	return 0;
}

static int take_all(struct recommend *r, struct error *err)
{
	for (size_t i = 0; i < r->build_count; i++)
		TRY(take(r->step, &r->builds[i], i == 0, err));
	return 0;
}

/* Up to date: only checks may look that have not yet. */
static int stay(struct recommend *r, struct error *err)
{
	const struct delta_snapshot *own[RECOMMENDER_TABLES] = {NULL};
	for (size_t i = 0; i < r->build_count; i++)
		own[i] = r->builds[i].own;
	int looked = check_again(r->state, r->node, own, r->step, err);
	TRY(looked);
	if (!looked)
		r->step->status = CATALOG_SKIPPED;
	for (size_t i = 0; i < r->build_count; i++)
		table_build_skip(&r->builds[i]);
	return 0;
}

/* 1 when nothing would be made; else 0, with what would in the step. */
static int plan(struct recommend *r, bool is_current, struct error *err)
{
	const char *before = plan_built_before(r->state, r->node);
	if (is_current && before) {
		text_clear(&r->step->reason);
		text_addf(&r->step->reason, "%s would be built", before);
	} else if (is_current && r->state->request->force) {
		run_say_forced(r->step);
	} else if (is_current) {
		return 1;
	}
	return recommend_plan(r->state, r->recommender, r->builds, r->build_count, own_report(r),
			      &r->fingerprint, r->step, err);
}

int recommend_run(struct run_state *state, size_t node, struct step *step, struct error *err)
{
	const struct run_node *what = &state->nodes[node];
	HELD(recommend)
	r = {.state = state, .node = node, .step = step, .recommender = what->recommender};
	for (; r.build_count < what->table_count; r.build_count++)
		r.builds[r.build_count] =
			(struct table_build){.state = state, .table = &what->tables[r.build_count]};
	TRY(find_fingerprint(&r, err));
	int current = is_current(&r, err);
	TRY(current);
	if (state->is_plan) {
		int stays = plan(&r, current, err);
		if (stays <= 0)
			return stays;
	}
	if (current && !state->request->force) {
		TRY(stay(&r, err));
	} else {
		if (current)
			run_say_forced(step);
		TRY(make(&r, err));
	}
	return take_all(&r, err);
}
