/* SPDX-License-Identifier: Apache-2.0 */
/* land_lacking: the columns that a file lacks which was loaded under an earlier contract. Private
 * to land*.c.
 *
 * An edited contract loads what is in the table again. A column that was added to it is in no older
 * file; those were right as they came, so it reads as NULL for them, whatever `missing_column`
 * says of new files. But where the table has values of a file in that column, the file must bring
 * them again: then its header was renamed in the contract, and NULL would lose what was loaded. */
#ifndef VITRINE_PIPELINE_LAND_LACKING_H
#define VITRINE_PIPELINE_LAND_LACKING_H

#include <stddef.h>

struct error;
struct land_file;

/* Plan `item` with NULL for the columns that it lacks, when it was loaded before. 1, or 0 when it
 * must be planned like any other file. `header` as source_load_plan()'s. Fails: as that does, also
 * REFUSED when the table has values of the file in a column that it lacks and the contract takes
 * none as NULL; as the engine does. Cost: for each column that any file lacks one reading of it in
 * the table. */
int land_lacking_plan(struct land_file *item, char *const *header, size_t header_count,
		      struct error *err);

#endif
