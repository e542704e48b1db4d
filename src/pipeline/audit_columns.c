/* SPDX-License-Identifier: Apache-2.0 */
/* audit_columns: a check that names a column which is not there is told at its own place, before
 * the table is built, rather than as the engine's words about an SQL nobody wrote. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "pipeline/run_state.h"
#include "pipeline/tables.h"

static int names_of(const struct delta_schema *schema, struct words *out, struct error *err)
{
	out->count = schema->count;
	out->items = mem_alloc_array(schema->count + 1, sizeof *out->items);
	if (!out->items)
		return err_memory(err);
	for (size_t i = 0; i < schema->count; i++)
		out->items[i] = schema->columns[i].name;
	return 0;
}

static int own_exist(const struct checks *checks, const struct delta_schema *schema,
		     struct error *err)
{
	struct words names;
	TRY(names_of(schema, &names, err));
	int result = check_columns_exist(checks, &names, err);
	free(names.items);
	return result;
}

static int refuse(const struct check *check, const char *table, const char *column,
		  const struct words *names, struct error *err)
{
	err_set(err, ERR_PROJECT, "check \"%s\" refers to the column \"%s\" of %s, which lacks it",
		check->name, column, table);
	const char *nearest = text_nearest(column, names->items);
	if (nearest)
		error_hint(err, "Did you mean \"%s\"? Write it as `to:`.", nearest);
	else
		error_hint(err, "Name the column of %s that is meant as `to:`.", table);
	return err_at(err, check->file, check->line, 0);
}

/* The snapshot of the table that a check compares with; NULL when that is the table itself. */
static int other_table(struct run_state *state, const char *own, const char *written,
		       char full[NAME_FULL_SIZE], const struct delta_snapshot **out,
		       struct error *err)
{
	const char *dot = strchr(written, '.');
	char schema[NAME_FULL_SIZE];
	snprintf(schema, sizeof schema, "%.*s", dot ? (int)(dot - written) : 0, written);
	*out = NULL;
	if (!dependencies_resolve(state->known, schema, dot ? dot + 1 : written, full) ||
	    strcmp(full, own) == 0)
		return 0;
	return tables_get(state->tables, full, out, err);
}

static int referred_exist(struct run_state *state, const char *own, const struct check *check,
			  struct error *err)
{
	char full[NAME_FULL_SIZE];
	const struct delta_snapshot *snapshot;
	struct words names;
	int result = 0;
	TRY(other_table(state, own, check->table, full, &snapshot, err));
	if (!snapshot)
		return 0;
	TRY(names_of(delta_snapshot_schema(snapshot), &names, err));
	for (size_t i = 0; result == 0 && i < check->to.count; i++)
		if (!words_have(&names, check->to.items[i]))
			result = refuse(check, full, check->to.items[i], &names, err);
	free(names.items);
	return result;
}

int audit_columns_exist(struct run_state *state, const char *name, const struct checks *checks,
			const struct delta_schema *schema, struct error *err)
{
	if (schema)
		TRY(own_exist(checks, schema, err));
	for (size_t i = 0; i < checks->count; i++)
		if (checks->items[i].kind == CHECK_REFERENCES)
			TRY(referred_exist(state, name, &checks->items[i], err));
	return 0;
}
