/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_load.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "engine/csv_table.h"
#include "pipeline/context.h"
#include "pipeline/land_fixes.h"
#include "pipeline/land_lacking.h"
#include "pipeline/land_sql.h"
#include "pipeline/rejects.h"
#include "store/store.h"

/* Where reading ends, of the whole step, when the newest of each key is still to be taken. */
static const double READ_TO_MERGE = 0.6;

void landing_done(struct landing *landing)
{
	struct error unused; /* what stays in staging is swept as a leftover */
	if (landing->session)
		run_close_session(landing->state, landing->node, landing->session);
	for (size_t i = 0; landing->items && i < landing->files.count; i++) {
		csv_load_free(landing->items[i].load);
		free(landing->items[i].path);
		free(landing->items[i].lines);
		free(landing->items[i].rejects);
	}
	free(landing->items);
	for (size_t i = 0; i < landing->output_count; i++)
		engine_output_done(&landing->outputs[i]);
	free(landing->outputs);
	free(landing->output_list);
	rejects_free(landing->rejects);
	if (landing->staging)
		(void)file_remove_tree(landing->staging, &unused);
	free(landing->staging);
	delta_schema_done(&landing->schema);
	delivery_done(&landing->files);
	delivery_done(&landing->found);
	delivery_done(&landing->current);
	delivery_done(&landing->fixes);
	delivery_done(&landing->ever);
	delivery_done(&landing->given_way);
	fingerprint_done(&landing->fingerprint);
	map_free(landing->with_values);
	arena_free(landing->arena);
}

/* ---- one file ---- */

/* The spool takes rejects one file after the other, as files are read. */
static int add_reject(struct land_file *item, const struct csv_reject *reject, const char *kind,
		      struct error *err)
{
	struct rejects *rejects = item->landing->rejects;
	if (item->rejected == 0)
		rejects_begin_file(rejects, item->file);
	TRY(rejects_add(rejects, reject, kind, err));
	item->rejected = rejects_count_of_file(rejects);
	snprintf(item->example, sizeof item->example, "%s", rejects_example(rejects));
	return 0;
}

static bool is_of_type(enum csv_problem problem)
{
	return problem == CSV_TYPE || problem == CSV_PRECISION || problem == CSV_RANGE;
}

static int on_reject(void *context, const struct csv_reject *found, struct error *err)
{
	struct land_file *item = context;
	const struct source_load_plan *plan = &item->plan;
	struct csv_reject kept = *found, *reject = &kept;
	int is_kept = land_fixes_reject(item, reject, err);
	if (is_kept <= 0)
		return is_kept;
	if (plan->discard_all) {
		reject->column = NULL;
		reject->message = plan->discard_all;
		return add_reject(item, reject, "drift", err);
	}
	if ((plan->refuse_shape && reject->problem == CSV_SHAPE) ||
	    (plan->refuse_type && is_of_type(reject->problem))) {
		err_set(err, ERR_REFUSED, "line %" PRId64 ": %s", reject->line, reject->message);
		return err_hint(err, "The contract freezes this (`drift:`). Mend the file, or let "
				     "such records be kept as rejects with `discard_row`.");
	}
	return add_reject(item, reject, csv_problem_word(reject->problem), err);
}

/* A packed file that is broken as it came is refused. When its copy is no longer what came, the
 * lake is damaged, and that is said as it is. Of `count` files in a batch any may be meant. */
static int refuse_broken(const struct land_file *first, size_t count, struct error *err)
{
	char sha256[HASH_HEX_SIZE];
	struct error unused;
	if (err->kind != ERR_CORRUPT)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (hash_of_file(first[i].path, sha256, &unused) < 0)
			return -1;
		if (strcmp(sha256, first[i].file->sha256) != 0)
			return err_hint(err, "This copy is no longer what came: put it back from "
					     "a backup of the lake.");
	}
	err->kind = ERR_REFUSED;
	return err_hint(err, "Nothing was loaded and the table stands as it was. Send the whole "
			     "file again under the same name: it takes this one's place.");
}

static int plan_file(struct land_file *item, struct error *err)
{
	const struct source *source = item->landing->source;
	struct csv_dialect dialect;
	OWNED_MEMORY char **header = NULL;
	size_t count = 0;
	TRY(source_to_dialect(source, &dialect, err));
	if (dialect.header) {
		if (csv_read_header(item->path, &dialect, &header, &count, err) < 0) {
			refuse_broken(item, 1, err);
			return err_within(err, "%s", item->file->logical);
		}
		if (count == 0) {
			err_set(err, ERR_REFUSED, "\"%s\" is empty: not even a header",
				item->file->logical);
			return err_hint(err, "Send the file again.");
		}
	}
	int is_as_before = land_lacking_plan(item, header, count, err);
	TRY(is_as_before);
	if (!is_as_before)
		TRY(source_load_plan(source, header, count, item->file->logical,
				     item->landing->arena, &item->plan, err));
	for (size_t i = 0; !item->landing->state->is_plan && i < item->plan.note_count; i++)
		run_log(item->landing->state, item->landing->step,
			is_as_before ? CATALOG_LOG_INFO : CATALOG_LOG_WARNING, "\"%s\": %s",
			item->file->logical, item->plan.notes[i]);
	if (item->plan.discard_all) { /* a value that is never there refuses every record */
		item->plan.columns[0].field = -1;
		item->plan.columns[0].required = true;
	}
	return 0;
}

static int open_file(struct land_file *item, struct error *err)
{
	const struct source_load_plan *plan = &item->plan;
	struct csv_load_settings settings = {
		.path = item->path,
		.dialect = plan->dialect,
		.nulls = plan->nulls,
		.columns = plan->columns,
		.column_count = plan->column_count,
		.field_count = plan->field_count,
		.shape_discard_value = plan->shape_discard_value,
		.type_discard_value = plan->type_discard_value,
		.time_zone = context_project(item->landing->state->context)->time_zone,
		.file_bytes = &item->landing->state->shares[item->landing->node].done,
		.reject = on_reject,
		.reject_context = item,
	};
	return csv_load_new(&settings, &item->load, err);
}

static int prepare_file(struct land_file *item, struct error *err)
{
	struct store *store = context_store(item->landing->state->context);
	TRY(store_local_path(store, item->file->key, &item->path, err));
	TRY(plan_file(item, err));
	if (open_file(item, err) < 0) {
		refuse_broken(item, 1, err);
		return err_within(err, "%s", item->file->logical);
	}
	return 0;
}

/* ---- counts ---- */

static int check_rejects(const struct land_file *item, struct error *err)
{
	const struct amount *max = &item->landing->source->max_rejects;
	if (item->lines) /* what people could not mend was counted in its own file */
		return 0;
	double allowed =
		max->is_percent ? max->value / 100 * (double)item->counts.records : max->value;
	if ((double)item->rejected <= allowed)
		return 0;
	err_set(err, ERR_REFUSED,
		"\"%s\": %" PRId64 " of %" PRId64 " records cannot be loaded, more than "
		"max_rejects allows (%g%s); the first: %s",
		item->file->logical, item->rejected, item->counts.records, max->value,
		max->is_percent ? " %" : "", item->example);
	return err_hint(err,
			"Nothing was loaded and the table stands as it was. See the rejects with "
			"`vitrine rejects %s --refused`, mend the file or the contract (%s) and "
			"run again, or give the load up with `vitrine rejects waive %s --refused "
			"--reason 'sent by mistake'`.",
			item->landing->source->name, item->landing->source->path,
			item->landing->source->name);
}

/* records = loaded + rejected + waived, each counted by another party: the splitter, the workers
 * that typed rows, the spool that took the rejects; `written` is what the engine wrote. Waived are
 * only mended records that are not needed any more. */
static int count_file(struct land_file *item, int64_t written, struct error *err)
{
	const struct csv_load_counts *counts = &item->counts;
	int64_t waived = item->waived + counts->loaded - written;
	if (!counts->is_complete || counts->records != written + item->rejected + waived ||
	    written > counts->loaded || (waived > 0 && !item->base))
		return err_set(err, ERR_INTERNAL,
			       "\"%s\": %" PRId64 " records, but %" PRId64 " loaded, %" PRId64
			       " rejected and %" PRId64 " written",
			       item->file->logical, counts->records, counts->loaded, item->rejected,
			       written);
	struct step *step = item->landing->step;
	item->loaded = written;
	step->records += counts->records;
	step->loaded += written;
	step->rejected += item->rejected;
	if (counts->values_discarded > 0)
		run_log(item->landing->state, step, CATALOG_LOG_WARNING,
			"\"%s\": %" PRId64 " %s discarded as the contract says (drift)",
			item->file->logical, counts->values_discarded,
			counts->values_discarded == 1 ? "value was" : "values were");
	return check_rejects(item, err);
}

/* Of a batch the engine tells how many rows it wrote in all: of each file that must be what its
 * workers typed. */
static int count_batch(struct land_file *first, int64_t written, struct error *err)
{
	int64_t loaded = 0;
	for (size_t i = 0; i < first->batch_count; i++) {
		TRY(csv_load_finish(first[i].load, &first[i].counts, err));
		csv_load_rest(first[i].load);
		loaded += first[i].counts.loaded;
	}
	if (first->batch_count == 1)
		return count_file(first, written, err);
	if (loaded != written)
		return err_set(err, ERR_INTERNAL,
			       "\"%s\" and %zu files behind it: %" PRId64
			       " records loaded and %" PRId64 " written",
			       first->file->logical, first->batch_count - 1, loaded, written);
	for (size_t i = 0; i < first->batch_count; i++)
		TRY(count_file(&first[i], first[i].counts.loaded, err));
	return 0;
}

/* ---- building ---- */

static int build(struct landing *landing, const char *sql, struct engine_output *out,
		 struct error *err)
{
	struct engine_build what = {
		.sql = sql, .out_folder = landing->staging, .schema = &landing->schema};
	return engine_session_build(landing->session, &what, out, err);
}

static bool is_small(const struct land_file *item)
{
	return item->file->size <= LAND_SMALL_FILE_MAX && !item->lines;
}

static bool reads_alike(const struct source_load_plan *a, const struct source_load_plan *b)
{
	bool same = a->column_count == b->column_count;
	for (size_t i = 0; same && i < a->column_count; i++)
		same = strcmp(a->columns[i].name, b->columns[i].name) == 0;
	return same; /* the contract's columns have its types, all others are text */
}

/* How many files from `first` on go together: small ones of the same columns. A merge needs each by
 * itself, to know which came later. */
static size_t find_batch(const struct landing *landing, size_t first)
{
	const struct land_file *items = landing->items;
	int64_t bytes = 0;
	size_t count = 0;
	if (landing->source->load == LOAD_MERGE || !is_small(&items[first]))
		return 1;
	while (count < LAND_BATCH_FILES_MAX && first + count < landing->files.count &&
	       is_small(&items[first + count]) &&
	       reads_alike(&items[first].plan, &items[first + count].plan) &&
	       bytes + items[first + count].file->size <= LAND_BATCH_BYTES_MAX)
		bytes += items[first + count++].file->size;
	return count;
}

static int show_batch(struct landing *landing, size_t place, struct error *err)
{
	const struct land_file *first = &landing->items[place];
	size_t count = first->batch_count;
	OWNED_MEMORY struct csv_load **loads = mem_alloc_array(count, sizeof *loads);
	OWNED_MEMORY const char **names = mem_alloc_array(count, sizeof *names);
	char name[32];
	if (!loads || !names)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		loads[i] = first[i].load;
		names[i] = first[i].file->logical;
	}
	snprintf(name, sizeof name, LAND_FILE_VIEW, place);
	if (count == 1)
		return engine_session_add_csv(landing->session, LAND_FILE_SCHEMA, name, loads[0],
					      err);
	return engine_session_add_csvs(landing->session, LAND_FILE_SCHEMA, name, loads, names,
				       count, err);
}

/* One file, or a batch of small ones: an output, and of each file its counts and its own bound on
 * rejects. */
static int build_batch(struct landing *landing, size_t place, struct error *err)
{
	struct land_file *first = &landing->items[place];
	struct engine_output *output = &landing->outputs[landing->output_count++];
	HELD(text) sql = {0};
	first->batch_count = find_batch(landing, place);
	TRY(show_batch(landing, place, err));
	TRY(land_fixes_show_lines(landing, place, err));
	land_sql_file(landing, place, &sql);
	TRY(text_check(&sql, err));
	if (build(landing, sql.data, output, err) < 0) { /* a failure in a batch names its file */
		refuse_broken(first, first->batch_count, err);
		return first->batch_count == 1 ? err_within(err, "%s", first->file->logical) : -1;
	}
	return count_batch(first, output->rows, err);
}

static int build_files(struct landing *landing, struct error *err)
{
	for (size_t i = 0; i < landing->files.count; i += landing->items[i].batch_count)
		TRY(build_batch(landing, i, err));
	return 0;
}

/* The rows of the table that stay, when a resend takes some out. */
static int build_kept(struct landing *landing, struct error *err)
{
	HELD(text) sql = {0};
	land_sql_kept(landing, &sql);
	TRY(text_check(&sql, err));
	return build(landing, sql.data, &landing->outputs[landing->output_count++], err);
}

/* For load: merge the accepted records become tables of their own first, so that each file is read
 * once and counted by itself; then the newest of each key is taken of all. */
static int build_merged(struct landing *landing, struct error *err)
{
	TRY(build_files(landing, err));
	run_watch_stretch(landing->state, landing->node, READ_TO_MERGE, LAND_LOAD_SHARE);
	int64_t rows = 0;
	for (size_t i = 0; i < landing->files.count; i++) {
		char name[32];
		snprintf(name, sizeof name, LAND_BUILT_VIEW, i);
		rows += landing->outputs[i].rows;
		TRY(engine_session_add_output(landing->session, LAND_FILE_SCHEMA, name,
					      context_store(landing->state->context), NULL,
					      &landing->schema, &landing->output_list[i], 1, err));
	}
	HELD(text) sql = {0};
	HELD(engine_output) merged = {0};
	if (landing->state->request->fixes)
		TRY(land_fixes_show_order(landing, err));
	land_sql_merged(landing, &sql);
	TRY(text_check(&sql, err));
	TRY(build(landing, sql.data, &merged, err));
	int64_t before =
		landing->own && !landing->replaces_all ? delta_snapshot_rows(landing->own) : 0;
	landing->superseded = rows + before - merged.rows;
	while (landing->output_count > 0)
		engine_output_done(&landing->outputs[--landing->output_count]);
	landing->outputs[landing->output_count++] = merged;
	merged = (struct engine_output){0};
	return 0;
}

/* Contract columns, what drift added, and last the place a row came from. */
static int find_schema(struct landing *landing, struct error *err)
{
	HELD(delta_schema) declared = {0};
	TRY(source_to_schema(landing->source, &declared, err));
	size_t own_count = declared.count;
	while (own_count > 0 && declared.columns[own_count - 1].name[0] == '_')
		own_count--;
	for (size_t i = 0; i < own_count; i++)
		TRY(delta_schema_add(&landing->schema, declared.columns[i].name,
				     declared.columns[i].type, declared.columns[i].comment, err));
	TRY(land_sql_add_extras(landing, err));
	for (size_t i = own_count; i < declared.count; i++)
		TRY(delta_schema_add(&landing->schema, declared.columns[i].name,
				     declared.columns[i].type, declared.columns[i].comment, err));
	return run_mark_personal(landing->state, landing->step->name, &landing->schema, err);
}

static int show_own(struct landing *landing, struct error *err)
{
	if (!landing->own || landing->replaces_all)
		return 0;
	return engine_session_add_table(landing->session, LAND_FILE_SCHEMA, LAND_OWN_VIEW,
					context_store(landing->state->context), landing->own, err);
}

static int open_all(struct landing *landing, struct error *err)
{
	struct run_state *state = landing->state;
	size_t count = landing->files.count;
	landing->items = mem_alloc_array(count, sizeof *landing->items);
	landing->outputs = mem_alloc_array(count + 1, sizeof *landing->outputs);
	landing->output_list = mem_alloc_array(count + 1, sizeof(struct engine_output *));
	landing->arena = arena_new();
	if (!landing->items || !landing->outputs || !landing->output_list || !landing->arena)
		return err_memory(err);
	for (size_t i = 0; i <= count; i++)
		landing->output_list[i] = &landing->outputs[i];
	TRY(store_make_staging(context_store(state->context), &landing->staging, err));
	TRY(rejects_new(landing->staging, state->report->id, landing->source->name,
			&landing->rejects, err));
	TRY(run_open_session(state, landing->node, &landing->session, err));
	long long bytes = 0;
	run_watch_stretch(state, landing->node, 0,
			  landing->source->load == LOAD_MERGE ? READ_TO_MERGE : LAND_LOAD_SHARE);
	for (size_t i = 0; i < count; i++)
		bytes += landing->files.files[i].size;
	atomic_store(&state->shares[landing->node].total, bytes);
	for (size_t i = 0; i < count; i++) {
		landing->items[i] = (struct land_file){.landing = landing,
						       .file = &landing->files.files[i],
						       .sequence = (int64_t)i,
						       .batch_count = 1};
		TRY(prepare_file(&landing->items[i], err));
	}
	return land_fixes_open(landing, err);
}

static bool has_resends(const struct landing *landing)
{
	for (size_t i = 0; i < landing->files.count; i++)
		if (landing->files.files[i].is_resend)
			return true;
	return false;
}

/* Where the file lies now: in the lake, or still where it was found. */
static int plan_header(struct land_file *item, struct error *err)
{
	struct store *store = context_store(item->landing->state->context);
	if (item->file->key)
		TRY(store_local_path(store, item->file->key, &item->path, err));
	else if (!(item->path = mem_copy_text(item->file->path)))
		return err_memory(err);
	return plan_file(item, err);
}

int land_load_plan(struct landing *landing, struct error *err)
{
	static const struct words none = {0};
	size_t count = landing->files.count;
	landing->items = mem_alloc_array(count, sizeof *landing->items);
	landing->arena = arena_new();
	if (!landing->items || !landing->arena)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		landing->items[i] =
			(struct land_file){.landing = landing, .file = &landing->files.files[i]};
		TRY(plan_header(&landing->items[i], err));
	}
	TRY(find_schema(landing, err));
	return plan_columns(landing->step, landing->own, &landing->schema, &none, err);
}

int land_load_files(struct landing *landing, struct error *err)
{
	TRY(open_all(landing, err));
	TRY(find_schema(landing, err));
	TRY(show_own(landing, err));
	landing->overwrites = landing->replaces_all || landing->source->load == LOAD_MERGE;
	if (landing->source->load == LOAD_MERGE)
		return build_merged(landing, err);
	TRY(build_files(landing, err));
	if (landing->replaces_all || !has_resends(landing) ||
	    landing->source->resend != RESEND_REPLACE)
		return 0;
	landing->overwrites = true;
	return build_kept(landing, err);
}
