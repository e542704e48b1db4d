/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a person's statement: it is refused with a message, or, once its names are replaced,
 * it is SQL again that the box lets pass and that mentions what we put there and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/box.h"
#include "engine/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char shown_name[] = "shown", processing[] = "processing";

static int find(void *context, const char *schema, const char *name,
		const char *const **out_columns, struct error *err)
{
	static const char *const orders[] = {"order_id", "customer", "price", NULL};
	const char *known = context;
	(void)err;
	*out_columns = strcmp(name, "orders") == 0 ? orders : NULL;
	if (strcmp(name, "orders") != 0 && strcmp(name, "sales") != 0)
		return 0;
	return !*schema || strcmp(schema, known) == 0;
}

static int replace(void *context, const struct sql_reference *reference, struct text *out,
		   struct error *err)
{
	(void)context;
	(void)err;
	text_addf(out, "shown.%s", reference->name);
	return 1;
}

static void check_places(const struct sql_statement *statement)
{
	size_t last = 0;
	for (size_t i = 0; i < statement->reference_count; i++) {
		const struct sql_reference *reference = &statement->references[i];
		if (reference->range.begin < last || reference->range.end > statement->len ||
		    reference->range.begin >= reference->range.end)
			abort();
		last = reference->range.end;
	}
}

/* What was let pass, with other names: again something that is let pass. */
static void check_rewritten(struct sql_parser *parser, const struct sql_statement *statement)
{
	static const char *const names[] = {"shown.orders", "shown.sales", NULL};
	struct sql_catalog shown = {.context = shown_name, .find = find, .names = names};
	struct error err = {0};
	HELD(sql_rewritten) rewritten = {0};
	OWNED(sql_statement) *again = NULL;
	if (sql_rewrite(statement, replace, NULL, &rewritten, &err) < 0)
		abort();
	if (sql_parse(parser, rewritten.text, &again, &err) < 0 ||
	    box_check(again, &shown, &err) < 0)
		abort();
	if (again->reference_count != statement->reference_count)
		abort();
	for (size_t i = 0; i < again->reference_count; i++)
		if (strcmp(again->references[i].schema, "shown") != 0 ||
		    again->references[i].at != SQL_AT_NEWEST)
			abort();
	for (size_t i = 0; i < rewritten.len; i++)
		if (sql_map_position(&rewritten, i) > statement->len)
			abort();
}

/* Columns are followed to tables that are there. */
static void check_lineage(const struct sql_statement *statement, const struct sql_catalog *catalog)
{
	struct error err = {0};
	HELD(sql_columns) columns = {0};
	if (sql_lineage(statement, catalog, &columns, &err) < 0) {
		if (err.kind != ERR_LIMIT)
			abort();
		return;
	}
	for (size_t i = 0; i < columns.count; i++)
		for (size_t j = 0; j < columns.columns[i].mention_count; j++)
			if (columns.columns[i].mentions[j].reference >= statement->reference_count)
				abort();
}

static void check_script(const char *text, size_t len)
{
	struct sql_range range = {0};
	size_t from = 0;
	while (sql_next_statement(text, len, from, &range)) {
		if (range.begin < from || range.end <= range.begin || range.end > len)
			abort();
		from = range.end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sql_parser *parser;
	struct sql_catalog catalog = {.context = processing, .find = find};
	struct error err = {0};
	OWNED(sql_statement) *statement = NULL;
	OWNED_MEMORY char *canonical = NULL;
	if (!parser && sql_parser_open(&parser, &err) < 0)
		abort();
	OWNED_MEMORY char *text = mem_copy_bytes((const char *)data, size);
	if (!text)
		return 0;
	check_script(text, strlen(text));
	if (sql_canonical(text, &canonical, &err) < 0)
		abort();
	if (sql_parse(parser, text, &statement, &err) < 0) {
		if (!*err.message)
			abort();
		return 0;
	}
	check_places(statement);
	if (box_check(statement, &catalog, &err) < 0) {
		if (!*err.message)
			abort();
		return 0;
	}
	check_rewritten(parser, statement);
	check_lineage(statement, &catalog);
	return 0;
}
