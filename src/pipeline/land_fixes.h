/* SPDX-License-Identifier: Apache-2.0 */
/* land_fixes: files of mended records on their way into the table. Private to land*.c.
 *
 * Such a file belongs to the landed file whose rejects it mends, goes by that file's logical name
 * and keeps its lines, so that a row says where it first stood. It counts as long as that file
 * does: whenever the file is loaded again, its fixes are loaded right behind it, and a mended
 * record whose own now loads by itself is left out. */
#ifndef VITRINE_PIPELINE_LAND_FIXES_H
#define VITRINE_PIPELINE_LAND_FIXES_H

#include "pipeline/land_load.h"

/* The session's names: what a fix's lines stand for, and the order of the files in the table. */
#define LAND_LINES_VIEW "lines_%zu"
#define LAND_ORDER_VIEW "sequences"

/* Take the fixes out of landing->current; landing->fixes gets all of `ever`. */
int land_fixes_sort_out(struct landing *landing, const struct delivery *ever, struct error *err);
/* Put behind each of landing->files the fixes that were ever loaded for its content. */
int land_fixes_follow(struct landing *landing, struct error *err);
/* landing->files becomes the request's fixes. Fails: REFUSED (a file that they mend is no longer in
 * the table, or the contract changed since it was loaded). */
int land_fixes_choose(struct landing *landing, bool is_current, struct error *err);

/* Note of each item which file it mends and what its lines stand for. */
int land_fixes_open(struct landing *landing, struct error *err);
/* Before item number `place` is read: show what its lines stand for, as far as they are needed. */
int land_fixes_show_lines(struct landing *landing, size_t place, struct error *err);
/* For a merge of fixes alone: show the place of each of the table's files in the order of loading,
 * so that a mended record of an old file does not win over newer ones. */
int land_fixes_show_order(struct landing *landing, struct error *err);

/* A reject of `item`: its line becomes that of the broken file. Returns 0 when the record is not
 * needed, and counts it as waived; else 1, to be kept. */
int land_fixes_reject(struct land_file *item, struct csv_reject *reject, struct error *err);

#endif
