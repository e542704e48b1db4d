/* SPDX-License-Identifier: Apache-2.0 */
/* source_write: the parts of a contract's text. Private to source_write*.c; source_write() itself
 * is in source.h. As all that writes to a text, they report failure there. */
#ifndef VITRINE_PIPELINE_SOURCE_WRITE_H
#define VITRINE_PIPELINE_SOURCE_WRITE_H

#include <stdint.h>

#include "pipeline/project_read.h"

struct source;
struct text;

/* `s` as YAML that reads back as `s`, within a flow mapping too. */
void source_write_scalar(struct text *out, const char *s);
void source_write_words(struct text *out, const struct words *words);
void source_write_amount(struct text *out, struct amount amount);
void source_write_duration(struct text *out, int64_t us);

/* The length of a character that YAML wants escaped though JSON does not (C1 controls, line and
 * paragraph marks, byte-order mark, U+FFFE and U+FFFF), and its number; else 0. */
size_t source_write_must_escape(const unsigned char *s, unsigned *out);

/* The list of checks but for those that follow from key and `null: no`; nothing when there are no
 * others. */
void source_write_checks(const struct source *source, struct text *out);

#endif
