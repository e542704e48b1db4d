/* SPDX-License-Identifier: Apache-2.0 */
/* describe: what people ask of tables: which there are, what is in them, where it comes from and
 * who uses it. Put together from the project, the newest published set, the tables' logs and the
 * history; nothing is run and no data file is opened. All results hang on the caller's arena. */
#ifndef VITRINE_PIPELINE_DESCRIBE_H
#define VITRINE_PIPELINE_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/project_read.h"

struct arena;
struct context;
struct error;
struct model;
struct source;
struct text;

struct describe_table {
	const char *name;    /* "processing.orders" */
	const char *kind;    /* "source", "model", "recommender"; "orphan": nothing defines it */
	const char *path;    /* of what defines it; NULL = nothing */
	const char *summary; /* one line; "" = none */
	const char *description;     /* "" = none */
	const char *problem;         /* why the numbers below are not known; NULL = they are */
	const char *key;             /* where it lies in the lake; NULL = it was never published */
	int64_t version;             /* the published one; -1 = none */
	int64_t rows, bytes;         /* -1 = not known */
	int64_t files;               /* data files; -1 = not known */
	int64_t changed_us;          /* when its rows last changed; 0 = not known */
	const char *target;          /* whose published table it is; NULL = ours, or nobody's */
	const struct source *source; /* or NULL */
	const struct model *model;   /* or NULL */
};

struct describe_tables {
	struct describe_table *items; /* by name */
	size_t count;
	int64_t set; /* the published set; 0 = none */
};

struct describe_column {
	const char *name, *description; /* "" = none */
	const char *type;               /* in a contract's words where it has one, else Delta's */
	bool is_personal;               /* declared so, or made from what is: see personal.h */
	const char *from;               /* the columns it is made from; NULL = not known */
};

struct describe_check {
	const char *name, *kind, *severity;
	const char *outcome; /* of the last run that made it; NULL = it never was */
	int64_t failing;     /* rows; -1 = not known */
};

struct describe_version {
	int64_t version, time_us;
	const char *operation;
	const char *by;    /* the run's number in its own history, or the program that wrote it */
	bool is_published; /* the one in the newest set */
};

struct describe_detail {
	struct describe_table table;
	struct describe_column *columns;
	size_t column_count;
	struct words key, partition_by, tags;
	struct words reads, read_by; /* tables, by name */
	struct describe_check *checks;
	size_t check_count;
	struct describe_version *versions; /* newest first */
	size_t version_count;
	const char *unread; /* why some model could not be asked what it reads; NULL = all were */
};

/* All tables that the project defines or the set holds; `with_other`: what our lake lacks as the
 * target has published it that ours reads. A table whose log cannot be read is in the list with its
 * `problem`. Fails: as set_read_newest() and other_lake_open(); MEMORY. Cost: one read of each log.
 */
int describe_tables(struct context *context, bool with_other, struct arena *arena,
		    struct describe_tables *out, struct error *err);

/* One table: "processing.orders", or with an alias of its database, or without one: then delivery
 * is searched before processing. At most `versions_max` versions. Fails also: NOT_FOUND, with the
 * nearest name as the hint. */
int describe_table(struct context *context, const char *name, size_t versions_max,
		   struct arena *arena, struct describe_detail *out, struct error *err);

/* A table as one JSON object: what `vitrine catalog TABLE --json` shows. */
void describe_write_json(const struct describe_detail *detail, struct text *out);

#endif
