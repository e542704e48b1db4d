/* SPDX-License-Identifier: Apache-2.0 */
/* land_load: a delivery's files as rows built aside: each file held against its contract, read
 * once, counted, its rejects spooled. Private to land.c. */
#ifndef VITRINE_PIPELINE_LAND_LOAD_H
#define VITRINE_PIPELINE_LAND_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "csv/load.h"
#include "engine/engine.h"
#include "pipeline/delivery.h"
#include "pipeline/run_state.h"
#include "pipeline/source_load.h"

struct arena;
struct decisions_line;
struct rejects;
struct landing;
struct map;

/* Where loading ends, of the whole step (run_share.h); then come the checks. */
#define LAND_LOAD_SHARE 0.9

/* One file on its way into the table. */
struct land_file {
	struct landing *landing;
	struct delivery_file *file; /* borrowed from landing->files */
	char *path;                 /* of its copy in the lake, on this machine */
	struct source_load_plan plan;
	struct csv_load *load;
	struct csv_load_counts counts;
	int64_t loaded, rejected;
	char example[256];  /* the reject of the least line, in words; "" = none */
	size_t batch_count; /* so many files from this one on are built in one go; 1 = by itself */
	int64_t sequence;   /* its place in the order of loading, for a merge */
	/* Of a file of mended records: what stands for what. A record is waived when the one it
	 * mends loads by itself now. records = loaded + rejected + waived. */
	struct land_file *base; /* NULL = it was loaded before, or this is no such file */
	struct decisions_line *lines;
	size_t line_count;
	int64_t waived;
	/* Of a file that such a file belongs to: the lines where its rejects begin. */
	bool is_mended;
	int64_t *rejects;
	size_t reject_count, reject_capacity;
};

/* All that one source's step holds; freed together. */
struct landing {
	struct run_state *state;
	size_t node;
	const struct source *source;
	struct step *step;
	struct arena *arena;
	struct engine_session *session;
	const struct delta_snapshot *own; /* NULL = the table does not exist; borrowed */
	struct fingerprint fingerprint;
	struct delivery found, current; /* without files of mended records: */
	struct delivery fixes;          /* those that were ever loaded */
	struct delivery ever;           /* all of both */
	bool has_pending;               /* something is noted as taken and not loaded */
	struct delivery given_way;      /* of that, what a newer delivery takes the place of */
	struct delivery files;          /* to be loaded, in this order */
	struct map *with_values;        /* private to land_lacking.c */
	bool replaces_all; /* the table's rows give way; else they stay, but for resends */
	struct land_file *items;
	struct rejects *rejects;
	struct delta_schema schema;
	struct engine_output *outputs; /* one a batch; one in all where rows of the table change */
	struct engine_output **output_list;
	size_t output_count;
	bool overwrites; /* the commit removes the table's files */
	int64_t superseded;
	char *staging;
};

void landing_done(struct landing *landing);
OWN_DEFINE_EMBEDDED(landing, landing_done)

/* Read, check and build every file of landing->files, which lie in the lake already.
 * Fails: REFUSED (a header, too many rejects, frozen drift; nothing is committed), INTERNAL (counts
 * that do not agree), as csv/ and the engine do. */
int land_load_files(struct landing *landing, struct error *err);

/* Of a plan: hold the headers of the new files against the contract, and say what the table's
 * readers would miss. Nothing is copied. Fails: REFUSED. */
int land_load_plan(struct landing *landing, struct error *err);

#endif
