/* SPDX-License-Identifier: Apache-2.0 */
/* project_targets: what --target may be, and what it changes. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/project_settings.h"

#define TARGET(key, read, field)                                                                   \
	{                                                                                          \
		key, read, offsetof(struct project_target, field), NULL, false                     \
	}

static const struct project_key target_keys[] = {
	TARGET("lake", project_read_text, lake),
	TARGET("engine", project_read_engine, engine),
	TARGET("reads", project_read_name, reads),
	TARGET("memory", project_read_bytes, memory_bytes),
	TARGET("threads", project_read_count, threads),
	TARGET("max_disk", project_read_bytes, max_disk_bytes),
	TARGET("retention", project_read_duration, retention_us),
	{0},
};

static int read_target(const struct project_reader *reader, const struct yaml_node *name,
		       const struct yaml_node *value, struct project_target *out, struct error *err)
{
	*out = (struct project_target){
		.reads = PROJECT_MAIN_TARGET,
		.memory_bytes = -1,
		.threads = -1,
		.max_disk_bytes = -1,
		.retention_us = -1,
		.line = yaml_line(name),
	};
	TRY(project_read_name(reader, NULL, name, &out->name, err));
	if (strcmp(out->name, PROJECT_MAIN_TARGET) == 0)
		return yaml_error(name, ERR_PROJECT, err,
				  "\"%s\" is the project itself: its settings stand at the top",
				  PROJECT_MAIN_TARGET);
	if (!yaml_is_null(value))
		TRY(project_read_mapping(reader, value, "a target", target_keys, out, err));
	if (!out->lake && !(out->lake = arena_format(reader->arena, "lake-%s", out->name)))
		return err_memory(err);
	if (strcmp(out->reads, "none") == 0)
		out->reads = NULL;
	return 0;
}

int project_read_targets(const struct project_reader *reader, const struct project_key *key,
			 const struct yaml_node *value, void *field, struct error *err)
{
	struct project *project = (struct project *)((char *)field - key->offset);
	size_t count;
	TRY(project_count_pairs(value, "targets", &count, err));
	project->targets = arena_alloc_array(reader->arena, count + 1, sizeof *project->targets);
	if (!project->targets)
		return err_memory(err);
	project->target_count = count;
	for (size_t i = 0; i < count; i++)
		TRY(read_target(reader, yaml_key_at(value, i), yaml_at(value, i),
				&project->targets[i], err));
	return 0;
}

/* ---- the target chosen ---- */

static const struct project_target *find_target(const struct project *project, const char *name)
{
	for (size_t i = 0; i < project->target_count; i++)
		if (strcmp(project->targets[i].name, name) == 0)
			return &project->targets[i];
	return NULL;
}

static int unknown_target(const struct project *project, const char *name, struct error *err)
{
	HELD(text) all = {0};
	const char **names =
		arena_alloc_array(project->arena, project->target_count + 2, sizeof *names);
	if (!names)
		return err_memory(err);
	names[0] = PROJECT_MAIN_TARGET;
	text_add(&all, names[0]);
	for (size_t i = 0; i < project->target_count; i++) {
		names[i + 1] = project->targets[i].name;
		text_addf(&all, ", %s", names[i + 1]);
	}
	TRY(text_check(&all, err));
	err_set(err, ERR_USAGE, "the project has no target \"%s\"", name);
	const char *nearest = text_nearest(name, names);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest)
		       : err_hint(err, "Its targets are %s.", all.data);
}

/* An absolute path, or the URI as it is. Below it nothing of the project may lie. */
static int resolve_lake(const struct project *project, const char *lake,
			const struct yaml_node *place, const char **out, struct error *err)
{
	size_t len = strlen(lake);
	if (strstr(lake, "://")) {
		*out = lake;
		return 0;
	}
	while (len > 1 && lake[len - 1] == '/')
		len--;
	while (lake[0] == '.' && lake[1] == '/' && len > 2) {
		lake += 2;
		len -= 2;
	}
	char *path = *lake == '/' ? arena_format(project->arena, "%.*s", (int)len, lake)
				  : arena_format(project->arena, "%s/%.*s", project->root, (int)len,
						 lake);
	if (!path)
		return err_memory(err);
	size_t path_len = strlen(path);
	bool holds_project = len == 0 || strcmp(lake, ".") == 0 || strcmp(path, "/") == 0 ||
			     (strncmp(project->root, path, path_len) == 0 &&
			      (project->root[path_len] == '/' || !project->root[path_len]));
	*out = path;
	if (!holds_project)
		return 0;
	yaml_error(place, ERR_PROJECT, err, "the lake cannot be a folder that holds the project");
	return err_hint(err, "Give it a folder of its own: lake: lake.");
}

/* All lakes absolute, no two the same, and every `reads` a target. */
static int resolve_targets(struct project *project, const struct yaml_node *root, struct error *err)
{
	const struct yaml_node *targets = yaml_get(root, "targets");
	TRY(resolve_lake(project, project->lake, yaml_get(root, "lake"), &project->lake, err));
	for (size_t i = 0; i < project->target_count; i++) {
		struct project_target *target = &project->targets[i];
		const struct yaml_node *key = yaml_key_at(targets, i), *own = yaml_at(targets, i);
		const struct yaml_node *lake = yaml_get(own, "lake");
		TRY(resolve_lake(project, target->lake, lake ? lake : key, &target->lake, err));
		if (target->reads && strcmp(target->reads, PROJECT_MAIN_TARGET) != 0 &&
		    (strcmp(target->reads, target->name) == 0 ||
		     !find_target(project, target->reads)))
			return yaml_error(yaml_get(own, "reads"), ERR_PROJECT, err,
					  "\"%s\" is no other target", target->reads);
		bool is_same = strcmp(target->lake, project->lake) == 0;
		for (size_t j = 0; j < i; j++)
			is_same |= strcmp(target->lake, project->targets[j].lake) == 0;
		if (is_same)
			return yaml_error(lake ? lake : key, ERR_PROJECT, err,
					  "target \"%s\" would write into another target's lake",
					  target->name);
	}
	return 0;
}

static void set_if(int64_t *setting, int64_t change)
{
	if (change >= 0)
		*setting = change;
}

static int choose_target(struct project *project, const char *name, struct error *err)
{
	if (!(project->state = arena_format(project->arena, "%s/.vitrine", project->root)))
		return err_memory(err);
	if (!name || strcmp(name, PROJECT_MAIN_TARGET) == 0)
		return 0;
	const struct project_target *target = find_target(project, name);
	if (!target)
		return unknown_target(project, name, err);
	const struct project_target *reads =
		target->reads ? find_target(project, target->reads) : NULL;
	project->reads = target->reads;
	if (target->reads)
		project->reads_lake = reads ? reads->lake : project->lake;
	project->target = target->name;
	project->lake = target->lake;
	project->engine = target->engine ? target->engine : project->engine;
	set_if(&project->memory_bytes, target->memory_bytes);
	set_if(&project->threads, target->threads);
	set_if(&project->max_disk_bytes, target->max_disk_bytes);
	set_if(&project->retention_us, target->retention_us);
	project->state =
		arena_format(project->arena, "%s/.vitrine/targets/%s", project->root, target->name);
	return project->state ? 0 : err_memory(err);
}

int project_choose_target(struct project *project, const struct yaml_node *root, const char *name,
			  struct error *err)
{
	TRY(resolve_targets(project, root, err));
	return choose_target(project, name, err);
}
