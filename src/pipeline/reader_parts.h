/* SPDX-License-Identifier: Apache-2.0 */
/* reader_parts: what the files of reader share, and nobody else. */
#ifndef VITRINE_PIPELINE_READER_PARTS_H
#define VITRINE_PIPELINE_READER_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/reader.h"

struct arena;
struct csv_load;
struct map;
struct set_table;
struct source;
struct store;

/* Where a reader keeps what its views are made of; the box lets nobody name it. */
#define READER_PARTS_SCHEMA "_parts"

enum reader_kind { READER_LAKE, READER_LANDING, READER_VITRINE };

struct reader_table {
	enum reader_kind kind;
	const char *schema, *name;
	const struct set_table *published; /* LAKE; NULL = only a candidate */
	struct store *store;               /* of `published` */
	const struct source *source;       /* LANDING */
	const char *candidate;             /* LAKE: the folder of the build kept aside; NULL */
	bool is_shown;
};

struct reader {
	struct context *context;
	struct set *set, *other_set;
	struct store *other_store; /* of the target that ours reads */
	char *candidates;          /* the run's folder of builds kept aside; NULL */
	struct map *tables;        /* "processing.orders" -> struct reader_table */
	const char **names;        /* their names, NULL-terminated */
	struct engine_session *session;
	struct csv_load **loads; /* of landing tables: alive as long as the session */
	size_t load_count, load_capacity;
	bool has_rejects; /* what vitrine.files, rejects and decisions are made of is shown */
	struct arena *arena;
};

/* Add a table to what can be read; the first of a name stays. Texts are copied. */
int reader_add(struct reader *reader, const char *schema, const char *name,
	       struct reader_table table, struct error *err);

/* Show a table in the session, once. */
int reader_show(struct reader *reader, struct reader_table *table, struct error *err);
/* Show the table as it was; adds the name it then has in the session, as SQL, to `out`. */
int reader_show_at(struct reader *reader, struct reader_table *table,
		   const struct sql_reference *reference, struct text *out, struct error *err);
/* A time as people write it, in the project's zone unless it brings an offset. Fails: USAGE. */
int reader_time(const struct reader *reader, const char *text, int64_t *out_us, struct error *err);

/* landing.<source>. */
int reader_show_landing(struct reader *reader, const struct reader_table *table, struct error *err);

/* Schema vitrine. */
int reader_add_vitrine(struct reader *reader, struct error *err);
/* What vitrine.files and rejects are made of, then vitrine.files. */
int reader_show_ledger(struct reader *reader, struct error *err);
int reader_show_files(struct reader *reader, struct error *err);
/* Of it files, rejects, refused and decisions: 1, or 0 when `name` is none of them. */
int reader_show_rejects(struct reader *reader, const char *name, struct error *err);
int reader_show_vitrine(struct reader *reader, const struct reader_table *table, struct error *err);

#endif
