/* SPDX-License-Identifier: Apache-2.0 */
/* run_session: what a step does with the engine and the log: sessions that Ctrl-C reaches, the
 * tables it reads, whether its table is up to date, what its commit says. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dag/graph.h"
#include "engine/engine.h"
#include "pipeline/check_sql.h"
#include "pipeline/context.h"
#include "pipeline/run_state.h"
#include "pipeline/set.h"
#include "pipeline/tables.h"

int run_new_session(const struct run_state *state, struct engine_session **out, struct error *err)
{
	static const char *const path[] = {"delivery", "processing", NULL};
	struct engine *engine;
	TRY(context_engine(state->context, &engine, err));
	OWNED(engine_session) *session = NULL;
	TRY(engine_session_open(engine, &session, err));
	TRY(engine_session_set_path(session, path, err));
	*out = TAKE(session);
	return 0;
}

int run_open_session(struct run_state *state, size_t node, struct engine_session **out,
		     struct error *err)
{
	OWNED(engine_session) *session = NULL;
	TRY(run_new_session(state, &session, err));
	if (state->request->share) /* somebody watches */
		TRY(engine_session_count_progress(session, err));
	*out = TAKE(session);
	pthread_mutex_lock(&state->lock);
	state->sessions[node] = *out;
	pthread_mutex_unlock(&state->lock);
	return 0;
}

void run_close_session(struct run_state *state, size_t node, struct engine_session *session)
{
	pthread_mutex_lock(&state->lock);
	state->sessions[node] = NULL;
	pthread_mutex_unlock(&state->lock);
	engine_session_close(session);
}

int run_show_run(const struct run_state *state, struct engine_session *session, struct error *err)
{
	static const char *const names[] = {"run_id", "business_date"};
	static const char *const types[] = {"VARCHAR", "DATE"};
	const char *const values[] = {state->report->id, state->business_date};
	struct engine_rows rows = {.schema = "vitrine",
				   .name = "run",
				   .column_count = 2,
				   .row_count = 1,
				   .names = names,
				   .types = types,
				   .values = values};
	return engine_session_add_rows(session, &rows, err);
}

int run_show_tables(struct run_state *state, struct engine_session *session,
		    const struct dependencies *reads, const char *but, struct error *err)
{
	for (size_t i = 0; i < reads->count; i++) {
		struct table_input input;
		const char *full = reads->names[i], *dot = strchr(full, '.');
		if (but && strcmp(full, but) == 0)
			continue;
		int found = tables_get_input(state->tables, full, &input, err);
		TRY(found);
		if (!found)
			return err_set(err, ERR_UNDEFINED, "table \"%s\" was never built", full);
		OWNED_MEMORY char *schema = mem_copy_bytes(full, (size_t)(dot - full));
		if (!schema)
			return err_memory(err);
		TRY(engine_session_add_table(session, schema, dot + 1, input.store, input.snapshot,
					     err));
	}
	return reads->reads_run ? run_show_run(state, session, err) : 0;
}

/* A restored table counts as up to date; whoever wonders why it is not built again should see it.
 */
static int say_unchanged(const char *recorded, struct text *out, struct error *err)
{
	OWNED(json) *said = NULL;
	assert(recorded); /* or it could not be the same */
	TRY(json_parse(recorded, strlen(recorded), &said, err));
	int64_t restored = json_int(json_get(said, "restored"), -1);
	text_add(out, "unchanged");
	if (restored >= 0)
		text_addf(out, " since version %lld was restored", (long long)restored);
	return text_check(out, err);
}

/* Of a plan: the table's own step comes before, and would make it. */
static bool would_be_built(const struct run_state *state, const char *name)
{
	long place = graph_find(state->report->graph, name);
	return state->is_plan && place >= 0 && state->would_run[place];
}

/* An input that is not of our own lake: people should see that, before and after. */
static int note_other(const struct run_state *state, const char *name,
		      const struct table_input *input, struct step *step, struct error *err)
{
	text_addf(&step->borrowed, "%s%s of %s (version %lld)", step->borrowed.len ? ", " : "",
		  name, input->target, (long long)delta_snapshot_version(input->snapshot));
	if (!state->is_plan)
		log_detail("%s: reads %s of target %s, version %lld", step->name, name,
			   input->target, (long long)delta_snapshot_version(input->snapshot));
	return text_check(&step->borrowed, err);
}

int run_add_inputs(struct run_state *state, size_t node, struct fingerprint *fingerprint,
		   struct step *step, int64_t *out_bytes, struct error *err)
{
	const struct dependencies *reads = &state->nodes[node].reads;
	step->rows_in = *out_bytes = 0;
	text_clear(&step->borrowed);
	for (size_t i = 0; i < reads->count; i++) {
		struct table_input input;
		int found = tables_get_input(state->tables, reads->names[i], &input, err);
		TRY(found);
		if ((!found || input.lake) && would_be_built(state, reads->names[i])) {
			TRY(fingerprint_add_input(fingerprint, reads->names[i], -1, NULL, err));
			continue;
		}
		if (!found) {
			err_set(err, ERR_UNDEFINED, "table \"%s\" was never built",
				reads->names[i]);
			return err_hint(err, "Build it first: `vitrine run --select +%s`.",
					step->name);
		}
		TRY(fingerprint_add_input(fingerprint, reads->names[i],
					  delta_snapshot_data_version(input.snapshot), input.lake,
					  err));
		if (input.lake)
			TRY(note_other(state, reads->names[i], &input, step, err));
		*out_bytes += delta_snapshot_bytes(input.snapshot);
		int64_t rows = delta_snapshot_rows(input.snapshot);
		step->rows_in = rows < 0 || step->rows_in < 0 ? -1 : step->rows_in + rows;
	}
	return 0;
}

/* A published version that the log at `key` lacks is damage; to build over it would lose what is
 * left. `newest` is the log's, -1 = there is none. */
static int check_published(const struct run_state *state, const char *key, int64_t newest,
			   struct error *err)
{
	for (size_t i = 0; i < state->base->count; i++) {
		const struct set_table *table = &state->base->tables[i];
		if (strcmp(table->key, key) == 0 && table->version > newest) {
			err->kind = ERR_NOT_FOUND;
			return set_say_lost(table, err);
		}
	}
	return 0;
}

int run_is_current(struct run_state *state, size_t node, size_t place,
		   const struct fingerprint *fingerprint, const struct delta_snapshot **out_own,
		   struct step *step, struct error *err)
{
	const struct run_table *table = &state->nodes[node].tables[place];
	int64_t newest;
	int exists = delta_newest_version(context_store(state->context), table->key, &newest, err);
	TRY(exists);
	TRY(check_published(state, table->key, exists ? newest : -1, err));
	*out_own = NULL;
	text_clear(&step->reason);
	if (!exists) {
		text_add(&step->reason, "it does not exist yet");
		return 0;
	}
	TRY(tables_open(state->tables, table->key, newest, out_own, err));
	const char *recorded = delta_snapshot_data_info(*out_own);
	int same = fingerprint_compare(fingerprint, recorded, &step->reason, err);
	if (same == 1)
		TRY(say_unchanged(recorded, &step->reason, err));
	return same;
}

void run_say_forced(struct step *step)
{
	text_clear(&step->reason);
	text_add(&step->reason, "forced");
}

/* So that any machine knows which checks have looked at the table. */
static int write_checks(const struct run_state *state, const struct run_table *table,
			struct text *out, struct error *err)
{
	const struct check *check;
	char hash[CHECK_HASH_SIZE];
	text_add(out, ", \"checks\": [");
	for (size_t i = 0; (check = run_check_at(state, table, i)); i++) {
		TRY(check_hash(check, table->name, hash, err));
		text_addf(out, "%s\"%s\"", i ? ", " : "", hash);
	}
	text_add_char(out, ']');
	return 0;
}

char *run_commit_info(const struct run_state *state, const struct run_table *table,
		      const struct step *step, const struct fingerprint *fingerprint,
		      const char *more, struct error *err)
{
	HELD(text) t = {0};
	text_addf(&t, "{\"run\": \"%s\", \"run_number\": %lld, \"step\": ", state->report->id,
		  (long long)state->report->number);
	text_add_json(&t, step->name, strlen(step->name));
	text_add(&t, ", ");
	fingerprint_write(fingerprint, &t);
	if (write_checks(state, table, &t, err) < 0)
		return NULL;
	if (more) {
		text_add(&t, ", ");
		text_add(&t, more);
	}
	text_add_char(&t, '}');
	return text_take(&t, err);
}

void run_log(struct run_state *state, const struct step *step, enum catalog_log_level level,
	     const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct catalog_log_line line = {
		.run_id = state->report->id,
		.kind = step->kind,
		.step = step->name,
		.time_us = clock_now_us(),
		.level = level,
		.text = text,
	};
	struct error err; /* history only */
	if (catalog_runs_add_log(context_catalog(state->context), &line, &err) < 0)
		log_detail("not in the history: %s", err.message);
	if (level == CATALOG_LOG_INFO)
		log_detail("%s: %s", step->name, text);
	else
		log_warning("%s: %s", step->name, text);
}
