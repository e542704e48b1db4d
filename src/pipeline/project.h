/* SPDX-License-Identifier: Apache-2.0 */
/* project: a folder with vitrine.yaml, sources/, models/ and checks/, read once at the start of a
 * command. Whatever is wrong in it is told here, before anything runs, with file, line and column.
 * Everything hangs on one arena and never changes after project_open(). */
#ifndef VITRINE_PIPELINE_PROJECT_H
#define VITRINE_PIPELINE_PROJECT_H

#include "base/hash.h"
#include "base/own.h"
#include "pipeline/check.h"
#include "pipeline/model_file.h"
#include "pipeline/project_read.h"
#include "pipeline/recommender.h"
#include "pipeline/source.h"

#define PROJECT_FILE        "vitrine.yaml"
#define PROJECT_MAIN_TARGET "prod"

enum { PROJECT_LANDING, PROJECT_PROCESSING, PROJECT_DELIVERY, PROJECT_DATABASES };

/* What --target changes. */
struct project_target {
	const char *name;
	const char *lake;
	const char *engine;
	const char *reads; /* the target whose published set is read for what ours lacks; NULL */
	int64_t memory_bytes, threads, max_disk_bytes, retention_us; /* -1 = as the project's */
	int line;
};

struct project {
	const char *root; /* absolute */
	const char *name;
	const char *description; /* "" = none */
	const char *time_zone;   /* an IANA name; "UTC" by default */
	const char *target;      /* the one chosen; "prod" when none was */
	/* Settings with the chosen target's changes made. */
	const char *lake;       /* absolute path or URI */
	const char *reads;      /* a target's name, or NULL */
	const char *reads_lake; /* its lake, absolute; NULL when `reads` is */
	const char *engine;     /* "duckdb" */
	int64_t memory_bytes;   /* 0 = the engine's default */
	int64_t threads;        /* 0 = all */
	int64_t max_disk_bytes; /* 0 = no bound */
	int64_t retention_us;   /* 7 days by default */
	const char *schedule;   /* five cron fields, in the project's time zone; NULL = none */
	const char *state;      /* absolute: <root>/.vitrine, other targets below it */
	struct words aliases[PROJECT_DATABASES]; /* other names of landing, processing, delivery */
	struct project_target *targets;
	size_t target_count;
	struct recommender *recommenders; /* their tables are among `models` */
	size_t recommender_count;
	/* Each sorted by name; the models of processing before those of delivery, with those that
	 * recommenders make. */
	struct source *sources;
	size_t source_count;
	struct model *models;
	size_t model_count;
	struct check *checks; /* of checks/ */
	size_t check_count;
	struct arena *arena;   /* private */
	struct yaml *settings; /* private */
};

/* The folder of the project: `directory` (-C) if not NULL, which must hold vitrine.yaml; else
 * VITRINE_PROJECT; else the nearest folder upwards from the current one. Owner of `out`: caller.
 * Fails: NOT_FOUND (with a hint to `vitrine init`), IO, MEMORY. */
int project_find(const char *directory, char **out, struct error *err);

/* Read the project in the folder `root`; `target` NULL = "prod". Touches nothing on disk.
 * Owner: caller, until project_close().
 * Fails: NOT_FOUND, PROJECT (with file relative to the project, line and column), USAGE (an unknown
 * target), LIMIT, DENIED, IO, MEMORY. Cost: reads every file of the project once. */
int project_open(const char *root, const char *target, struct project **out, struct error *err);
/* Only the time zone that vitrine.yaml names; of a project whose other files may be wrong. Owner:
 * caller. Fails: as project_open() does for vitrine.yaml. */
int project_read_zone(const char *root, char **out, struct error *err);
void project_close(struct project *project);
OWN_DEFINE(project, project_close)

/* Make the state folder, mode 0700 (also when it is there with more). */
int project_make_state(const struct project *project, struct error *err);

/* By the table's name without its database; NULL when there is none. */
const struct source *project_source(const struct project *project, const char *name);
/* That there is such a source. Fails: NOT_FOUND with the nearest name as the hint. */
int project_want_source(const struct project *project, const char *name, struct error *err);
const struct model *project_model(const struct project *project, const char *database,
				  const char *name);
/* A database's own name for itself or one of its aliases; NULL when it is neither. */
const char *project_database(const struct project *project, const char *name);

/* What a source's table depends on besides its files: a digest of all that its contract says which
 * changes the rows (format, columns, load, ...), not of descriptions, checks or tags. */
int project_source_fingerprint(const struct project *project, const struct source *source,
			       char out[HASH_HEX_SIZE], struct error *err);
/* The same of a model, without its SQL, which the caller adds in canonical form: declared types,
 * partitioning, time zone. */
int project_model_fingerprint(const struct project *project, const struct model *model,
			      char out[HASH_HEX_SIZE], struct error *err);

#endif
