/* SPDX-License-Identifier: Apache-2.0 */
#include <zstd.h>
#include <zstd_errors.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "csv/decode.h"

struct csv_zstd {
	struct csv_raw *raw;
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	bool is_in_frame;
	unsigned char packed[64 << 10];
};

int csv_zstd_open(struct csv_raw *raw, struct csv_zstd **out, struct error *err)
{
	OWNED(csv_zstd) *zstd = mem_alloc(sizeof *zstd);
	if (!zstd)
		return err_memory(err);
	zstd->raw = raw;
	zstd->in.src = zstd->packed;
	zstd->context = ZSTD_createDCtx();
	if (!zstd->context)
		return err_memory(err);
	ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	*out = TAKE(zstd);
	return 0;
}

void csv_zstd_close(struct csv_zstd *zstd)
{
	if (!zstd)
		return;
	ZSTD_freeDCtx(zstd->context);
	free(zstd);
}

static int fill(struct csv_zstd *zstd, struct error *err)
{
	if (zstd->in.pos < zstd->in.size)
		return 0;
	int64_t got = csv_raw_read(zstd->raw, zstd->packed, sizeof zstd->packed, err);
	if (got < 0)
		return -1;
	zstd->in.size = (size_t)got;
	zstd->in.pos = 0;
	return 0;
}

static int explain(const struct csv_zstd *zstd, size_t result, struct error *err)
{
	ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
	if (code == ZSTD_error_memory_allocation)
		return err_memory(err);
	if (code == ZSTD_error_frameParameter_windowTooLarge) {
		err_set(err, ERR_LIMIT,
			"\"%s\" needs more than %d MiB of memory to be unpacked (zstd's window)",
			zstd->raw->path, 1 << (ZSTD_WINDOW_LOG_MAX - 20));
		return err_hint(err, "Pack it again without --long or --ultra.");
	}
	return csv_raw_damaged(zstd->raw, "zstd", ZSTD_getErrorName(result),
			       zstd->raw->offset - (int64_t)(zstd->in.size - zstd->in.pos), err);
}

int64_t csv_zstd_read(struct csv_zstd *zstd, char *bytes, size_t len, struct error *err)
{
	ZSTD_outBuffer out = {bytes, len, 0};
	while (out.pos < out.size) {
		TRY(fill(zstd, err));
		bool is_at_end = zstd->in.size == 0;
		if (is_at_end && !zstd->is_in_frame)
			break;
		size_t before = out.pos; /* at the end there may still be bytes to hand out */
		size_t result = ZSTD_decompressStream(zstd->context, &out, &zstd->in);
		if (ZSTD_isError(result))
			return explain(zstd, result, err);
		zstd->is_in_frame = result != 0;
		if (is_at_end && zstd->is_in_frame && out.pos == before)
			return csv_raw_cut_off(zstd->raw, "zstd", err);
	}
	return (int64_t)out.pos;
}
