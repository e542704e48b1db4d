/* SPDX-License-Identifier: Apache-2.0 */
/* project_fingerprint: what of a contract or a model's comment changes the rows of its table. It is
 * written out as JSON and hashed; what is not in it (descriptions, checks, tags, who may see what)
 * can be edited without building anything again. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "pipeline/project.h"

static void add_text(struct text *t, const char *name, const char *value)
{
	text_addf(t, "\"%s\":", name);
	text_add_json(t, value, strlen(value));
	text_add_char(t, ',');
}

static void add_words(struct text *t, const char *name, const struct words *words)
{
	text_addf(t, "\"%s\":[", name);
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			text_add_char(t, ',');
		text_add_json(t, words->items[i], strlen(words->items[i]));
	}
	text_add(t, "],");
}

static void add_format(struct text *t, const struct source_format *format)
{
	add_text(t, "type", format->type);
	add_text(t, "encoding", format->encoding);
	add_text(t, "date", format->date);
	text_addf(t, "\"marks\":[%d,%d,%d,%d],\"header\":%d,", format->delimiter, format->quote,
		  format->decimal, format->thousands, format->header);
	add_words(t, "null", &format->null);
}

static void add_column(struct text *t, const struct source *source,
		       const struct source_column *column)
{
	char type[COLUMN_TYPE_SIZE];
	text_add_char(t, '{');
	add_text(t, "name", column->name);
	add_text(t, "header", source->format.header ? column->header : "");
	add_text(t, "type", column_type_format(column->type, type));
	text_addf(t, "\"required\":%d,\"round\":%d},", column->required, column->round);
}

/* The hash of the object written so far, which is closed by a member that follows every comma. */
static int end(struct text *t, char out[HASH_HEX_SIZE], struct error *err)
{
	text_add(t, "\"format\":1}");
	TRY(text_check(t, err));
	return hash_of_bytes(t->data, t->len, out, err);
}

int project_source_fingerprint(const struct project *project, const struct source *source,
			       char out[HASH_HEX_SIZE], struct error *err)
{
	HELD(text) t = {0};
	text_add_char(&t, '{');
	add_text(&t, "time_zone", project->time_zone);
	add_format(&t, &source->format);
	add_words(&t, "key", &source->key);
	text_addf(&t, "\"load\":%d,\"resend\":%d,", source->load, source->resend);
	add_text(&t, "newest_by", source->newest_by ? source->newest_by : "");
	text_addf(&t, "\"drift\":[%d,%d,%d,%d],\"columns\":[", source->drift.new_column,
		  source->drift.missing_column, source->drift.type, source->drift.new_shape);
	for (size_t i = 0; i < source->column_count; i++)
		add_column(&t, source, &source->columns[i]);
	text_add(&t, "null],");
	return end(&t, out, err);
}

int project_model_fingerprint(const struct project *project, const struct model *model,
			      char out[HASH_HEX_SIZE], struct error *err)
{
	HELD(text) t = {0};
	text_add_char(&t, '{');
	add_text(&t, "time_zone", project->time_zone);
	add_words(&t, "partition_by", &model->partition_by);
	text_add(&t, "\"columns\":{");
	for (size_t i = 0; i < model->column_count; i++) {
		const struct model_column *column = &model->columns[i];
		char type[COLUMN_TYPE_SIZE];
		if (column->is_typed)
			add_text(&t, column->name, column_type_format(column->type, type));
	}
	text_add(&t, "\"\":0},");
	return end(&t, out, err);
}
