/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/init_parts.h"
#include "pipeline/source_name.h"

/* What holds while a project is made. */
struct maker {
	struct init_report *report;
	struct arena *arena;
	const char *root, *from;
	const char *files_prefix; /* what stands before paths below `from` in contracts */
	struct map *names;        /* of sources */
	struct source example;    /* the source that lends itself best to one */
	int example_score;
};

/* What was found in the files of a series. */
struct findings {
	struct csv_found *items;
	size_t count;
};

static void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		csv_found_done(&findings->items[i]);
	free(findings->items);
}
OWN_DEFINE_EMBEDDED(findings, findings_done)

void init_report_done(struct init_report *report)
{
	free(report->sources);
	free(report->files);
	arena_free(report->arena);
	*report = (struct init_report){.folder = NULL};
}

/* ---- files of the project ---- */

/* Write `path` below the project's folder unless it is there; 1 when it was. */
static int write_new(struct maker *maker, const char *path, struct text *content, struct error *err)
{
	struct file_info info;
	TRY(text_check(content, err));
	OWNED_MEMORY char *full = file_join(maker->root, path, err);
	if (!full)
		return -1;
	int is_there = file_stat(full, &info, err);
	TRY(is_there);
	if (is_there == 0) {
		char *slash = strrchr(full, '/');
		*slash = '\0';
		TRY(file_make_folders(full, 0755, err));
		*slash = '/';
		TRY(file_write(full, content->data, content->len, err));
	}
	return is_there;
}

static int note_file(struct maker *maker, const char *path, bool is_kept, struct error *err)
{
	struct init_report *report = maker->report;
	TRY(mem_grow(&report->files, &report->file_capacity, report->file_count + 1,
		     sizeof *report->files, err));
	const char *copy = arena_copy_text(maker->arena, path);
	if (!copy)
		return err_memory(err);
	report->files[report->file_count++] = (struct init_file){copy, is_kept};
	return 0;
}

static int make_file(struct maker *maker, const char *path, struct text *content, struct error *err)
{
	int is_kept = write_new(maker, path, content, err);
	TRY(is_kept);
	return note_file(maker, path, is_kept == 1, err);
}

/* ---- sources ---- */

static int add_source(struct maker *maker, const struct init_source *source, struct error *err)
{
	struct init_report *report = maker->report;
	if (report->source_count == SOURCES_MAX) {
		err_set(err, ERR_LIMIT, "more than %d sources in \"%s\"", SOURCES_MAX, maker->from);
		return err_hint(err, "Name a folder with fewer files: --from DIR.");
	}
	TRY(mem_grow(&report->sources, &report->source_capacity, report->source_count + 1,
		     sizeof *report->sources, err));
	report->sources[report->source_count++] = *source;
	return 0;
}

/* A file that cannot be a table is said, and the others go on. `full` is its path as messages have
 * it: no need to say it twice. */
static int add_refused(struct maker *maker, const char *path, const char *full,
		       const struct error *why, struct error *err)
{
	const char *note = why->message;
	size_t len = strlen(full);
	if (*note == '"' && strncmp(note + 1, full, len) == 0 && note[len + 1] == '"')
		note += len + 2 + strspn(note + len + 2, ": ");
	struct init_source refused = {.files = path,
				      .status = INIT_REFUSED,
				      .file_count = 1,
				      .key = "",
				      .format = "",
				      .note = arena_copy_text(maker->arena, note)};
	return refused.note ? add_source(maker, &refused, err) : err_memory(err);
}

/* A name of its own among the sources of this project. */
static const char *name_source(struct maker *maker, const struct init_series *series)
{
	char name[SOURCE_NAME_SIZE];
	const char *stem = init_name(series, maker->arena);
	if (!stem)
		return NULL;
	source_name_of(stem, maker->report->source_count + 1, name);
	const char *unique = text_starts(name, "column_") /* a stem without a letter */
				     ? arena_format(maker->arena, "source_%s", name + 7)
				     : arena_copy_text(maker->arena, name);
	for (int n = 2; unique && map_find(maker->names, unique) >= 0; n++)
		unique = arena_format(maker->arena, "%.*s_%d", NAME_LEN_MAX - 6, name, n);
	return unique;
}

static const char *join_key(const struct source *source, struct arena *arena)
{
	HELD(text) t = {0};
	for (size_t i = 0; i < source->key.count; i++)
		text_addf(&t, "%s%s", i ? ", " : "", source->key.items[i]);
	return t.out_of_memory ? NULL : arena_copy_text(arena, t.len ? t.data : "");
}

static void remember_example(struct maker *maker, const struct source *source)
{
	int score = init_example_score(source);
	if (score > maker->example_score) {
		maker->example = *source;
		maker->example_score = score;
	}
}

static int report_source(struct maker *maker, const struct source *source,
			 const struct csv_found *found, size_t files, bool is_kept,
			 struct error *err)
{
	struct init_source entry = {.name = source->name,
				    .files = source->files,
				    .status = is_kept ? INIT_KEPT : INIT_WRITTEN,
				    .file_count = (int64_t)files,
				    .records = found->records,
				    .columns = found->count,
				    .key = join_key(source, maker->arena),
				    .format = init_format(found, maker->arena),
				    .note = init_note(found, maker->arena)};
	if (!entry.key || !entry.format || !entry.note)
		return err_memory(err);
	return add_source(maker, &entry, err);
}

static int make_source(struct maker *maker, const struct init_series *series,
		       const struct csv_found *found, struct error *err)
{
	struct source source;
	HELD(text) content = {0};
	source_init(&source);
	const char *pattern = init_pattern(series, maker->arena);
	source.name = name_source(maker, series);
	source.files =
		pattern ? arena_format(maker->arena, "%s%s", maker->files_prefix, pattern) : NULL;
	if (!source.name || !source.files)
		return err_memory(err);
	struct error why;
	if (init_fill_source(found, series->count > 1, maker->arena, &source, &why) < 0) {
		if (why.kind == ERR_REFUSED)
			return add_refused(maker, series->paths[0], "", &why, err);
		*err = why;
		return -1;
	}
	TRY(map_put(maker->names, source.name, NULL, err));
	TRY(source_write(&source, &content, err));
	const char *path = arena_format(maker->arena, "sources/%s.yaml", source.name);
	if (!path)
		return err_memory(err);
	int is_kept = write_new(maker, path, &content, err);
	TRY(is_kept);
	if (!is_kept)
		remember_example(maker, &source);
	return report_source(maker, &source, found, series->count, is_kept == 1, err);
}

/* ---- looking at files ---- */

/* 1: found; 0: refused, and reported. */
static int look_at_file(struct maker *maker, const char *path, bool is_sure, struct csv_found *out,
			struct error *err)
{
	struct error why;
	if (process_interrupted())
		return err_set(err, ERR_CANCELED, "interrupted");
	OWNED_MEMORY char *full = file_join(maker->from, path, err);
	if (!full)
		return -1;
	if (csv_detect(full, out, &why) < 0) {
		if (why.kind == ERR_REFUSED && !is_sure)
			return 0; /* a text like any other */
		if (why.kind == ERR_REFUSED || why.kind == ERR_CORRUPT || why.kind == ERR_LIMIT ||
		    why.kind == ERR_DENIED) {
			TRY(add_refused(maker, path, full, &why, err));
			return 0;
		}
		*err = why;
		return -1;
	}
	if (!is_sure && (!out->is_dialect_sure || out->count < 2)) {
		csv_found_done(out);
		return 0;
	}
	return 1;
}

/* One file by itself, though others are named alike. */
static int make_single(struct maker *maker, const char *path, const struct csv_found *found,
		       struct error *err)
{
	const char *paths[] = {path};
	struct init_series single = {.paths = paths, .count = 1};
	return make_source(maker, &single, found, err);
}

static bool are_alike(const struct findings *findings)
{
	for (size_t i = 1; i < findings->count; i++)
		if (!init_is_alike(&findings->items[0], &findings->items[i]))
			return false;
	return true;
}

static int look_at_series(struct maker *maker, const struct init_series *series, struct error *err)
{
	HELD(findings) findings = {0};
	OWNED_MEMORY const char **paths = mem_alloc_array(series->count, sizeof *paths);
	findings.items = mem_alloc_array(series->count, sizeof *findings.items);
	if (!findings.items || !paths)
		return err_memory(err);
	for (size_t i = 0; i < series->count; i++) {
		struct csv_found *found = &findings.items[findings.count];
		int got = look_at_file(maker, series->paths[i], series->is_sure, found, err);
		TRY(got);
		if (got == 1)
			paths[findings.count++] = series->paths[i];
	}
	if (findings.count == 0)
		return 0;
	if (are_alike(&findings)) {
		struct init_series good = {.paths = paths, .count = findings.count};
		for (size_t i = 1; i < findings.count; i++)
			init_merge(&findings.items[0], &findings.items[i]);
		return make_source(maker, &good, &findings.items[0], err);
	}
	for (size_t i = 0; i < findings.count; i++)
		TRY(make_single(maker, paths[i], &findings.items[i], err));
	return 0;
}

static int make_sources(struct maker *maker, struct error *err)
{
	HELD(init_series_list) list = {0};
	bool skip_own = strcmp(maker->root, maker->from) == 0;
	TRY(init_find_files(maker->from, skip_own, maker->arena, &list, err));
	for (size_t i = 0; i < list.count; i++)
		TRY(look_at_series(maker, &list.items[i], err));
	return 0;
}

/* ---- the project ---- */

static int make_settings(struct maker *maker, const char *time_zone, struct error *err)
{
	HELD(text) content = {0};
	char name[SOURCE_NAME_SIZE];
	source_name_of(file_name(maker->root), 1, name);
	bool has_letter = !text_starts(name, "column_");
	init_write_settings(has_letter ? name : "shop", time_zone, &content);
	return make_file(maker, "vitrine.yaml", &content, err);
}

static int make_example(struct maker *maker, struct error *err)
{
	HELD(text) content = {0};
	if (maker->example_score == 0)
		return 0;
	init_write_example(&maker->example, &content);
	const char *path = arena_format(maker->arena, "models/delivery/%.*s_summary.sql",
					NAME_LEN_MAX - 8, maker->example.name);
	return path ? make_file(maker, path, &content, err) : err_memory(err);
}

static int make_gitignore(struct maker *maker, struct error *err)
{
	HELD(text) content = {0};
	text_add(&content, "lake/\nlake-*/\n.vitrine/\n");
	return make_file(maker, ".gitignore", &content, err);
}

static int resolve(const char *path, struct arena *arena, const char **out, struct error *err)
{
	OWNED_MEMORY char *real = realpath(path, NULL);
	if (!real)
		return err_errno(err, errno, "cannot open the folder \"%s\"", path);
	*out = arena_copy_text(arena, real);
	return *out ? 0 : err_memory(err);
}

/* Contracts name files below the project by where they are in it, others by their whole path. */
static const char *prefix_of(const char *root, const char *from, struct arena *arena)
{
	size_t len = strlen(root);
	if (strcmp(root, from) == 0)
		return "";
	if (strncmp(from, root, len) == 0 && from[len] == '/')
		return arena_format(arena, "%s/", from + len + 1);
	return arena_format(arena, "%s/", strcmp(from, "/") == 0 ? "" : from);
}

static int open_maker(const struct init_settings *settings, struct init_report *report,
		      struct maker *out, struct error *err)
{
	report->arena = arena_new();
	if (!report->arena)
		return err_memory(err);
	out->report = report;
	out->arena = report->arena;
	TRY(file_make_folders(settings->folder, 0755, err));
	TRY(resolve(settings->folder, out->arena, &out->root, err));
	TRY(resolve(settings->from ? settings->from : settings->folder, out->arena, &out->from,
		    err));
	out->files_prefix = prefix_of(out->root, out->from, out->arena);
	report->folder = out->root;
	report->from = out->from;
	return out->files_prefix ? 0 : err_memory(err);
}

int init_project(const struct init_settings *settings, struct init_report *out, struct error *err)
{
	HELD(init_report) report = {0};
	OWNED(map) *names = map_new();
	struct maker maker = {.names = names};
	if (!names)
		return err_memory(err);
	TRY(open_maker(settings, &report, &maker, err));
	TRY(make_sources(&maker, err));
	TRY(make_settings(&maker, settings->time_zone, err));
	TRY(make_example(&maker, err));
	TRY(make_gitignore(&maker, err));
	*out = report;
	report = (struct init_report){.folder = NULL};
	return 0;
}
