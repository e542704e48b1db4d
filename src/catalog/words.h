/* SPDX-License-Identifier: Apache-2.0 */
/* words: the words by which state.db (and SQL on it) names statuses and kinds. */
#ifndef VITRINE_CATALOG_WORDS_H
#define VITRINE_CATALOG_WORDS_H

#include "catalog/checks.h"
#include "catalog/runs.h"

enum words_list { WORDS_STATUS, WORDS_STEP_KIND, WORDS_SEVERITY, WORDS_OUTCOME };

/* The place of a word in its enum. Fails: CORRUPT. */
int words_read(const char *word, enum words_list list, int *out, struct error *err);

#endif
