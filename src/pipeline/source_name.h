/* SPDX-License-Identifier: Apache-2.0 */
/* source_name: from what a file calls a column to what a table may call it. "Valor Total (R$)"
 * becomes valor_total_r, "preçoMédio" preco_medio. The same text always gives the same name: it is
 * what `vitrine init` writes and what a new column is called when a table evolves. */
#ifndef VITRINE_PIPELINE_SOURCE_NAME_H
#define VITRINE_PIPELINE_SOURCE_NAME_H

#include <stddef.h>

#include "base/limits.h"

struct text;

enum { SOURCE_NAME_SIZE = NAME_LEN_MAX + 1 };

/* Letters of Latin scripts lose their accents and their case, words are parted by "_" (also where
 * a lower-case letter meets an upper-case one), all else is left out. What would begin with a digit
 * gets "c_" before it; what has nothing left is called "column_<place>". */
const char *source_name_of(const char *header, size_t place, char out[SOURCE_NAME_SIZE]);

/* Add the header as it reads to somebody who minds neither case nor accents nor blanks: for telling
 * whether two headers are the same but for these. */
void source_name_fold(const char *header, struct text *out);

#endif
