/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the files of folders through a fuzz target once, so that every compiler's build tests what
 * fuzzing found before. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_LEN_MAX = 1 << 20 };

static int replay(const char *folder, const char *name, struct error *err)
{
	OWNED_MEMORY char *path = file_join(folder, name, err);
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	if (!path)
		return -1;
	TRY(file_read(path, INPUT_LEN_MAX, &bytes, &len, err));
	return LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
}

int main(int argc, char **argv)
{
	struct error err;
	int count = 0;
	for (int i = 1; i < argc; i++) {
		char **names;
		int result = file_list(argv[i], &names, &err);
		for (size_t n = 0; result >= 0 && names[n]; n++, count++)
			result = replay(argv[i], names[n], &err);
		if (result < 0) {
			fprintf(stderr, "replay: %s\n", err.message);
			return 1;
		}
		file_free_names(names);
	}
	printf("%d inputs\n", count);
	return count == 0;
}
