/* SPDX-License-Identifier: Apache-2.0 */
/* land_sql: the SELECTs that make a source's rows of its files. Private to land_load.c. */
#ifndef VITRINE_PIPELINE_LAND_SQL_H
#define VITRINE_PIPELINE_LAND_SQL_H

#include <stddef.h>

struct error;
struct landing;
struct text;

/* The session's names for what is read: files as they are typed, what was built of each, and the
 * table as it stands. */
#define LAND_FILE_SCHEMA "landing_in"
#define LAND_FILE_VIEW   "file_%zu"
#define LAND_BUILT_VIEW  "built_%zu"
#define LAND_OWN_VIEW    "own"
#define LAND_BEFORE_VIEW "before" /* the same, of a table whose rows all give way */

/* The columns that drift takes in, of the files and of the table as it stands, once each, added to
 * the schema. */
int land_sql_add_extras(struct landing *landing, struct error *err);

/* All columns of the schema from file number `place`, or from the batch that begins with it. */
void land_sql_file(const struct landing *landing, size_t place, struct text *out);
/* The table's rows, but for those of files that were sent again. */
void land_sql_kept(const struct landing *landing, struct text *out);
/* Of the table's rows and what was built of each file the newest of each key: by `newest_by`, then
 * the later file, then the later line. */
void land_sql_merged(const struct landing *landing, struct text *out);

#endif
