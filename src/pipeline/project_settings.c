/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project_settings.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/source_name.h"

static const char *const engines[] = {"duckdb", NULL};

/* They resolve in every project; what vitrine.yaml names comes on top. */
static const char *const known_aliases[PROJECT_DATABASES] = {
	"dl_landing_zone", "dl_processing_zone", "dl_delivery_zone"};

static struct project_reader reader_of(const struct project *project)
{
	return (struct project_reader){.arena = project->arena, .expand = true};
}

/* ---- single keys ---- */

int project_read_engine(const struct project_reader *reader, const struct project_key *key,
			const struct yaml_node *value, void *field, struct error *err)
{
	int place;
	struct project_key choice = *key;
	const char *s;
	TRY(project_read_scalar(reader, value, &s, err));
	if (strcmp(s, "spark") == 0)
		return yaml_error(value, ERR_UNSUPPORTED, err,
				  "the engine \"spark\" is kept for a later release");
	choice.detail = engines;
	TRY(project_read_choice(reader, &choice, value, &place, err));
	*(const char **)field = engines[place];
	return 0;
}

static int read_zone(const struct project_reader *reader, const struct project_key *key,
		     const struct yaml_node *value, void *field, struct error *err)
{
	TRY(project_read_text(reader, key, value, field, err));
	if (clock_zone_is_known(*(const char **)field))
		return 0;
	yaml_error(value, ERR_PROJECT, err, "the time zone \"%s\" is not known", yaml_text(value));
	return err_hint(err, "Zones are called as in /usr/share/zoneinfo: America/Sao_Paulo.");
}

static int read_schedule(const struct project_reader *reader, const struct project_key *key,
			 const struct yaml_node *value, void *field, struct error *err)
{
	TRY(project_read_text(reader, key, value, field, err));
	if (project_check_schedule(*(const char **)field, err) < 0)
		return err_at(err, yaml_file(value), yaml_line(value), yaml_column(value));
	return 0;
}

/* ---- databases ---- */

static const struct project_key database_keys[] = {
	{"aliases", project_read_words, 0, NULL, false},
	{0},
};

static int read_database(const struct project_reader *reader, const struct project_key *key,
			 const struct yaml_node *value, void *field, struct error *err)
{
	(void)key;
	return project_read_mapping(reader, value, "a database", database_keys, field, err);
}

static const struct project_key databases_keys[] = {
	{"landing", read_database, PROJECT_LANDING * sizeof(struct words), NULL, false},
	{"processing", read_database, PROJECT_PROCESSING * sizeof(struct words), NULL, false},
	{"delivery", read_database, PROJECT_DELIVERY * sizeof(struct words), NULL, false},
	{0},
};

static bool is_taken(const struct words aliases[PROJECT_DATABASES], const char *alias)
{
	for (int i = 0; i < PROJECT_DATABASES; i++)
		if (strcmp(alias, databases_keys[i].name) == 0 || words_have(&aliases[i], alias))
			return true;
	return strcmp(alias, "vitrine") == 0;
}

/* What is there already, and behind it what was given. */
static int add_aliases(const struct project_reader *reader, const struct words *given,
		       const struct yaml_node *place, int database,
		       struct words aliases[PROJECT_DATABASES], struct error *err)
{
	struct words *old = &aliases[database], all = {NULL, old->count};
	all.items =
		arena_alloc_array(reader->arena, old->count + given->count + 1, sizeof *all.items);
	if (!all.items)
		return err_memory(err);
	memcpy(all.items, old->items, old->count * sizeof *all.items);
	for (size_t i = 0; i < given->count; i++) {
		const char *alias = given->items[i];
		if (!text_is_name(alias))
			return yaml_error(place, ERR_PROJECT, err, "\"%s\" is not a name", alias);
		if (is_taken(aliases, alias))
			return yaml_error(place, ERR_PROJECT, err,
					  "\"%s\" is the name of a database already", alias);
		all.items[all.count++] = alias;
		*old = all;
	}
	return 0;
}

static int read_databases(const struct project_reader *reader, const struct project_key *key,
			  const struct yaml_node *value, void *field, struct error *err)
{
	struct words given[PROJECT_DATABASES] = {{0}};
	(void)key;
	TRY(project_read_mapping(reader, value, "databases", databases_keys, given, err));
	for (int i = 0; i < PROJECT_DATABASES; i++) {
		const struct yaml_node *database = yaml_get(value, databases_keys[i].name);
		TRY(add_aliases(reader, &given[i], yaml_get(database, "aliases"), i, field, err));
	}
	return 0;
}

int project_count_pairs(const struct yaml_node *value, const char *what, size_t *out,
			struct error *err)
{
	*out = yaml_count(value);
	if (yaml_kind(value) == YAML_MAPPING)
		return 0;
	return yaml_error(value, ERR_PROJECT, err, "%s is a mapping of names to settings, not %s",
			  what, yaml_kind_name(value));
}

/* ---- recommenders ---- */

static int read_recommenders(const struct project_reader *reader, const struct project_key *key,
			     const struct yaml_node *value, void *field, struct error *err)
{
	struct project *project = (struct project *)((char *)field - key->offset);
	size_t count;
	TRY(project_count_pairs(value, "recommenders", &count, err));
	project->recommenders =
		arena_alloc_array(reader->arena, count + 1, sizeof *project->recommenders);
	if (!project->recommenders)
		return err_memory(err);
	project->recommender_count = count;
	for (size_t i = 0; i < count; i++) {
		const char *name;
		TRY(project_read_name(reader, NULL, yaml_key_at(value, i), &name, err));
		TRY(recommender_read(reader, name, yaml_at(value, i), &project->recommenders[i],
				     err));
	}
	return 0;
}

/* ---- the whole ---- */

#define PROJECT(key, read, field)                                                                  \
	{                                                                                          \
		key, read, offsetof(struct project, field), NULL, false                            \
	}

static const struct project_key project_keys[] = {
	PROJECT("name", project_read_name, name),
	PROJECT("description", project_read_text, description),
	PROJECT("time_zone", read_zone, time_zone),
	PROJECT("lake", project_read_text, lake),
	PROJECT("engine", project_read_engine, engine),
	PROJECT("memory", project_read_bytes, memory_bytes),
	PROJECT("threads", project_read_count, threads),
	PROJECT("max_disk", project_read_bytes, max_disk_bytes),
	PROJECT("retention", project_read_duration, retention_us),
	PROJECT("schedule", read_schedule, schedule),
	PROJECT("databases", read_databases, aliases),
	PROJECT("targets", project_read_targets, targets),
	PROJECT("recommenders", read_recommenders, recommenders),
	{0},
};

int project_settings_init(struct project *project, struct error *err)
{
	char name[SOURCE_NAME_SIZE];
	project->name =
		arena_copy_text(project->arena, source_name_of(file_name(project->root), 1, name));
	project->description = "";
	project->time_zone = "UTC";
	project->target = PROJECT_MAIN_TARGET;
	project->lake = "lake";
	project->engine = engines[0];
	project->retention_us = (int64_t)7 * 24 * 3600 * 1000000;
	for (int i = 0; i < PROJECT_DATABASES; i++) {
		const char **items = arena_alloc_array(project->arena, 2, sizeof *items);
		if (!items)
			return err_memory(err);
		items[0] = known_aliases[i];
		project->aliases[i] = (struct words){items, 1};
	}
	return project->name ? 0 : err_memory(err);
}

int project_settings_read(struct project *project, const struct yaml_node *root, const char *target,
			  struct error *err)
{
	const struct project_reader reader = reader_of(project);
	if (root && !yaml_is_null(root))
		TRY(project_read_mapping(&reader, root, PROJECT_FILE, project_keys, project, err));
	return project_choose_target(project, root, target, err);
}
