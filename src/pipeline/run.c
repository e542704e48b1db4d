/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/run.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "dag/run.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/lease.h"
#include "pipeline/personal.h"
#include "pipeline/run_graph.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"
#include "pipeline/tables.h"

void run_report_free(struct run_report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->count; i++) {
		for (size_t j = 0; j < report->steps[i].more_count; j++)
			free(report->steps[i].more[j].name);
		text_done(&report->steps[i].reason);
		text_done(&report->steps[i].breaking);
		text_done(&report->steps[i].borrowed);
		text_done(&report->steps[i].affects);
	}
	for (size_t i = 0; i < report->orphan_count; i++)
		free(report->orphans[i]);
	free(report->orphans);
	free(report->steps);
	graph_free(report->graph);
	free(report);
}

static void state_done(struct run_state *state)
{
	for (size_t i = 0; i < state->count; i++) {
		struct run_node *node = &state->nodes[i];
		dependencies_done(&node->reads);
		for (size_t j = 0; j < node->table_count; j++) {
			delta_schema_done(&node->tables[j].columns);
			free(node->tables[j].name);
			free(node->tables[j].key);
		}
	}
	free(state->nodes);
	free(state->sessions);
	free(state->shares);
	free(state->wanted);
	free(state->would_run);
	map_free(state->known);
	tables_free(state->tables);
	personal_free(state->personal);
	set_free(state->base);
	lease_release(state->lease);
	pthread_mutex_destroy(&state->lock);
}
OWN_DEFINE_EMBEDDED(run_state, state_done)

static int find_dates(struct run_state *state, struct error *err)
{
	const char *wish = state->request->business_date;
	int64_t civil_us;
	if (!clock_to_civil(context_project(state->context)->time_zone, clock_now_us(), &civil_us))
		return err_set(err, ERR_PROJECT, "the time zone \"%s\" is not known",
			       context_project(state->context)->time_zone);
	clock_format_civil(civil_us / 1000000 * 1000000, state->now);
	memcpy(state->business_date, state->now, 10);
	int year, month, day;
	char rest;
	if (!wish)
		return 0;
	if (sscanf(wish, "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3 ||
	    !clock_is_date(year, month, day))
		return err_set(err, ERR_USAGE, "\"%s\" is not a date like 2018-09-03", wish);
	clock_format_date(clock_days_from_civil(year, month, day), state->business_date);
	return 0;
}

static enum catalog_step_kind kind_of(const struct run_state *state, const struct run_node *node)
{
	return state->is_check     ? CATALOG_CHECK
	       : node->source      ? CATALOG_LAND
	       : node->recommender ? CATALOG_RECOMMEND
				   : CATALOG_MODEL;
}

static int init_steps(struct run_state *state, struct error *err)
{
	struct run_report *report = state->report;
	report->steps = mem_alloc_array(state->count, sizeof *report->steps);
	state->sessions = mem_alloc_array(state->count, sizeof(struct engine_session *));
	state->shares = mem_alloc_array(state->count, sizeof *state->shares);
	state->wanted = mem_alloc_array(state->count, sizeof *state->wanted);
	state->would_run = mem_alloc_array(state->count, sizeof *state->would_run);
	if (!report->steps || !state->sessions || !state->shares || !state->wanted ||
	    !state->would_run)
		return err_memory(err);
	report->count = state->count;
	for (size_t i = 0; i < state->count; i++)
		report->steps[i] = (struct step){
			.place = i,
			.name = graph_name(report->graph, i),
			.kind = kind_of(state, &state->nodes[i]),
			.status = CATALOG_BLOCKED,
			.rows_in = -1,
			.rows_out = -1,
			.bytes = -1,
			.version = -1,
		};
	return 0;
}

static int select_steps(struct run_state *state, struct error *err)
{
	const struct run_request *request = state->request;
	if (request->selection)
		TRY(graph_select(state->report->graph, request->selection, state->wanted, err));
	for (size_t i = 0; i < state->count; i++)
		state->wanted[i] = (!request->selection || state->wanted[i]) &&
				   (!request->only_land || state->nodes[i].source);
	return 0;
}

static int prepare(struct run_state *state, struct error *err)
{
	struct context *context = state->context;
	TRY(find_dates(state, err));
	TRY(set_read_newest(context_store(context), &state->base, err));
	state->report->set = state->base->number;
	TRY(tables_new(context_project(context), context_store(context), context_parquet(context),
		       state->base, &state->tables, err));
	TRY(run_graph_build(state, err));
	TRY(personal_new(context, state->known, &state->personal, err));
	TRY(init_steps(state, err));
	TRY(select_steps(state, err));
	return state->is_check ? 0 : run_bind(state, err);
}

/* ---- steps ---- */

static void record_step(struct run_state *state, const struct step *step)
{
	struct catalog_step row = {
		.run_id = state->report->id,
		.kind = step->kind,
		.name = step->name,
		.status = step->status,
		.reason = step->reason.len ? step->reason.data : NULL,
		.attempts = step->attempts,
		.started_us = step->started_at_us,
		.ended_us = step->ended_us ? step->started_at_us + step->ended_us - step->started_us
					   : 0,
		.rows_in = step->rows_in,
		.rows_out = step->rows_out,
		.bytes = step->bytes,
		.table = step->version >= 0 ? step->name : NULL,
		.table_version = step->version,
		.failure = catalog_failure_of(step->status == CATALOG_FAILED ? &step->err : NULL),
	};
	struct error err; /* history only: a run does not fail for it */
	if (!state->is_plan &&
	    catalog_runs_put_step(context_catalog(state->context), &row, &err) < 0)
		log_warning("step %s is not in the history: %s", step->name, err.message);
}

static void forget_counts(struct step *step)
{
	step->files = step->records = step->loaded = step->rejected = 0;
	step->checks_passed = step->checks_warned = step->checks_failed = 0;
}

static int work(void *context, size_t node, struct error *err)
{
	struct run_state *state = context;
	struct step *step = &state->report->steps[node];
	if (state->lease && !lease_is_held(state->lease))
		return err_set(err, ERR_BUSY, "another run took over the lake's lease");
	const struct run_node *what = &state->nodes[node];
	int result;
	do { /* again when another run changed the table: see what there is now */
		step->attempts++;
		forget_counts(step);
		run_watch_stretch(state, node, 0, 1);
		result = state->is_check     ? check_run(state, node, step, err)
			 : what->source      ? land_run(state, node, step, err)
			 : what->recommender ? recommend_run(state, node, step, err)
					     : model_run(state, node, step, err);
	} while (result < 0 && err->kind == ERR_CONFLICT && step->attempts < RUN_STEP_TRIES_MAX);
	return result;
}

static void on_event(void *context, size_t node, const struct dag_task *task)
{
	struct run_state *state = context;
	struct step *step = &state->report->steps[node];
	if (task->state == DAG_RUNNING) {
		step->status = CATALOG_RUNNING;
		step->started_us = clock_monotonic_us();
		step->started_at_us = clock_now_us();
	} else {
		step->ended_us = step->started_us ? clock_monotonic_us() : 0;
	}
	if (task->state == DAG_DONE && step->status == CATALOG_RUNNING)
		step->status = CATALOG_OK;
	if (state->is_plan && task->state == DAG_DONE)
		state->would_run[node] = step->status == CATALOG_OK && !step->only_checks;
	if (task->state == DAG_FAILED || task->state == DAG_CANCELED) {
		step->status = task->state == DAG_FAILED ? CATALOG_FAILED : CATALOG_CANCELED;
		step->err = *task->err;
	}
	if (task->state == DAG_SKIPPED) {
		step->status = CATALOG_BLOCKED;
		text_clear(&step->reason);
		text_addf(&step->reason, "%s failed", state->report->steps[task->because].name);
	}
	record_step(state, step);
	pthread_mutex_lock(&state->lock);
	state->shares[node].is_running = task->state == DAG_RUNNING;
	if (state->request->event)
		state->request->event(state->request->event_context, step);
	pthread_mutex_unlock(&state->lock);
}

static void interrupt(void *context)
{
	struct run_state *state = context;
	pthread_mutex_lock(&state->lock);
	for (size_t i = 0; i < state->count; i++)
		if (state->sessions[i])
			engine_session_interrupt(state->sessions[i]);
	pthread_mutex_unlock(&state->lock);
}

int run_threads(const struct run_state *state)
{
	int64_t threads = context_project(state->context)->threads;
	return threads > 0 ? (int)threads : process_cpu_count();
}

static int run_steps(struct run_state *state, struct dag_result *result, struct error *err)
{
	struct dag_settings settings = {
		.threads = state->is_plan ? 1 : run_threads(state),
		.selected = state->wanted,
		.context = state,
		.work = work,
		.event = on_event,
		.interrupt = interrupt,
	};
	struct run_watch watch;
	run_watch_start(&watch, state);
	int outcome = dag_run(state->report->graph, &settings, result, err);
	run_watch_stop(&watch);
	return outcome;
}

/* ---- the end of a run ---- */

static int publish_set(struct run_state *state, struct error *err)
{
	const struct set *changes = tables_changes(state->tables);
	int64_t before = state->base->number;
	TRY(set_publish(context_store(state->context), changes, NULL, state->report->id,
			clock_now_us(), &state->report->set, err));
	state->report->published = state->report->set > before;
	return 0;
}

/* The first failure in the order of the graph, for the exit status. */
static int first_failure(const struct run_state *state, const struct dag_result *result,
			 struct error *err)
{
	if (result->was_canceled)
		return err_set(err, ERR_CANCELED, "interrupted; nothing was published");
	for (size_t i = 0; i < result->count; i++)
		if (result->tasks[i].state == DAG_FAILED) {
			*err = *result->tasks[i].err;
			return err_within(err, "%s", state->report->steps[i].name);
		}
	return 0;
}

static int start_record(struct run_state *state, struct error *err)
{
	char process[PROCESS_NAME_SIZE];
	const struct project *project = context_project(state->context);
	struct catalog_run run = {
		.id = state->report->id,
		.command = state->request->command,
		.target = project->target,
		.code = "vitrine " VITRINE_VERSION,
		.process = process_name(process),
		.business_date = state->business_date,
		.status = CATALOG_RUNNING,
		.started_us = clock_now_us(),
	};
	if (state->lease)
		TRY(catalog_runs_bury(context_catalog(state->context), project->target, NULL, err));
	return catalog_runs_start(context_catalog(state->context), &run, &state->report->number,
				  err);
}

static int carry_out(struct run_state *state, struct error *err)
{
	HELD(dag_result) result = {0};
	TRY(run_steps(state, &result, err));
	if (!result.was_canceled)
		TRY(publish_set(state, err));
	return first_failure(state, &result, err);
}

/* A check that does not hold blocks no other, so it is no failure of the graph's. */
static int carry_out_checks(struct run_state *state, struct error *err)
{
	HELD(dag_result) result = {0};
	TRY(run_steps(state, &result, err));
	TRY(first_failure(state, &result, err));
	for (size_t i = 0; i < state->count; i++)
		if (state->report->steps[i].status == CATALOG_FAILED) {
			*err = state->report->steps[i].err;
			return -1;
		}
	return 0;
}

static void end_record(struct run_state *state, int outcome, const struct error *cause)
{
	enum catalog_status status = outcome == 0                  ? CATALOG_OK
				     : cause->kind == ERR_CANCELED ? CATALOG_CANCELED
								   : CATALOG_FAILED;
	struct error err;
	if (catalog_runs_end(context_catalog(state->context), state->report->id, status,
			     state->report->published ? state->report->set : 0, clock_now_us(),
			     outcome == 0 ? NULL : cause, &err) < 0)
		log_warning("the run's end is not in the history: %s", err.message);
}

static int run_or_plan(struct run_state *state, struct error *err)
{
	struct run_report *report = state->report;
	const struct run_request *request = state->request;
	if (request->run_id)
		memcpy(report->id, request->run_id, sizeof report->id - 1);
	else
		TRY(process_new_uuid(report->id, err));
	if (!state->is_plan && !state->is_check)
		TRY(lease_take(context_store(state->context), report->id, request->wait,
			       &state->lease, err));
	TRY(prepare(state, err));
	if (state->is_plan) {
		HELD(dag_result) result = {0};
		state->is_started = true;
		TRY(run_steps(state, &result, err));
		return plan_finish(state, err);
	}
	TRY(start_record(state, err));
	state->is_started = true;
	int outcome = state->is_check ? carry_out_checks(state, err) : carry_out(state, err);
	if (!state->is_check)
		run_sweep(state, outcome < 0);
	end_record(state, outcome, err);
	return outcome;
}

static int start(struct context *context, const struct run_request *request, bool is_plan,
		 bool is_check, struct run_report **out, struct error *err)
{
	*out = mem_alloc(sizeof **out);
	if (!*out)
		return err_memory(err);
	int64_t began_us = clock_monotonic_us();
	HELD(run_state)
	state = {.context = context,
		 .request = request,
		 .report = *out,
		 .is_plan = is_plan,
		 .is_check = is_check};
	pthread_mutex_init(&state.lock, NULL);
	int result = run_or_plan(&state, err);
	(*out)->duration_us = clock_monotonic_us() - began_us;
	if (!state.is_started) { /* it never came to the steps */
		run_report_free(*out);
		*out = NULL;
	}
	return result;
}

int run_pipeline(struct context *context, const struct run_request *request,
		 struct run_report **out, struct error *err)
{
	return start(context, request, false, false, out, err);
}

int run_plan(struct context *context, const struct run_request *request, struct run_report **out,
	     struct error *err)
{
	return start(context, request, true, false, out, err);
}

int run_checks(struct context *context, const struct run_request *request, struct run_report **out,
	       struct error *err)
{
	return start(context, request, false, true, out, err);
}
