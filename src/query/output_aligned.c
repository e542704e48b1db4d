/* SPDX-License-Identifier: Apache-2.0 */
/* output_aligned: a table for a terminal, and Markdown. The first rows are held back until it is
 * known how wide the columns are; later rows keep these widths. */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "query/output_parts.h"

enum { COLUMN_WIDTH_MIN = 12 }; /* of a column whose texts are cut */

static bool to_the_right(enum engine_type type)
{
	return type == ENGINE_INTEGER || type == ENGINE_DOUBLE || type == ENGINE_DECIMAL;
}

/* ---- cells ---- */

/* A value as it is shown: control characters as escapes, also those of Latin-1, which UTF-8 writes
 * as 0xc2 and one byte more. */
void output_add_shown(struct text *out, const char *bytes, size_t len, bool markdown)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		unsigned char next = i + 1 < len ? (unsigned char)bytes[i + 1] : 0;
		if (c == '\n')
			text_add(out, markdown ? "<br>" : "\\n");
		else if (c == '\t')
			text_add(out, "\\t");
		else if (c == '\r')
			text_add(out, "\\r");
		else if (c == '|' && markdown)
			text_add(out, "\\|");
		else if (c < 0x20 || c == 0x7f)
			text_addf(out, "\\x%02x", c);
		else if (c == 0xc2 && next >= 0x80 && next < 0xa0)
			text_addf(out, "\\x%02x", (unsigned char)bytes[++i]);
		else
			text_add_char(out, (char)c);
	}
}

static void add_spaces(struct text *out, size_t count)
{
	text_addf(out, "%*s", (int)count, "");
}

/* A table's line ends without the blanks that an empty last cell leaves. */
static void end_line(struct text *out, bool markdown)
{
	while (!markdown && out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	text_add(out, markdown ? " |\n" : "\n");
}

static bool may_be_cut(const struct output *output, size_t place)
{
	return output->fit_width && output->columns[place].type == ENGINE_TEXT;
}

static void add_cell(struct output *output, const char *cell, size_t place)
{
	const struct output_column *column = &output->columns[place];
	struct text *out = &output->buffer;
	size_t len = may_be_cut(output, place) ? text_cut(cell, column->width) : strlen(cell);
	bool is_cut = cell[len];
	size_t taken = text_width(cell, len) + is_cut;
	size_t missing = column->width > taken ? column->width - taken : 0;
	bool right = to_the_right(column->type), markdown = output->format == OUTPUT_MARKDOWN;
	bool is_last = place + 1 == output->column_count;
	text_add(out, markdown ? "| " : place ? "  " : "");
	if (right)
		add_spaces(out, missing);
	text_add_bytes(out, cell, len);
	text_add(out, is_cut ? "…" : "");
	if (!right && (markdown || !is_last))
		add_spaces(out, missing);
	if (is_last)
		end_line(out, markdown);
	else if (markdown)
		text_add_char(out, ' ');
}

/* ---- the head, and what was held back ---- */

static void fit(struct output *output, const char *cell, size_t place)
{
	size_t width = text_width(cell, strlen(cell));
	if (output->columns[place].width < width)
		output->columns[place].width = width;
}

static size_t line_width(const struct output *output)
{
	size_t width = 2 * (output->column_count - 1);
	for (size_t i = 0; i < output->column_count; i++)
		width += output->columns[i].width;
	return width;
}

/* The widest column that may become narrower, or column_count. */
static size_t widest(const struct output *output)
{
	size_t found = output->column_count;
	for (size_t i = 0; i < output->column_count; i++) {
		const struct output_column *column = &output->columns[i];
		bool can = may_be_cut(output, i) && column->width > COLUMN_WIDTH_MIN &&
			   column->width > text_width(column->name, strlen(column->name));
		if (can &&
		    (found == output->column_count || column->width > output->columns[found].width))
			found = i;
	}
	return found;
}

/* A column of one long text may be as wide as the text: so it first becomes as wide as a line. */
static void narrow(struct output *output)
{
	size_t place;
	for (size_t i = 0; i < output->column_count; i++)
		if (may_be_cut(output, i) && output->columns[i].width > output->fit_width)
			output->columns[i].width = output->fit_width;
	for (size_t i = 0; i < output->column_count; i++)
		fit(output, output->columns[i].name, i);
	while (line_width(output) > output->fit_width &&
	       (place = widest(output)) < output->column_count)
		output->columns[place].width--;
}

static void add_head(struct output *output)
{
	for (size_t i = 0; i < output->column_count; i++)
		fit(output, output->columns[i].name, i);
	if (output->fit_width)
		narrow(output);
	for (size_t i = 0; i < output->column_count; i++)
		add_cell(output, output->columns[i].name, i);
}

static void add_rule(struct output *output)
{
	struct text *out = &output->buffer;
	for (size_t i = 0; i < output->column_count; i++) {
		bool right = to_the_right(output->columns[i].type);
		text_add(out, "| ");
		for (size_t j = right; j < output->columns[i].width; j++)
			text_add_char(out, '-');
		text_add(out, right ? ": " : " ");
	}
	text_add(out, "|\n");
}

/* Fix the widths; write the head and what was held. */
static void align(struct output *output)
{
	const char *cell = output->held.data;
	if (output->held.out_of_memory || output->held.too_long)
		return; /* reported by the next flush */
	for (size_t i = 0; i < output->held_rows * output->column_count; i++) {
		fit(output, cell, i % output->column_count);
		cell += strlen(cell) + 1;
	}
	for (size_t i = 0; i < output->column_count && output->format == OUTPUT_MARKDOWN; i++)
		if (output->columns[i].width < 3)
			output->columns[i].width = 3; /* a rule is at least three dashes */
	add_head(output);
	if (output->format == OUTPUT_MARKDOWN)
		add_rule(output);
	cell = output->held.data;
	for (size_t i = 0; i < output->held_rows * output->column_count; i++) {
		add_cell(output, cell, i % output->column_count);
		cell += strlen(cell) + 1;
	}
	text_clear(&output->held);
	output->is_aligned = true;
}

void output_aligned_row(struct output *output, struct engine_result *result)
{
	bool markdown = output->format == OUTPUT_MARKDOWN;
	for (size_t i = 0; i < output->column_count; i++) {
		size_t len, begin = output->held.len;
		const char *value = engine_result_text(result, i, &len);
		if (value)
			output_add_shown(&output->held, value, len, markdown);
		else
			text_add(&output->held, "NULL");
		text_add_char(&output->held, '\0');
		if (output->is_aligned && !output->held.out_of_memory)
			add_cell(output, output->held.data + begin, i);
	}
	if (output->is_aligned)
		text_clear(&output->held);
	else if (++output->held_rows == OUTPUT_TABLE_ROWS || output->held.len > OUTPUT_TABLE_BYTES)
		align(output);
}

void output_aligned_end(struct output *output, int64_t more)
{
	if (!output->is_aligned)
		align(output);
	text_add(&output->buffer, more && output->format == OUTPUT_MARKDOWN ? "\n" : "");
	if (more > 0)
		text_addf(&output->buffer, "(%" PRId64 " more %s)\n", more,
			  more == 1 ? "row" : "rows");
	else if (more < 0)
		text_add(&output->buffer, "(more rows)\n");
}
