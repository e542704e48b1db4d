/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/project_files.h"
#include "pipeline/project_settings.h"

/* models of processing come first */
static int compare_models(const void *a, const void *b)
{
	const struct model *one = a, *other = b;
	int order = strcmp(other->database, one->database);
	return order ? order : strcmp(one->name, other->name);
}

static const char *const databases[PROJECT_DATABASES] = {"landing", "processing", "delivery"};

void project_close(struct project *project)
{
	if (!project)
		return;
	yaml_free(project->settings);
	arena_free(project->arena);
	free(project);
}

/* ---- opening ---- */

static int new_project(const char *root, struct project **out, struct error *err)
{
	OWNED(project) *project = mem_alloc(sizeof *project);
	OWNED_MEMORY char *real = realpath(root, NULL);
	if (!real)
		return err_errno(err, errno, "cannot open the folder \"%s\"", root);
	if (!project || !(project->arena = arena_new()) ||
	    !(project->root = arena_copy_text(project->arena, real)))
		return err_memory(err);
	*out = TAKE(project);
	return 0;
}

static int read_settings(struct project *project, const char *target, struct error *err)
{
	OWNED_MEMORY char *path = file_join(project->root, PROJECT_FILE, err);
	if (!path)
		return -1;
	TRY(project_settings_init(project, err));
	TRY(yaml_read(path, PROJECT_FILE, &project->settings, err));
	return project_settings_read(project, yaml_root(project->settings), target, err);
}

int project_read_zone(const char *root, char **out, struct error *err)
{
	OWNED(project) *project = NULL;
	TRY(new_project(root, &project, err));
	TRY(read_settings(project, NULL, err));
	*out = mem_copy_text(project->time_zone);
	return *out ? 0 : err_memory(err);
}

static int defined_twice(const char *database, const char *name, const char *one, const char *other,
			 const char *hint, struct error *err)
{
	err_set(err, ERR_PROJECT, "%s.%s is defined twice, by %s and by %s", database, name, one,
		other);
	error_hint(err, "%s", hint);
	return err_at(err, other, 1, 1);
}

/* Two recommenders whose tables have the usual names want the same ones. */
static int made_twice(const struct model *one, const struct model *other, struct error *err)
{
	const struct recommender *a = one->recommender, *b = other->recommender;
	const struct recommender *later = a->line > b->line ? a : b;
	err_set(err, ERR_PROJECT, "recommenders \"%s\" and \"%s\" both make %s.%s",
		later == a ? b->name : a->name, later->name, one->database, one->name);
	error_hint(err,
		   "Give the tables of \"%s\" names of their own: `tables: {recommendations: "
		   "%.20s_recommendations, similar: ..., affinity: ..., report: ...}`.",
		   later->name, later->name);
	return err_at(err, PROJECT_FILE, later->line, later->column);
}

/* A source and a model of processing may want to make the same table. */
static int check_definitions(const struct project *project, struct error *err)
{
	for (size_t i = 0; i < project->source_count; i++) {
		const struct source *source = &project->sources[i];
		const struct model *model = project_model(project, "processing", source->name);
		if (model)
			return defined_twice("processing", source->name, source->path, model->path,
					     "A source publishes processing.<its name>; give one "
					     "of the two another name.",
					     err);
	}
	for (size_t i = 1; i < project->model_count; i++) {
		const struct model *a = &project->models[i - 1], *b = &project->models[i];
		if (compare_models(a, b) == 0 && a->recommender && b->recommender)
			return made_twice(a, b, err);
		if (compare_models(a, b) == 0)
			return defined_twice(a->database, a->name, a->path, b->path,
					     "Name what a recommender makes under `tables:`, or "
					     "give the model another name.",
					     err);
	}
	return 0;
}

/* What recommenders make takes its place among the models. */
static int add_made_tables(struct project *project, struct error *err)
{
	size_t count = project->model_count + project->recommender_count * RECOMMENDER_TABLES;
	struct model *all = arena_alloc_array(project->arena, count + 1, sizeof *all);
	if (!all)
		return err_memory(err);
	if (project->model_count > 0)
		memcpy(all, project->models, project->model_count * sizeof *all);
	for (size_t i = 0; i < project->recommender_count; i++)
		for (size_t j = 0; j < RECOMMENDER_TABLES; j++)
			if (project->recommenders[i].names[j])
				all[project->model_count++] = project->recommenders[i].tables[j];
	qsort(all, project->model_count, sizeof *all, compare_models);
	project->models = all;
	return 0;
}

int project_open(const char *root, const char *target, struct project **out, struct error *err)
{
	OWNED(project) *project = NULL;
	TRY(new_project(root, &project, err));
	TRY(read_settings(project, target, err));
	TRY(project_read_sources(project, err));
	TRY(project_read_models(project, err));
	TRY(add_made_tables(project, err));
	TRY(project_read_checks(project, err));
	TRY(check_definitions(project, err));
	*out = TAKE(project);
	return 0;
}

/* ---- looking up ---- */

static int compare_source(const void *name, const void *source)
{
	return strcmp(name, ((const struct source *)source)->name);
}

const struct source *project_source(const struct project *project, const char *name)
{
	if (project->source_count == 0)
		return NULL;
	return bsearch(name, project->sources, project->source_count, sizeof *project->sources,
		       compare_source);
}

int project_want_source(const struct project *project, const char *name, struct error *err)
{
	if (project_source(project, name))
		return 0;
	OWNED_MEMORY const char **names = mem_alloc_array(project->source_count + 1, sizeof *names);
	if (!names)
		return err_memory(err);
	for (size_t i = 0; i < project->source_count; i++)
		names[i] = project->sources[i].name;
	err_set(err, ERR_NOT_FOUND, "there is no source \"%s\"", name);
	const char *nearest = text_nearest(name, names);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest)
		       : err_hint(err, "Sources are the files in sources/.");
}

const struct model *project_model(const struct project *project, const char *database,
				  const char *name)
{
	const struct model wanted = {.database = database, .name = name};
	if (project->model_count == 0)
		return NULL;
	return bsearch(&wanted, project->models, project->model_count, sizeof *project->models,
		       compare_models);
}

const char *project_database(const struct project *project, const char *name)
{
	for (int i = 0; i < PROJECT_DATABASES; i++)
		if (strcmp(databases[i], name) == 0 || words_have(&project->aliases[i], name))
			return databases[i];
	return NULL;
}
