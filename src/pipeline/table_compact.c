/* SPDX-License-Identifier: Apache-2.0 */
/* Compaction: the small files of each partition become one. Large files are left alone, rows keep
 * their order within the files taken together, and the commit says that no data changed, so nothing
 * that reads the table is built again. */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "dag/graph.h"
#include "dag/run.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/publish.h"
#include "pipeline/set.h"
#include "pipeline/table_care_state.h"
#include "store/store.h"

struct compaction {
	struct table_care *care;
	const char *const *names;       /* NULL = all of the set */
	struct graph *graph;            /* a task for each table, none needing another */
	struct engine_session *session; /* of the table at work; under `lock` */
	pthread_mutex_t lock;
};

/* One table at work. */
struct work {
	const struct set_table *table;
	struct delta_snapshot *snapshot;
	struct engine_output chosen; /* the files to be rewritten, as if built aside */
	const char **removes;        /* the same, by their paths in the table */
	struct engine_session *session;
	char *staging;
	struct engine_output output;
};

static void work_done(struct work *work)
{
	delta_snapshot_free(work->snapshot);
	for (size_t i = 0; i < work->chosen.count; i++)
		free(work->chosen.files[i].path);
	free(work->chosen.files); /* what they say of the table's files is borrowed */
	free(work->removes);
	engine_output_done(&work->output);
	free(work->staging);
}
OWN_DEFINE_EMBEDDED(work, work_done)

/* ---- which files ---- */

static int partition_name(const struct delta_file *file, struct text *out, struct error *err)
{
	text_clear(out);
	text_add_char(out, '/');
	for (size_t i = 0; i < file->partition_count; i++) {
		const char *value = file->partition[i].value;
		text_add(out, value ? "=" : "-");
		text_add_json(out, value ? value : "", value ? strlen(value) : 0);
	}
	return text_check(out, err);
}

/* How many small files each partition has: the counts are kept as the map's values. */
static int count_small(const struct delta_snapshot *snapshot, struct map *counts, struct error *err)
{
	HELD(text) name = {0};
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++) {
		const struct delta_file *file = delta_snapshot_file(snapshot, i);
		if (file->size >= COMPACT_SMALL_FILE)
			continue;
		TRY(partition_name(file, &name, err));
		uintptr_t count = (uintptr_t)map_get(counts, name.data);
		TRY(map_put(counts, name.data, (void *)(count + 1), err));
	}
	return 0;
}

static int choose(struct work *work, const struct table_care *care, const struct delta_file *file,
		  struct error *err)
{
	struct engine_file *chosen = &work->chosen.files[work->chosen.count];
	OWNED_MEMORY char *key = text_format(err, "%s/%s", work->table->key, file->path);
	if (!key)
		return -1;
	TRY(store_local_path(care->store, key, &chosen->path, err));
	chosen->file = *file;
	work->removes[work->chosen.count++] = file->path;
	return 0;
}

static int choose_files(struct work *work, const struct table_care *care, struct error *err)
{
	const struct delta_snapshot *snapshot = work->snapshot;
	size_t count = delta_snapshot_file_count(snapshot);
	OWNED(map) *counts = map_new();
	HELD(text) name = {0};
	work->chosen.files = mem_alloc_array(count, sizeof *work->chosen.files);
	work->removes = mem_alloc_array(count + 1, sizeof *work->removes);
	if (!counts || !work->chosen.files || !work->removes)
		return err_memory(err);
	TRY(count_small(snapshot, counts, err));
	for (size_t i = 0; i < count; i++) {
		const struct delta_file *file = delta_snapshot_file(snapshot, i);
		if (file->size >= COMPACT_SMALL_FILE)
			continue;
		TRY(partition_name(file, &name, err));
		if ((uintptr_t)map_get(counts, name.data) > 1)
			TRY(choose(work, care, file, err));
	}
	return 0;
}

/* ---- rewriting them ---- */

static int open_session(struct compaction *compaction, struct work *work, struct error *err)
{
	struct engine *engine;
	TRY(context_engine(compaction->care->context, &engine, err));
	TRY(engine_session_open(engine, &work->session, err));
	pthread_mutex_lock(&compaction->lock);
	compaction->session = work->session;
	pthread_mutex_unlock(&compaction->lock);
	return 0;
}

static void close_session(struct compaction *compaction, struct work *work)
{
	pthread_mutex_lock(&compaction->lock);
	compaction->session = NULL;
	pthread_mutex_unlock(&compaction->lock);
	engine_session_close(work->session);
	work->session = NULL;
}

static int rows_agree(const struct work *work, struct error *err)
{
	int64_t rows = 0;
	for (size_t i = 0; i < work->chosen.count; i++) {
		if (work->chosen.files[i].file.rows < 0)
			return 0;
		rows += work->chosen.files[i].file.rows;
	}
	if (rows == work->output.rows)
		return 0;
	return err_set(err, ERR_CORRUPT,
		       "the files of %s hold %" PRId64 " rows, their statistics say %" PRId64
		       "; nothing was changed",
		       work->table->name, work->output.rows, rows);
}

static int rewrite(struct compaction *compaction, struct work *work, struct error *err)
{
	struct store *store = compaction->care->store;
	struct engine_output *chosen[] = {&work->chosen};
	const char *const *partition_columns;
	size_t count = delta_snapshot_partition_columns(work->snapshot, &partition_columns);
	const struct delta_schema *schema = delta_snapshot_schema(work->snapshot);
	OWNED_MEMORY const char **columns = mem_alloc_array(count + 1, sizeof *columns);
	if (!columns)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		columns[i] = partition_columns[i];
	TRY(store_make_staging(store, &work->staging, err));
	TRY(open_session(compaction, work, err));
	TRY(engine_session_add_output(work->session, "small", "files", store, NULL, schema, chosen,
				      1, err));
	struct engine_build build = {.sql = "select * from small.files",
				     .out_folder = work->staging,
				     .schema = schema,
				     .partition_columns = count ? columns : NULL};
	TRY(engine_session_build(work->session, &build, &work->output, err));
	return rows_agree(work, err);
}

static int commit(const struct table_care *care, struct work *work, int64_t *out_version,
		  struct error *err)
{
	struct engine_output *outputs[] = {&work->output};
	HELD(text) info = {0};
	text_add_char(&info, '{');
	table_care_add_info(care, work->table->name, &info);
	text_addf(&info, ", \"compacted\": %zu}", work->chosen.count);
	TRY(text_check(&info, err));
	struct publish publish = {
		.key = work->table->key,
		.read_version = work->table->version,
		.removes = work->removes,
		.same_rows = true,
		.operation = "OPTIMIZE",
		.vitrine_json = info.data,
	};
	return publish_outputs(care->store, care->parquet, &publish, outputs, 1, out_version, err);
}

/* ---- a table ---- */

/* Versions that no set holds are a stopped run's: compacting on top of them would publish them. */
static int is_newest(const struct table_care *care, const struct set_table *table,
		     struct error *err)
{
	int64_t newest;
	int exists = delta_newest_version(care->store, table->key, &newest, err);
	TRY(exists);
	if (exists && newest == table->version)
		return 0;
	err_set(err, ERR_CONFLICT, "%s has a newer version that was never published", table->name);
	return err_hint(err, "`vitrine run` finishes the run that was stopped; compact after it.");
}

static void describe(const struct work *work, int64_t files, int64_t bytes,
		     struct table_care_item *item)
{
	item->files_before = (int64_t)delta_snapshot_file_count(work->snapshot);
	item->bytes_before = delta_snapshot_bytes(work->snapshot);
	item->rows = delta_snapshot_rows(work->snapshot);
	item->files = item->files_before + files;
	item->bytes = item->bytes_before + bytes;
}

static int compact(struct compaction *compaction, struct work *work, struct table_care_item *item,
		   struct error *err)
{
	struct table_care *care = compaction->care;
	int result = rewrite(compaction, work, err);
	close_session(compaction, work);
	TRY(result);
	TRY(commit(care, work, &item->version, err));
	int64_t bytes = 0;
	for (size_t i = 0; i < work->output.count; i++)
		bytes += work->output.files[i].file.size;
	for (size_t i = 0; i < work->chosen.count; i++)
		bytes -= work->chosen.files[i].file.size;
	describe(work, (int64_t)work->output.count - (int64_t)work->chosen.count, bytes, item);
	table_care_note_step(care, item, "compacted");
	return set_put(care->changes, work->table->name, work->table->key, item->version,
		       work->table->definition, err);
}

static int compact_table(void *context, size_t task, struct error *err)
{
	struct compaction *compaction = context;
	struct table_care *care = compaction->care;
	struct table_care_item *item;
	HELD(work) work = {.table = set_find(care->base, graph_name(compaction->graph, task))};
	TRY(is_newest(care, work.table, err));
	TRY(delta_snapshot_open(care->store, work.table->key, work.table->version, care->parquet,
				&work.snapshot, err));
	TRY(choose_files(&work, care, err));
	TRY(table_care_add_item(care->report, work.table->name, &item, err));
	item->version_before = item->version = work.table->version;
	describe(&work, 0, 0, item);
	return work.chosen.count > 0 ? compact(compaction, &work, item, err) : 0;
}

/* ---- all of them ---- */

static int add_tasks(const struct compaction *compaction, struct error *err)
{
	const struct table_care *care = compaction->care;
	const char *const *names = compaction->names;
	for (size_t i = 0; !names && i < care->base->count; i++)
		TRY(graph_add_task(compaction->graph, care->base->tables[i].name, err));
	for (size_t i = 0; names && names[i]; i++) {
		const struct set_table *table;
		TRY(table_care_find(context_project(care->context), care->base, names[i], &table,
				    err));
		if (graph_find(compaction->graph, table->name) < 0)
			TRY(graph_add_task(compaction->graph, table->name, err));
	}
	return 0;
}

static void interrupt(void *context)
{
	struct compaction *compaction = context;
	pthread_mutex_lock(&compaction->lock);
	if (compaction->session)
		engine_session_interrupt(compaction->session);
	pthread_mutex_unlock(&compaction->lock);
}

/* One table after the other: each may use all of the memory. The first failure is told when the
 * others are done, and what they made is published. */
static int run_tasks(struct compaction *compaction, struct error *out_failure, struct error *err)
{
	HELD(dag_result) result = {0};
	struct dag_settings settings = {
		.threads = 1, .context = compaction, .work = compact_table, .interrupt = interrupt};
	TRY(dag_run(compaction->graph, &settings, &result, err));
	if (result.was_canceled)
		return err_set(err, ERR_CANCELED,
			       "interrupted; tables done so far stay compacted, "
			       "and the next run publishes them");
	for (size_t i = 0; i < result.count; i++)
		if (result.tasks[i].state == DAG_FAILED) {
			*out_failure = *result.tasks[i].err;
			error_within(out_failure, "%s", graph_name(compaction->graph, i));
			return 1;
		}
	return 0;
}

struct request {
	const char *const *names;
	struct error failure; /* of the first table that failed */
	bool failed;
};

static int compact_all(struct table_care *care, void *what, struct error *err)
{
	struct request *request = what;
	OWNED(graph) *graph = graph_new();
	if (!graph)
		return err_memory(err);
	struct compaction compaction = {.care = care,
					.names = request->names,
					.graph = graph,
					.lock = PTHREAD_MUTEX_INITIALIZER};
	TRY(add_tasks(&compaction, err));
	int failed = run_tasks(&compaction, &request->failure, err);
	request->failed = failed == 1;
	return failed < 0 ? failed : 0;
}

int table_care_compact(struct context *context, const struct table_care_request *request,
		       const char *const *names, struct table_care_report **out, struct error *err)
{
	struct request what = {.names = names};
	TRY(table_care_carry_out(context, request, compact_all, &what, out, err));
	if (!what.failed)
		return 0;
	*err = what.failure;
	return -1;
}
