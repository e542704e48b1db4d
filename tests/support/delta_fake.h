/* SPDX-License-Identifier: Apache-2.0 */
/* delta_fake: what tests of Delta tables need where no Parquet is at hand: checkpoints that are
 * plain lines of JSON, and short ways to commit. */
#ifndef VITRINE_TESTS_DELTA_FAKE_H
#define VITRINE_TESTS_DELTA_FAKE_H

#include "delta/delta.h"

struct error;
struct store;

/* A "Parquet" file is lines of JSON; a real one is read from the neighbour "<path>.jsonl". */
extern const struct delta_parquet delta_fake_parquet;

/* Create `table` with columns id (long) and day (date): version 0. */
int delta_fake_create(struct store *store, const char *table, struct error *err);
/* Add one data file of 10 rows named `path` on top of `read_version`; `data_change` is set. */
int delta_fake_append(struct store *store, const char *table, int64_t read_version,
		      const char *path, int64_t *out_version, struct error *err);
/* Replace all files by the one named `path`. */
int delta_fake_overwrite(struct store *store, const char *table, int64_t read_version,
			 const char *path, int64_t *out_version, struct error *err);
/* Put the text as one version of the log. */
int delta_fake_put(struct store *store, const char *table, int64_t version, const char *lines,
		   struct error *err);
/* The live files of a version, in order, each followed by a space. Owner: caller; fails the test
 * when the version cannot be read. */
char *delta_fake_files(struct store *store, const char *table, int64_t version);

#endif
