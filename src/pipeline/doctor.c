/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/process.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "delta/delta.h"
#include "engine/engine.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"
#include "pipeline/land_files.h"
#include "pipeline/land_pending.h"
#include "pipeline/lease.h"
#include "pipeline/ledger.h"
#include "pipeline/project.h"
#include "pipeline/recommend_artifact.h"
#include "pipeline/rejects.h"
#include "pipeline/set.h"
#include "recs/artifact.h"
#include "store/store.h"

struct doctor {
	struct context *context;
	int (*each)(void *each_context, const struct doctor_finding *finding, struct error *err);
	void *each_context;
	struct error *err; /* the caller's */
	int bad;
};

static int say(struct doctor *d, enum doctor_level level, const char *subject, const char *hint,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));

static int say(struct doctor *d, enum doctor_level level, const char *subject, const char *hint,
	       const char *format, ...)
{
	char message[1200];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	d->bad += level == DOCTOR_BAD;
	struct doctor_finding finding = {level, subject, message, hint};
	return d->each(d->each_context, &finding, d->err);
}

/* A failure of what is examined is a finding; out of memory is ours. */
static int say_error(struct doctor *d, const char *subject, const struct error *found)
{
	if (found->kind == ERR_MEMORY)
		return err_memory(d->err);
	return say(d, DOCTOR_BAD, subject, *found->hint ? found->hint : NULL, "%s", found->message);
}

/* ---- the machine ---- */

static int examine_machine(struct doctor *d)
{
	const struct project *project = context_project(d->context);
	struct error found;
	int64_t free_bytes;
	TRY(say(d, DOCTOR_OK, "engine", NULL, "%s, %d threads, %s instructions",
		engine_library_version(),
		project->threads ? (int)project->threads : process_cpu_count(),
		process_simd_name(process_simd())));
	const char *folder = project->lake[0] == '/' ? project->lake : project->state;
	if (file_free_bytes(folder, &free_bytes, &found) < 0)
		return say_error(d, "disk", &found);
	bool low = free_bytes < DISK_RESERVE * 4L;
	return say(d, low ? DOCTOR_NOTE : DOCTOR_OK, "disk",
		   low ? "Free room: `vitrine table vacuum` removes old versions." : NULL,
		   "%" PRId64 " MB free for \"%s\"", free_bytes >> 20, folder);
}

static int examine_state(struct doctor *d)
{
	struct error found;
	if (catalog_check(context_catalog(d->context), &found) < 0)
		return say_error(d, "history", &found);
	return say(d, DOCTOR_OK, "history", NULL, "state.db is whole");
}

static int examine_lease(struct doctor *d)
{
	struct error found;
	int held = lease_look(context_store(d->context), &found);
	if (held < 0)
		return say_error(d, "lease", &found);
	return held ? say(d, DOCTOR_NOTE, "lease", NULL, "%s", found.message)
		    : say(d, DOCTOR_OK, "lease", NULL, "free");
}

/* ---- tables ---- */

static int examine_files(struct doctor *d, const char *name, const char *key,
			 const struct delta_snapshot *snapshot)
{
	struct store *store = context_store(d->context);
	struct error found;
	int64_t missing = 0;
	char first[PATH_LEN_MAX];
	for (size_t i = 0; i < delta_snapshot_file_count(snapshot); i++) {
		const struct delta_file *file = delta_snapshot_file(snapshot, i);
		int64_t size;
		OWNED_MEMORY char *at = text_format(d->err, "%s/%s", key, file->path);
		if (!at)
			return -1;
		int exists = store_size(store, at, &size, &found);
		if (exists < 0)
			return say_error(d, name, &found);
		if ((!exists || size != file->size) && missing++ == 0)
			snprintf(first, sizeof first, "%s", at);
	}
	if (missing == 0)
		return 0;
	return say(d, DOCTOR_BAD, name,
		   "Put the files back from a backup, or go back to a version that is whole with "
		   "`vitrine table restore`.",
		   "%" PRId64 " data files of version %" PRId64
		   " are missing or of another size, such as \"%s\"",
		   missing, delta_snapshot_version(snapshot), first);
}

static int examine_orphans(struct doctor *d, const char *name, const char *key)
{
	HELD(text) keys = {0};
	struct error found;
	int count = delta_orphans(context_store(d->context), key, context_parquet(d->context),
				  &keys, &found);
	if (count < 0)
		return say_error(d, name, &found);
	if (count == 0)
		return 0;
	return say(d, DOCTOR_NOTE, name, "Vacuum removes them: `vitrine table vacuum`.",
		   "%d files that no version refers to, such as \"%.*s\"", count,
		   (int)strcspn(keys.data, "\n"), keys.data);
}

static int examine_table(struct doctor *d, const struct set_table *table)
{
	OWNED(delta_snapshot) *snapshot = NULL;
	struct store *store = context_store(d->context);
	struct error found;
	int64_t newest = -1;
	if (delta_snapshot_open(store, table->key, table->version, context_parquet(d->context),
				&snapshot, &found) < 0 ||
	    delta_newest_version(store, table->key, &newest, &found) < 0) {
		set_say_lost(table, &found);
		return say_error(d, table->name, &found);
	}
	int bad = d->bad;
	TRY(examine_files(d, table->name, table->key, snapshot));
	TRY(examine_orphans(d, table->name, table->key));
	if (newest > table->version)
		TRY(say(d, DOCTOR_NOTE, table->name, "The next `vitrine run` publishes it.",
			"version %" PRId64 " is not in the published set, which has %" PRId64,
			newest, table->version));
	if (strcmp(table->definition, "orphan") == 0)
		TRY(say(d, DOCTOR_NOTE, table->name,
			"Drop it with `vitrine table drop`, or define it again.",
			"nothing in the project defines it any more"));
	if (d->bad > bad)
		return 0;
	return say(d, DOCTOR_OK, table->name, NULL,
		   "version %" PRId64 ", %" PRId64 " rows in %zu files", table->version,
		   delta_snapshot_rows(snapshot), delta_snapshot_file_count(snapshot));
}

static bool is_in_set(const struct set *set, const char *key)
{
	for (size_t i = 0; i < set->count; i++) {
		size_t len = strlen(set->tables[i].key);
		if (strncmp(key, set->tables[i].key, len) == 0 && key[len] == '/')
			return true;
	}
	return false;
}

/* Files where tables lie, of tables that the set does not know. */
static int examine_strays(struct doctor *d, const struct set *set)
{
	static const char *const folders[] = {"processing/", "delivery/"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		OWNED(store_list) *list = NULL;
		struct error found;
		size_t count = 0;
		const char *first = "";
		if (store_list_objects(context_store(d->context), folders[i], NULL, &list, &found) <
		    0)
			return say_error(d, folders[i], &found);
		for (size_t j = 0; j < list->count; j++)
			if (!is_in_set(set, list->objects[j].key) && count++ == 0)
				first = list->objects[j].key;
		if (count)
			TRY(say(d, DOCTOR_NOTE, folders[i],
				"`vitrine run` publishes or removes what a stopped run left, "
				"`vitrine table vacuum` what was dropped.",
				"%zu files of tables that are not published, such as \"%s\"", count,
				first));
	}
	return 0;
}

static int examine_tables(struct doctor *d)
{
	OWNED(set) *set = NULL;
	struct error found;
	if (set_read_newest(context_store(d->context), &set, &found) < 0)
		return say_error(d, "published set", &found);
	TRY(say(d, DOCTOR_OK, "published set", set->number ? NULL : "Run `vitrine run`.",
		set->number ? "number %" PRId64 ", %zu tables"
			    : "nothing was published yet (%" PRId64 ", %zu)",
		set->number, set->count));
	for (size_t i = 0; i < set->count; i++)
		TRY(examine_table(d, &set->tables[i]));
	TRY(examine_strays(d, set));
	int64_t newest;
	int exists =
		delta_newest_version(context_store(d->context), REJECTS_TABLE, &newest, &found);
	if (exists < 0)
		return say_error(d, REJECTS_TABLE, &found);
	return exists ? examine_orphans(d, REJECTS_TABLE, REJECTS_TABLE) : 0;
}

/* ---- what lies in the lake ---- */

/* Every key of a source's file, and in which of three ways it is known. */
static char is_loaded, is_pending;

static int note_keys(const struct delivery *files, char *how, struct map *out, struct error *err)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->files[i].key && map_get(out, files->files[i].key) != &is_loaded)
			TRY(map_put(out, files->files[i].key, how, err));
	return 0;
}

static int known_keys(struct doctor *d, struct map *out)
{
	const struct project *project = context_project(d->context);
	for (size_t i = 0; i < project->source_count; i++) {
		HELD(delivery) loaded = {0}, pending = {0};
		const char *source = project->sources[i].name;
		OWNED_MEMORY char *name = text_format(d->err, "processing.%s", source);
		OWNED_MEMORY char *key = text_format(d->err, "processing/%s", source);
		if (!name || !key)
			return -1;
		struct error found;
		if (ledger_catch_up(d->context, name, key, &found) < 0)
			continue; /* said when its table was examined */
		TRY(ledger_files(d->context, name, false, &loaded, d->err));
		TRY(note_keys(&loaded, &is_loaded, out, d->err));
		if (land_pending_read(d->context, source, &pending, &found) < 0)
			TRY(say_error(d, "landing", &found));
		TRY(note_keys(&pending, &is_pending, out, d->err));
	}
	return 0;
}

static int say_pending(struct doctor *d, size_t pending, size_t all, const char *first)
{
	const char *slash = strchr(first, '/'), *source = slash ? slash + 1 : first;
	int len = (int)strcspn(source, "/");
	OWNED_MEMORY char *hint = text_format(
		d->err,
		"The next `vitrine run` tries again, from these copies. `vitrine rejects %.*s "
		"--refused` says why they were refused; `vitrine rejects waive %.*s --refused "
		"--reason 'sent by mistake'` gives them up.",
		len, source, len, source);
	return hint ? say(d, DOCTOR_NOTE, "landing", hint,
			  "%zu of %zu files wait to be loaded, such as \"%s\"", pending, all, first)
		    : -1;
}

/* Of our own copies, those that nothing knows were given up, or something newer came under their
 * name: they are kept, and that is all. */
static int examine_landing(struct doctor *d)
{
	OWNED(store_list) *list = NULL;
	OWNED(map) *known = map_new();
	struct error found;
	if (!known)
		return err_memory(d->err);
	if (store_list_objects(context_store(d->context), "landing/", NULL, &list, &found) < 0)
		return say_error(d, "landing", &found);
	TRY(known_keys(d, known));
	size_t loaded = 0, pending = 0, strange = 0;
	const char *first_pending = "", *first_strange = "";
	for (size_t i = 0; i < list->count; i++) {
		const char *key = list->objects[i].key;
		const char *how = map_get(known, key);
		loaded += how == &is_loaded;
		if (how == &is_pending && pending++ == 0)
			first_pending = key;
		if (!how && !land_is_copy(key) && strange++ == 0)
			first_strange = key;
	}
	if (pending)
		TRY(say_pending(d, pending, list->count, first_pending));
	if (strange)
		TRY(say(d, DOCTOR_NOTE, "landing",
			"The next `vitrine run` loads those that lie in the folder of a source; "
			"`vitrine crawl` shows what the others are.",
			"%zu of %zu files were put there by others and are in no table, such as "
			"\"%s\"",
			strange, list->count, first_strange));
	if (pending || strange)
		return 0;
	if (loaded == list->count)
		return say(d, DOCTOR_OK, "landing", NULL, "%zu files, all loaded", list->count);
	return say(d, DOCTOR_OK, "landing", NULL,
		   "%zu files, %zu loaded; the others were given up or sent again", list->count,
		   loaded);
}

static int examine_artifact(struct doctor *d, const struct recommender *recommender,
			    const struct set *set)
{
	OWNED(recs_artifact) *artifact = NULL;
	HELD(text) keys = {0};
	struct error found;
	const char *name = recommender->names[RECOMMENDER_LISTS];
	const struct set_table *table = set_find(set, name);
	if (!table)
		return 0;
	if (recommend_artifact_open(d->context, recommender, set, &artifact, &found) < 0)
		TRY(say_error(d, recommender->name, &found));
	else
		TRY(say(d, DOCTOR_OK, recommender->name, NULL, "its artifact is whole, %zu bytes",
			recs_artifact_size(artifact)));
	int loose =
		recommend_artifact_unnamed(d->context, recommender, table->key, 0, &keys, &found);
	if (loose < 0)
		return say_error(d, recommender->name, &found);
	if (loose == 0)
		return 0;
	return say(d, DOCTOR_NOTE, recommender->name,
		   "Vacuum removes them: `vitrine table vacuum`.",
		   "%d artifacts that no version names, such as \"%.*s\"", loose,
		   (int)strcspn(keys.data, "\n"), keys.data);
}

static int examine_artifacts(struct doctor *d)
{
	const struct project *project = context_project(d->context);
	OWNED(set) *set = NULL;
	struct error found;
	if (set_read_newest(context_store(d->context), &set, &found) < 0)
		return 0; /* said before */
	for (size_t i = 0; i < project->recommender_count; i++)
		TRY(examine_artifact(d, &project->recommenders[i], set));
	return 0;
}

static int examine_leftovers(struct doctor *d)
{
	OWNED(store_list) *left = NULL;
	struct error found;
	if (store_leftovers(context_store(d->context), false, &left, &found) < 0)
		return say_error(d, "staging", &found);
	if (left->count == 0)
		return 0;
	return say(d, DOCTOR_NOTE, "staging", "The next `vitrine run` removes them.",
		   "%zu files were left by a writer that was stopped, such as \"%s\"", left->count,
		   left->objects[0].key);
}

int doctor_examine(struct context *context,
		   int (*each)(void *each_context, const struct doctor_finding *finding,
			       struct error *err),
		   void *each_context, struct error *err)
{
	struct doctor d = {
		.context = context, .each = each, .each_context = each_context, .err = err};
	TRY(examine_machine(&d));
	TRY(examine_state(&d));
	TRY(examine_lease(&d));
	TRY(examine_tables(&d));
	TRY(examine_artifacts(&d));
	TRY(examine_landing(&d));
	TRY(examine_leftovers(&d));
	return d.bad;
}
