/* SPDX-License-Identifier: Apache-2.0 */
/* json: `struct json` is jansson's json_t under our name; no field of it is ever touched here. */
#include "base/json.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* jansson defines these names as macros; ours are functions. */
#undef json_is_null
#undef json_is_object
#undef json_is_array

static json_t *inner(const struct json *value)
{
	return (json_t *)(uintptr_t)value; /* jansson's getters take non-const pointers */
}

static const struct json *outer(const json_t *value)
{
	return (const struct json *)value;
}

int json_parse(const char *bytes, size_t len, struct json **out, struct error *err)
{
	json_error_t why;
	json_t *root = json_loadb(bytes, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (!root && json_error_code(&why) == json_error_out_of_memory)
		return err_memory(err);
	if (!root) {
		err_set(err, ERR_CORRUPT, "not valid JSON: %s", why.text);
		return err_at(err, NULL, why.line, why.column);
	}
	*out = (struct json *)root;
	return 0;
}

void json_free(struct json *document)
{
	json_decref((json_t *)document);
}

const struct json *json_get(const struct json *value, const char *key)
{
	return outer(json_object_get(inner(value), key));
}

size_t json_count(const struct json *value)
{
	const json_t *v = inner(value);
	return json_is_array(value) ? json_array_size(v) : json_object_size(v);
}

const struct json *json_at(const struct json *array, size_t place)
{
	return outer(json_array_get(inner(array), place));
}

bool json_next(const struct json *object, void **iterator, const char **key,
	       const struct json **value)
{
	json_t *o = inner(object);
	*iterator = *iterator ? json_object_iter_next(o, *iterator) : json_object_iter(o);
	if (!*iterator)
		return false;
	*key = json_object_iter_key(*iterator);
	*value = outer(json_object_iter_value(*iterator));
	return true;
}

bool json_is_null(const struct json *value)
{
	return !value || json_typeof(inner(value)) == JSON_NULL;
}

bool json_is_object(const struct json *value)
{
	return value && json_typeof(inner(value)) == JSON_OBJECT;
}

bool json_is_array(const struct json *value)
{
	return value && json_typeof(inner(value)) == JSON_ARRAY;
}

bool json_is_text(const struct json *value)
{
	return value && json_typeof(inner(value)) == JSON_STRING;
}

const char *json_text(const struct json *value, const char *otherwise)
{
	return json_is_text(value) ? json_string_value(inner(value)) : otherwise;
}

int64_t json_int(const struct json *value, int64_t otherwise)
{
	return json_is_integer(inner(value)) ? json_integer_value(inner(value)) : otherwise;
}

double json_number(const struct json *value, double otherwise)
{
	return json_is_number(inner(value)) ? json_number_value(inner(value)) : otherwise;
}

bool json_bool(const struct json *value, bool otherwise)
{
	return json_is_boolean(inner(value)) ? json_is_true(inner(value)) : otherwise;
}

static void write_members(const struct json *object, struct text *out)
{
	void *iterator = NULL;
	const char *key;
	const struct json *value;
	for (bool first = true; json_next(object, &iterator, &key, &value); first = false) {
		text_add(out, first ? "" : ",");
		text_add_json(out, key, strlen(key));
		text_add_char(out, ':');
		json_write(value, out);
	}
}

void json_write(const struct json *value, struct text *out)
{
	const json_t *v = inner(value);
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_OBJECT:
		text_add_char(out, '{');
		write_members(value, out);
		text_add_char(out, '}');
		break;
	case JSON_ARRAY:
		text_add_char(out, '[');
		for (size_t i = 0; i < json_array_size(v); i++) {
			text_add(out, i ? "," : "");
			json_write(json_at(value, i), out);
		}
		text_add_char(out, ']');
		break;
	case JSON_STRING:
		text_add_json(out, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		text_addf(out, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		text_addf(out, "%.17g", json_real_value(v));
		break;
	case JSON_TRUE:
		text_add(out, "true");
		break;
	case JSON_FALSE:
		text_add(out, "false");
		break;
	default:
		text_add(out, "null");
	}
}
