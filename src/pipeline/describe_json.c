/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pipeline/describe.h"

static void add_member(struct text *t, const char *name, const char *value)
{
	text_addf(t, "\"%s\": ", name);
	if (value)
		text_add_json(t, value, strlen(value));
	else
		text_add(t, "null");
	text_add(t, ", ");
}

static void add_number(struct text *t, const char *name, bool known, int64_t value)
{
	if (known)
		text_addf(t, "\"%s\": %" PRId64 ", ", name, value);
	else
		text_addf(t, "\"%s\": null, ", name);
}

static void add_list(struct text *t, const char *name, const struct words *words)
{
	text_addf(t, "\"%s\": [", name);
	for (size_t i = 0; i < words->count; i++) {
		text_add(t, i ? ", " : "");
		text_add_json(t, words->items[i], strlen(words->items[i]));
	}
	text_add(t, "], ");
}

static void add_time(struct text *t, const char *name, int64_t time_us)
{
	char text[CLOCK_TEXT_SIZE];
	add_member(t, name, time_us > 0 ? clock_format_iso(time_us, text) : NULL);
}

/* Close what was opened: a list or object whose last member was followed by ", ". */
static void end(struct text *t, const char *end)
{
	if (t->len >= 2 && t->data[t->len - 2] == ',')
		t->data[t->len -= 2] = '\0';
	text_add(t, end);
}

static void add_lists(struct text *t, const struct describe_detail *detail)
{
	text_add(t, "\"columns\": [");
	for (size_t i = 0; i < detail->column_count; i++) {
		const struct describe_column *column = &detail->columns[i];
		text_add_char(t, '{');
		add_member(t, "name", column->name);
		add_member(t, "type", column->type);
		text_addf(t, "\"personal\": %s, ", column->is_personal ? "true" : "false");
		add_member(t, "from", column->from);
		add_member(t, "description", column->description);
		end(t, "}, ");
	}
	end(t, "], \"checks\": [");
	for (size_t i = 0; i < detail->check_count; i++) {
		const struct describe_check *check = &detail->checks[i];
		text_add_char(t, '{');
		add_member(t, "name", check->name);
		add_member(t, "kind", check->kind);
		add_member(t, "severity", check->severity);
		add_member(t, "result", check->outcome);
		add_number(t, "failing", check->failing >= 0, check->failing);
		end(t, "}, ");
	}
	end(t, "], \"versions\": [");
	for (size_t i = 0; i < detail->version_count; i++) {
		const struct describe_version *version = &detail->versions[i];
		text_add_char(t, '{');
		add_number(t, "version", true, version->version);
		add_time(t, "committed", version->time_us);
		add_member(t, "operation", version->operation);
		add_member(t, "by", version->by);
		text_addf(t, "\"published\": %s, ", version->is_published ? "true" : "false");
		end(t, "}, ");
	}
	end(t, "]");
}

void describe_write_json(const struct describe_detail *detail, struct text *t)
{
	const struct describe_table *table = &detail->table;
	text_add_char(t, '{');
	add_member(t, "table", table->name);
	add_member(t, "kind", table->kind);
	add_member(t, "path", table->path);
	add_member(t, "description", table->description);
	add_member(t, "target", table->target);
	add_number(t, "version", table->version >= 0, table->version);
	add_number(t, "rows", table->rows >= 0, table->rows);
	add_number(t, "size", table->bytes >= 0, table->bytes);
	add_number(t, "files", table->files >= 0, table->files);
	add_time(t, "changed", table->changed_us);
	add_list(t, "key", &detail->key);
	add_list(t, "partition_by", &detail->partition_by);
	add_list(t, "tags", &detail->tags);
	add_list(t, "reads", &detail->reads);
	add_list(t, "read_by", &detail->read_by);
	add_lists(t, detail);
	text_add_char(t, '}');
}
