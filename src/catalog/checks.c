/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/checks.h"

#include "base/error.h"
#include "catalog/db.h"
#include "catalog/words.h"

int catalog_checks_put(struct catalog *catalog, const struct catalog_check *c, struct error *err)
{
	static const char sql[] =
		"insert or replace into check_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	HELD(db_lock) lock = db_lock(catalog);
	int result =
		db_run(catalog, err, sql, "tttttnnttti", c->run_id, c->table, c->name,
		       catalog_severity_word(c->severity), catalog_outcome_word(c->outcome),
		       c->failing, c->total, c->message, c->sample_path, c->query, c->checked_us);
	return result < 0 ? result : 0;
}

int catalog_checks_note(struct catalog *catalog, const char *target, const char *table,
			int64_t version, const char *hash, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	int result = db_run(catalog, err, "insert or replace into checked values (?, ?, ?, ?)",
			    "ttti", target, table, hash, version);
	return result < 0 ? result : 0;
}

int catalog_checks_is_noted(struct catalog *catalog, const char *target, const char *table,
			    int64_t version, const char *hash, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	TRY(db_prepare(catalog, &s, err,
		       "select 1 from checked where target = ?1 and table_name = ?2 "
		       "and version = ?3 and hash = ?4",
		       "ttit", target, table, version, hash));
	return db_step(&s, err);
}

int catalog_checks_put_measure(struct catalog *catalog, const struct catalog_measure *m,
			       struct error *err)
{
	static const char sql[] = "insert or replace into measures values (?, ?, ?, ?, ?, ?, ?, ?)";
	HELD(db_lock) lock = db_lock(catalog);
	int result = db_run(catalog, err, sql, "tttinnzi", m->run_id, m->target, m->table,
			    m->version, m->rows, m->bytes, m->newest_us, m->measured_us);
	return result < 0 ? result : 0;
}

static int read_check(const struct db_statement *s, struct catalog_check *out, struct error *err)
{
	int severity, outcome;
	*out = (struct catalog_check){
		.run_id = db_text(s, 0),
		.table = db_text(s, 1),
		.name = db_text(s, 2),
		.failing = db_int(s, 5, -1),
		.total = db_int(s, 6, -1),
		.message = db_text(s, 7),
		.sample_path = db_text(s, 8),
		.query = db_text(s, 9),
		.checked_us = db_int(s, 10, 0),
	};
	const char *severity_word = db_text(s, 3), *outcome_word = db_text(s, 4);
	TRY(db_row_check(s, err));
	TRY(words_read(severity_word, WORDS_SEVERITY, &severity, err));
	TRY(words_read(outcome_word, WORDS_OUTCOME, &outcome, err));
	out->severity = (enum catalog_severity)severity;
	out->outcome = (enum catalog_outcome)outcome;
	return 0;
}

int catalog_checks_each(struct catalog *catalog, const char *run_id, bool only_failed,
			catalog_each_check *each, void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	int result;
	struct catalog_check check;
	TRY(db_prepare(catalog, &s, err,
		       "select * from check_results where run_id = ?1 "
		       "and (?2 = 0 or outcome <> 'passed') order by table_name, check_name",
		       "ti", run_id, (int64_t)only_failed));
	while ((result = db_step(&s, err)) > 0) {
		TRY(read_check(&s, &check, err));
		TRY(result = each(context, &check, err));
		if (result > 0)
			return 0;
	}
	return result;
}

static int read_measure(const struct db_statement *s, struct catalog_measure *out,
			struct error *err)
{
	*out = (struct catalog_measure){
		.run_id = db_text(s, 0),
		.target = db_text(s, 1),
		.table = db_text(s, 2),
		.version = db_int(s, 3, -1),
		.rows = db_int(s, 4, -1),
		.bytes = db_int(s, 5, -1),
		.newest_us = db_int(s, 6, 0),
		.measured_us = db_int(s, 7, 0),
	};
	return db_row_check(s, err);
}

int catalog_checks_each_measure(struct catalog *catalog, const char *target, const char *table,
				const char *but_run_id, int64_t limit, catalog_each_measure *each,
				void *context, struct error *err)
{
	HELD(db_lock) lock = db_lock(catalog);
	HELD(db_statement) s = {0};
	int result;
	struct catalog_measure measure;
	TRY(db_prepare(catalog, &s, err,
		       "select * from measures where target = ?1 and table_name = ?2 "
		       "and run_id is not ?3 order by measured_us desc limit ?4",
		       "ttti", target, table, but_run_id, limit));
	while ((result = db_step(&s, err)) > 0) {
		TRY(read_measure(&s, &measure, err));
		TRY(result = each(context, &measure, err));
		if (result > 0)
			return 0;
	}
	return result;
}
