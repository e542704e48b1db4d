/* SPDX-License-Identifier: Apache-2.0 */
/* source: the contract of one source, sources/<name>.yaml: which files, how they are written, what
 * their columns are, and what happens when they differ. `vitrine init` writes it from the files
 * (source_write.h); people own it from then on. It publishes processing.<name>. */
#ifndef VITRINE_PIPELINE_SOURCE_H
#define VITRINE_PIPELINE_SOURCE_H

#include "delta/delta.h"
#include "pipeline/check.h"
#include "pipeline/project_read.h"

struct yaml;

enum source_load { LOAD_REPLACE, LOAD_APPEND, LOAD_MERGE };
enum source_resend { RESEND_NEW, RESEND_REPLACE, RESEND_ERROR };
enum source_header { HEADER_YES, HEADER_NO };
enum source_drift {
	DRIFT_EVOLVE,       /* take the change into the table */
	DRIFT_FREEZE,       /* refuse the file */
	DRIFT_DISCARD_ROW,  /* the record becomes a reject of kind "drift" */
	DRIFT_DISCARD_VALUE /* the record is loaded without the value */
};

/* Every field has a value; the defaults are those of a plain CSV file in UTF-8. */
struct source_format {
	const char *type;     /* "csv" */
	char delimiter;       /* ',' */
	char quote;           /* '"'; '\0' = none */
	const char *encoding; /* "utf-8", "latin-1", "windows-1252", "utf-16" (by its BOM),
				 "utf-16le", "utf-16be" */
	char decimal;         /* '.' or ',' */
	char thousands;       /* '\0' = none, '.', ',', ' ' or '\'' */
	const char *date;     /* "iso", "dmy" or "mdy": how dates with separators are read */
	bool header;          /* the first record names the columns */
	struct words null;    /* unquoted fields that mean NULL besides the empty one */
};

struct source_drift_grid {
	int new_column;     /* a column the contract lacks: evolve by default */
	int missing_column; /* one the file lacks: freeze by default; evolve reads it as NULL */
	int type;           /* a value that is not of its column's type: discard_row by default */
	int new_shape;      /* a record with another number of fields: discard_row by default */
};

struct source_column {
	const char *name;
	const char *header; /* as the file writes it; the name by default */
	struct column_type type;
	bool required; /* `null: no`: an empty field is a reject */
	bool personal;
	bool round; /* more decimal places than the type has are rounded, not rejected */
	const char *description; /* "" = none */
	int line;
};

/* Owned by the arena it was read into. */
struct source {
	const char *name;
	const char *path;        /* of the contract, relative to the project */
	const char *description; /* "" = none */
	struct words tags;
	const char *files; /* the pattern as written; NULL = fed by pipe or by others only */
	struct source_format format;
	struct words key;
	int load;   /* enum source_load; replace by default */
	int resend; /* enum source_resend; `new` by default */
	const char
		*newest_by; /* merge: the column whose greater value wins; NULL = the later line */
	struct source_drift_grid drift;
	struct amount max_rejects; /* 1 % by default */
	struct amount min_rows;    /* 50 % (of the version before) by default */
	int64_t settle_us;         /* 5 s by default */
	const char *subject;       /* the column that says whom a row is about; NULL = nobody */
	struct source_column *columns;
	size_t column_count;
	struct checks checks;  /* those that follow from required columns and `key` come first */
	size_t checks_derived; /* how many those are */
};

/* Read a contract. `name` is the source's, `path` the file's as shown. What the document says is
 * copied into the reader's arena. Fails: PROJECT with file:line:column, MEMORY. */
int source_read(const struct project_reader *reader, const struct yaml *document, const char *name,
		const char *path, struct source *out, struct error *err);

/* A source's settings before a contract is read: what `init` starts from. */
void source_init(struct source *source);

const struct source_column *source_column_named(const struct source *source, const char *name);

/* Whether the names of the files say which delivery they belong to. */
bool source_has_captures(const struct source *source);

/* The table's columns and types. Columns `_file` and `_line` come last for append and merge.
 * Owner of `out`'s content: caller, until delta_schema_done(). */
int source_to_schema(const struct source *source, struct delta_schema *out, struct error *err);

/* The contract's text for people: every setting that is not its default, each column on a line of
 * its own, with comments that say what can be changed. Reading it back gives the same source
 * (checks derived from key and `null: no` are not repeated). */
int source_write(const struct source *source, struct text *out, struct error *err);

#endif
