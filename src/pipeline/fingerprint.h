/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: everything a step's result depends on, so that an unchanged step is skipped and a
 * changed one says why it runs. It travels in the commit's own `commitInfo.vitrine`, so the table's
 * log alone tells whether the table is up to date. */
#ifndef VITRINE_PIPELINE_FINGERPRINT_H
#define VITRINE_PIPELINE_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/own.h"

struct error;
struct text;

enum { FINGERPRINT_STEP_FORMAT = 1 }; /* raised when a step's way of building changes its result */

struct fingerprint_input {
	char *name;      /* "processing.orders" */
	int64_t version; /* the last that changed data */
	char *lake;      /* of another target, that it was read from; NULL = our own */
};

struct fingerprint {
	char sql[HASH_HEX_SIZE];      /* of the canonical SQL; of the contract for a source */
	char settings[HASH_HEX_SIZE]; /* of the settings the step uses */
	char engine[64];              /* "duckdb 1.5.6" */
	int64_t format;
	struct fingerprint_input *inputs;
	size_t input_count, input_capacity;
};

void fingerprint_done(struct fingerprint *fingerprint);
OWN_DEFINE_EMBEDDED(fingerprint, fingerprint_done)

int fingerprint_set(struct fingerprint *fingerprint, const char *sql, const char *settings,
		    const char *engine, struct error *err);
int fingerprint_add_input(struct fingerprint *fingerprint, const char *name, int64_t version,
			  const char *lake, struct error *err);

/* Add `"sql": ..., "settings": ..., "engine": ..., "format": ..., "inputs": {...}` to an object
 * being written; and `"lakes": {...}` when an input is of another lake. */
void fingerprint_write(const struct fingerprint *fingerprint, struct text *out);

/* Compare with what a commit recorded (the text of its `vitrine` object, or NULL when it has
 * none): 1 = the same, 0 = different, with the first difference in words in `out_reason`
 * ("processing.orders changed (version 3 to 4)"); negative on failure. */
int fingerprint_compare(const struct fingerprint *fingerprint, const char *recorded_json,
			struct text *out_reason, struct error *err);

#endif
