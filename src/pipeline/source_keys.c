/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/source_keys.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/source_files.h"

const char *const source_load_words[] = {"replace", "append", "merge", NULL};
const char *const source_resend_words[] = {"new", "replace", "error", NULL};
const char *const source_drift_words[] = {"evolve", "freeze", "discard_row", "discard_value", NULL};
static const char *const types[] = {"csv", NULL};
static const char *const encodings[] = {"utf-8",    "latin-1", "windows-1252", "utf-16", "utf-16le",
					"utf-16be", NULL};
static const char *const dates[] = {"iso", "dmy", "mdy", NULL};

/* One of the words in `detail`, as a text. */
static int read_one_of(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	int place;
	TRY(project_read_choice(reader, key, value, &place, err));
	*(const char **)field = ((const char *const *)key->detail)[place];
	return 0;
}

/* A character that may also be `none`; `detail` holds those it may be, or is NULL for any. */
static int read_mark(const struct project_reader *reader, const struct project_key *key,
		     const struct yaml_node *value, void *field, struct error *err)
{
	const char *s, *among = key->detail;
	TRY(project_read_scalar(reader, value, &s, err));
	if (strcmp(s, "none") == 0 || strcmp(s, "no") == 0) {
		*(char *)field = '\0';
		return 0;
	}
	char mark;
	TRY(project_read_char(reader, key, value, &mark, err));
	if (among && !strchr(among, mark))
		return yaml_error(value, ERR_PROJECT, err, "\"%c\" cannot be the %s mark", mark,
				  key->name);
	*(char *)field = mark;
	return 0;
}

static int read_sure_mark(const struct project_reader *reader, const struct project_key *key,
			  const struct yaml_node *value, void *field, struct error *err)
{
	TRY(read_mark(reader, key, value, field, err));
	if (*(char *)field)
		return 0;
	return yaml_error(value, ERR_PROJECT, err, "there must be a %s", key->name);
}

#define FORMAT(key, read, detail)                                                                  \
	{                                                                                          \
#key, read, offsetof(struct source_format, key), detail, false                     \
	}

static const struct project_key format_keys[] = {
	FORMAT(type, read_one_of, types),       FORMAT(delimiter, read_sure_mark, NULL),
	FORMAT(quote, read_mark, NULL),         FORMAT(encoding, read_one_of, encodings),
	FORMAT(decimal, read_sure_mark, ".,"),  FORMAT(thousands, read_mark, ".,' "),
	FORMAT(date, read_one_of, dates),       FORMAT(header, project_read_bool, NULL),
	FORMAT(null, project_read_words, NULL), {0},
};

static int read_format(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	struct source_format *format = field;
	(void)key;
	TRY(project_read_mapping(reader, value, "the format", format_keys, format, err));
	if (format->delimiter == format->quote)
		return yaml_error(value, ERR_PROJECT, err, "delimiter and quote are the same");
	if (format->thousands == format->decimal)
		return yaml_error(value, ERR_PROJECT, err, "decimal and thousands are the same");
	return 0;
}

#define DRIFT(key)                                                                                 \
	{                                                                                          \
#key, project_read_choice, offsetof(struct source_drift_grid, key),                \
			source_drift_words, false                                                  \
	}

static const struct project_key drift_keys[] = {
	DRIFT(new_column), DRIFT(missing_column), DRIFT(type), DRIFT(new_shape), {0}};

static int read_drift(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	struct source_drift_grid *drift = field;
	(void)key;
	TRY(project_read_mapping(reader, value, "drift", drift_keys, drift, err));
	static const char *const never_evolve[] = {"type", "new_shape"};
	const int chosen[] = {drift->type, drift->new_shape};
	for (size_t i = 0; i < 2; i++)
		if (chosen[i] == DRIFT_EVOLVE) {
			yaml_error(yaml_get(value, never_evolve[i]), ERR_PROJECT, err,
				   "\"%s\" cannot evolve by itself", never_evolve[i]);
			return err_hint(err, "Choose freeze, discard_row or discard_value; a "
					     "column's type changes by editing the contract.");
		}
	return 0;
}

static int read_files(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	TRY(project_read_text(reader, key, value, field, err));
	if (source_pattern_check(*(const char **)field, err) < 0)
		return err_at(err, yaml_file(value), yaml_line(value), yaml_column(value));
	return 0;
}

static int read_share(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	struct amount *amount = field;
	TRY(project_read_amount(reader, key, value, field, err));
	if (amount->is_percent && amount->value > 100)
		return yaml_error(value, ERR_PROJECT, err, "\"%s\" is more than the whole",
				  yaml_text(value));
	return 0;
}

/* ---- columns ---- */

/* `null: no` is kept as `required`. */
static int read_nullable(const struct project_reader *reader, const struct project_key *key,
			 const struct yaml_node *value, void *field, struct error *err)
{
	bool nullable;
	TRY(project_read_bool(reader, key, value, &nullable, err));
	*(bool *)field = !nullable;
	return 0;
}

#define COLUMN(key, read, field, required)                                                         \
	{                                                                                          \
		key, read, offsetof(struct source_column, field), NULL, required                   \
	}

static const struct project_key column_keys[] = {
	COLUMN("name", project_read_name, name, true),
	COLUMN("header", project_read_text, header, false),
	COLUMN("type", project_read_type, type, false),
	COLUMN("null", read_nullable, required, false),
	COLUMN("personal", project_read_bool, personal, false),
	COLUMN("round", project_read_bool, round, false),
	COLUMN("description", project_read_text, description, false),
	{0},
};

/* `- order_id` alone is a text column of that name. */
static int read_column(const struct project_reader *reader, const struct yaml_node *node,
		       struct source_column *out, struct error *err)
{
	*out = (struct source_column){.description = "", .line = yaml_line(node)};
	if (yaml_kind(node) == YAML_SCALAR)
		TRY(project_read_name(reader, &column_keys[0], node, &out->name, err));
	else
		TRY(project_read_mapping(reader, node, "a column", column_keys, out, err));
	if (!out->header)
		out->header = out->name;
	if (out->round && out->type.kind != COLUMN_DECIMAL)
		return yaml_error(node, ERR_PROJECT, err,
				  "column \"%s\" is no decimal, so there is nothing to round",
				  out->name);
	return 0;
}

static int read_columns(const struct project_reader *reader, const struct project_key *key,
			const struct yaml_node *value, void *field, struct error *err)
{
	struct source *source = (struct source *)((char *)field - key->offset);
	size_t count = yaml_count(value);
	if (yaml_kind(value) != YAML_SEQUENCE || count == 0)
		return yaml_error(value, ERR_PROJECT, err, "columns is a list of columns, not %s",
				  count ? yaml_kind_name(value) : "nothing");
	if (count > COLUMNS_MAX)
		return yaml_error(value, ERR_LIMIT, err, "more than %d columns", COLUMNS_MAX);
	source->columns = arena_alloc_array(reader->arena, count, sizeof *source->columns);
	if (!source->columns)
		return err_memory(err);
	source->column_count = count;
	for (size_t i = 0; i < count; i++)
		TRY(read_column(reader, yaml_at(value, i), &source->columns[i], err));
	return 0;
}

/* ---- the contract ---- */

/* Checks need the key and the columns, so they are read after all else. */
static int read_later(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	(void)reader;
	(void)key;
	(void)value;
	(void)field;
	(void)err;
	return 0;
}

#define SOURCE(key, read, detail)                                                                  \
	{                                                                                          \
#key, read, offsetof(struct source, key), detail, false                            \
	}

const struct project_key source_keys[] = {
	SOURCE(description, project_read_text, NULL),
	SOURCE(tags, project_read_words, NULL),
	SOURCE(files, read_files, NULL),
	SOURCE(format, read_format, NULL),
	SOURCE(key, project_read_words, NULL),
	SOURCE(load, project_read_choice, source_load_words),
	SOURCE(resend, project_read_choice, source_resend_words),
	SOURCE(newest_by, project_read_text, NULL),
	SOURCE(drift, read_drift, NULL),
	SOURCE(max_rejects, read_share, NULL),
	SOURCE(min_rows, read_share, NULL),
	{"settle", project_read_duration, offsetof(struct source, settle_us), NULL, false},
	SOURCE(subject, project_read_text, NULL),
	{"columns", read_columns, offsetof(struct source, columns), NULL, true},
	SOURCE(checks, read_later, NULL),
	{"incremental", project_read_reserved, 0, NULL, false},
	{0},
};
