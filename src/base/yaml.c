/* SPDX-License-Identifier: Apache-2.0 */
/* yaml: libfyaml's events become our own small tree on one arena. Events, not libfyaml's documents:
 * anchors, tags and aliases are then seen before anything is made of them, so that a few bytes can
 * never unfold to gigabytes. */
#include "base/yaml.h"

#include <assert.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

struct pair {
	const struct yaml_node *key; /* NULL in a sequence */
	const struct yaml_node *value;
};

struct yaml_node {
	const struct yaml *document;
	enum yaml_kind kind;
	int line, column;
	bool is_quoted;
	const char *text;
	struct pair *pairs;
	size_t count;
};

struct yaml {
	struct arena *arena;
	const char *name;
	struct yaml_node *root;
};

/* What is needed only while reading. */
struct reader {
	struct yaml *document;
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct fy_event *event; /* the one being looked at; freed by next_event() */
};

static void reader_done(struct reader *reader)
{
	if (reader->event)
		fy_parser_event_free(reader->parser, reader->event);
	if (reader->parser)
		fy_parser_destroy(reader->parser);
	if (reader->diag)
		fy_diag_destroy(reader->diag);
}
OWN_DEFINE_EMBEDDED(reader, reader_done)

static int reader_init(struct reader *reader, struct yaml *document, const char *bytes, size_t len,
		       struct error *err)
{
	reader->document = document;
	struct fy_diag_cfg config;
	fy_diag_cfg_default(&config);
	config.fp = NULL;
	reader->diag = fy_diag_create(&config);
	if (!reader->diag)
		return err_memory(err);
	fy_diag_set_collect_errors(reader->diag, true);
	/* Plain YAML 1.2, whatever the name ends in. */
	struct fy_parse_cfg parse = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG |
					      FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
				     .diag = reader->diag};
	reader->parser = fy_parser_create(&parse);
	if (!reader->parser || fy_parser_set_string(reader->parser, bytes, len) != 0)
		return err_memory(err);
	return 0;
}

static int refuse(const struct reader *reader, const struct fy_mark *mark, enum error_kind kind,
		  struct error *err, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* libfyaml's marks count from 0. */
static int refuse(const struct reader *reader, const struct fy_mark *mark, enum error_kind kind,
		  struct error *err, const char *format, ...)
{
	char message[ERROR_MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(err, kind, "%s", message);
	return err_at(err, reader->document->name, mark ? mark->line + 1 : 0,
		      mark ? mark->column + 1 : 0);
}

static int refuse_syntax(const struct reader *reader, struct error *err)
{
	void *iterator = NULL;
	const struct fy_diag_error *what = fy_diag_errors_iterate(reader->diag, &iterator);
	if (!what)
		return refuse(reader, NULL, ERR_PROJECT, err, "not valid YAML");
	size_t len = strcspn(what->msg, "\r\n");
	err_set(err, ERR_PROJECT, "not valid YAML: %.*s", (int)len, what->msg);
	return err_at(err, reader->document->name, what->line > 0 ? what->line : 0,
		      what->line > 0 && what->column > 0 ? what->column : 0);
}

/* Step to the next event. */
static int next_event(struct reader *reader, struct error *err)
{
	if (reader->event)
		fy_parser_event_free(reader->parser, reader->event);
	reader->event = fy_parser_parse(reader->parser);
	if (!reader->event || fy_parser_get_stream_error(reader->parser))
		return refuse_syntax(reader, err);
	return 0;
}

static int refuse_sign(const struct reader *reader, const struct fy_mark *mark, int sign_len,
		       const char *what, char sign, struct error *err)
{
	struct fy_mark at = mark ? *mark : (struct fy_mark){0};
	at.column -= sign_len;
	refuse(reader, &at, ERR_PROJECT, err, "%s (%cname) are not allowed", what, sign);
	return err_hint(err, "Write the value out; put it in quotes if it begins with a %c.", sign);
}

/* What may not stand for a node or before it. libfyaml's marks stand behind & and *, before !. */
static int check_node(const struct reader *reader, struct error *err)
{
	struct fy_event *event = reader->event;
	if (event->type == FYET_ALIAS)
		return refuse_sign(reader, fy_event_start_mark(event), 1, "aliases", '*', err);
	struct fy_token *anchor = fy_event_get_anchor_token(event);
	if (anchor)
		return refuse_sign(reader, fy_token_start_mark(anchor), 1, "anchors", '&', err);
	struct fy_token *tag = fy_event_get_tag_token(event);
	if (tag)
		return refuse_sign(reader, fy_token_start_mark(tag), 0, "tags", '!', err);
	return 0;
}

static struct yaml_node *new_node(struct reader *reader, enum yaml_kind kind, struct error *err)
{
	struct yaml_node *node = arena_alloc(reader->document->arena, sizeof *node);
	if (!node) {
		err_memory(err);
		return NULL;
	}
	const struct fy_mark *mark = fy_event_start_mark(reader->event);
	node->document = reader->document;
	node->kind = kind;
	node->line = mark ? mark->line + 1 : 0;
	node->column = mark ? mark->column + 1 : 0;
	return node;
}

static int read_scalar(struct reader *reader, struct yaml_node **out, struct error *err)
{
	struct yaml_node *node = new_node(reader, YAML_SCALAR, err);
	if (!node)
		return -1;
	struct fy_token *value = reader->event->scalar.value;
	size_t len = 0;
	const char *bytes = value ? fy_token_get_text(value, &len) : "";
	if (!bytes)
		return err_memory(err);
	enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
	node->is_quoted = style != FYSS_PLAIN;
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
		node->column--; /* libfyaml's mark stands behind the quote */
	if (memchr(bytes, 0, len))
		return yaml_error(node, ERR_PROJECT, err, "a text must not hold NUL characters");
	node->text = arena_copy_bytes(reader->document->arena, bytes, len);
	if (!node->text)
		return err_memory(err);
	*out = node;
	return 0;
}

static int read_node(struct reader *reader, int depth, struct yaml_node **out, struct error *err);

/* Nothing stands behind a colon or a dash, or before a colon: it is there all the same. */
static void place_if_absent(struct yaml_node *node, const struct yaml_node *near)
{
	assert(node && near);
	if (node->line)
		return;
	node->line = near->line;
	node->column = near->column;
}

static int read_key(struct reader *reader, const struct yaml_node *mapping, struct map *seen,
		    struct yaml_node **out, struct error *err)
{
	TRY(check_node(reader, err));
	if (reader->event->type != FYET_SCALAR)
		return refuse(reader, fy_event_start_mark(reader->event), ERR_PROJECT, err,
			      "a key must be one word or text, not a list or mapping");
	TRY(read_scalar(reader, out, err));
	place_if_absent(*out, mapping);
	const struct yaml_node *key = *out;
	if (!*key->text && !key->is_quoted)
		return yaml_error(key, ERR_PROJECT, err, "a key is missing before the colon");
	const struct yaml_node *before = map_get(seen, key->text);
	if (before)
		return yaml_error(key, ERR_PROJECT, err, "\"%s\" is already given in line %d",
				  key->text, before->line);
	return map_put(seen, key->text, *out, err);
}

/* The pairs gathered so far, grown by doubling; what is outgrown stays in the arena. */
static int add_pair(struct yaml_node *node, size_t *capacity, struct pair pair, struct error *err)
{
	if (node->count == *capacity) {
		size_t more = *capacity ? 2 * *capacity : 8;
		struct pair *pairs = arena_alloc_array(node->document->arena, more, sizeof *pairs);
		if (!pairs)
			return err_memory(err);
		if (node->count)
			memcpy(pairs, node->pairs, node->count * sizeof *pairs);
		node->pairs = pairs;
		*capacity = more;
	}
	node->pairs[node->count++] = pair;
	return 0;
}

static int read_mapping(struct reader *reader, int depth, struct yaml_node *mapping,
			struct error *err)
{
	OWNED(map) *seen = map_new();
	if (!seen)
		return err_memory(err);
	for (size_t capacity = 0;;) {
		TRY(next_event(reader, err));
		if (reader->event->type == FYET_MAPPING_END)
			return 0;
		struct yaml_node *key = NULL, *value = NULL;
		TRY(read_key(reader, mapping, seen, &key, err));
		TRY(next_event(reader, err));
		TRY(read_node(reader, depth, &value, err));
		place_if_absent(value, key);
		TRY(add_pair(mapping, &capacity, (struct pair){key, value}, err));
	}
}

static int read_sequence(struct reader *reader, int depth, struct yaml_node *sequence,
			 struct error *err)
{
	for (size_t capacity = 0;;) {
		TRY(next_event(reader, err));
		if (reader->event->type == FYET_SEQUENCE_END)
			return 0;
		struct yaml_node *value = NULL;
		TRY(read_node(reader, depth, &value, err));
		place_if_absent(value, sequence);
		TRY(add_pair(sequence, &capacity, (struct pair){NULL, value}, err));
	}
}

/* Make a node of the event being looked at and of those that belong to it. */
static int read_node(struct reader *reader, int depth, struct yaml_node **out, struct error *err)
{
	TRY(check_node(reader, err));
	if (reader->event->type == FYET_SCALAR)
		return read_scalar(reader, out, err);
	bool is_mapping = reader->event->type == FYET_MAPPING_START;
	if (!is_mapping && reader->event->type != FYET_SEQUENCE_START)
		return refuse(reader, fy_event_start_mark(reader->event), ERR_PROJECT, err,
			      "not valid YAML: a value is missing");
	if (depth == YAML_DEPTH_MAX)
		return refuse(reader, fy_event_start_mark(reader->event), ERR_LIMIT, err,
			      "mappings and lists lie within each other more than %d deep",
			      YAML_DEPTH_MAX);
	*out = new_node(reader, is_mapping ? YAML_MAPPING : YAML_SEQUENCE, err);
	if (!*out)
		return -1;
	return is_mapping ? read_mapping(reader, depth + 1, *out, err)
			  : read_sequence(reader, depth + 1, *out, err);
}

static int read_document(struct reader *reader, struct error *err)
{
	struct yaml_node *root = NULL;
	TRY(next_event(reader, err));
	TRY(read_node(reader, 0, &root, err));
	assert(root);
	if (root->kind != YAML_SCALAR || *root->text || root->is_quoted)
		reader->document->root = root;
	TRY(next_event(reader, err)); /* the document's end */
	return next_event(reader, err);
}

static int read_stream(struct reader *reader, struct error *err)
{
	TRY(next_event(reader, err)); /* the stream's start */
	TRY(next_event(reader, err));
	if (reader->event->type == FYET_DOCUMENT_START)
		TRY(read_document(reader, err));
	if (reader->event->type == FYET_DOCUMENT_START)
		return refuse(reader, fy_event_start_mark(reader->event), ERR_PROJECT, err,
			      "a second document begins here; a file holds one");
	if (reader->event->type != FYET_STREAM_END)
		return refuse(reader, fy_event_start_mark(reader->event), ERR_PROJECT, err,
			      "not valid YAML: something stands after the end");
	return 0;
}

/* libfyaml takes bytes that are no text in stride; people's editors do not. */
static int check_bytes(const char *name, const char *bytes, size_t len, struct error *err)
{
	if (len > SETTINGS_FILE_LEN_MAX) {
		err_set(err, ERR_LIMIT, "longer than %d bytes", SETTINGS_FILE_LEN_MAX);
		return err_at(err, name, 0, 0);
	}
	int line = 1;
	for (size_t begin = 0; begin < len; line++) {
		const char *end = memchr(bytes + begin, '\n', len - begin);
		size_t line_len = end ? (size_t)(end - bytes) - begin : len - begin;
		bool has_nul = memchr(bytes + begin, 0, line_len);
		if (has_nul || !text_is_utf8(bytes + begin, line_len)) {
			err_set(err, ERR_PROJECT, "%s",
				has_nul ? "a NUL byte: not a text file" : "not valid UTF-8");
			return err_at(err, name, line, 1);
		}
		begin += line_len + 1;
	}
	return 0;
}

int yaml_parse(const char *name, const char *bytes, size_t len, struct yaml **out,
	       struct error *err)
{
	TRY(check_bytes(name, bytes, len, err));
	OWNED(yaml) *document = mem_alloc(sizeof *document);
	if (!document)
		return err_memory(err);
	document->arena = arena_new();
	if (!document->arena)
		return err_memory(err);
	document->name = arena_copy_text(document->arena, name);
	if (!document->name)
		return err_memory(err);
	HELD(reader) reader = {0};
	TRY(reader_init(&reader, document, bytes, len, err));
	TRY(read_stream(&reader, err));
	*out = TAKE(document);
	return 0;
}

int yaml_read(const char *path, const char *name, struct yaml **out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	if (file_read(path, SETTINGS_FILE_LEN_MAX, &bytes, &len, err) < 0)
		return err_at(err, name, 0, 0);
	return yaml_parse(name, bytes, len, out, err);
}

void yaml_free(struct yaml *document)
{
	if (!document)
		return;
	arena_free(document->arena);
	free(document);
}

const struct yaml_node *yaml_root(const struct yaml *document)
{
	return document->root;
}

enum yaml_kind yaml_kind(const struct yaml_node *node)
{
	return node->kind;
}

const char *yaml_kind_name(const struct yaml_node *node)
{
	if (yaml_is_null(node))
		return "nothing";
	static const char *const names[] = {"a text", "a mapping", "a list"};
	return node ? names[node->kind] : "nothing";
}

int yaml_line(const struct yaml_node *node)
{
	return node->line;
}

int yaml_column(const struct yaml_node *node)
{
	return node->column;
}

const char *yaml_file(const struct yaml_node *node)
{
	return node->document->name;
}

const char *yaml_text(const struct yaml_node *node)
{
	return node->text;
}

bool yaml_is_null(const struct yaml_node *node)
{
	if (!node || node->kind != YAML_SCALAR || node->is_quoted)
		return false;
	return !*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

bool yaml_is_quoted(const struct yaml_node *node)
{
	return node->is_quoted;
}

size_t yaml_count(const struct yaml_node *node)
{
	return node->count;
}

const struct yaml_node *yaml_at(const struct yaml_node *node, size_t place)
{
	return node->pairs[place].value;
}

const struct yaml_node *yaml_key_at(const struct yaml_node *mapping, size_t place)
{
	return mapping->pairs[place].key;
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	if (!mapping || mapping->kind != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key->text, key) == 0)
			return mapping->pairs[i].value;
	return NULL;
}

int yaml_error(const struct yaml_node *node, enum error_kind kind, struct error *err,
	       const char *format, ...)
{
	char message[ERROR_MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(err, kind, "%s", message);
	return err_at(err, node->document->name, node->line, node->column);
}
