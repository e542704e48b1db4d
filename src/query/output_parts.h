/* SPDX-License-Identifier: Apache-2.0 */
/* output_parts: what the formats share; for output*.c alone. A format adds its bytes to `buffer`;
 * output.c hands them on to the sink when there are enough of them. */
#ifndef VITRINE_QUERY_OUTPUT_PARTS_H
#define VITRINE_QUERY_OUTPUT_PARTS_H

#include "base/text.h"
#include "query/output.h"

struct output_column {
	char *name; /* as shown; in JSON unique */
	enum engine_type type;
	size_t width; /* of the aligned formats */
};

struct output {
	enum output_format format;
	const struct output_sink *sink;
	struct output_column *columns;
	size_t column_count;
	size_t fit_width; /* of the terminal; 0 = nothing is cut */
	struct text buffer;
	int64_t rows;
	/* Of the aligned formats: cells as shown, each ended by a NUL, until they are aligned. */
	struct text held;
	size_t held_rows;
	bool is_aligned; /* the widths are fixed and the head is written */
};

/* A field of CSV, quoted where needed; an empty one is "". */
void output_add_csv(struct text *out, const char *bytes, size_t len);

/* A value as it is shown in the aligned formats. */
void output_add_shown(struct text *out, const char *bytes, size_t len, bool markdown);

/* The aligned formats: a table for a terminal, and Markdown. */
void output_aligned_row(struct output *output, struct engine_result *result);
void output_aligned_end(struct output *output, int64_t more);

#endif
