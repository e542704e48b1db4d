/* SPDX-License-Identifier: Apache-2.0 */
/* personal_mark: what is personal (personal.h), said in the table itself: the column's metadata in
 * the Delta schema holds "vitrine.personal": "true". So every program that reads the table sees it,
 * also without the project. All other metadata of a column stays. */
#ifndef VITRINE_PIPELINE_PERSONAL_MARK_H
#define VITRINE_PIPELINE_PERSONAL_MARK_H

#include <stdbool.h>

#include "delta/delta.h"

struct error;

bool personal_is_marked(const struct delta_column *column);
/* Fails: MEMORY. */
int personal_mark(struct delta_column *column, bool is_personal, struct error *err);
/* Mark the columns of `schema` as those of the same name in `from` are; others stay. Returns 1 when
 * that changed something, else 0. Fails: MEMORY. */
int personal_mark_like(struct delta_schema *schema, const struct delta_schema *from,
		       struct error *err);

#endif
