/* SPDX-License-Identifier: Apache-2.0 */
/* output: rows as people and programs read them: an aligned table, CSV (RFC 4180, lines ended by a
 * newline alone), Markdown, one JSON document {"rows": [...]}, or a JSON object a line.
 *
 * In JSON a DECIMAL is a text (its digits are exact), a time is ISO 8601 (civil, so without an
 * offset), NULL is null, a double that is no number is null, and the second column "a" is "a_2". In
 * CSV NULL is an empty field and an empty text is "". In the table and Markdown NULL is NULL, and
 * control characters are shown as escapes, so that data cannot steer a terminal. Everything is
 * written as it comes, but for these two, which hold the first OUTPUT_TABLE_ROWS rows (or
 * OUTPUT_TABLE_BYTES) to align them. */
#ifndef VITRINE_QUERY_OUTPUT_H
#define VITRINE_QUERY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "engine/engine.h"

struct error;
struct output;

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_CSV,
	OUTPUT_JSON,
	OUTPUT_JSON_LINES,
	OUTPUT_MARKDOWN,
	OUTPUT_PLAN /* the last column alone, as it is: what EXPLAIN draws */
};

/* "table", "csv", "json", "jsonl", "markdown"; false when it is none of them. */
bool output_format_of(const char *word, enum output_format *out);

/* Where the bytes go. Returns 0, or negative with `err` set (a closed pipe, a full disk). */
struct output_sink {
	void *context;
	int (*write)(void *context, const char *bytes, size_t len, struct error *err);
};

/* Owner: caller, until output_free(). Borrows `result` and `sink`. */
int output_new(enum output_format format, const struct engine_result *result,
	       const struct output_sink *sink, struct output **out, struct error *err);
/* For a terminal of that width: a table's texts are cut off with "…" where a line would be wider;
 * numbers and times never are. 0 = nothing is cut, as without. Before the first row. */
void output_fit(struct output *output, size_t width);
void output_free(struct output *output);
OWN_DEFINE(output, output_free)

/* Add the result's current row. */
int output_row(struct output *output, struct engine_result *result, struct error *err);
/* Write what is held back and the end. `more` = rows there are beyond those shown; -1 = some, not
 * counted; the table and Markdown say so. */
int output_end(struct output *output, int64_t more, struct error *err);

#endif
