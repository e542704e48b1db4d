/* SPDX-License-Identifier: Apache-2.0 */
/* runs: what was run, its steps and what they said. A run is one `vitrine run` (or land, or a
 * scheduled one); a step is one table's part in it; both are written while they go, so that
 * another process can look on. */
#ifndef VITRINE_CATALOG_RUNS_H
#define VITRINE_CATALOG_RUNS_H

#include <stdint.h>

#include "base/process.h"

struct catalog;
struct error;

enum catalog_status {
	CATALOG_RUNNING,
	CATALOG_OK,
	CATALOG_SKIPPED, /* nothing had changed */
	CATALOG_FAILED,
	CATALOG_BLOCKED, /* a step that it depends on failed */
	CATALOG_CANCELED,
	CATALOG_DIED, /* its process ended without a word */
};
const char *catalog_status_word(enum catalog_status status); /* "ok", "skipped", ... */

enum catalog_step_kind {
	CATALOG_LAND,
	CATALOG_MODEL,
	CATALOG_CHECK,
	CATALOG_PUBLISH,
	CATALOG_RECOMMEND,
};
const char *catalog_step_kind_word(enum catalog_step_kind kind); /* "land", "model", ... */

/* An error as it is kept; `kind` (err_word()) NULL = none, other texts NULL = not known. */
struct catalog_failure {
	const char *kind, *message, *hint, *file;
	int line, column;
};
/* Borrows the texts of `err`; NULL gives none. */
struct catalog_failure catalog_failure_of(const struct error *err);

/* Texts may be NULL where said; times are microseconds UTC, 0 = not yet. */
struct catalog_run {
	const char *id;            /* UUID */
	int64_t number;            /* 1, 2, ...: what people type; 0 = give the next one */
	const char *command;       /* the command line, without secrets */
	const char *target;        /* of vitrine.yaml */
	const char *code;          /* version of the program and of the project's files */
	const char *process;       /* process_name() */
	const char *business_date; /* "2018-09-03"; NULL = none */
	enum catalog_status status;
	int64_t started_us, ended_us;
	int64_t set; /* number of the set it published; 0 = none */
	struct catalog_failure failure;
};

struct catalog_step {
	const char *run_id;
	enum catalog_step_kind kind;
	const char *name; /* "processing.orders"; unique within run and kind */
	enum catalog_status status;
	const char *reason; /* why it was run, skipped or blocked; NULL = none */
	int attempts;
	int64_t started_us, ended_us;
	int64_t rows_in, rows_out, bytes; /* -1 = not known */
	const char *table;                /* what it wrote; NULL = none */
	int64_t table_version;            /* -1 = none */
	const char *fingerprint;          /* NULL = none */
	const char *inputs_json;          /* {table: version}; NULL = none */
	struct catalog_failure failure;
};

enum catalog_log_level { CATALOG_LOG_ERROR, CATALOG_LOG_WARNING, CATALOG_LOG_INFO };
const char *catalog_log_level_word(enum catalog_log_level level); /* "error", ... */

struct catalog_log_line {
	const char *run_id;
	enum catalog_step_kind kind; /* with `step`, the step it belongs to */
	const char *step;            /* NULL = the run as a whole */
	int64_t number;              /* 1, 2, ... within run and step */
	int64_t time_us;
	enum catalog_log_level level;
	const char *text;
};

/* ---- writing ---- */

/* A run starts: insert it and give its number. Fails: CONFLICT (the id is known), as all below
 * BUSY, DISK_FULL, IO, CORRUPT, MEMORY. */
int catalog_runs_start(struct catalog *catalog, const struct catalog_run *run, int64_t *out_number,
		       struct error *err);
/* It ends, with the failure `cause` (NULL = none) and the published set (0 = none); steps still
 * running become canceled. Fails: NOT_FOUND. */
int catalog_runs_end(struct catalog *catalog, const char *run_id, enum catalog_status status,
		     int64_t set, int64_t ended_us, const struct error *cause, struct error *err);
/* Insert a step or replace what is known of it. Fails: NOT_FOUND (no such run). */
int catalog_runs_put_step(struct catalog *catalog, const struct catalog_step *step,
			  struct error *err);
/* Keep one line; `number` is given by the catalog. Text past LOG_TEXT_LEN_MAX is cut, and past
 * LOG_LINES_MAX lines of one step nothing more is kept but a last line that says so.
 * Fails: NOT_FOUND (no such run). */
int catalog_runs_add_log(struct catalog *catalog, const struct catalog_log_line *line,
			 struct error *err);

/* Mark runs of `target` that still say "running", but for `run_id` (NULL = none), as died, and
 * their running steps too. For the holder of the lake's lease, who knows that no other lives.
 * Returns how many. */
int catalog_runs_bury(struct catalog *catalog, const char *target, const char *run_id,
		      struct error *err);
/* Put back a run known from elsewhere (commits of the lake): inserts it when its id is unknown,
 * under its own number when that is free, else the next; known runs are left alone. Its steps
 * follow by catalog_runs_put_step(). Returns 1 when inserted, else 0. */
int catalog_runs_restore(struct catalog *catalog, const struct catalog_run *run, struct error *err);
/* Forget all but the newest `keep` runs, with their steps, logs and check results.
 * Returns how many. */
int catalog_runs_prune(struct catalog *catalog, int64_t keep, struct error *err);

/* ---- reading: `each` gets rows whose texts live until it returns; it returns 0 to go on, 1 to
 * stop, negative to fail with `err`. It must not write to the catalog. ---- */

typedef int catalog_each_run(void *context, const struct catalog_run *run, struct error *err);
typedef int catalog_each_step(void *context, const struct catalog_step *step, struct error *err);
typedef int catalog_each_log(void *context, const struct catalog_log_line *line, struct error *err);

/* Runs, newest first, at most `limit`; of one target, or all when it is NULL. */
int catalog_runs_each(struct catalog *catalog, const char *target, int64_t limit,
		      catalog_each_run *each, void *context, struct error *err);
/* The run that a person means: its number, the first 4 or more characters of its id, or "last".
 * Fails: NOT_FOUND, USAGE (several ids begin so). */
int catalog_runs_find(struct catalog *catalog, const char *what, char out_id[PROCESS_ID_SIZE],
		      struct error *err);
/* One run. Fails: NOT_FOUND. */
int catalog_runs_get(struct catalog *catalog, const char *run_id, catalog_each_run *each,
		     void *context, struct error *err);
/* The steps of a run, in the order they started. */
int catalog_runs_each_step(struct catalog *catalog, const char *run_id, catalog_each_step *each,
			   void *context, struct error *err);
/* The past of one step, newest first: those with status ok of the runs of one target. */
int catalog_runs_each_past(struct catalog *catalog, const char *target, enum catalog_step_kind kind,
			   const char *name, int64_t limit, catalog_each_step *each, void *context,
			   struct error *err);
/* Lines of a run in the order of time: of one step, or all when `step` is NULL; those of `level`
 * or graver. */
int catalog_runs_each_log(struct catalog *catalog, const char *run_id, const char *step,
			  enum catalog_log_level level, catalog_each_log *each, void *context,
			  struct error *err);

#endif
