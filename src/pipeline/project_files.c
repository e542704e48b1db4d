/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project_files.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/source_name.h"

/* ---- a folder's files of one kind ---- */

/* What is done with each: `name` is the file's without its ending, `shown` its path below the
 * project. */
struct visitor {
	struct project *project;
	const char *folder; /* "models/delivery" */
	const char *ending; /* ".sql" */
	const char *what;   /* "a model" */
	int (*read)(const struct visitor *visitor, const char *name, const char *shown, void *item,
		    struct error *err);
	char *items; /* what was read, `item_size` bytes each; on the arena */
	size_t item_size, count, count_max;
};

/* One that ends in .yml or .SQL, or lies in a folder of its own, was meant to be read. */
static int check_stray(const struct visitor *visitor, const char *file, const char *shown,
		       struct error *err)
{
	struct file_info info;
	OWNED_MEMORY char *path = file_join(visitor->project->root, shown, err);
	if (!path)
		return -1;
	int found = file_stat(path, &info, err);
	TRY(found);
	if (found && info.is_directory)
		err_set(err, ERR_PROJECT, "%s lies in %s itself, not in a folder below it",
			visitor->what, visitor->folder);
	else if ((strcmp(visitor->ending, ".yaml") == 0 && text_ends(file, ".yml")) ||
		 (strlen(file) > strlen(visitor->ending) &&
		  strcasecmp(file + strlen(file) - strlen(visitor->ending), visitor->ending) == 0))
		err_set(err, ERR_PROJECT, "the name of %s ends in %s", visitor->what,
			visitor->ending);
	else
		return 0;
	return err_at(err, shown, 0, 0);
}

static int wrong_name(const struct visitor *visitor, const char *name, const char *shown,
		      struct error *err)
{
	char better[SOURCE_NAME_SIZE];
	err_set(err, ERR_PROJECT, "\"%s\" cannot be the name of %s", name, visitor->what);
	error_hint(err, "Names are lower-case letters, digits and _: %s%s.",
		   source_name_of(name, 1, better), visitor->ending);
	return err_at(err, shown, 0, 0);
}

static int visit_file(struct visitor *visitor, const char *file, struct error *err)
{
	struct arena *arena = visitor->project->arena;
	char *shown = arena_format(arena, "%s/%s", visitor->folder, file);
	char *name = arena_copy_text(arena, file);
	if (!shown || !name)
		return err_memory(err);
	if (*file == '.')
		return 0;
	if (!text_ends(file, visitor->ending))
		return check_stray(visitor, file, shown, err);
	name[strlen(file) - strlen(visitor->ending)] = '\0';
	if (!text_is_name(name))
		return wrong_name(visitor, name, shown, err);
	if (visitor->count == visitor->count_max)
		return err_set(err, ERR_LIMIT, "more than %zu files in %s", visitor->count_max,
			       visitor->folder);
	void *item = visitor->items + visitor->count++ * visitor->item_size;
	return visitor->read(visitor, name, shown, item, err);
}

/* The names in a folder of the project; NULL when it is not there. */
static int list_folder(const struct project *project, const char *folder, char ***out,
		       struct error *err)
{
	OWNED_MEMORY char *path = file_join(project->root, folder, err);
	struct file_info info;
	*out = NULL;
	if (!path)
		return -1;
	int found = file_stat(path, &info, err);
	TRY(found);
	return found ? file_list(path, out, err) : 0;
}

/* Room for as many items more as there are names. */
static int make_room(struct visitor *visitor, char *const *names, struct error *err)
{
	size_t more = 0;
	while (names[more])
		more++;
	char *items = arena_alloc_array(visitor->project->arena, visitor->count + more + 1,
					visitor->item_size);
	if (!items)
		return err_memory(err);
	if (visitor->count)
		memcpy(items, visitor->items, visitor->count * visitor->item_size);
	visitor->items = items;
	return 0;
}

static int visit_folder(struct visitor *visitor, struct error *err)
{
	char **names;
	TRY(list_folder(visitor->project, visitor->folder, &names, err));
	int result = names ? make_room(visitor, names, err) : 0;
	for (size_t i = 0; result == 0 && names && names[i]; i++)
		result = visit_file(visitor, names[i], err);
	file_free_names(names);
	return result;
}

/* ---- sources ---- */

static int read_source(const struct visitor *visitor, const char *name, const char *shown,
		       void *item, struct error *err)
{
	const struct project *project = visitor->project;
	const struct project_reader reader = {.arena = project->arena, .expand = true};
	OWNED_MEMORY char *path = file_join(project->root, shown, err);
	OWNED(yaml) *document = NULL;
	if (!path)
		return -1;
	TRY(yaml_read(path, shown, &document, err));
	return source_read(&reader, document, name, shown, item, err);
}

int project_read_sources(struct project *project, struct error *err)
{
	struct visitor visitor = {.project = project,
				  .folder = "sources",
				  .ending = ".yaml",
				  .what = "a source contract",
				  .read = read_source,
				  .item_size = sizeof(struct source),
				  .count_max = SOURCES_MAX};
	TRY(visit_folder(&visitor, err));
	project->sources = (struct source *)visitor.items;
	project->source_count = visitor.count;
	return 0;
}

/* ---- models and checks: SQL with a leading comment ---- */

static int read_sql(const struct visitor *visitor, const char *shown, char **out, size_t *out_len,
		    struct error *err)
{
	OWNED_MEMORY char *path = file_join(visitor->project->root, shown, err);
	OWNED_MEMORY char *bytes = NULL;
	if (!path)
		return -1;
	TRY(file_read(path, SETTINGS_FILE_LEN_MAX, &bytes, out_len, err));
	if (strlen(bytes) != *out_len || !text_is_utf8(bytes, *out_len)) {
		err_set(err, ERR_PROJECT, "%s is not text in UTF-8", visitor->what);
		return err_at(err, shown, 0, 0);
	}
	*out = TAKE(bytes);
	return 0;
}

static int read_model(const struct visitor *visitor, const char *name, const char *shown,
		      void *item, struct error *err)
{
	const struct project_reader reader = {.arena = visitor->project->arena};
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	TRY(read_sql(visitor, shown, &bytes, &len, err));
	return model_file_read(&reader, file_name(visitor->folder), name, shown, bytes, len, item,
			       err);
}

static int read_check(const struct visitor *visitor, const char *name, const char *shown,
		      void *item, struct error *err)
{
	const struct project_reader reader = {.arena = visitor->project->arena};
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	TRY(read_sql(visitor, shown, &bytes, &len, err));
	return model_file_read_check(&reader, name, shown, bytes, len, item, err);
}

/* What stands in models/ beside the two folders was meant to lie in one of them. */
static int check_models_folder(const struct project *project, struct error *err)
{
	char **names;
	int result = 0;
	TRY(list_folder(project, "models", &names, err));
	for (char **name = names; result == 0 && name && *name; name++) {
		if (**name == '.' || strcmp(*name, "processing") == 0 ||
		    strcmp(*name, "delivery") == 0)
			continue;
		OWNED_MEMORY char *path = text_format(err, "%s/models/%s", project->root, *name);
		struct file_info info = {0};
		result = path ? file_stat(path, &info, err) : -1;
		if (result == 1 && (info.is_directory || text_ends(*name, ".sql"))) {
			err_set(err, ERR_PROJECT, "\"models/%s\" makes no table", *name);
			result = err_hint(err, "Models lie in models/processing or in "
					       "models/delivery: the folder is the database.");
		}
		result = result < 0 ? -1 : 0;
	}
	file_free_names(names);
	return result;
}

int project_read_models(struct project *project, struct error *err)
{
	static const char *const folders[] = {"models/processing", "models/delivery"};
	struct visitor visitor = {.project = project,
				  .ending = ".sql",
				  .what = "a model",
				  .read = read_model,
				  .item_size = sizeof(struct model),
				  .count_max = MODELS_MAX};
	TRY(check_models_folder(project, err));
	for (size_t i = 0; i < 2; i++) {
		visitor.folder = folders[i];
		TRY(visit_folder(&visitor, err));
	}
	project->models = (struct model *)visitor.items;
	project->model_count = visitor.count;
	return 0;
}

int project_read_checks(struct project *project, struct error *err)
{
	struct visitor visitor = {.project = project,
				  .folder = "checks",
				  .ending = ".sql",
				  .what = "a check",
				  .read = read_check,
				  .item_size = sizeof(struct check),
				  .count_max = MODELS_MAX};
	TRY(visit_folder(&visitor, err));
	project->checks = (struct check *)visitor.items;
	project->check_count = visitor.count;
	return 0;
}
