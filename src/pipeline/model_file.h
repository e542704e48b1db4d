/* SPDX-License-Identifier: Apache-2.0 */
/* model_file: models/<database>/<name>.sql and checks/<name>.sql: a leading comment, then one
 * SELECT that runs as it stands in any client.
 *
 * The comment is free text (its first paragraph is the description) followed by settings in YAML,
 * from the first line that begins with one of the known keys and a colon. Its markers are replaced
 * by blanks before it is read, so that lines and columns in messages are those of the file. What
 * the SELECT says is engine/sql's matter, not ours. See docs/reference/model-comment.md. */
#ifndef VITRINE_PIPELINE_MODEL_FILE_H
#define VITRINE_PIPELINE_MODEL_FILE_H

#include "pipeline/check.h"
#include "pipeline/project_read.h"

struct recommender;

struct model_column {
	const char *name;
	const char *description; /* "" = none */
	struct column_type type;
	bool is_typed;  /* `type:` was given: publishing casts to it */
	bool is_public; /* declared to hold nothing personal */
	bool is_personal;
	int line;
};

/* Owned by the arena it was read into. */
struct model {
	const char *database; /* "processing" or "delivery" */
	const char *name;
	const char *path;        /* relative to the project */
	const char *description; /* the comment's free text; paragraphs are parted by "\n\n"; "" =
				    none */
	const char *summary;     /* its first paragraph on one line */
	const char *sql;         /* the whole file */
	size_t select_offset;    /* of the first byte after the comment and blanks */
	int select_line;
	struct words key, tags, partition_by;
	struct model_column *columns; /* those described; not all the table's */
	size_t column_count;
	struct checks checks; /* `key` comes first, as checks */
	/* The recommender that makes it; then `sql` reads what that found. NULL = a file's. */
	const struct recommender *recommender;
};

/* Read a model's file from its bytes. Fails: PROJECT with file:line:column, MEMORY. */
int model_file_read(const struct project_reader *reader, const char *database, const char *name,
		    const char *path, const char *bytes, size_t len, struct model *out,
		    struct error *err);

/* Read a checks/ file: `table` is required; the check's kind is CHECK_SQL. */
int model_file_read_check(const struct project_reader *reader, const char *name, const char *path,
			  const char *bytes, size_t len, struct check *out, struct error *err);

const struct model_column *model_column_named(const struct model *model, const char *name);

#endif
