/* SPDX-License-Identifier: Apache-2.0 */
/* schema: the files of sql/, embedded by the build. The text at place n brings a database of
 * schema version n (PRAGMA user_version) to version n + 1; ended by NULL. A file that was released
 * never changes: what comes later is a new file. */
#ifndef VITRINE_CATALOG_SCHEMA_H
#define VITRINE_CATALOG_SCHEMA_H

#include <stddef.h>

extern const char *const catalog_schema[];

#endif
