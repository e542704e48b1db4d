/* SPDX-License-Identifier: Apache-2.0 */
/* yaml: reading YAML; the one door to libfyaml.
 *
 * A document becomes a tree of scalars, mappings and sequences, each node with its line and
 * column, so that whoever finds a value wrong can say where. What makes YAML dangerous or
 * surprising is refused, not interpreted: duplicate keys, anchors and aliases, tags, keys that are
 * no scalars, several documents, more than YAML_DEPTH_MAX levels. Nothing is guessed about types
 * either: a scalar is its text. Nodes are borrowed from the document. */
#ifndef VITRINE_BASE_YAML_H
#define VITRINE_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/own.h"

struct yaml;
struct yaml_node;

enum yaml_kind { YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

/* Parse one document of at most SETTINGS_FILE_LEN_MAX bytes; `name` is the file's name in
 * messages. Owner: caller, until yaml_free(). Borrows nothing.
 * Fails: PROJECT (not YAML, or something refused; with file, line and column), LIMIT (too long,
 * too deep), MEMORY. */
int yaml_parse(const char *name, const char *bytes, size_t len, struct yaml **out,
	       struct error *err);
/* The same of the file at `path`, called `name` in messages. Fails also: NOT_FOUND, DENIED, IO. */
int yaml_read(const char *path, const char *name, struct yaml **out, struct error *err);
void yaml_free(struct yaml *document);
OWN_DEFINE(yaml, yaml_free)

/* The topmost node; NULL for a document with nothing in it. */
const struct yaml_node *yaml_root(const struct yaml *document);

enum yaml_kind yaml_kind(const struct yaml_node *node);
/* "a text", "a mapping", "a list", "nothing": for messages. */
const char *yaml_kind_name(const struct yaml_node *node);
/* Where the node begins; 1-based. */
int yaml_line(const struct yaml_node *node);
int yaml_column(const struct yaml_node *node);
/* The name given to yaml_parse(). */
const char *yaml_file(const struct yaml_node *node);

/* A scalar's text, terminated, without NULs inside; NULL for other kinds. */
const char *yaml_text(const struct yaml_node *node);
/* A scalar not quoted that is empty, "~" or "null". False for NULL. */
bool yaml_is_null(const struct yaml_node *node);
bool yaml_is_quoted(const struct yaml_node *node);

/* Elements of a sequence, pairs of a mapping; 0 for a scalar. */
size_t yaml_count(const struct yaml_node *node);
/* The place-th element, or the place-th pair's value; `place` < yaml_count(). */
const struct yaml_node *yaml_at(const struct yaml_node *node, size_t place);
/* The place-th pair's key, a scalar. */
const struct yaml_node *yaml_key_at(const struct yaml_node *mapping, size_t place);
/* The value of a key, or NULL when the node is NULL, is no mapping or lacks it. Cost: linear. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/* err_set() at the node's place; returns -1. */
int yaml_error(const struct yaml_node *node, enum error_kind kind, struct error *err,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
