/* SPDX-License-Identifier: Apache-2.0 */
/* bind_check: the SQL of the checks about a table is bound as one statement, a union of all, which
 * costs a fraction of binding each. When that fails each is bound by itself, in their order, to say
 * which one it is, and at which place. */
#include <string.h>

#include "base/error.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/bind_session.h"
#include "pipeline/check_sql.h"

enum { UNION_MAX = 64 }; /* checks in one statement */

int bind_check_text(const struct check *check, const char *table, struct text *out,
		    struct error *err)
{
	text_clear(out);
	TRY(check_sql(check, table, &check_past_any, out, err));
	while (out->len > 0 && strchr("; \t\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return text_check(out, err);
}

static int bind_one(struct bind_session *session, const struct check *check, const char *table,
		    struct error *err)
{
	HELD(text) sql = {0};
	HELD(text) whole = {0};
	HELD(delta_schema) unused = {0};
	TRY(bind_check_text(check, table, &sql, err));
	if (!sql.len)
		return 0;
	text_addf(&whole, "select 1 as one from (\n%s\n)", sql.data);
	TRY(text_check(&whole, err));
	if (engine_session_describe(session->engine, whole.data, &unused, err) == 0)
		return 0;
	bool is_file = check->kind == CHECK_SQL && err->line > 1;
	int line = is_file ? err->line - 1 : check->line, column = is_file ? err->column : 0;
	err_within(err, "check \"%s\" of %s cannot be run", check->name, table);
	return err_at(err, check->file, line, column);
}

static int bind_each(struct bind_session *session, const struct run_state *state,
		     const struct run_table *table, struct error *err)
{
	const struct check *check;
	for (size_t i = 0; (check = run_check_at(state, table, i)); i++)
		TRY(bind_one(session, check, table->name, err));
	return 0;
}

/* Add the checks from place `first` on to a union; `*out_next` = the first that is not in it. */
static int write_union(const struct run_state *state, const struct run_table *table, size_t first,
		       struct text *out, size_t *out_next, struct error *err)
{
	HELD(text) sql = {0};
	const struct check *check;
	size_t i = first;
	text_clear(out);
	for (; i < first + UNION_MAX && (check = run_check_at(state, table, i)); i++) {
		TRY(bind_check_text(check, table->name, &sql, err));
		if (sql.len)
			text_addf(out, "%sselect 1 as one from (\n%s\n)",
				  out->len ? "\nunion all " : "", sql.data);
	}
	*out_next = i;
	return text_check(out, err);
}

int bind_checks(struct bind_session *session, const struct run_state *state,
		const struct run_table *table, struct error *err)
{
	HELD(text) all = {0};
	for (size_t first = 0, next; run_check_at(state, table, first); first = next) {
		HELD(delta_schema) unused = {0};
		struct error any;
		TRY(write_union(state, table, first, &all, &next, err));
		if (all.len &&
		    engine_session_describe(session->engine, all.data, &unused, &any) < 0)
			return bind_each(session, state, table, err);
	}
	return 0;
}
