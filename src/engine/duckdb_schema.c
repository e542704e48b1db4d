/* SPDX-License-Identifier: Apache-2.0 */
/* What else a session's catalog holds: schemas, aliases, views of SQL, rows given as texts. */
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/duckdb_core.h"
#include "engine/duckdb_select.h"

void session_add_name(const struct engine_session *session, const char *schema, const char *name,
		      struct text *out)
{
	text_addf(out, "%s.", session->catalog);
	text_add_identifier(out, schema);
	text_add_char(out, '.');
	text_add_identifier(out, name);
}

static int run_text(struct engine_session *session, struct text *sql, struct error *err)
{
	TRY(text_check(sql, err));
	return duckdb_run(session->connection, sql->data, NULL, err);
}

int session_make_schema(struct engine_session *session, const char *schema, struct error *err)
{
	HELD(text) sql = {0};
	for (size_t i = 0; i < session->relation_count; i++)
		if (strcmp(session->relations[i].schema, schema) == 0)
			return 0; /* something is shown in it */
	text_addf(&sql, "create schema if not exists %s.", session->catalog);
	text_add_identifier(&sql, schema);
	return run_text(session, &sql, err);
}

/* ---- aliases ---- */

static int show_under(struct engine_session *session, const char *alias, const char *schema,
		      const char *name, struct error *err)
{
	HELD(text) sql = {0};
	text_add(&sql, "create or replace view ");
	session_add_name(session, alias, name, &sql);
	text_add(&sql, " as select * from ");
	session_add_name(session, schema, name, &sql);
	return run_text(session, &sql, err);
}

static int remember(struct engine_session *session, const char *schema, const char *name,
		    struct error *err)
{
	for (size_t i = 0; i < session->relation_count; i++)
		if (strcmp(session->relations[i].schema, schema) == 0 &&
		    strcmp(session->relations[i].name, name) == 0)
			return 0;
	TRY(mem_grow(&session->relations, &session->relation_capacity, session->relation_count + 1,
		     sizeof *session->relations, err));
	struct session_relation relation = {mem_copy_text(schema), mem_copy_text(name)};
	if (!relation.schema || !relation.name) {
		free(relation.schema);
		free(relation.name);
		return err_memory(err);
	}
	session->relations[session->relation_count++] = relation;
	return 0;
}

int session_note_relation(struct engine_session *session, const char *schema, const char *name,
			  struct error *err)
{
	select_forget(session);
	TRY(remember(session, schema, name, err));
	for (size_t i = 0; i < session->alias_count; i++)
		if (strcmp(session->aliases[i].schema, schema) == 0)
			TRY(show_under(session, session->aliases[i].alias, schema, name, err));
	return 0;
}

int engine_session_add_alias(struct engine_session *session, const char *alias, const char *schema,
			     struct error *err)
{
	TRY(session_begin(session, err));
	TRY(session_make_schema(session, alias, err));
	TRY(mem_grow(&session->aliases, &session->alias_capacity, session->alias_count + 1,
		     sizeof *session->aliases, err));
	struct session_alias added = {mem_copy_text(alias), mem_copy_text(schema)};
	if (!added.alias || !added.schema) {
		free(added.alias);
		free(added.schema);
		return err_memory(err);
	}
	session->aliases[session->alias_count++] = added;
	for (size_t i = 0; i < session->relation_count; i++)
		if (strcmp(session->relations[i].schema, schema) == 0)
			TRY(show_under(session, alias, schema, session->relations[i].name, err));
	return 0;
}

/* ---- views, paths ---- */

int engine_session_add_view(struct engine_session *session, const char *schema, const char *name,
			    const char *sql, struct error *err)
{
	HELD(text) all = {0};
	TRY(session_begin(session, err));
	TRY(session_make_schema(session, schema, err));
	text_add(&all, "create or replace view ");
	session_add_name(session, schema, name, &all);
	text_add(&all, " as ");
	struct duckdb_place place = {sql, all.len};
	text_add_bytes(&all, sql, sql_statement_length(sql));
	TRY(text_check(&all, err));
	TRY(duckdb_run(session->connection, all.data, &place, err));
	return session_note_relation(session, schema, name, err);
}

int engine_session_set_path(struct engine_session *session, const char *const *schemas,
			    struct error *err)
{
	HELD(text) path = {0}, sql = {0};
	TRY(session_begin(session, err));
	select_forget(session);
	for (size_t i = 0; schemas[i]; i++) {
		TRY(session_make_schema(session, schemas[i], err));
		text_addf(&path, "%s%s.", i ? "," : "", session->catalog);
		text_add_identifier(&path, schemas[i]);
	}
	TRY(text_check(&path, err));
	text_add(&sql, "set search_path = ");
	text_add_literal(&sql, path.data);
	return run_text(session, &sql, err);
}

/* ---- rows ---- */

static int append_rows(duckdb_appender appender, const struct engine_rows *rows, struct error *err)
{
	duckdb_state state = DuckDBSuccess;
	const char *const *value = rows->values;
	for (size_t i = 0; i < rows->row_count && state == DuckDBSuccess; i++) {
		for (size_t j = 0; j < rows->column_count && state == DuckDBSuccess; j++, value++)
			state = *value ? duckdb_append_varchar(appender, *value)
				       : duckdb_append_null(appender);
		if (state == DuckDBSuccess)
			state = duckdb_appender_end_row(appender);
	}
	if (state == DuckDBSuccess)
		state = duckdb_appender_close(appender);
	if (state == DuckDBSuccess)
		return 0;
	return duckdb_error(duckdb_appender_error(appender), DUCKDB_ERROR_INVALID_INPUT, NULL, err);
}

int engine_session_add_rows(struct engine_session *session, const struct engine_rows *rows,
			    struct error *err)
{
	HELD(text) sql = {0};
	TRY(session_begin(session, err));
	TRY(session_make_schema(session, rows->schema, err));
	text_add(&sql, "create or replace table ");
	session_add_name(session, rows->schema, rows->name, &sql);
	for (size_t i = 0; i < rows->column_count; i++) {
		text_add(&sql, i ? ", " : " (");
		text_add_identifier(&sql, rows->names[i]);
		text_addf(&sql, " %s", rows->types[i]);
	}
	text_add_char(&sql, ')');
	TRY(run_text(session, &sql, err));
	duckdb_appender appender = NULL;
	int result;
	if (duckdb_appender_create_ext(session->connection, session->catalog, rows->schema,
				       rows->name, &appender) == DuckDBSuccess)
		result = append_rows(appender, rows, err);
	else
		result = duckdb_error(duckdb_appender_error(appender), DUCKDB_ERROR_INTERNAL, NULL,
				      err);
	duckdb_appender_destroy(&appender);
	if (result < 0)
		return err_within(err, "%s.%s", rows->schema, rows->name);
	return session_note_relation(session, rows->schema, rows->name, err);
}
