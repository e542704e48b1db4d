/* SPDX-License-Identifier: Apache-2.0 */
/* excerpt: the line of a text that an error is about, and a caret under the place. */
#ifndef VITRINE_APP_EXCERPT_H
#define VITRINE_APP_EXCERPT_H

#include "app/app.h"

/* Two lines, indented by four; of a long line what stands around the place. "" when the text has
 * no such line. Line and column are 1-based, the column counts characters. */
void excerpt_make(const char *text, int line, int column, char out[APP_EXCERPT_SIZE]);

#endif
