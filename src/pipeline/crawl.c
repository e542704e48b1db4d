/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/crawl.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/text.h"
#include "delta/delta.h"
#include "pipeline/context.h"
#include "pipeline/describe.h"
#include "store/store.h"

static const char LOG[] = "_delta_log/";

struct crawler {
	struct context *context;
	struct store *store;
	const char *folder; /* NULL = the project's lake */
	struct arena *arena;
	struct map *items; /* path -> struct crawl_item */
	struct describe_tables tables;
};

/* ---- what belongs together ---- */

static char *part(struct crawler *c, const char *key, size_t len)
{
	while (len > 0 && key[len - 1] == '/')
		len--;
	return len ? arena_copy_bytes(c->arena, key, len) : arena_copy_text(c->arena, ".");
}

static int add_item(struct crawler *c, const char *path, const char *format,
		    struct crawl_item **out, struct error *err)
{
	if (!path)
		return err_memory(err);
	if ((*out = map_get(c->items, path)))
		return 0;
	struct crawl_item *item = arena_alloc(c->arena, sizeof *item);
	if (!item)
		return err_memory(err);
	*item = (struct crawl_item){.path = path, .format = format, .rows = -1};
	*out = item;
	return map_put(c->items, path, item, err);
}

/* The table whose folder the key lies in, or NULL. */
static struct crawl_item *table_above(struct crawler *c, const char *key)
{
	struct crawl_item *root = map_get(c->items, ".");
	for (const char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *above = part(c, key, (size_t)(slash - key));
		struct crawl_item *item = above ? map_get(c->items, above) : NULL;
		if (item && strcmp(item->format, "delta") == 0)
			return item;
	}
	return root && strcmp(root->format, "delta") == 0 ? root : NULL;
}

static bool is_hidden(const char *key)
{
	return *key == '.' || *key == '_' || strstr(key, "/.") || strstr(key, "/_");
}

static bool is_text(const char *key)
{
	static const char *const endings[] = {".csv", ".tsv", ".tab", ".psv"};
	size_t len = strlen(key);
	len -= text_ends(key, ".gz") ? 3 : text_ends(key, ".zst") ? 4 : 0;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (len > 4 && strncmp(key + len - 4, endings[i], 4) == 0)
			return true;
	return false;
}

/* A folder of Parquet files is one table; folders like "day=2018-01-01" below it are its parts. */
static char *folder_of(struct crawler *c, const char *key)
{
	size_t len = strlen(key);
	for (;;) {
		while (len > 0 && key[len - 1] != '/')
			len--;
		size_t end = len ? len - 1 : 0, begin = end;
		while (begin > 0 && key[begin - 1] != '/')
			begin--;
		if (!memchr(key + begin, '=', end - begin))
			return part(c, key, end);
		len = end;
	}
}

/* landing/<source>: files as they came, of any format. */
static char *landing_of(struct crawler *c, const char *key)
{
	const char *name = key + strlen("landing/"), *end = strchr(name, '/');
	return part(c, key, end ? (size_t)(end - key) : strlen("landing"));
}

static int find_logs(struct crawler *c, const struct store_list *list, struct error *err)
{
	struct crawl_item *unused;
	for (size_t i = 0; i < list->count; i++) {
		const char *key = list->objects[i].key, *log = strstr(key, LOG);
		bool is_log = log && (log == key || log[-1] == '/');
		bool is_ours = !c->folder && text_starts(key, "_vitrine/");
		if (is_log && !is_ours && text_ends(key, ".json"))
			TRY(add_item(c, part(c, key, (size_t)(log - key)), "delta", &unused, err));
	}
	return 0;
}

static int find_files(struct crawler *c, const struct store_list *list, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct store_object *object = &list->objects[i];
		struct crawl_item *item;
		if (is_hidden(object->key) || table_above(c, object->key))
			continue;
		if (!c->folder && text_starts(object->key, "landing/"))
			TRY(add_item(c, landing_of(c, object->key), "text", &item, err));
		else if (text_ends(object->key, ".parquet"))
			TRY(add_item(c, folder_of(c, object->key), "parquet", &item, err));
		else if (is_text(object->key))
			TRY(add_item(c, arena_copy_text(c->arena, object->key), "text", &item,
				     err));
		else
			continue;
		item->files++;
		item->bytes += object->size;
	}
	return 0;
}

/* ---- what each of them is ---- */

static int say_columns(struct crawler *c, const struct delta_snapshot *table,
		       struct crawl_item *item, struct error *err)
{
	HELD(text) t = {0};
	const struct delta_schema *schema = delta_snapshot_schema(table);
	for (size_t i = 0; i < schema->count; i++)
		text_addf(&t, "%s%s %s", i ? ", " : "", schema->columns[i].name,
			  column_type_words(schema->columns[i].type));
	TRY(text_check(&t, err));
	item->columns = arena_copy_text(c->arena, t.len ? t.data : "");
	const char *const *columns;
	size_t count = delta_snapshot_partition_columns(table, &columns);
	text_clear(&t);
	for (size_t i = 0; i < count; i++)
		text_addf(&t, "%s%s", i ? ", " : "", columns[i]);
	TRY(text_check(&t, err));
	item->partition_by = count ? arena_copy_text(c->arena, t.data) : NULL;
	return item->columns && (!count || item->partition_by) ? 0 : err_memory(err);
}

/* A table that cannot be read is told with the reason; the others are still looked at. */
static int look_into(struct crawler *c, struct crawl_item *item, struct error *err)
{
	OWNED(delta_snapshot) *table = NULL;
	bool is_root = strcmp(item->path, ".") == 0;
	if (is_root)
		return err_set(err, ERR_USAGE, "\"%s\" is itself one Delta table", c->folder);
	if (delta_snapshot_open(c->store, item->path, -1, context_parquet(c->context), &table,
				err) < 0) {
		if (err->kind == ERR_MEMORY)
			return -1;
		item->note = arena_copy_text(c->arena, err->message);
		return item->note ? 0 : err_memory(err);
	}
	item->files = (int64_t)delta_snapshot_file_count(table);
	item->bytes = delta_snapshot_bytes(table);
	item->rows = delta_snapshot_rows(table);
	return say_columns(c, table, item, err);
}

static const struct describe_table *known_at(const struct crawler *c, const char *path)
{
	const char *slash = strchr(path, '/');
	for (size_t i = 0; slash && i < c->tables.count; i++) {
		const struct describe_table *table = &c->tables.items[i];
		size_t len = (size_t)(slash - path);
		bool by_name = strncmp(table->name, path, len) == 0 && table->name[len] == '.' &&
			       strcmp(table->name + len + 1, slash + 1) == 0;
		if (by_name || text_equal(table->key, path))
			return table;
	}
	return NULL;
}

static const struct describe_table *source_at(const struct crawler *c, const char *path)
{
	const char *slash = strchr(path, '/');
	for (size_t i = 0; slash && i < c->tables.count; i++) {
		const struct describe_table *table = &c->tables.items[i];
		if (table->source && text_equal(strchr(table->name, '.') + 1, slash + 1))
			return table;
	}
	return NULL;
}

static const char *advice(struct crawler *c, const struct crawl_item *item,
			  const struct describe_table *table)
{
	bool is_delta = strcmp(item->format, "delta") == 0;
	if (table && is_delta && strcmp(table->kind, "orphan") == 0)
		return arena_format(c->arena,
				    "nothing defines it any more: `vitrine table drop %s`",
				    table->name);
	if (table && is_delta && table->version < 0)
		return "not published yet: `vitrine run`";
	if (table)
		return NULL;
	if (strcmp(item->format, "text") != 0)
		return is_delta && !c->folder ? "no source and no model makes it: nobody reads it"
					      : "to take it in, export it as delimited text";
	const char *in = c->folder ? c->folder : c->store->uri;
	return arena_format(c->arena, "no source takes it: `vitrine init --from %s%s%s`", in,
			    c->folder ? "" : "/", c->folder ? "" : item->path);
}

static int judge(struct crawler *c, struct crawl_item *item, struct error *err)
{
	bool is_delta = strcmp(item->format, "delta") == 0;
	if (is_delta)
		TRY(look_into(c, item, err));
	const struct describe_table *table = NULL;
	if (!c->folder)
		table = is_delta                              ? known_at(c, item->path)
			: text_starts(item->path, "landing/") ? source_at(c, item->path)
							      : NULL;
	item->table = table ? table->name : NULL;
	if (!item->note)
		item->note = advice(c, item, table);
	return 0;
}

/* ---- the whole ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct crawl_item *)a)->path, ((const struct crawl_item *)b)->path);
}

static int look(struct crawler *c, struct crawl_report *out, struct error *err)
{
	OWNED(store_list) *list = NULL;
	TRY(store_list_objects(c->store, "", NULL, &list, err));
	TRY(find_logs(c, list, err));
	TRY(find_files(c, list, err));
	size_t count = map_count(c->items);
	out->items = arena_alloc_array(c->arena, count + 1, sizeof *out->items);
	if (!out->items)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct crawl_item *item = map_value_at(c->items, i);
		TRY(judge(c, item, err));
		out->items[out->count++] = *item;
	}
	qsort(out->items, out->count, sizeof *out->items, compare);
	return 0;
}

int crawl(struct context *context, const char *folder, struct arena *arena,
	  struct crawl_report *out, struct error *err)
{
	OWNED(store) *opened = NULL;
	OWNED(map) *items = map_new();
	struct crawler c = {.context = context, .folder = folder, .arena = arena, .items = items};
	struct file_info info;
	*out = (struct crawl_report){0};
	if (!items)
		return err_memory(err);
	if (folder) {
		int found = file_stat(folder, &info, err);
		TRY(found);
		if (!found || !info.is_directory)
			return err_set(err, ERR_NOT_FOUND, "there is no folder \"%s\"", folder);
		TRY(store_open(folder, &opened, err));
	}
	c.store = folder ? opened : context_store(context);
	TRY(describe_tables(context, false, arena, &c.tables, err));
	return look(&c, out, err);
}
