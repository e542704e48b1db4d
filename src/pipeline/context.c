/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/sql.h"
#include "pipeline/project.h"
#include "store/store.h"

struct context {
	const struct project *project;
	struct store *store;
	struct catalog *catalog;
	struct delta_parquet parquet;
	struct engine *engine;
	struct sql_parser *parser;
	pthread_mutex_t lock; /* of the two above */
};

static int write_checkpoint(void *context, const char *json_lines, size_t len, const char *path,
			    struct error *err)
{
	struct engine *engine;
	struct delta_parquet parquet;
	TRY(context_engine(context, &engine, err));
	engine_fill_parquet(engine, &parquet);
	return parquet.write_checkpoint(parquet.context, json_lines, len, path, err);
}

static int read_checkpoint(void *context, const char *path, char **out, size_t *out_len,
			   struct error *err)
{
	struct engine *engine;
	struct delta_parquet parquet;
	TRY(context_engine(context, &engine, err));
	engine_fill_parquet(engine, &parquet);
	return parquet.read_checkpoint(parquet.context, path, out, out_len, err);
}

int context_open_on(const struct project *project, struct store *store, struct context **out,
		    struct error *err)
{
	OWNED(context) *context = mem_alloc(sizeof *context);
	if (!context)
		return err_memory(err);
	context->project = project;
	context->parquet = (struct delta_parquet){context, write_checkpoint, read_checkpoint};
	pthread_mutex_init(&context->lock, NULL);
	TRY(project_make_state(project, err));
	TRY(catalog_open(project->state, &context->catalog, err));
	context->store = store;
	*out = TAKE(context);
	return 0;
}

int context_open(const struct project *project, struct context **out, struct error *err)
{
	OWNED(store) *store = NULL;
	TRY(store_open(project->lake, &store, err));
	TRY(context_open_on(project, store, out, err));
	store = NULL; /* the context's now */
	return 0;
}

void context_close(struct context *context)
{
	if (!context)
		return;
	sql_parser_close(context->parser);
	engine_close(context->engine);
	catalog_close(context->catalog);
	store_free(context->store);
	pthread_mutex_destroy(&context->lock);
	free(context);
}

const struct project *context_project(const struct context *context)
{
	return context->project;
}

struct store *context_store(const struct context *context)
{
	return context->store;
}

struct catalog *context_catalog(const struct context *context)
{
	return context->catalog;
}

const struct delta_parquet *context_parquet(const struct context *context)
{
	return &context->parquet;
}

enum { FOLDERS_MAX = 7 }; /* each as it is written and as it is without links; the end */

static size_t add_folder(const char *path, char *real[FOLDERS_MAX], const char *out[FOLDERS_MAX],
			 size_t count)
{
	if (!path || *path != '/')
		return count;
	out[count] = path;
	real[count] = realpath(path, NULL);
	if (real[count] && strcmp(real[count], path) != 0)
		out[count + 1] = real[count];
	return count + 1 + (out[count + 1] != NULL);
}

static int open_engine(struct context *context, struct error *err)
{
	const struct project *project = context->project;
	OWNED_MEMORY char *temporary = file_join(project->state, "tmp", err);
	if (!temporary)
		return -1;
	/* The second wall behind the box: SQL reaches no file besides the lakes and our own state.
	 */
	char *real[FOLDERS_MAX] = {NULL};
	const char *folders[FOLDERS_MAX] = {NULL};
	size_t count = add_folder(project->lake, real, folders, 0);
	count = add_folder(project->reads_lake, real, folders, count);
	add_folder(project->state, real, folders, count);
	struct engine_settings settings = {
		.threads = (int)project->threads,
		.memory_bytes = project->memory_bytes,
		.temporary = temporary,
		.temporary_bytes = project->max_disk_bytes,
		.folders = *project->lake == '/' ? folders : NULL,
	};
	int result = engine_open(&settings, &context->engine, err);
	for (size_t i = 0; i < FOLDERS_MAX; i++)
		free(real[i]);
	return result;
}

int context_engine(struct context *context, struct engine **out, struct error *err)
{
	pthread_mutex_lock(&context->lock);
	int result = context->engine ? 0 : open_engine(context, err);
	*out = context->engine;
	pthread_mutex_unlock(&context->lock);
	return result;
}

int context_parser(struct context *context, struct sql_parser **out, struct error *err)
{
	pthread_mutex_lock(&context->lock);
	int result = context->parser ? 0 : sql_parser_open(&context->parser, err);
	*out = context->parser;
	pthread_mutex_unlock(&context->lock);
	return result;
}

const char *context_engine_version(const struct context *context)
{
	(void)context;
	return engine_library_version();
}

int context_folder(struct context *context, const char *name, char **out, struct error *err)
{
	OWNED_MEMORY char *path = file_join(context->project->state, name, err);
	if (!path)
		return -1;
	TRY(file_make_folders(path, 0700, err));
	*out = TAKE(path);
	return 0;
}
