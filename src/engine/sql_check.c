/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of a statement before anything runs: do its tables exist, can it be repeated. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"
#include "engine/sql_tree.h"

static size_t count_names(const char *const *names)
{
	size_t count = 0;
	while (names && names[count])
		count++;
	return count;
}

/* The table whose name without its schema is nearest. */
static const char *nearest_short(const char *name, const char *const *names)
{
	size_t count = count_names(names);
	OWNED_MEMORY const char **shorts = mem_alloc_array(count + 1, sizeof(*shorts));
	if (!shorts)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *dot = strchr(names[i], '.');
		shorts[i] = dot ? dot + 1 : names[i];
	}
	const char *found = text_nearest(name, shorts);
	for (size_t i = 0; found && i < count; i++)
		if (shorts[i] == found)
			return names[i];
	return NULL;
}

static int unknown_table(const struct sql_statement *statement,
			 const struct sql_reference *reference, const struct sql_catalog *catalog,
			 struct error *err)
{
	HELD(text) full = {0};
	text_addf(&full, "%s%s%s", reference->schema, reference->schema[0] ? "." : "",
		  reference->name);
	TRY(text_check(&full, err));
	err_set(err, ERR_UNDEFINED, "no table \"%s\"", full.data);
	const char *nearest = NULL, *hint = NULL;
	if (catalog->hint)
		hint = catalog->hint(catalog->context, reference->schema, reference->name);
	if (catalog->names && reference->schema[0])
		nearest = text_nearest(full.data, catalog->names);
	if (catalog->names && !nearest)
		nearest = nearest_short(reference->name, catalog->names);
	if (hint)
		err_hint(err, "%s", hint);
	else if (nearest)
		err_hint(err, "Did you mean %s?", nearest);
	return sql_error_at(statement, reference->range.begin, err);
}

static int check_table(const struct sql_statement *statement, const struct sql_reference *reference,
		       const struct sql_catalog *catalog, struct error *err)
{
	if (reference->is_literal) {
		err_set(err, ERR_DENIED, "a file (\"%s\") cannot be read as a table",
			reference->name);
		err_hint(err, "Land the file first (vitrine land), then name its table.");
		return sql_error_at(statement, reference->range.begin, err);
	}
	if (reference->catalog[0] && !text_equal(reference->catalog, catalog->project)) {
		err_set(err, ERR_DENIED, "there is no database \"%s\" here", reference->catalog);
		err_hint(err, "Write only schema and table: %s.%s.", reference->schema,
			 reference->name);
		return sql_error_at(statement, reference->range.begin, err);
	}
	const char *const *columns = NULL;
	int found =
		catalog->find(catalog->context, reference->schema, reference->name, &columns, err);
	return found == 0 ? unknown_table(statement, reference, catalog, err) : found;
}

int sql_check_tables(const struct sql_statement *statement, const struct sql_catalog *catalog,
		     struct error *err)
{
	for (size_t i = 0; i < statement->reference_count; i++)
		TRY(check_table(statement, &statement->references[i], catalog, err));
	return 0;
}

int sql_check_repeatable(const struct sql_statement *statement, struct error *err)
{
	const char *name = statement->volatile_name;
	if (!name)
		return 0;
	if (text_equal(name, "sample")) {
		err_set(err, ERR_UNSUPPORTED, "a sample gives other rows each time");
		err_hint(err, "Give it a seed: using sample reservoir(100 rows) repeatable (1).");
	} else if (sql_function_class(name) == SQL_FUNCTION_UNKNOWN) {
		err_set(err, ERR_UNSUPPORTED,
			"function \"%s\" is unknown, or does not depend on its arguments alone",
			name);
		const char *nearest = sql_function_nearest(name);
		if (nearest)
			err_hint(err, "Did you mean %s()?", nearest);
		else
			err_hint(err, "A model computes from tables alone, by functions such as "
				      "sum(), coalesce() and date_trunc(). Files come in through a "
				      "source: `vitrine init --from FOLDER` writes one.");
	} else {
		err_set(err, ERR_UNSUPPORTED, "\"%s\" gives another value each time", name);
		err_hint(err, "Use a column of the input, or business_date of the table "
			      "vitrine.run.");
	}
	return sql_error_at(statement, statement->volatile_position, err);
}
