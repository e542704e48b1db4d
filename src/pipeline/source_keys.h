/* SPDX-License-Identifier: Apache-2.0 */
/* source_keys: the keys of a contract, one table for each mapping in it. Private to source.c and
 * source_write.c. */
#ifndef VITRINE_PIPELINE_SOURCE_KEYS_H
#define VITRINE_PIPELINE_SOURCE_KEYS_H

#include "pipeline/source.h"

/* Of a whole contract, into struct source; `checks` is left for later. */
extern const struct project_key source_keys[];

/* By the enums of source.h; ended by NULL. */
extern const char *const source_load_words[];
extern const char *const source_resend_words[];
extern const char *const source_drift_words[];

#endif
