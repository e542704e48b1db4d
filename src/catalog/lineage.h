/* SPDX-License-Identifier: Apache-2.0 */
/* lineage: a cache of what parsing a model's SQL gave, by the hash of its text, so that a run with
 * nothing to do need not parse. At most LINEAGE_CACHE_MAX entries; the least lately used go. */
#ifndef VITRINE_CATALOG_LINEAGE_H
#define VITRINE_CATALOG_LINEAGE_H

struct catalog;
struct error;

/* 1 and both texts (NULL where none was kept), 0 when unknown. Owner of the texts: caller.
 * `parser` names the parser's version: what another wrote is unknown. */
int catalog_lineage_get(struct catalog *catalog, const char *sql_hash, const char *parser,
			char **out_references_json, char **out_columns_json, struct error *err);
int catalog_lineage_put(struct catalog *catalog, const char *sql_hash, const char *parser,
			const char *references_json, const char *columns_json, struct error *err);

#endif
