/* SPDX-License-Identifier: Apache-2.0 */
/* json: reading JSON; the one door to jansson. Writing needs no tree: build it with
 * text_add_json() and text_addf(), so that the order of keys is ours.
 *
 * A `struct json` is any value. What json_get() and json_at() return is borrowed from the
 * document, which json_free() frees as a whole. */
#ifndef VITRINE_BASE_JSON_H
#define VITRINE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct text;
struct json;

/* Parse one document; nothing may follow it. Fails: CORRUPT with line and column, MEMORY. */
int json_parse(const char *bytes, size_t len, struct json **out, struct error *err);
void json_free(struct json *document);
OWN_DEFINE(json, json_free)

/* A member of an object, or NULL when `value` is NULL, is no object, or lacks it. */
const struct json *json_get(const struct json *value, const char *key);
/* Elements of an array, members of an object; else 0. */
size_t json_count(const struct json *value);
const struct json *json_at(const struct json *array, size_t place);

/* Walk an object's members in the order of the document: `*iterator` starts as NULL. */
bool json_next(const struct json *object, void **iterator, const char **key,
	       const struct json **value);

bool json_is_null(const struct json *value); /* also when `value` is NULL */
bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_text(const struct json *value);
/* The value, or `otherwise` when it is of another type (or NULL). */
const char *json_text(const struct json *value, const char *otherwise);
int64_t json_int(const struct json *value, int64_t otherwise);
double json_number(const struct json *value, double otherwise);
bool json_bool(const struct json *value, bool otherwise);

/* Add `value` to `out` in compact form, members in the document's order. Failure is kept in
 * `out`, as all of text's are. */
void json_write(const struct json *value, struct text *out);

#endif
