/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/duckdb_stats.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/stats_bound.h"

/* ---- COPY's maps ---- */

struct slice {
	const char *data;
	size_t len;
};

/* The entries of one row of a MAP: rows first..last-1 of its key and value vectors. */
struct map_entries {
	duckdb_vector keys, values;
	idx_t first, last;
};

static struct map_entries entries_of(duckdb_vector map, idx_t row)
{
	duckdb_list_entry entry = ((duckdb_list_entry *)duckdb_vector_get_data(map))[row];
	duckdb_vector pairs = duckdb_list_vector_get_child(map);
	return (struct map_entries){duckdb_struct_vector_get_child(pairs, 0),
				    duckdb_struct_vector_get_child(pairs, 1), entry.offset,
				    entry.offset + entry.length};
}

static bool is_null(duckdb_vector vector, idx_t row)
{
	uint64_t *valid = duckdb_vector_get_validity(vector);
	return valid && !duckdb_validity_row_is_valid(valid, row);
}

static struct slice text_at(duckdb_vector vector, idx_t row)
{
	duckdb_string_t *s = &((duckdb_string_t *)duckdb_vector_get_data(vector))[row];
	return (struct slice){duckdb_string_t_data(s), duckdb_string_t_length(*s)};
}

static bool find(const struct map_entries *map, const char *key, idx_t *out)
{
	size_t len = strlen(key);
	for (idx_t i = map->first; i < map->last; i++) {
		struct slice there = text_at(map->keys, i);
		if (there.len == len && memcmp(there.data, key, len) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* A statistic of one column, or false. */
static bool get(const struct map_entries *column, const char *key, struct slice *out)
{
	idx_t at;
	if (!find(column, key, &at) || is_null(column->values, at))
		return false;
	*out = text_at(column->values, at);
	return true;
}

static bool is_word(struct slice s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

/* ---- one file ---- */

struct statistics {
	struct text minimum, maximum, nulls; /* members of objects */
};

static void statistics_done(struct statistics *s)
{
	text_done(&s->minimum);
	text_done(&s->maximum);
	text_done(&s->nulls);
}
OWN_DEFINE_EMBEDDED(statistics, statistics_done)

static void add_key(struct text *members, const char *name)
{
	text_add(members, members->len ? "," : "");
	text_add_json(members, name, strlen(name));
	text_add_char(members, ':');
}

static int add_bound(const struct map_entries *column, const struct delta_column *of, bool is_max,
		     struct text *members, struct error *err)
{
	struct slice bound;
	HELD(text) value = {0};
	if (!get(column, is_max ? "max" : "min", &bound))
		return 0;
	OWNED_MEMORY char *text = mem_copy_bytes(bound.data, bound.len);
	if (!text)
		return err_memory(err);
	if (!stats_add_bound(of->type, text, bound.len, is_max, &value))
		return 0;
	TRY(text_check(&value, err));
	add_key(members, of->name);
	text_add_bytes(members, value.data, value.len);
	return 0;
}

static int add_column(const struct map_entries *all, const struct delta_column *column,
		      struct statistics *out, struct error *err)
{
	HELD(text) quoted = {0};
	struct slice value;
	idx_t at;
	text_add_identifier(&quoted, column->name);
	TRY(text_check(&quoted, err));
	if (!find(all, quoted.data, &at))
		return 0;
	struct map_entries of = entries_of(all->values, at);
	if (get(&of, "null_count", &value)) {
		add_key(&out->nulls, column->name);
		text_add_bytes(&out->nulls, value.data, value.len);
	}
	if (get(&of, "has_nan", &value) && !is_word(value, "false"))
		return 0;
	TRY(add_bound(&of, column, false, &out->minimum, err));
	return add_bound(&of, column, true, &out->maximum, err);
}

static int read_statistics(duckdb_vector map, idx_t row, const struct delta_schema *schema,
			   struct delta_file *out, struct error *err)
{
	HELD(statistics) s = {0};
	HELD(text) json = {0};
	struct map_entries all = entries_of(map, row);
	for (size_t i = 0; i < schema->count; i++)
		TRY(add_column(&all, &schema->columns[i], &s, err));
	TRY(text_check(&s.minimum, err));
	TRY(text_check(&s.maximum, err));
	TRY(text_check(&s.nulls, err));
	text_addf(&json, "{\"numRecords\":%lld,\"minValues\":{", (long long)out->rows);
	text_add_bytes(&json, s.minimum.data, s.minimum.len);
	text_add(&json, "},\"maxValues\":{");
	text_add_bytes(&json, s.maximum.data, s.maximum.len);
	text_add(&json, "},\"nullCount\":{");
	text_add_bytes(&json, s.nulls.data, s.nulls.len);
	text_add(&json, "}}");
	out->stats_json = text_take(&json, err);
	return out->stats_json ? 0 : -1;
}

static int read_partition(const struct map_entries *keys, const struct delta_schema *schema,
			  const char *column, struct delta_value *out, struct error *err)
{
	HELD(text) quoted = {0}, value = {0};
	idx_t at;
	out->name = mem_copy_text(column);
	if (!out->name)
		return err_memory(err);
	text_add_identifier(&quoted, column);
	TRY(text_check(&quoted, err));
	if (!find(keys, column, &at) && !find(keys, quoted.data, &at))
		return err_set(err, ERR_INTERNAL, "COPY does not say the value of \"%s\"", column);
	if (is_null(keys->values, at))
		return 0;
	struct slice text = text_at(keys->values, at);
	if (!text.len) {
		err_set(err, ERR_QUERY,
			"column \"%s\" partitions the table and has an empty text, which a Delta "
			"table cannot tell from NULL",
			column);
		return err_hint(err, "Write nullif(%s, '') or another text in its place.", column);
	}
	bool is_decimal = false;
	for (size_t i = 0; i < schema->count; i++)
		is_decimal |= strcmp(schema->columns[i].name, column) == 0 &&
			      text_starts(schema->columns[i].type, "decimal(");
	text_add_bytes(&value, text.data, text.len);
	if (is_decimal && text_check(&value, err) == 0) {
		HELD(text) number = {0};
		stats_add_number(value.data, &number);
		out->value = text_take(&number, err);
	} else {
		out->value = text_take(&value, err);
	}
	return out->value ? 0 : -1;
}

int stats_read(duckdb_data_chunk chunk, idx_t row, const struct delta_schema *schema,
	       const char *const *partition_columns, struct delta_file *out, struct error *err)
{
	const int64_t *counts = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
	const int64_t *sizes = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 2));
	out->rows = counts[row];
	out->size = sizes[row];
	TRY(read_statistics(duckdb_data_chunk_get_vector(chunk, 4), row, schema, out, err));
	size_t count = 0;
	while (partition_columns && partition_columns[count])
		count++;
	out->partition = mem_alloc_array(count, sizeof *out->partition);
	if (!out->partition)
		return err_memory(err);
	if (!count)
		return 0;
	struct map_entries keys = entries_of(duckdb_data_chunk_get_vector(chunk, 5), row);
	out->partition_count = count;
	for (size_t i = 0; i < count; i++)
		TRY(read_partition(&keys, schema, partition_columns[i], &out->partition[i], err));
	return 0;
}
