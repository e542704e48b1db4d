/* SPDX-License-Identifier: Apache-2.0 */
/* delivery: what to load of the files that are there, given what is loaded already. Pure: no disk,
 * no table.
 *
 * A file is known by its content (sha256) first: the same content is already loaded, whatever it is
 * called. Then by its logical name: a known name with other content was sent again, and `resend`
 * says what happens. For `load: replace` the table is exactly the newest delivery: the files found
 * together, of which a pattern with captures means only those of the greatest capture. */
#ifndef VITRINE_PIPELINE_DELIVERY_H
#define VITRINE_PIPELINE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/own.h"
#include "pipeline/source.h"

struct delivery_file {
	char *logical;
	char sha256[HASH_HEX_SIZE];
	char *path; /* on this machine, where it was found; NULL = it lies in the lake already */
	char *key;  /* in the lake, where it lies or is to go; NULL = landing chooses */
	int64_t size;
	int64_t landed_us; /* when its rows were committed; 0 = never */
	bool is_new;       /* to be loaded */
	bool is_resend;    /* to be loaded, and its logical name is known with other content */
	bool is_refused;   /* pending, because its load was refused */
};

struct delivery {
	struct delivery_file *files;
	size_t count, capacity;
};

void delivery_done(struct delivery *delivery);
OWN_DEFINE_EMBEDDED(delivery, delivery_done)

/* Add a file; texts are copied, `path` and `key` may be NULL. Fails: MEMORY. */
int delivery_add(struct delivery *delivery, const char *logical, const char *sha256,
		 const char *path, const char *key, int64_t size, struct error *err);

/* The same of a file of another delivery, with what is known of it. */
int delivery_add_copy(struct delivery *delivery, const struct delivery_file *file,
		      struct error *err);

/* Of the key of a file of mended records, "landing/<source>/_fixes/<sha12>-<sha12>", the first 12
 * digits of the hash of the file whose records they are; NULL = it is none. Borrowed. */
const char *delivery_fix_base(const char *key);

/* Decide: marks what of `found` is to be loaded. `current` is what is in the table now. Two found
 * files of the same content count once (the first by logical name). Returns how many are new; for
 * replace either none, or all of the newest delivery.
 * Fails: REFUSED (a resend where the contract says `error`; two files of one logical name). */
int delivery_decide(struct delivery *found, const struct delivery *current, enum source_load load,
		    enum source_resend resend, bool has_captures, struct error *err);

#endif
