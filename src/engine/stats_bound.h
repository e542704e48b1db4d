/* SPDX-License-Identifier: Apache-2.0 */
/* stats_bound: the least or the most of a column of one data file, as Delta's statistics say it.
 *
 * A reader skips a file by its bounds, so a wrong one loses rows without a word. What cannot be
 * said exactly is widened: times to whole milliseconds, decimals to the 15 digits that a double
 * keeps, texts to a beginning, the least downwards and the most upwards. What cannot be bounded is
 * left out: NaN and infinity, times out of years 1 to 9999, binary, and the texts for which COPY
 * gives no bounds (256 bytes without an ASCII character). Leaving out is second best: deltalake's
 * pyarrow data sets take a bound that lacks for one that no row meets. */
#ifndef VITRINE_ENGINE_STATS_BOUND_H
#define VITRINE_ENGINE_STATS_BOUND_H

#include <stdbool.h>
#include <stddef.h>

struct text;

/* Append the bound `text`, written by COPY, of a column of Delta's type `type` as a JSON value:
 * false, and nothing appended, when it is left out. */
bool stats_add_bound(const char *type, const char *text, size_t len, bool is_max, struct text *out);

/* Append a number as COPY writes it (.5) as JSON wants it (0.5). */
void stats_add_number(const char *text, struct text *out);

#endif
