/* SPDX-License-Identifier: Apache-2.0 */
/* other_lake: the lake of the target that this one `reads:` (project.h). What it has published is
 * shown, and built from, where our own lake lacks a table. It is pinned when it is opened: one set,
 * however often the other target publishes afterwards. Nothing is ever written to it. */
#ifndef VITRINE_PIPELINE_OTHER_LAKE_H
#define VITRINE_PIPELINE_OTHER_LAKE_H

struct error;
struct project;
struct set;
struct store;

/* The other lake and its newest set. Both stay NULL when the project reads no other one, or when
 * there is no such lake yet: then it is not made. Owner: caller, of both. Fails: as store_open()
 * and set_read_newest(). */
int other_lake_open(const struct project *project, struct store **out_store, struct set **out_set,
		    struct error *err);

#endif
