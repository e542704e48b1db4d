/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "catalog/db.h"
#include "catalog/runs.h"
#include "catalog/words.h"

/* The six columns error_*, from `column` on. */
static struct catalog_failure read_failure(const struct db_statement *s, int column)
{
	return (struct catalog_failure){
		db_text(s, column),
		db_text(s, column + 1),
		db_text(s, column + 2),
		db_text(s, column + 3),
		(int)db_int(s, column + 4, 0),
		(int)db_int(s, column + 5, 0),
	};
}

static int read_run(const struct db_statement *s, struct catalog_run *out, struct error *err)
{
	int status;
	*out = (struct catalog_run){
		.id = db_text(s, 0),
		.number = db_int(s, 1, 0),
		.command = db_text(s, 2),
		.target = db_text(s, 3),
		.code = db_text(s, 4),
		.process = db_text(s, 5),
		.business_date = db_text(s, 6),
		.started_us = db_int(s, 8, 0),
		.ended_us = db_int(s, 9, 0),
		.set = db_int(s, 10, 0),
		.failure = read_failure(s, 11),
	};
	const char *word = db_text(s, 7);
	TRY(db_row_check(s, err));
	TRY(words_read(word, WORDS_STATUS, &status, err));
	out->status = (enum catalog_status)status;
	return 0;
}

static int read_step(const struct db_statement *s, struct catalog_step *out, struct error *err)
{
	int kind, status;
	*out = (struct catalog_step){
		.run_id = db_text(s, 0),
		.name = db_text(s, 2),
		.reason = db_text(s, 4),
		.attempts = (int)db_int(s, 5, 0),
		.started_us = db_int(s, 6, 0),
		.ended_us = db_int(s, 7, 0),
		.rows_in = db_int(s, 8, -1),
		.rows_out = db_int(s, 9, -1),
		.bytes = db_int(s, 10, -1),
		.table = db_text(s, 11),
		.table_version = db_int(s, 12, -1),
		.fingerprint = db_text(s, 13),
		.inputs_json = db_text(s, 14),
		.failure = read_failure(s, 15),
	};
	const char *kind_word = db_text(s, 1), *status_word = db_text(s, 3);
	TRY(db_row_check(s, err));
	TRY(words_read(kind_word, WORDS_STEP_KIND, &kind, err));
	TRY(words_read(status_word, WORDS_STATUS, &status, err));
	out->kind = (enum catalog_step_kind)kind;
	out->status = (enum catalog_status)status;
	return 0;
}

/* Give every row that is left to `each`. */
static int give_runs(struct db_statement *s, catalog_each_run *each, void *context,
		     struct error *err)
{
	int result;
	struct catalog_run run;
	while ((result = db_step(s, err)) > 0) {
		TRY(read_run(s, &run, err));
		TRY(result = each(context, &run, err));
		if (result > 0)
			return 0;
	}
	return result;
}

static int give_steps(struct db_statement *s, catalog_each_step *each, void *context,
		      struct error *err)
{
	int result;
	struct catalog_step step;
	while ((result = db_step(s, err)) > 0) {
		TRY(read_step(s, &step, err));
		TRY(result = each(context, &step, err));
		if (result > 0)
			return 0;
	}
	return result;
}

/* ---- runs ---- */

int catalog_runs_each(struct catalog *catalog, const char *target, int64_t limit,
		      catalog_each_run *each, void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(catalog, &s, err,
		       "select * from runs where ?1 is null or target = ?1 "
		       "order by number desc limit ?2",
		       "ti", target, limit));
	return give_runs(&s, each, context, err);
}

struct one_run {
	catalog_each_run *each;
	void *context;
	bool seen;
};

static int give_one(void *context, const struct catalog_run *run, struct error *err)
{
	struct one_run *one = context;
	one->seen = true;
	return one->each(one->context, run, err);
}

static int no_run(const char *what, struct error *err)
{
	if (strcmp(what, "last") == 0)
		return err_set(err, ERR_NOT_FOUND, "nothing has run yet");
	err_set(err, ERR_NOT_FOUND, "no run \"%s\"", what);
	return err_hint(err, "\"vitrine runs\" lists them.");
}

int catalog_runs_get(struct catalog *catalog, const char *run_id, catalog_each_run *each,
		     void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	struct one_run one = {each, context, false};
	TRY(db_prepare(catalog, &s, err, "select * from runs where id = ?1", "t", run_id));
	TRY(give_runs(&s, give_one, &one, err));
	return one.seen ? 0 : no_run(run_id, err);
}

/* 1 and the id when exactly one row is found, 0 when none. */
static int read_only_id(struct db_statement *s, const char *what, char out_id[PROCESS_ID_SIZE],
			struct error *err)
{
	int found = db_step(s, err);
	if (found <= 0)
		return found;
	const char *id = db_text(s, 0);
	TRY(db_row_check(s, err));
	snprintf(out_id, PROCESS_ID_SIZE, "%s", id);
	int second = db_step(s, err);
	TRY(second);
	if (second)
		return err_set(err, ERR_USAGE, "several runs have an id that starts with \"%s\"",
			       what);
	return 1;
}

static int find_number(struct catalog *catalog, const char *what, char out_id[PROCESS_ID_SIZE],
		       struct error *err)
{
	HELD(db_statement) s = {0};
	int64_t number = 0;
	bool last = strcmp(what, "last") == 0;
	if (!last && !text_to_int64(what, &number))
		return 0;
	TRY(db_prepare(catalog, &s, err,
		       "select id from runs where number = "
		       "coalesce(?1, (select max(number) from runs))",
		       "z",
		       last     ? (int64_t)0
		       : number ? number
				: -1));
	return read_only_id(&s, what, out_id, err);
}

static int find_beginning(struct catalog *catalog, const char *what, char out_id[PROCESS_ID_SIZE],
			  struct error *err)
{
	HELD(db_statement) s = {0};
	if (strlen(what) < 4)
		return 0;
	TRY(db_prepare(catalog, &s, err,
		       "select id from runs where substr(id, 1, length(?1)) = ?1 limit 2", "t",
		       what));
	return read_only_id(&s, what, out_id, err);
}

int catalog_runs_find(struct catalog *catalog, const char *what, char out_id[PROCESS_ID_SIZE],
		      struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	int found = find_number(catalog, what, out_id, err);
	if (found == 0)
		found = find_beginning(catalog, what, out_id, err);
	TRY(found);
	return found ? 0 : no_run(what, err);
}

/* ---- steps ---- */

int catalog_runs_each_step(struct catalog *catalog, const char *run_id, catalog_each_step *each,
			   void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(catalog, &s, err,
		       "select * from steps where run_id = ?1 "
		       "order by started_us is null, started_us, name, kind",
		       "t", run_id));
	return give_steps(&s, each, context, err);
}

int catalog_runs_each_past(struct catalog *catalog, const char *target, enum catalog_step_kind kind,
			   const char *name, int64_t limit, catalog_each_step *each, void *context,
			   struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(catalog, &s, err,
		       "select steps.* from steps join runs on runs.id = steps.run_id "
		       "where kind = ?1 and name = ?2 and target = ?3 and steps.status = 'ok' "
		       "order by steps.started_us desc limit ?4",
		       "ttti", catalog_step_kind_word(kind), name, target, limit));
	return give_steps(&s, each, context, err);
}

/* ---- logs ---- */

static int read_line(const struct db_statement *s, struct catalog_log_line *out, struct error *err)
{
	int kind = 0;
	const char *kind_word = db_text(s, 1), *step = db_text(s, 2);
	*out = (struct catalog_log_line){
		.run_id = db_text(s, 0),
		.number = db_int(s, 3, 0),
		.time_us = db_int(s, 4, 0),
		.level = (enum catalog_log_level)db_int(s, 5, 0),
		.text = db_text(s, 6),
	};
	TRY(db_row_check(s, err));
	if (*step) {
		TRY(words_read(kind_word, WORDS_STEP_KIND, &kind, err));
		out->step = step;
	}
	out->kind = (enum catalog_step_kind)kind;
	if (out->level > CATALOG_LOG_INFO)
		return err_set(err, ERR_CORRUPT, "state.db holds the unknown log level %d",
			       (int)out->level);
	return 0;
}

int catalog_runs_each_log(struct catalog *catalog, const char *run_id, const char *step,
			  enum catalog_log_level level, catalog_each_log *each, void *context,
			  struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	int result;
	struct catalog_log_line line;
	TRY(db_prepare(catalog, &s, err,
		       "select * from logs where run_id = ?1 and (?2 is null or step = ?2) "
		       "and level <= ?3 order by time_us, step, kind, number",
		       "tti", run_id, step, (int64_t)level));
	while ((result = db_step(&s, err)) > 0) {
		TRY(read_line(&s, &line, err));
		TRY(result = each(context, &line, err));
		if (result > 0)
			return 0;
	}
	return result;
}
