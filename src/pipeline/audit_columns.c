/* SPDX-License-Identifier: Apache-2.0 */
/* audit_columns: a check that names a column which is not there is told at its own place, before
 * the table is built, rather than as the engine's words about an SQL nobody wrote. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "pipeline/run_state.h"

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

static int referred_exist(struct run_state *state, const char *own, const struct check *check,
			  struct error *err)
{
	char full[NAME_FULL_SIZE], schema[NAME_FULL_SIZE];
	const char *dot = strchr(check->table, '.');
	const struct delta_schema *columns;
	struct words names;
	int result = 0;
	snprintf(schema, sizeof schema, "%.*s", dot ? (int)(dot - check->table) : 0, check->table);
	if (!dependencies_resolve(state->known, schema, dot ? dot + 1 : check->table, full) ||
	    strcmp(full, own) == 0)
		return 0;
	int known = run_columns_of(state, full, &columns, err);
	if (known <= 0)
		return known;
	TRY(names_of(columns, &names, err));
	for (size_t i = 0; result == 0 && i < check->to.count; i++)
		if (!words_have(&names, check->to.items[i]))
			result = refuse(check, full, check->to.items[i], &names, err);
	free(names.items);
	return result;
}

int audit_columns_exist(struct run_state *state, const char *name, const struct checks *checks,
			const struct delta_schema *columns, struct error *err)
{
	TRY(own_exist(checks, columns, err));
	for (size_t i = 0; i < checks->count; i++)
		if (checks->items[i].kind == CHECK_REFERENCES)
			TRY(referred_exist(state, name, &checks->items[i], err));
	return 0;
}
