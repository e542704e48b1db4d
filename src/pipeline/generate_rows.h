/* SPDX-License-Identifier: Apache-2.0 */
/* generate_rows: what is known of an order, product, seller or place as rows of the nine files. */
#ifndef VITRINE_PIPELINE_GENERATE_ROWS_H
#define VITRINE_PIPELINE_GENERATE_ROWS_H

#include "pipeline/generate.h"
#include "pipeline/generate_csv.h"

/* The first line of a file with what ends it. */
const char *generate_rows_heading(enum generate_file file);

/* Rows of one order in its five files: customers, orders, items, payments, reviews. With `damage`
 * broken ones follow some. */
void generate_rows_of_order(const struct generate_shop *shop, const struct generate_order *order,
			    bool damage, struct generate_csv files[GENERATE_FILES]);
void generate_rows_of_product(const struct generate_shop *shop, uint32_t number,
			      struct generate_csv *csv);
void generate_rows_of_seller(const struct generate_shop *shop, uint32_t number,
			     struct generate_csv *csv);
/* All points of one postal code prefix. */
void generate_rows_of_place(const struct generate_shop *shop, uint32_t number,
			    struct generate_csv *csv);
void generate_rows_of_translation(struct generate_csv *csv);

#endif
