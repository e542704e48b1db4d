/* SPDX-License-Identifier: Apache-2.0 */
/* Everything before the first token of SQL is the comment, however many comments it is made of. It
 * is read from a copy of the same length in which all that is no comment, and the comments' own
 * markers, are blanks: so every byte stays at its line and column, and the settings' part of the
 * copy is a YAML document whose errors point into the file. */
#include "pipeline/model_file.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"

static const char *const model_words[] = {
	"key", "tags", "partition_by", "columns", "checks", "incremental", NULL};
static const char *const check_words[] = {"table", "severity", "tolerance", NULL};

/* A file cut into comment and SELECT. */
struct parts {
	const char *path;
	const char *sql; /* the whole file, without a byte-order mark */
	size_t select_offset;
	int select_line;
	char *comment; /* the file up to the SELECT, with blanks for what is no comment's text */
	size_t settings_offset; /* of the settings' first line; the comment's length if none */
};

/* ---- the comment ---- */

/* A comment as it is passed: `at` moves over the copy, blanking as it goes. */
struct cursor {
	char *at;
	int line, column;
};

static void pass(struct cursor *cursor, bool keep)
{
	if (*cursor->at == '\n') {
		cursor->line++;
		cursor->column = 1;
	} else {
		cursor->column++;
		if (!keep && *cursor->at != '\r')
			*cursor->at = ' ';
	}
	cursor->at++;
}

static void pass_blanked(struct cursor *cursor, size_t len)
{
	while (len-- > 0)
		pass(cursor, false);
}

/* A row of dashes as long as the line is a rule; of any other line two belong to the marker. */
static void pass_line_comment(struct cursor *cursor)
{
	size_t dashes = strspn(cursor->at, "-");
	pass_blanked(cursor, strchr("\r\n", cursor->at[dashes]) ? dashes : 2);
	while (*cursor->at && *cursor->at != '\n')
		pass(cursor, true);
}

static void pass_opening(struct cursor *cursor)
{
	pass_blanked(cursor, 2);
	while (cursor->at[0] == '*' && cursor->at[1] != '/')
		pass(cursor, false);
}

/* The star that many put before each line of a comment is decoration, not text; so is a row of them
 * before the end. */
static void pass_stars(struct cursor *cursor)
{
	while (*cursor->at == ' ' || *cursor->at == '\t')
		pass(cursor, true);
	size_t stars = strspn(cursor->at, "*");
	if (stars > 0 && cursor->at[stars] == '/')
		pass_blanked(cursor, stars - 1);
	else if (stars == 1 && strchr(" \t\r\n", cursor->at[1]))
		pass_blanked(cursor, 1);
}

/* Comments nest, as they do for DuckDB and Spark. */
static int pass_block_comment(const char *path, struct cursor *cursor, struct error *err)
{
	int depth = 0, line = cursor->line, column = cursor->column;
	do {
		if (!*cursor->at) {
			err_set(err, ERR_PROJECT, "the comment that begins here has no end");
			return err_at(err, path, line, column);
		}
		bool ends_line = *cursor->at == '\n';
		if (cursor->at[0] == '/' && cursor->at[1] == '*') {
			pass_opening(cursor);
			depth++;
		} else if (cursor->at[0] == '*' && cursor->at[1] == '/') {
			pass_blanked(cursor, 2);
			depth--;
		} else {
			pass(cursor, true);
		}
		if (ends_line)
			pass_stars(cursor);
	} while (depth > 0);
	return 0;
}

static int pass_comments(const char *path, struct cursor *cursor, struct error *err)
{
	for (;;) {
		if (cursor->at[0] == '-' && cursor->at[1] == '-')
			pass_line_comment(cursor);
		else if (cursor->at[0] == '/' && cursor->at[1] == '*')
			TRY(pass_block_comment(path, cursor, err));
		else if (*cursor->at && strchr(" \t\r\n\f\v", *cursor->at))
			pass(cursor, true);
		else
			return 0;
	}
}

/* ---- where the settings begin ---- */

/* The length of the line at `s` without its end. */
static size_t line_length(const char *s)
{
	size_t len = strcspn(s, "\n");
	return len > 0 && s[len - 1] == '\r' ? len - 1 : len;
}

static const char *next_line(const char *s)
{
	s += strcspn(s, "\n");
	return *s ? s + 1 : s;
}

/* The word before a colon that begins the line at `s`; false when it does not begin so. */
static bool leading_word(const char *s, char out[NAME_LEN_MAX + 1], size_t *out_indent)
{
	size_t indent = strspn(s, " \t");
	size_t len = strspn(s + indent, "abcdefghijklmnopqrstuvwxyz_");
	const char *colon = s + indent + len;
	if (len == 0 || len > NAME_LEN_MAX || *colon != ':' || !strchr(" \t\r\n", colon[1]))
		return false;
	memcpy(out, s + indent, len);
	out[len] = '\0';
	*out_indent = indent;
	return true;
}

static bool is_among(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* Find the first line that begins with a known key. A line of text before it that begins with
 * nearly one is taken for a slip: else the setting would silently be text. */
static int find_settings(struct parts *parts, const char *const *words, struct error *err)
{
	char word[NAME_LEN_MAX + 1];
	size_t indent;
	int line = 1;
	const char *s = parts->comment;
	for (; *s; s = next_line(s), line++) {
		if (!leading_word(s, word, &indent))
			continue;
		if (is_among(word, words))
			break;
		const char *nearest = text_nearest(word, words);
		if (!nearest)
			continue;
		err_set(err, ERR_PROJECT, "the comment has no key \"%s\"", word);
		err_hint(err, "Did you mean \"%s\"?", nearest);
		return err_at(err, parts->path, line, (int)indent + 1);
	}
	parts->settings_offset = (size_t)(s - parts->comment);
	return 0;
}

static int check_bytes(const char *path, const char *bytes, size_t len, struct error *err)
{
	if (len > SETTINGS_FILE_LEN_MAX) {
		err_set(err, ERR_LIMIT, "the file has %zu bytes, more than %d", len,
			SETTINGS_FILE_LEN_MAX);
		return err_at(err, path, 0, 0);
	}
	if (memchr(bytes, '\0', len) || !text_is_utf8(bytes, len)) {
		err_set(err, ERR_PROJECT, "the file is not UTF-8 text");
		return err_at(err, path, 0, 0);
	}
	return 0;
}

static int cut(const struct project_reader *reader, const char *path, const char *bytes, size_t len,
	       const char *const *words, struct parts *out, struct error *err)
{
	TRY(check_bytes(path, bytes, len, err));
	size_t mark = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	*out = (struct parts){.path = arena_copy_text(reader->arena, path),
			      .sql = arena_copy_bytes(reader->arena, bytes + mark, len - mark),
			      .comment = arena_copy_bytes(reader->arena, bytes + mark, len - mark)};
	if (!out->path || !out->sql || !out->comment)
		return err_memory(err);
	struct cursor cursor = {out->comment, 1, 1};
	TRY(pass_comments(path, &cursor, err));
	if (!*cursor.at || *cursor.at == ';') {
		err_set(err, ERR_PROJECT, "the file holds no SELECT");
		return err_at(err, path, cursor.line, cursor.column);
	}
	*cursor.at = '\0';
	out->select_offset = (size_t)(cursor.at - out->comment);
	out->select_line = cursor.line;
	return find_settings(out, words, err);
}

/* ---- the free text ---- */

static void add_paragraph_break(struct text *out)
{
	if (out->len > 0 && !text_ends(out->data, "\n\n"))
		text_add(out, text_ends(out->data, "\n") ? "\n" : "\n\n");
}

/* The comment up to the settings: lines without blanks around them, paragraphs parted by one empty
 * line. */
static int read_text(const struct project_reader *reader, const struct parts *parts,
		     const char **out, struct error *err)
{
	HELD(text) t = {0};
	const char *end = parts->comment + parts->settings_offset;
	for (const char *s = parts->comment; s < end; s = next_line(s)) {
		size_t len = line_length(s), indent = strspn(s, " \t");
		while (len > indent && strchr(" \t", s[len - 1]))
			len--;
		if (indent >= len) {
			add_paragraph_break(&t);
			continue;
		}
		text_add_bytes(&t, s + indent, len - indent);
		text_add_char(&t, '\n');
		TRY(text_check(&t, err));
	}
	TRY(text_check(&t, err));
	while (t.len > 0 && t.data[t.len - 1] == '\n')
		t.data[--t.len] = '\0';
	if (!(*out = arena_copy_text(reader->arena, t.len ? t.data : "")))
		return err_memory(err);
	return 0;
}

/* The first paragraph on one line. */
static int find_summary(const struct project_reader *reader, const char *description,
			const char **out, struct error *err)
{
	const char *end = strstr(description, "\n\n");
	size_t len = end ? (size_t)(end - description) : strlen(description);
	char *copy = arena_copy_bytes(reader->arena, description, len);
	if (!copy)
		return err_memory(err);
	for (char *newline = copy; (newline = strchr(newline, '\n'));)
		*newline = ' ';
	*out = copy;
	return 0;
}

/* ---- the settings ---- */

/* The settings as a document of which all before them is empty lines. NULL root: there are none. */
static int parse_settings(const struct parts *parts, struct yaml **out, struct error *err)
{
	HELD(text) t = {0};
	const char *settings = parts->comment + parts->settings_offset;
	for (const char *s = parts->comment; s < settings; s = next_line(s))
		text_add_char(&t, '\n');
	text_add(&t, settings);
	TRY(text_check(&t, err));
	return yaml_parse(parts->path, t.data, t.len, out, err);
}

/* A model being read; `model` comes first: tables of keys fill it by its own offsets. */
struct reading {
	struct model model;
	const struct yaml_node *columns, *checks;
};

static int keep_node(const struct project_reader *reader, const struct project_key *key,
		     const struct yaml_node *value, void *field, struct error *err)
{
	(void)reader;
	(void)key;
	(void)err;
	*(const struct yaml_node **)field = value;
	return 0;
}

static const struct project_key model_keys[] = {
	{"key", project_read_words, offsetof(struct reading, model.key)},
	{"tags", project_read_words, offsetof(struct reading, model.tags)},
	{"partition_by", project_read_words, offsetof(struct reading, model.partition_by)},
	{"columns", keep_node, offsetof(struct reading, columns)},
	{"checks", keep_node, offsetof(struct reading, checks)},
	{"incremental", project_read_reserved, 0},
	{NULL},
};

static int read_column_type(const struct project_reader *reader, const struct project_key *key,
			    const struct yaml_node *value, void *field, struct error *err)
{
	struct model_column *column = field;
	column->is_typed = true;
	return project_read_type(reader, key, value, &column->type, err);
}

static const struct project_key column_keys[] = {
	{"description", project_read_text, offsetof(struct model_column, description)},
	{"type", read_column_type, 0},
	{"public", project_read_bool, offsetof(struct model_column, is_public)},
	{"personal", project_read_bool, offsetof(struct model_column, is_personal)},
	{NULL},
};

/* `price: What was paid.` or `price: {type: decimal(18,2), description: What was paid.}` */
static int read_column(const struct project_reader *reader, const struct yaml_node *key,
		       const struct yaml_node *value, struct model_column *out, struct error *err)
{
	*out = (struct model_column){.name = arena_copy_text(reader->arena, yaml_text(key)),
				     .description = "",
				     .line = yaml_line(key)};
	if (!out->name)
		return err_memory(err);
	if (yaml_is_null(value))
		return 0;
	if (yaml_kind(value) == YAML_SCALAR)
		return project_read_text(reader, NULL, value, &out->description, err);
	TRY(project_read_mapping(reader, value, "a column", column_keys, out, err));
	if (out->is_public && out->is_personal)
		return yaml_error(value, ERR_PROJECT, err,
				  "column \"%s\" cannot be both public and personal", out->name);
	return 0;
}

static int read_columns(const struct project_reader *reader, const struct yaml_node *node,
			struct model *model, struct error *err)
{
	if (!node)
		return 0;
	if (yaml_kind(node) != YAML_MAPPING)
		return yaml_error(node, ERR_PROJECT, err,
				  "columns are a mapping of names to descriptions, not %s",
				  yaml_kind_name(node));
	size_t count = yaml_count(node);
	if (count > COLUMNS_MAX)
		return yaml_error(node, ERR_LIMIT, err, "a table has at most %d columns",
				  COLUMNS_MAX);
	model->columns = arena_alloc_array(reader->arena, count, sizeof *model->columns);
	if (!model->columns)
		return err_memory(err);
	for (; model->column_count < count; model->column_count++)
		TRY(read_column(reader, yaml_key_at(node, model->column_count),
				yaml_at(node, model->column_count),
				&model->columns[model->column_count], err));
	return 0;
}

static int read_settings(const struct project_reader *reader, const struct parts *parts,
			 struct model *model, struct error *err)
{
	OWNED(yaml) *document = NULL;
	struct reading reading = {.model = *model};
	TRY(parse_settings(parts, &document, err));
	const struct yaml_node *root = yaml_root(document);
	if (root)
		TRY(project_read_mapping(reader, root, "a model's comment", model_keys, &reading,
					 err));
	*model = reading.model;
	TRY(read_columns(reader, reading.columns, model, err));
	const struct yaml_node *key = yaml_get(root, "key");
	return check_read_list(reader, reading.checks, &model->key, parts->path,
			       key ? yaml_line(key) : 0, &model->checks, err);
}

int model_file_read(const struct project_reader *reader, const char *database, const char *name,
		    const char *path, const char *bytes, size_t len, struct model *out,
		    struct error *err)
{
	struct parts parts;
	TRY(cut(reader, path, bytes, len, model_words, &parts, err));
	*out = (struct model){.database = arena_copy_text(reader->arena, database),
			      .name = arena_copy_text(reader->arena, name),
			      .path = parts.path,
			      .sql = parts.sql,
			      .select_offset = parts.select_offset,
			      .select_line = parts.select_line};
	if (!out->database || !out->name)
		return err_memory(err);
	TRY(read_text(reader, &parts, &out->description, err));
	TRY(find_summary(reader, out->description, &out->summary, err));
	return read_settings(reader, &parts, out, err);
}

static const char *const severities[] = {"error", "warn", NULL};

static const struct project_key check_keys[] = {
	{"table", project_read_text, offsetof(struct check, table), .required = true},
	{"severity", project_read_choice, offsetof(struct check, severity), .detail = severities},
	{"tolerance", project_read_amount, offsetof(struct check, tolerance)},
	{NULL},
};

int model_file_read_check(const struct project_reader *reader, const char *name, const char *path,
			  const char *bytes, size_t len, struct check *out, struct error *err)
{
	struct parts parts;
	TRY(cut(reader, path, bytes, len, check_words, &parts, err));
	*out = (struct check){.kind = CHECK_SQL,
			      .name = arena_copy_text(reader->arena, name),
			      .file = parts.path,
			      .line = parts.select_line,
			      .sql = parts.sql,
			      .rows_min = -1,
			      .rows_max = -1,
			      .change = {.value = -1}};
	if (!out->name)
		return err_memory(err);
	TRY(read_text(reader, &parts, &out->description, err));
	out->description = *out->description ? out->description : NULL;
	OWNED(yaml) *document = NULL;
	TRY(parse_settings(&parts, &document, err));
	if (yaml_root(document))
		return project_read_mapping(reader, yaml_root(document), "a check's comment",
					    check_keys, out, err);
	err_set(err, ERR_PROJECT, "a check's comment lacks the key \"table\"");
	err_hint(err, "Write \"-- table: processing.orders\", the table whose publishing waits for "
		      "the check.");
	return err_at(err, path, parts.select_line, 1);
}

const struct model_column *model_column_named(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->column_count; i++)
		if (strcmp(model->columns[i].name, name) == 0)
			return &model->columns[i];
	return NULL;
}
