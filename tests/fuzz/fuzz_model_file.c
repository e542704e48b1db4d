/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a model's file and as a check's: they are read or refused with a place, and what was
 * read can be written as SQL. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "pipeline/check_sql.h"
#include "pipeline/model_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_checks(const struct model *model)
{
	static const struct check_past past = {1000, "2026-11-24 13:05:09", "2026-11-23 00:00:00"};
	for (size_t i = 0; i < model->checks.count; i++) {
		struct error err;
		HELD(text) sql = {0};
		if (check_sql(&model->checks.items[i], "processing.t", &past, &sql, &err) < 0)
			abort();
	}
}

/* The SELECT begins behind the comment, at the line that is said. */
static void check_model(const struct model *model)
{
	int line = 1;
	for (size_t i = 0; i < model->select_offset; i++)
		line += model->sql[i] == '\n';
	if (line != model->select_line || !model->sql[model->select_offset])
		abort();
	if (strchr(model->summary, '\n') || strlen(model->summary) > strlen(model->description))
		abort();
	write_checks(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	struct model model;
	struct check check;
	OWNED(arena) *arena = arena_new();
	const struct project_reader reader = {.arena = arena};
	const char *bytes = (const char *)data;
	if (!arena)
		return 0;
	if (model_file_read(&reader, "delivery", "m", "m.sql", bytes, size, &model, &err) == 0)
		check_model(&model);
	else if (!*err.message || !*err.file)
		abort();
	if (model_file_read_check(&reader, "c", "c.sql", bytes, size, &check, &err) == 0 &&
	    (!check.table || !check.sql))
		abort();
	return 0;
}
