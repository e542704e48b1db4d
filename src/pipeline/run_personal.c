/* SPDX-License-Identifier: Apache-2.0 */
/* run_personal: a run keeps the tables' own word of which columns are personal: in the commit that
 * builds a table, and in one of metadata alone when only that changed. */
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "pipeline/context.h"
#include "pipeline/personal.h"
#include "pipeline/personal_mark.h"
#include "pipeline/run_state.h"

int run_mark_personal(struct run_state *state, const char *table, struct delta_schema *columns,
		      struct error *err)
{
	for (size_t i = 0; i < columns->count; i++) {
		struct delta_column *column = &columns->columns[i];
		struct personal_column found;
		TRY(personal_find(state->personal, table, column->name, &found, err));
		TRY(personal_mark(column, found.is_personal, err));
	}
	return 0;
}

static int commit(struct run_state *state, const struct delta_snapshot *own,
		  const struct delta_schema *schema, const struct step *step, int64_t *out_version,
		  struct error *err)
{
	OWNED_MEMORY char *info =
		text_format(err, "{\"run\": \"%s\", \"run_number\": %lld, \"step\": \"%s\"}",
			    state->report->id, (long long)state->report->number, step->name);
	if (!info)
		return -1;
	const struct delta_commit commit = {
		.table = delta_snapshot_table(own),
		.read_version = delta_snapshot_version(own),
		.schema = schema,
		.operation = "CHANGE COLUMN",
		.vitrine_json = info,
	};
	return delta_commit(context_store(state->context), &commit, context_parquet(state->context),
			    out_version, err);
}

int run_note_personal(struct run_state *state, size_t node, const struct delta_snapshot *own,
		      struct step *step, int64_t *out_version, struct error *err)
{
	HELD(delta_schema) schema = {0};
	*out_version = delta_snapshot_version(own);
	TRY(delta_schema_copy(delta_snapshot_schema(own), &schema, err));
	int changed = personal_mark_like(&schema, &state->nodes[node].tables[0].columns, err);
	if (changed <= 0)
		return changed;
	text_add(&step->reason, "; which columns are personal changed");
	TRY(text_check(&step->reason, err));
	return state->is_plan ? 0 : commit(state, own, &schema, step, out_version, err);
}
