/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/personal_mark.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "delta/schema.h"

static const char KEY[] = "vitrine.personal";

static int parse(const struct delta_column *column, struct json **out, struct error *err)
{
	const char *metadata = column->metadata_json ? column->metadata_json : "{}";
	return json_parse(metadata, strlen(metadata), out, err);
}

bool personal_is_marked(const struct delta_column *column)
{
	OWNED(json) *metadata = NULL;
	struct error unused; /* a schema that was read holds JSON */
	if (!column->metadata_json || parse(column, &metadata, &unused) < 0)
		return false;
	return text_equal(json_text(json_get(metadata, KEY), NULL), "true");
}

int personal_mark(struct delta_column *column, bool is_personal, struct error *err)
{
	OWNED(json) *metadata = NULL;
	HELD(text) t = {0};
	void *iterator = NULL;
	const char *key;
	const struct json *value;
	if (is_personal == personal_is_marked(column))
		return 0;
	TRY(parse(column, &metadata, err));
	if (is_personal)
		text_addf(&t, "{\"%s\":\"true\"", KEY);
	while (json_next(metadata, &iterator, &key, &value)) {
		if (strcmp(key, KEY) == 0)
			continue;
		text_add(&t, t.len ? "," : "{");
		text_add_json(&t, key, strlen(key));
		text_add_char(&t, ':');
		json_write(value, &t);
	}
	text_add(&t, t.len ? "}" : "");
	TRY(text_check(&t, err));
	char *copy = t.len ? mem_copy_text(t.data) : NULL;
	if (t.len && !copy)
		return err_memory(err);
	free(column->metadata_json);
	column->metadata_json = copy;
	return 0;
}

int personal_mark_like(struct delta_schema *schema, const struct delta_schema *from,
		       struct error *err)
{
	int changed = 0;
	for (size_t i = 0; i < schema->count; i++) {
		struct delta_column *column = &schema->columns[i];
		const struct delta_column *like = delta_schema_find(from, column->name);
		bool is_personal = like && personal_is_marked(like);
		if (!like || is_personal == personal_is_marked(column))
			continue;
		TRY(personal_mark(column, is_personal, err));
		changed = 1;
	}
	return changed;
}
