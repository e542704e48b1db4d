/* SPDX-License-Identifier: Apache-2.0 */
/* Other names for tables, and the way back from places in the new text to places in the old. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/sql.h"
#include "engine/sql_tree.h"

/* A piece of the text and what stands there instead. */
struct change {
	struct sql_range range;
	char *with;
};

struct rewriter {
	const struct sql_statement *statement;
	struct change *changes;
	size_t count, capacity;
	bool *replaced; /* by reference */
};

static void rewriter_done(struct rewriter *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->changes[i].with);
	free(r->changes);
	free(r->replaced);
}
OWN_DEFINE_EMBEDDED(rewriter, rewriter_done)

void sql_rewritten_done(struct sql_rewritten *rewritten)
{
	free(rewritten->text);
	free(rewritten->edits);
	*rewritten = (struct sql_rewritten){0};
}

static int add_change(struct rewriter *r, struct sql_range range, struct text *with,
		      struct error *err)
{
	TRY(mem_grow(&r->changes, &r->capacity, r->count + 1, sizeof(*r->changes), err));
	text_add(with, "");
	char *taken = text_take(with, err);
	if (!taken)
		return -1;
	r->changes[r->count++] = (struct change){range, taken};
	return 0;
}

/* The last part of the reference's name, as it is written. */
static struct sql_range name_as_written(const struct sql_statement *statement,
					const struct sql_reference *reference)
{
	const struct sql_tree *tree = statement->tree;
	struct sql_range last = reference->range;
	for (size_t i = 0; i < tree->token_count; i++)
		if (tree->tokens[i].end == reference->range.end &&
		    tree->tokens[i].kind != SQL_TOKEN_END)
			last.begin = tree->tokens[i].begin;
	return last;
}

static int replace_one(struct rewriter *r, const struct sql_reference *reference, struct text *with,
		       struct error *err)
{
	const char *text = r->statement->text;
	if (!reference->alias[0] && !reference->is_bare) {
		struct sql_range name = name_as_written(r->statement, reference);
		text_add(with, " as ");
		if (reference->is_literal)
			text_add_identifier(with, reference->name);
		else
			text_add_bytes(with, text + name.begin, name.end - name.begin);
	}
	TRY(add_change(r, reference->range, with, err));
	HELD(text) nothing = {0};
	if (reference->at != SQL_AT_NEWEST)
		return add_change(r, reference->at_range, &nothing, err);
	return 0;
}

/* Whether a column is written with the schema of a reference that now goes by its alias. */
static bool names_replaced(const struct rewriter *r, const struct json *names)
{
	const struct sql_statement *statement = r->statement;
	for (size_t i = 0; i < statement->reference_count; i++) {
		const struct sql_reference *reference = &statement->references[i];
		if (r->replaced[i] && reference->schema[0] && !reference->alias[0] &&
		    strcasecmp(json_text(json_at(names, 0), ""), reference->schema) == 0 &&
		    strcasecmp(json_text(json_at(names, 1), ""), reference->name) == 0)
			return true;
	}
	return false;
}

/* "processing.orders.price" becomes "orders.price". */
static int shorten_column(struct rewriter *r, const struct json *column, struct error *err)
{
	const struct sql_statement *statement = r->statement;
	const struct json *names = json_get(column, "column_names");
	size_t begin = sql_node_position(column);
	if (json_count(names) < 3 || begin >= statement->len || !names_replaced(r, names))
		return 0;
	struct sql_token schema = sql_lex(statement->text, statement->len, begin);
	struct sql_token dot = sql_lex(statement->text, statement->len, schema.end);
	if (schema.begin != begin || !sql_token_is(statement->text, dot, "."))
		return 0;
	HELD(text) nothing = {0};
	return add_change(r, (struct sql_range){begin, dot.end}, &nothing, err);
}

static int shorten_columns(struct rewriter *r, const struct json *value, struct error *err)
{
	if (json_is_object(value)) {
		void *iterator = NULL;
		const char *key;
		const struct json *member;
		if (text_equal(json_text(json_get(value, "class"), ""), "COLUMN_REF"))
			return shorten_column(r, value, err);
		while (json_next(value, &iterator, &key, &member))
			TRY(shorten_columns(r, member, err));
		return 0;
	}
	for (size_t i = 0; json_is_array(value) && i < json_count(value); i++)
		TRY(shorten_columns(r, json_at(value, i), err));
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct change *left = a, *right = b;
	return (left->range.begin > right->range.begin) - (left->range.begin < right->range.begin);
}

static int apply(struct rewriter *r, struct sql_rewritten *out, struct error *err)
{
	const char *text = r->statement->text;
	HELD(text) built = {0};
	size_t from = 0;
	if (r->count)
		qsort(r->changes, r->count, sizeof(*r->changes), by_place);
	out->edits = mem_alloc_array(r->count, sizeof(*out->edits));
	if (!out->edits)
		return err_memory(err);
	for (size_t i = 0; i < r->count; i++) {
		const struct change *change = &r->changes[i];
		if (change->range.begin < from)
			continue; /* the same column twice in the tree */
		text_add_bytes(&built, text + from, change->range.begin - from);
		size_t begin = built.len;
		text_add(&built, change->with);
		out->edits[out->edit_count++] =
			(struct sql_edit){change->range, {begin, built.len}};
		from = change->range.end;
	}
	text_add(&built, text + from);
	out->len = built.len;
	out->text = text_take(&built, err);
	out->original = text;
	return out->text ? 0 : -1;
}

int sql_rewrite(const struct sql_statement *statement,
		int (*replace)(void *context, const struct sql_reference *reference,
			       struct text *out, struct error *err),
		void *context, struct sql_rewritten *out, struct error *err)
{
	HELD(rewriter) r = {.statement = statement};
	r.replaced = mem_alloc_array(statement->reference_count, sizeof(*r.replaced));
	if (!r.replaced)
		return err_memory(err);
	for (size_t i = 0; i < statement->reference_count; i++) {
		HELD(text) with = {0};
		int changed = replace(context, &statement->references[i], &with, err);
		TRY(changed);
		r.replaced[i] = changed > 0;
		if (changed)
			TRY(replace_one(&r, &statement->references[i], &with, err));
	}
	TRY(shorten_columns(&r, statement->tree->query, err));
	HELD(sql_rewritten) built = {0};
	TRY(apply(&r, &built, err));
	*out = built;
	built = (struct sql_rewritten){0};
	return 0;
}

size_t sql_map_position(const struct sql_rewritten *rewritten, size_t position)
{
	size_t from = 0, to = 0; /* where the two texts last agreed */
	for (size_t i = 0; i < rewritten->edit_count; i++) {
		const struct sql_edit *edit = &rewritten->edits[i];
		if (position < edit->to.begin)
			break;
		if (position < edit->to.end)
			return edit->from.begin;
		from = edit->from.end;
		to = edit->to.end;
	}
	return from + (position - to);
}

/* The byte of line `number` (1-based), or SIZE_MAX. */
static size_t line_begin(const char *text, long number)
{
	const char *line = text;
	while (--number > 0) {
		line = strchr(line, '\n');
		if (!line)
			return SIZE_MAX;
		line++;
	}
	return (size_t)(line - text);
}

int sql_map_error(const struct sql_rewritten *rewritten, struct error *err)
{
	if (!err->line || err->file[0])
		return -1;
	size_t at = line_begin(rewritten->text, err->line);
	if (at > rewritten->len)
		return -1;
	for (int column = 1; column < err->column && rewritten->text[at]; column++)
		do
			at++;
		while (((unsigned char)rewritten->text[at] & 0xc0) == 0x80);
	sql_place(rewritten->original, sql_map_position(rewritten, at), &err->line, &err->column);
	return -1;
}

/* DuckDB ends a message with "LINE 3: ...excerpt..." and, below, a caret under the place; the
 * excerpt is cut at both ends when the line is long. SIZE_MAX when there is none. */
static size_t find_caret(const char *text, const char *message)
{
	const char *mark = strstr(message, "\nLINE ");
	if (!mark)
		return SIZE_MAX;
	char *excerpt;
	long number = strtol(mark + strlen("\nLINE "), &excerpt, 10);
	const char *second = strchr(excerpt, '\n');
	const char *caret = second ? strchr(second, '^') : NULL;
	size_t line = line_begin(text, number);
	if (strncmp(excerpt, ": ", 2) != 0 || !caret || line == SIZE_MAX)
		return SIZE_MAX;
	excerpt += 2;
	size_t prefix = (size_t)(excerpt - (mark + 1));
	size_t place = (size_t)(caret - (second + 1));
	size_t cut = strncmp(excerpt, "...", 3) == 0 ? 3 : 0;
	if (place < prefix + cut)
		return SIZE_MAX;
	place -= prefix + cut;
	if (!cut)
		return line + place;
	size_t len = (size_t)(second - excerpt) - cut;
	if (len > 3 && strncmp(second - 3, "...", 3) == 0)
		len -= 3;
	size_t line_len = strcspn(text + line, "\n");
	const char *found = memmem(text + line, line_len, excerpt + cut, len);
	return found ? (size_t)(found - text) + place : SIZE_MAX;
}

int sql_error(const struct sql_rewritten *rewritten, const char *text, enum error_kind kind,
	      const char *message, struct error *err)
{
	const char *run = rewritten ? rewritten->text : text;
	const char *original = rewritten ? rewritten->original : text;
	size_t place = find_caret(run, message);
	size_t line = strcspn(message, "\n"), skip = 0;
	const char *kind_end = memmem(message, line, " Error: ", strlen(" Error: "));
	if (kind_end)
		skip = (size_t)(kind_end - message) + strlen(" Error: ");
	err_set(err, kind, "%.*s", (int)(line - skip), message + skip);
	sql_lower_first(err);
	const char *hint = strstr(message, "\nDid you mean ");
	if (hint)
		err_hint(err, "%.*s", (int)strcspn(hint + 1, "\n"), hint + 1);
	if (place == SIZE_MAX || place > strlen(run))
		return -1;
	place = rewritten ? sql_map_position(rewritten, place) : place;
	int at_line, at_column;
	sql_place(original, place, &at_line, &at_column);
	return err_at(err, NULL, at_line, at_column);
}
