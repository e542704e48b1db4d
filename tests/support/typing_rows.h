/* SPDX-License-Identifier: Apache-2.0 */
/* typing_rows: fields and what they must become, for the tests of csv/typing*.c. */
#ifndef VITRINE_TESTS_TYPING_ROWS_H
#define VITRINE_TESTS_TYPING_ROWS_H

#include "support/support.h"

#include "csv/typing.h"

extern const struct csv_dialect plain, brazil, american, french;
extern const struct csv_type bigint, integer, money, real, boolean, date, timestamp;

/* Type one field in America/Sao_Paulo; reading beyond it is seen by the sanitizers. */
enum csv_typed type_as(struct csv_type type, const struct csv_dialect *dialect, const char *text,
		       void *out);

/* The value as a text, a decimal by its unscaled number (10 to 18 digits); or "wrong", "precision",
 * "range". Fails the test when a value is written without success. Valid until the next call. */
const char *shown(struct csv_type type, const struct csv_dialect *dialect, const char *text);

struct row {
	const char *text, *expected;
};

/* Every row up to one without a text. */
void check_rows(struct csv_type type, const struct csv_dialect *dialect, const struct row *rows);

#endif
