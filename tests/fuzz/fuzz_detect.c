/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file whose dialect nobody stated: what detect calls proven must hold when the file
 * is loaded by it: so many records, and no more of them rejected than it said. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/detect.h"
#include "support/load_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop_with(const char *what, int64_t got, int64_t expected)
{
	fprintf(stderr, "%s: %lld, expected %lld\n", what, (long long)got, (long long)expected);
	abort();
}

static void check_columns(const struct csv_found *found, struct csv_column *columns)
{
	if (found->count == 0)
		abort();
	for (size_t i = 0; i < found->count; i++) {
		const struct csv_found_column *column = &found->columns[i];
		if (!column->header || column->values < 0 || column->nulls < 0 ||
		    column->values + column->nulls > found->records)
			stop_with("values", column->values + column->nulls, found->records);
		columns[i] = (struct csv_column){
			.name = column->header, .type = column->type, .field = (int)i};
	}
}

static void check_load(const char *path, const struct csv_found *found)
{
	struct error err;
	HELD(loaded) loaded = {0};
	OWNED_MEMORY struct csv_column *columns = mem_alloc_array(found->count, sizeof *columns);
	if (!columns)
		return;
	check_columns(found, columns);
	struct csv_load_settings settings = {.path = path,
					     .dialect = found->dialect,
					     .nulls = found->nulls,
					     .columns = columns,
					     .column_count = found->count,
					     .field_count = (int)found->count,
					     .time_zone = "UTC"};
	if (load_text(settings, 1, 2048, &loaded, &err) < 0) {
		if (err.kind == ERR_REFUSED) /* a damaged header */
			return;
		fprintf(stderr, "load: %s\n", err.message);
		abort();
	}
	int64_t known = found->damaged + found->misshapen + found->misencoded;
	if (loaded.counts.records != found->records)
		stop_with("records", loaded.counts.records, found->records);
	if (loaded.counts.rejected > known)
		stop_with(loaded.rejects, loaded.counts.rejected, known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	struct error err = {0};
	HELD(csv_found) found = {0};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (csv_detect(path, &found, &err) == 0)
		check_load(path, &found);
	else if (!*err.message)
		abort();
	close(fd);
	return 0;
}
