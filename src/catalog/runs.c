/* SPDX-License-Identifier: Apache-2.0 */
/* runs: the writing half; runs_read.c reads. */
#include "catalog/runs.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/db.h"

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

struct catalog_failure catalog_failure_of(const struct error *err)
{
	if (!err)
		return (struct catalog_failure){0};
	return (struct catalog_failure){err_word(err->kind),
					text_or_null(err->message),
					text_or_null(err->hint),
					text_or_null(err->file),
					err->line,
					err->column};
}

/* The six columns error_*, in order. */
#define FAILURE_TYPES "ttttzz"
#define FAILURE_VALUES(f)                                                                          \
	(f).kind, (f).message, (f).hint, (f).file, (int64_t)(f).line, (int64_t)(f).column

/* ---- runs ---- */

/* The number asked for when it is free, else the next. */
#define INSERT_RUN                                                                                 \
	"insert into runs values (?1, "                                                            \
	"coalesce((select ?2 where not exists (select 1 from runs where number = ?2)), "           \
	"(select coalesce(max(number), 0) + 1 from runs)), "                                       \
	"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "
#define RUN_TYPES                                                                                  \
	"tz"                                                                                       \
	"tttttt"                                                                                   \
	"izz" FAILURE_TYPES
#define RUN_VALUES(r)                                                                              \
	(r)->id, (r)->number, (r)->command, (r)->target, (r)->code, (r)->process,                  \
		(r)->business_date, catalog_status_word((r)->status), (r)->started_us,             \
		(r)->ended_us, (r)->set, FAILURE_VALUES((r)->failure)

int catalog_runs_start(struct catalog *catalog, const struct catalog_run *run, int64_t *out_number,
		       struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	int result = db_get_int(catalog, out_number, err, INSERT_RUN "returning number", RUN_TYPES,
				RUN_VALUES(run));
	return result < 0 ? result : 0;
}

int catalog_runs_restore(struct catalog *catalog, const struct catalog_run *run, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err, INSERT_RUN "on conflict (id) do nothing", RUN_TYPES,
		      RUN_VALUES(run));
}

static int end_run(struct catalog *catalog, const char *run_id, const char *status, int64_t set,
		   int64_t ended_us, struct catalog_failure failure, struct error *err)
{
	int changed = db_run(catalog, err,
			     "update runs set status = ?2, set_number = ?3, ended_us = ?4, "
			     "error_kind = ?5, error_message = ?6, error_hint = ?7, "
			     "error_file = ?8, error_line = ?9, error_column = ?10 where id = ?1",
			     "ttzz" FAILURE_TYPES, run_id, status, set, ended_us,
			     FAILURE_VALUES(failure));
	TRY(changed);
	if (changed == 0)
		return err_set(err, ERR_NOT_FOUND, "no run of this id in \"%s\"", catalog->path);
	return db_run(catalog, err,
		      "update steps set status = 'canceled', ended_us = ?2 "
		      "where run_id = ?1 and status = 'running'",
		      "tz", run_id, ended_us);
}

int catalog_runs_end(struct catalog *catalog, const char *run_id, enum catalog_status status,
		     int64_t set, int64_t ended_us, const struct error *cause, struct error *err)
{
	TRY(catalog_begin(catalog, err));
	int result = end_run(catalog, run_id, catalog_status_word(status), set, ended_us,
			     catalog_failure_of(cause), err);
	result = catalog_end(catalog, result, err);
	return result < 0 ? result : 0;
}

/* When they died is not known; the last sign of life is. */
static int bury(struct catalog *catalog, const char *target, const char *run_id, struct error *err)
{
	static const char of_those[] =
		"update steps set status = 'died' where status = 'running' and run_id in "
		"(select id from runs where status = 'running' and target = ?1 and id is not ?2)";
	static const char those[] =
		"update runs set status = 'died', ended_us = (select max(coalesce(ended_us, "
		"started_us)) from steps where run_id = runs.id) "
		"where status = 'running' and target = ?1 and id is not ?2";
	TRY(db_run(catalog, err, of_those, "tt", target, run_id));
	return db_run(catalog, err, those, "tt", target, run_id);
}

int catalog_runs_bury(struct catalog *catalog, const char *target, const char *run_id,
		      struct error *err)
{
	TRY(catalog_begin(catalog, err));
	return catalog_end(catalog, bury(catalog, target, run_id, err), err);
}

int catalog_runs_prune(struct catalog *catalog, int64_t keep, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	return db_run(catalog, err,
		      "delete from runs where status <> 'running' and number <= "
		      "(select number from runs order by number desc limit 1 offset ?1)",
		      "i", keep);
}

/* ---- steps ---- */

int catalog_runs_put_step(struct catalog *catalog, const struct catalog_step *s, struct error *err)
{
	/* Not "insert or replace": that would delete and insert, and cost the logs nothing now but
	 * whatever later refers to a step. */
	static const char sql[] =
		"insert into steps values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
		"?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) on conflict (run_id, kind, name) "
		"do update set status = ?4, reason = ?5, attempts = ?6, started_us = ?7, "
		"ended_us = ?8, rows_in = ?9, rows_out = ?10, bytes = ?11, table_name = ?12, "
		"table_version = ?13, fingerprint = ?14, inputs = ?15, error_kind = ?16, "
		"error_message = ?17, error_hint = ?18, error_file = ?19, error_line = ?20, "
		"error_column = ?21";
	HELD(db_lock) lock = db_lock(catalog);
	int result =
		db_run(catalog, err, sql, "tttttizznnntntt" FAILURE_TYPES, s->run_id,
		       catalog_step_kind_word(s->kind), s->name, catalog_status_word(s->status),
		       s->reason, (int64_t)s->attempts, s->started_us, s->ended_us, s->rows_in,
		       s->rows_out, s->bytes, s->table, s->table_version, s->fingerprint,
		       s->inputs_json, FAILURE_VALUES(s->failure));
	return result < 0 ? result : 0;
}

/* ---- logs ---- */

/* At most LOG_TEXT_LEN_MAX bytes, cut between characters. */
static char *cut_text(const char *text)
{
	size_t len = strnlen(text, LOG_TEXT_LEN_MAX + 1);
	if (len > LOG_TEXT_LEN_MAX)
		for (len = LOG_TEXT_LEN_MAX; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
			len--;
	return mem_copy_bytes(text, len);
}

int catalog_runs_add_log(struct catalog *catalog, const struct catalog_log_line *line,
			 struct error *err)
{
	static const char sql[] =
		"insert into logs select ?1, ?2, ?3, n, ?4, ?5, "
		"case when n = ?7 then 'the step said more; only this much is kept' else ?6 end "
		"from (select coalesce(max(number), 0) + 1 as n from logs "
		"where run_id = ?1 and kind = ?2 and step = ?3) where n <= ?7";
	OWNED_MEMORY char *text = cut_text(line->text);
	if (!text)
		return err_memory(err);
	HELD(db_lock) lock = db_lock(catalog);
	int result = db_run(catalog, err, sql, "tttiiti", line->run_id,
			    line->step ? catalog_step_kind_word(line->kind) : "",
			    line->step ? line->step : "", line->time_us, (int64_t)line->level, text,
			    (int64_t)LOG_LINES_MAX);
	return result < 0 ? result : 0;
}
