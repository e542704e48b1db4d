/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/project_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"

/* ---- mappings ---- */

static const struct project_key *find_key(const struct project_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

/* What was probably meant, or all there is. */
static int hint_keys(const struct project_reader *reader, const char *name,
		     const struct project_key *keys, struct error *err)
{
	size_t count = 0;
	while (keys[count].name)
		count++;
	const char **names = arena_alloc_array(reader->arena, count + 1, sizeof *names);
	if (!names)
		return err_memory(err);
	struct text all = {0};
	for (size_t i = 0; i < count; i++) {
		names[i] = keys[i].name;
		text_addf(&all, "%s%s", i ? ", " : "", names[i]);
	}
	const char *nearest = text_nearest(name, names);
	if (nearest)
		error_hint(err, "Did you mean \"%s\"?", nearest);
	else
		error_hint(err, "Its keys are %s.", all.data ? all.data : "not there");
	text_done(&all);
	return -1;
}

static int check_keys(const struct project_reader *reader, const struct yaml_node *node,
		      const char *what, const struct project_key *keys, struct error *err)
{
	for (size_t i = 0; i < yaml_count(node); i++) {
		const struct yaml_node *key = yaml_key_at(node, i);
		if (find_key(keys, yaml_text(key)))
			continue;
		yaml_error(key, ERR_PROJECT, err, "%s has no key \"%s\"", what, yaml_text(key));
		return hint_keys(reader, yaml_text(key), keys, err);
	}
	return 0;
}

int project_read_mapping(const struct project_reader *reader, const struct yaml_node *node,
			 const char *what, const struct project_key *keys, void *out,
			 struct error *err)
{
	if (yaml_kind(node) != YAML_MAPPING)
		return yaml_error(node, ERR_PROJECT, err,
				  "%s is a mapping of keys to values, not %s", what,
				  yaml_kind_name(node));
	TRY(check_keys(reader, node, what, keys, err));
	for (const struct project_key *key = keys; key->name; key++) {
		const struct yaml_node *value = yaml_get(node, key->name);
		if (value && !yaml_is_null(value))
			TRY(key->read(reader, key, value, (char *)out + key->offset, err));
		else if (key->required)
			return yaml_error(value ? value : node, ERR_PROJECT, err,
					  "%s lacks the key \"%s\"", what, key->name);
	}
	return 0;
}

/* ---- "${NAME}" ---- */

/* The length of "{NAME}" at `s`, or 0. */
static size_t variable_length(const char *s)
{
	if (*s != '{' || (s[1] >= '0' && s[1] <= '9'))
		return 0;
	size_t len = 1 + strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789_");
	return len > 1 && s[len] == '}' ? len + 1 : 0;
}

/* The first place in `s` where dollars stand before a "{NAME}"; their count in `out_dollars`. */
static const char *find_variable(const char *s, size_t *out_dollars)
{
	for (s = strchr(s, '$'); s; s = strchr(s + *out_dollars, '$')) {
		*out_dollars = strspn(s, "$");
		if (variable_length(s + *out_dollars))
			return s;
	}
	return NULL;
}

static int expand_variable(const struct project_reader *reader, const struct yaml_node *node,
			   const char *braced, const char **out, struct error *err)
{
	char *name = arena_copy_bytes(reader->arena, braced + 1, strlen(braced) - 2);
	if (!name)
		return err_memory(err);
	const char *value = getenv(name);
	if (!value)
		return yaml_error(node, ERR_PROJECT, err,
				  "the environment variable \"%s\" is not set", name);
	if (!text_is_utf8(value, strlen(value)))
		return yaml_error(node, ERR_PROJECT, err,
				  "the environment variable \"%s\" is not UTF-8", name);
	*out = value;
	return 0;
}

/* Of several dollars before a "{NAME}" one is taken off: they mean the text. */
static int unescape(const struct project_reader *reader, const struct yaml_node *node,
		    const char **out, struct error *err)
{
	const char *from = yaml_text(node), *place;
	char *copy = arena_copy_text(reader->arena, from), *to = copy;
	size_t dollars = 0;
	if (!copy)
		return err_memory(err);
	while ((place = find_variable(from, &dollars))) {
		if (dollars == 1) {
			yaml_error(node, ERR_PROJECT, err,
				   "\"%s\" holds a variable as a part of it", yaml_text(node));
			return err_hint(err, "A variable must be the whole value; write $${...} "
					     "for the text ${...}.");
		}
		size_t len = (size_t)(place - from);
		memcpy(to, from, len);
		to += len;
		from = place + 1;
		len = dollars - 1 + variable_length(place + dollars);
		memcpy(to, from, len);
		to += len;
		from += len;
	}
	memcpy(to, from, strlen(from) + 1);
	*out = copy;
	return 0;
}

void project_escape(const char *s, struct text *out)
{
	size_t dollars;
	for (const char *place; (place = find_variable(s, &dollars)); s = place + dollars) {
		text_add_bytes(out, s, (size_t)(place - s) + dollars);
		text_add_char(out, '$');
	}
	text_add(out, s);
}

int project_want_scalar(const struct yaml_node *node, const char *what, struct error *err)
{
	if (yaml_kind(node) == YAML_SCALAR)
		return 0;
	return yaml_error(node, ERR_PROJECT, err, "%s was expected, not %s", what,
			  yaml_kind_name(node));
}

int project_read_scalar(const struct project_reader *reader, const struct yaml_node *node,
			const char **out, struct error *err)
{
	size_t dollars;
	TRY(project_want_scalar(node, "a text", err));
	const char *s = yaml_text(node);
	*out = s;
	const char *place = reader->expand ? find_variable(s, &dollars) : NULL;
	if (!place)
		return 0;
	if (place == s && dollars == 1 && !s[1 + variable_length(s + 1)])
		return expand_variable(reader, node, s + 1, out, err);
	return unescape(reader, node, out, err);
}

/* ---- values ---- */

/* What is wrong with a value, shown as it is written, never as the environment has it. */
static int wrong_value(const struct yaml_node *node, const char *expected, struct error *err)
{
	return yaml_error(node, ERR_PROJECT, err, "\"%s\" is not %s", yaml_text(node), expected);
}

int project_read_text(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (!(*(const char **)field = arena_copy_text(reader->arena, s)))
		return err_memory(err);
	return 0;
}

int project_read_name(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	TRY(project_read_scalar(reader, value, &s, err));
	if (!text_is_name(s)) {
		wrong_value(value, "a name", err);
		return err_hint(err, "Names are lower-case letters, digits and _, begin with a "
				     "letter, and have at most 63 of them.");
	}
	return project_read_text(reader, key, value, field, err);
}

int project_read_char(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (strcmp(s, "tab") == 0 || strcmp(s, "\\t") == 0)
		s = "\t";
	if (!s[0] || s[1] || (unsigned char)s[0] >= 0x7F ||
	    ((unsigned char)s[0] < ' ' && *s != '\t'))
		return wrong_value(value, "one ASCII character (a tab is written tab)", err);
	*(char *)field = *s;
	return 0;
}

int project_read_bool(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false",
									       "off"};
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	for (size_t i = 0; i < 3; i++)
		if (strcasecmp(s, yes[i]) == 0 || strcasecmp(s, no[i]) == 0) {
			*(bool *)field = strcasecmp(s, yes[i]) == 0;
			return 0;
		}
	return wrong_value(value, "yes or no", err);
}

int project_read_count(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	int64_t count;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (!text_to_int64(s, &count) || count < 0)
		return wrong_value(value, "a whole number, 0 or more", err);
	*(int64_t *)field = count;
	return 0;
}

int project_read_bytes(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (!text_to_bytes(s, field))
		return wrong_value(value, "a size like \"512 MiB\" or \"2 GB\"", err);
	return 0;
}

int project_read_duration(const struct project_reader *reader, const struct project_key *key,
			  const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (!text_to_duration_us(s, field))
		return wrong_value(value, "a duration like \"45 s\", \"2 h\" or \"7 days\"", err);
	return 0;
}

int project_read_amount(const struct project_reader *reader, const struct project_key *key,
			const struct yaml_node *value, void *field, struct error *err)
{
	const char *s;
	char *end;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	double number = strtod(s, &end);
	bool is_number = end != s && strspn(s, "0123456789.") == (size_t)(end - s);
	while (*end == ' ')
		end++;
	bool is_percent = *end == '%';
	if (!is_number || end[is_percent])
		return wrong_value(value, "a number like 20 or a share like 0.5 %", err);
	*(struct amount *)field = (struct amount){number, is_percent};
	return 0;
}

int project_read_type(const struct project_reader *reader, const struct project_key *key,
		      const struct yaml_node *value, void *field, struct error *err)
{
	static const char *const types[] = {"text",          "bigint",    "integer",
					    "decimal(18,2)", "double",    "boolean",
					    "date",          "timestamp", NULL};
	static const char *const foreign[][2] = {
		{"string", "text"},     {"varchar", "text"},         {"char", "text"},
		{"int", "integer"},     {"long", "bigint"},          {"float", "double"},
		{"real", "double"},     {"bool", "boolean"},         {"datetime", "timestamp"},
		{"numeric", "decimal"}, {"money", "decimal"},        {"decimal", "decimal"},
		{"number", "decimal"},  {"timestamptz", "timestamp"}};
	const char *s;
	(void)key;
	TRY(project_read_scalar(reader, value, &s, err));
	if (column_type_parse(s, field))
		return 0;
	wrong_value(value, "a type", err);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (strcasecmp(s, foreign[i][0]) == 0)
			return err_hint(err, "Did you mean \"%s\"?",
					strcmp(foreign[i][1], "decimal") ? foreign[i][1]
									 : "decimal(18,2)");
	const char *nearest = text_nearest(s, types);
	if (nearest)
		return err_hint(err, "Did you mean \"%s\"?", nearest);
	return err_hint(err, "Types are text, bigint, integer, decimal(18,2) with up to 38 digits, "
			     "double, boolean, date and timestamp.");
}

static int read_word(const struct project_reader *reader, const struct yaml_node *node,
		     const char **out, struct error *err)
{
	if (yaml_kind(node) == YAML_SCALAR && !*yaml_text(node) && !yaml_is_quoted(node))
		return yaml_error(node, ERR_PROJECT, err,
				  "a list has an element with nothing in it");
	return project_read_text(reader, NULL, node, out, err);
}

int project_read_words(const struct project_reader *reader, const struct project_key *key,
		       const struct yaml_node *value, void *field, struct error *err)
{
	bool is_list = yaml_kind(value) == YAML_SEQUENCE;
	size_t count = is_list ? yaml_count(value) : 1;
	(void)key;
	if (yaml_kind(value) == YAML_MAPPING)
		return yaml_error(value, ERR_PROJECT, err, "a list was expected, not %s",
				  yaml_kind_name(value));
	*(struct words *)field = (struct words){0};
	if (count == 0)
		return 0;
	const char **items = arena_alloc_array(reader->arena, count + 1, sizeof *items);
	if (!items)
		return err_memory(err);
	for (size_t i = 0; i < count; i++)
		TRY(read_word(reader, is_list ? yaml_at(value, i) : value, &items[i], err));
	*(struct words *)field = (struct words){items, count};
	return 0;
}

int project_read_choice(const struct project_reader *reader, const struct project_key *key,
			const struct yaml_node *value, void *field, struct error *err)
{
	const char *const *words = key->detail;
	const char *s;
	TRY(project_read_scalar(reader, value, &s, err));
	struct text all = {0};
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], s) == 0) {
			*(int *)field = i;
			text_done(&all);
			return 0;
		}
		text_addf(&all, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	wrong_value(value, all.data ? all.data : "one of the words it may be", err);
	text_done(&all);
	const char *nearest = text_nearest(s, words);
	return nearest ? err_hint(err, "Did you mean \"%s\"?", nearest) : -1;
}

int project_read_reserved(const struct project_reader *reader, const struct project_key *key,
			  const struct yaml_node *value, void *field, struct error *err)
{
	(void)reader;
	(void)field;
	return yaml_error(value, ERR_UNSUPPORTED, err,
			  "\"%s\" is kept for a later release and does nothing yet", key->name);
}

bool words_have(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i], word) == 0)
			return true;
	return false;
}
