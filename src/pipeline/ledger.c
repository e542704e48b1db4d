/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/ledger.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/landed.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"

void ledger_write_file(const struct catalog_landed *file, struct text *out)
{
	text_add(out, "{\"logical\": ");
	text_add_json(out, file->logical, strlen(file->logical));
	text_add(out, ", \"sha256\": ");
	text_add_json(out, file->sha256, strlen(file->sha256));
	text_add(out, ", \"key\": ");
	text_add_json(out, file->key, strlen(file->key));
	text_add(out, ", \"attempt\": ");
	text_add_json(out, file->attempt, strlen(file->attempt));
	text_addf(out,
		  ", \"size\": %lld, \"landed_us\": %lld, \"records\": %lld, \"loaded\": %lld, "
		  "\"rejected\": %lld}",
		  (long long)file->size, (long long)file->landed_us, (long long)file->records,
		  (long long)file->loaded, (long long)file->rejected);
}

struct commit {
	struct catalog *catalog;
	const char *table, *run_id;
	int64_t version;
};

static int take_file(const struct commit *commit, const struct json *file, struct error *err)
{
	struct catalog_landed row = {
		.table = commit->table,
		.version = commit->version,
		.run_id = commit->run_id,
		.logical = json_text(json_get(file, "logical"), NULL),
		.sha256 = json_text(json_get(file, "sha256"), NULL),
		.key = json_text(json_get(file, "key"), NULL),
		.attempt = json_text(json_get(file, "attempt"), ""),
		.size = json_int(json_get(file, "size"), 0),
		.landed_us = json_int(json_get(file, "landed_us"), 0),
		.records = json_int(json_get(file, "records"), 0),
		.loaded = json_int(json_get(file, "loaded"), 0),
		.rejected = json_int(json_get(file, "rejected"), 0),
	};
	if (!row.logical || !row.sha256 || !row.key)
		return err_set(err, ERR_CORRUPT,
			       "version %lld of %s does not say which files it loaded",
			       (long long)commit->version, commit->table);
	return catalog_landed_put(commit->catalog, &row, err);
}

/* A name whose rows a resend took out again is in "replaced"; "all" is a load that replaces. */
static int take_replaced(const struct commit *commit, const struct json *replaced,
			 struct error *err)
{
	if (text_equal(json_text(replaced, NULL), "all"))
		return catalog_landed_replace(commit->catalog, commit->table, NULL, commit->version,
					      err);
	for (size_t i = 0; i < json_count(replaced); i++)
		TRY(catalog_landed_replace(commit->catalog, commit->table,
					   json_text(json_at(replaced, i), ""), commit->version,
					   err));
	return 0;
}

static int take_commit(struct catalog *catalog, const char *table,
		       const struct delta_commit_info *info, struct error *err)
{
	if (!info->vitrine_json)
		return 0;
	OWNED(json) *said = NULL;
	TRY(json_parse(info->vitrine_json, strlen(info->vitrine_json), &said, err));
	struct commit commit = {catalog, table, json_text(json_get(said, "run"), ""),
				info->version};
	TRY(take_replaced(&commit, json_get(said, "replaced"), err));
	const struct json *files = json_get(said, "files");
	for (size_t i = 0; i < json_count(files); i++)
		TRY(take_file(&commit, json_at(files, i), err));
	return 0;
}

/* From its first version on, what was known is of another log. */
static int take_all(struct catalog *catalog, const char *table,
		    const struct delta_commit_info *infos, int count, int64_t mark, int64_t newest,
		    struct error *err)
{
	if (mark < 0)
		TRY(catalog_landed_forget(catalog, table, err));
	for (int i = 0; i < count; i++)
		TRY(take_commit(catalog, table, &infos[i], err));
	return catalog_landed_set_mark(catalog, table, newest, err);
}

int ledger_catch_up(struct context *context, const char *name, const char *key, struct error *err)
{
	struct catalog *catalog = context_catalog(context);
	int64_t newest, mark;
	int exists = delta_newest_version(context_store(context), key, &newest, err);
	TRY(exists);
	TRY(catalog_landed_mark(catalog, name, &mark, err));
	if (!exists)
		return mark < 0 ? 0 : catalog_landed_set_mark(catalog, name, -1, err);
	if (newest == mark)
		return 0;
	if (newest < mark) /* the lake is older than what is known, or was begun anew */
		mark = -1;
	struct delta_commit_info *infos = NULL;
	int count = delta_history(context_store(context), key, mark + 1, newest, &infos, err);
	TRY(count);
	int result = catalog_begin(catalog, err);
	if (result == 0)
		result = catalog_end(catalog,
				     take_all(catalog, name, infos, count, mark, newest, err), err);
	delta_history_free(infos, count);
	return result;
}

static int add_file(void *context, const struct catalog_landed *file, struct error *err)
{
	char sha256[HASH_HEX_SIZE] = "";
	strncpy(sha256, file->sha256, HASH_HEX_SIZE - 1);
	struct delivery *out = context;
	TRY(delivery_add(out, file->logical, sha256, NULL, file->key, file->size, err));
	out->files[out->count - 1].landed_us = file->landed_us;
	return 0;
}

int ledger_files(struct context *context, const char *name, bool only_current, struct delivery *out,
		 struct error *err)
{
	return catalog_landed_each(context_catalog(context), name, only_current, add_file, out,
				   err);
}
