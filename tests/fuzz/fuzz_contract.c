/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a contract: read, or refused with a place; what was read and is written must read
 * back as something that is written the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "pipeline/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_contract(const char *bytes, size_t len, struct arena *arena, struct source *out,
			 struct error *err)
{
	OWNED(yaml) *document = NULL;
	const struct project_reader reader = {.arena = arena, .expand = true};
	TRY(yaml_parse("sources/x.yaml", bytes, len, &document, err));
	return source_read(&reader, document, "x", "sources/x.yaml", out, err);
}

static void fail(const char *why, const struct error *err, const struct text *text)
{
	fprintf(stderr, "%s: %s at %d:%d\n%s\n", why, err->message, err->line, err->column,
		text->data);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED(arena) *arena = arena_new();
	HELD(text) first = {0};
	HELD(text) second = {0};
	struct source source;
	struct error err = {0};
	if (read_contract((const char *)data, size, arena, &source, &err) < 0)
		return 0;
	if (source_write(&source, &first, &err) < 0)
		fail("cannot be written", &err, &first);
	if (read_contract(first.data, first.len, arena, &source, &err) < 0)
		fail("does not read back", &err, &first);
	if (source_write(&source, &second, &err) < 0 || strcmp(first.data, second.data) != 0)
		fail("reads back as another", &err, &second);
	return 0;
}
