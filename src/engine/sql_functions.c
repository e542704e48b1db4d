/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/sql_tree.h"

static const char *const names[] = {
#define SQL_FUNCTION(name, class) name,
#include "engine/functions.def"
#undef SQL_FUNCTION
	NULL,
};

static const enum sql_function_class classes[] = {
#define SQL_FUNCTION(name, class) SQL_FUNCTION_##class,
#include "engine/functions.def"
#undef SQL_FUNCTION
};

static int compare(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

enum sql_function_class sql_function_class(const char *name)
{
	size_t count = sizeof(classes) / sizeof(*classes);
	const char *const *found = bsearch(name, names, count, sizeof(*names), compare);
	return found ? classes[found - names] : SQL_FUNCTION_UNKNOWN;
}

const char *sql_function_nearest(const char *name)
{
	return text_nearest(name, names);
}
