/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as YAML: a tree whose nodes have their places in the text and no more levels than
 * allowed, or an error with a message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_node(const struct yaml_node *node, int lines, int depth)
{
	if (yaml_line(node) < 1 || yaml_line(node) > lines || yaml_column(node) < 1 ||
	    depth > YAML_DEPTH_MAX)
		abort();
	if ((yaml_kind(node) == YAML_SCALAR) != (yaml_text(node) != NULL))
		abort();
	for (size_t i = 0; i < yaml_count(node); i++) {
		if (yaml_kind(node) == YAML_MAPPING) {
			const char *key = yaml_text(yaml_key_at(node, i));
			if (!key || yaml_get(node, key) != yaml_at(node, i)) /* no key twice */
				abort();
		}
		check_node(yaml_at(node, i), lines, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	OWNED(yaml) *document = NULL;
	if (yaml_parse("x.yaml", (const char *)data, size, &document, &err) < 0) {
		if (!*err.message)
			abort();
		return 0;
	}
	int lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r';
	if (yaml_root(document))
		check_node(yaml_root(document), lines, 1);
	return 0;
}
