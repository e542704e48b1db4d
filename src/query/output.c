/* SPDX-License-Identifier: Apache-2.0 */
#include "query/output.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "query/output_parts.h"

bool output_format_of(const char *word, enum output_format *out)
{
	static const char *const words[] = {"table", "csv", "json", "jsonl", "markdown"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum output_format)i;
			return true;
		}
	return false;
}

/* ---- life ---- */

static bool is_taken(const struct output *output, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(output->columns[i].name, name) == 0)
			return true;
	return false;
}

/* A JSON object has a name once: of two columns "a" the second becomes "a_2". */
static char *unique_name(const struct output *output, size_t count, const char *name,
			 struct error *err)
{
	char *unique = text_format(err, "%s", name);
	for (int i = 2; unique && is_taken(output, count, unique); i++) {
		free(unique);
		unique = text_format(err, "%s_%d", name, i);
	}
	return unique;
}

static char *name_of(const struct output *output, size_t place, const char *name, struct error *err)
{
	if (output->format == OUTPUT_JSON || output->format == OUTPUT_JSON_LINES)
		return unique_name(output, place, name, err);
	if (output->format == OUTPUT_CSV)
		return text_format(err, "%s", name);
	struct text shown = {0};
	output_add_shown(&shown, name, strlen(name), output->format == OUTPUT_MARKDOWN);
	return text_take(&shown, err);
}

static void begin(struct output *output)
{
	if (output->format == OUTPUT_JSON)
		text_add(&output->buffer, "{\"rows\": [");
	for (size_t i = 0; output->format == OUTPUT_CSV && i < output->column_count; i++) {
		const char *name = output->columns[i].name;
		text_add(&output->buffer, i ? "," : "");
		output_add_csv(&output->buffer, name, strlen(name));
	}
	if (output->format == OUTPUT_CSV)
		text_add_char(&output->buffer, '\n');
}

int output_new(enum output_format format, const struct engine_result *result,
	       const struct output_sink *sink, struct output **out, struct error *err)
{
	OWNED(output) *output = mem_alloc(sizeof *output);
	if (!output)
		return err_memory(err);
	output->format = format;
	output->sink = sink;
	size_t count = engine_result_column_count(result);
	output->columns = mem_alloc_array(count, sizeof *output->columns);
	if (!output->columns)
		return err_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct output_column *column = &output->columns[i];
		column->type = engine_result_column_type(result, i);
		column->name = name_of(output, i, engine_result_column_name(result, i), err);
		if (!column->name)
			return -1;
		output->column_count++;
	}
	begin(output);
	*out = TAKE(output);
	return 0;
}

void output_fit(struct output *output, size_t width)
{
	output->fit_width = output->format == OUTPUT_TABLE ? width : 0;
}

void output_free(struct output *output)
{
	if (!output)
		return;
	for (size_t i = 0; i < output->column_count; i++)
		free(output->columns[i].name);
	free(output->columns);
	text_done(&output->buffer);
	text_done(&output->held);
	free(output);
}

/* ---- CSV ---- */

void output_add_csv(struct text *out, const char *bytes, size_t len)
{
	bool plain = len > 0;
	for (size_t i = 0; plain && i < len; i++)
		plain = !strchr(",\"\r\n", bytes[i]) || !bytes[i];
	if (plain) {
		text_add_bytes(out, bytes, len);
		return;
	}
	text_add_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '"')
			text_add_char(out, '"');
		text_add_char(out, bytes[i]);
	}
	text_add_char(out, '"');
}

static void add_row_csv(struct output *output, struct engine_result *result)
{
	for (size_t i = 0; i < output->column_count; i++) {
		size_t len;
		const char *value = engine_result_text(result, i, &len);
		text_add(&output->buffer, i ? "," : "");
		if (value)
			output_add_csv(&output->buffer, value, len);
	}
	text_add_char(&output->buffer, '\n');
}

/* ---- JSON ---- */

/* "2018-01-02 03:04:05" to "2018-01-02T03:04:05". */
static void add_time(struct text *out, const char *value, size_t len)
{
	const char *space = memchr(value, ' ', len);
	if (space && space + 1 < value + len && space[1] >= '0' && space[1] <= '9') {
		text_addf(out, "\"%.*sT%s\"", (int)(space - value), value, space + 1);
		return;
	}
	text_add_json(out, value, len); /* infinity, or a year before our era */
}

/* DuckDB writes infinities and what is no number as words. */
static bool is_number(const char *value)
{
	value += *value == '-';
	return *value >= '0' && *value <= '9';
}

static void add_value_json(struct text *out, enum engine_type type, const char *value, size_t len)
{
	switch (type) {
	case ENGINE_BOOLEAN:
	case ENGINE_INTEGER:
		text_add_bytes(out, value, len);
		break;
	case ENGINE_DOUBLE:
		text_add(out, is_number(value) ? value : "null");
		break;
	case ENGINE_TIMESTAMP:
		add_time(out, value, len);
		break;
	case ENGINE_DECIMAL:
	case ENGINE_TEXT:
	case ENGINE_BINARY:
	case ENGINE_DATE:
	case ENGINE_OTHER:
		text_add_json(out, value, len);
		break;
	}
}

static void add_row_json(struct output *output, struct engine_result *result)
{
	struct text *out = &output->buffer;
	if (output->format == OUTPUT_JSON)
		text_add(out, output->rows ? ",\n" : "\n");
	text_add_char(out, '{');
	for (size_t i = 0; i < output->column_count; i++) {
		const struct output_column *column = &output->columns[i];
		size_t len;
		const char *value = engine_result_text(result, i, &len);
		text_add(out, i ? ", " : "");
		text_add_json(out, column->name, strlen(column->name));
		text_add(out, ": ");
		if (value)
			add_value_json(out, column->type, value, len);
		else
			text_add(out, "null");
	}
	text_add(out, output->format == OUTPUT_JSON ? "}" : "}\n");
}

/* ---- a plan ---- */

static void add_row_plan(struct output *output, struct engine_result *result)
{
	size_t len = 0;
	const char *value = engine_result_text(result, output->column_count - 1, &len);
	const char *line = value, *end = value + len;
	while (value && line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t line_len = (size_t)((next ? next : end) - line);
		output_add_shown(&output->buffer, line, line_len, false);
		text_add_char(&output->buffer, '\n');
		line += line_len + 1;
	}
}

/* ---- all of them ---- */

static int flush(struct output *output, struct error *err)
{
	TRY(text_check(&output->buffer, err));
	TRY(text_check(&output->held, err));
	if (output->buffer.len > 0)
		TRY(output->sink->write(output->sink->context, output->buffer.data,
					output->buffer.len, err));
	text_clear(&output->buffer);
	return 0;
}

int output_row(struct output *output, struct engine_result *result, struct error *err)
{
	switch (output->format) {
	case OUTPUT_CSV:
		add_row_csv(output, result);
		break;
	case OUTPUT_JSON:
	case OUTPUT_JSON_LINES:
		add_row_json(output, result);
		break;
	case OUTPUT_TABLE:
	case OUTPUT_MARKDOWN:
		output_aligned_row(output, result);
		break;
	case OUTPUT_PLAN:
		add_row_plan(output, result);
		break;
	}
	output->rows++;
	return output->buffer.len < OUTPUT_BUFFER_BYTES ? 0 : flush(output, err);
}

int output_end(struct output *output, int64_t more, struct error *err)
{
	if (output->format == OUTPUT_JSON)
		text_add(&output->buffer, output->rows ? "\n]}\n" : "]}\n");
	else if (output->format == OUTPUT_TABLE || output->format == OUTPUT_MARKDOWN)
		output_aligned_end(output, more);
	return flush(output, err);
}
