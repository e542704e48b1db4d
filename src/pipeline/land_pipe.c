/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/land_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "pipeline/context.h"
#include "pipeline/delivery.h"
#include "pipeline/project.h"
#include "pipeline/run.h"
#include "store/store.h"

static int copy(int from, int to, const char *path, int64_t *out_size, struct error *err)
{
	OWNED_MEMORY char *bytes = mem_alloc(PIPE_READ_BYTES);
	if (!bytes)
		return err_memory(err);
	*out_size = 0;
	for (;;) {
		ssize_t len = read(from, bytes, PIPE_READ_BYTES);
		if (process_interrupted())
			return err_set(err, ERR_CANCELED, "interrupted; nothing was landed");
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return err_errno(err, errno, "cannot read the pipe");
		if (len == 0)
			return 0;
		TRY(file_write_fd(to, path, bytes, (size_t)len, err));
		*out_size += len;
	}
}

static int spool(int from, const char *path, int64_t *out_size, struct error *err)
{
	OWNED_FD to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return err_errno(err, errno, "cannot make \"%s\"", path);
	TRY(copy(from, to, path, out_size, err));
	if (*out_size == 0)
		return err_set(err, ERR_REFUSED, "nothing came through the pipe");
	return 0;
}

/* Every delivery through a pipe is a file of its own name: its content's. */
static int describe(struct context *context, const char *source, const char *path, int64_t size,
		    struct delivery *out, struct error *err)
{
	char sha256[HASH_HEX_SIZE], today[CLOCK_TEXT_SIZE];
	int64_t now_us = clock_now_us(), civil_us = now_us;
	TRY(hash_of_file(path, sha256, err));
	clock_to_civil(context_project(context)->time_zone, now_us, &civil_us);
	clock_format_civil(civil_us, today);
	OWNED_MEMORY char *logical = text_format(err, "stdin-%.12s", sha256);
	OWNED_MEMORY char *key =
		text_format(err, "landing/%s/_pipe/%.10s/%.12s-stdin", source, today, sha256);
	if (!logical || !key)
		return -1;
	return delivery_add(out, logical, sha256, path, key, size, err);
}

static int land(struct context *context, const char *source, int fd, const char *staging,
		struct run_request *request, struct run_report **out, struct error *err)
{
	HELD(delivery) piped = {0};
	int64_t size;
	OWNED_MEMORY char *path = file_join(staging, "stdin", err);
	if (!path)
		return -1;
	TRY(spool(fd, path, &size, err));
	TRY(describe(context, source, path, size, &piped, err));
	request->only_land = true;
	request->selection = source;
	request->piped = &piped;
	return run_pipeline(context, request, out, err);
}

int land_pipe(struct context *context, const char *source, int fd, struct run_request *request,
	      struct run_report **out, struct error *err)
{
	struct error unused;
	OWNED_MEMORY char *staging = NULL;
	*out = NULL;
	TRY(project_want_source(context_project(context), source, err));
	TRY(store_make_staging(context_store(context), &staging, err));
	int result = land(context, source, fd, staging, request, out, err);
	(void)file_remove_tree(staging, &unused);
	return result;
}
