/* SPDX-License-Identifier: Apache-2.0 */
/* protocol: whether we may read or write a table. A table names what its readers and writers must
 * know; what we do not know is refused by the feature's name, never guessed around. A feature that
 * older protocol versions imply, but the table does not use, is no obstacle. */
#ifndef VITRINE_DELTA_PROTOCOL_H
#define VITRINE_DELTA_PROTOCOL_H

#include "delta/action.h"

/* The value of a table property, or NULL. Borrowed. */
const char *delta_configuration(const struct delta_metadata *metadata, const char *key);

/* Fail UNSUPPORTED, naming the feature and the table. */
int delta_protocol_check_read(const char *table, const struct delta_protocol *protocol,
			      const struct delta_metadata *metadata, struct error *err);
int delta_protocol_check_write(const char *table, const struct delta_protocol *protocol,
			       const struct delta_metadata *metadata,
			       const struct delta_schema *schema, struct error *err);
/* Fail UNSUPPORTED on account of a feature met elsewhere. */
int delta_protocol_refuse(const char *table, const char *feature, struct error *err);

#endif
