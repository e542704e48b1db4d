/* SPDX-License-Identifier: Apache-2.0 */
/* uri: file names as the log writes them: percent-encoded (RFC 3986). A file that lies on disk as
 * "n%20" stands in the log as "n%2520"; forgetting this is the classic mistake of Delta writers. */
#ifndef VITRINE_DELTA_URI_H
#define VITRINE_DELTA_URI_H

#include <stdbool.h>

struct arena;
struct text;

/* Add `path` to `out`; all but letters, digits and "-._~/=" is encoded. */
void delta_uri_encode(const char *path, struct text *out);
/* Decoded; a '%' that no two hexadecimal digits follow stays as it is. NULL when memory is
 * refused. Owner: the arena. */
char *delta_uri_decode(struct arena *arena, const char *uri);
/* Whether it names its place itself ("s3://...", "/..."), instead of below the table. */
bool delta_uri_is_absolute(const char *uri);

#endif
