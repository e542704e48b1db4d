/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_lacking.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/schema.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/land_load.h"
#include "pipeline/land_sql.h"

/* A plan opens its session here: most have no need of one. */
static int show_before(struct landing *landing, struct error *err)
{
	if (!(landing->with_values = map_new()))
		return err_memory(err);
	if (!landing->session)
		TRY(run_open_session(landing->state, landing->node, &landing->session, err));
	return engine_session_add_table(landing->session, LAND_FILE_SCHEMA, LAND_BEFORE_VIEW,
					context_store(landing->state->context), landing->own, err);
}

/* What landing->with_values holds: the columns looked at, and "<column>/<file>" of each file that
 * has values there. A table of `load: replace` does not say which row is of which file: "". */
static int look_at_column(struct landing *landing, const char *column, bool has_files,
			  struct error *err)
{
	OWNED(engine_result) *result = NULL;
	HELD(text) sql = {0};
	int more;
	text_addf(&sql, "select distinct %s from " LAND_FILE_SCHEMA "." LAND_BEFORE_VIEW " where ",
		  has_files ? "_file" : "''");
	text_add_identifier(&sql, column);
	text_add(&sql, " is not null");
	TRY(text_check(&sql, err));
	TRY(engine_session_query(landing->session, sql.data, &result, err));
	while ((more = engine_result_next(result, err)) == 1) {
		size_t len;
		const char *file = engine_result_text(result, 0, &len);
		OWNED_MEMORY char *key = text_format(err, "%s/%.*s", column, (int)len, file);
		if (!key)
			return -1;
		TRY(map_put(landing->with_values, key, NULL, err));
	}
	TRY(more);
	return map_put(landing->with_values, column, NULL, err);
}

static int has_values(struct land_file *item, const char *column, struct error *err)
{
	struct landing *landing = item->landing;
	const struct delta_schema *schema = delta_snapshot_schema(landing->own);
	bool has_files = delta_schema_find(schema, "_file") != NULL;
	if (!delta_schema_find(schema, column))
		return 0;
	if (!landing->with_values)
		TRY(show_before(landing, err));
	if (map_find(landing->with_values, column) < 0)
		TRY(look_at_column(landing, column, has_files, err));
	OWNED_MEMORY char *key =
		text_format(err, "%s/%s", column, has_files ? item->file->logical : "");
	if (!key)
		return -1;
	return map_find(landing->with_values, key) >= 0;
}

/* The table has values of the file in a column that it lacks now. */
static int refuse_renamed(struct land_file *item, const char *column, char *const *header,
			  size_t header_count, struct error *err)
{
	const struct landing *landing = item->landing;
	const struct source *source = landing->source;
	if (source_load_plan(source, header, header_count, item->file->logical, landing->arena,
			     &item->plan, err) == 0)
		return 0; /* its contract takes it so */
	return err_hint(err,
			"The table has values of %s from this file, which would be lost when it is "
			"loaded again: put the column's header in %s back as the file has it.",
			column, source->path);
}

int land_lacking_plan(struct land_file *item, char *const *header, size_t header_count,
		      struct error *err)
{
	const struct landing *landing = item->landing;
	struct source source = *landing->source; /* what the plan keeps of it hangs elsewhere */
	if (!landing->own || item->file->landed_us == 0 || !header)
		return 0;
	source.drift.missing_column = DRIFT_EVOLVE;
	TRY(source_load_plan(&source, header, header_count, item->file->logical, landing->arena,
			     &item->plan, err));
	for (size_t i = 0; i < source.column_count; i++) {
		const char *column = source.columns[i].name;
		if (item->plan.columns[i].field >= 0)
			continue;
		int has = has_values(item, column, err);
		TRY(has);
		if (has)
			return refuse_renamed(item, column, header, header_count, err);
	}
	return 1;
}
