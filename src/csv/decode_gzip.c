/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "csv/decode.h"

struct csv_gzip {
	struct csv_raw *raw;
	z_stream stream;
	bool is_in_member; /* else: before one, or after the last */
	unsigned char packed[64 << 10];
};

static void *allocate(void *opaque, unsigned count, unsigned size)
{
	(void)opaque;
	return mem_alloc_array(count, size);
}

static void release(void *opaque, void *block)
{
	(void)opaque;
	free(block);
}

int csv_gzip_open(struct csv_raw *raw, struct csv_gzip **out, struct error *err)
{
	OWNED(csv_gzip) *gzip = mem_alloc(sizeof *gzip);
	if (!gzip)
		return err_memory(err);
	gzip->raw = raw;
	gzip->stream.zalloc = allocate;
	gzip->stream.zfree = release;
	if (inflateInit2(&gzip->stream, 16 + MAX_WBITS) != Z_OK) /* 16: gzip's header and sums */
		return err_memory(err);
	gzip->is_in_member = true;
	*out = TAKE(gzip);
	return 0;
}

void csv_gzip_close(struct csv_gzip *gzip)
{
	if (!gzip)
		return;
	inflateEnd(&gzip->stream);
	free(gzip);
}

/* Fetch packed bytes when there are none. 1, or 0 at the end of the file. */
static int fill(struct csv_gzip *gzip, struct error *err)
{
	z_stream *stream = &gzip->stream;
	if (stream->avail_in > 0)
		return 1;
	int64_t got = csv_raw_read(gzip->raw, gzip->packed, sizeof gzip->packed, err);
	if (got < 0)
		return -1;
	stream->next_in = gzip->packed;
	stream->avail_in = (unsigned)got;
	return got > 0;
}

/* After a member: the next one begins, perhaps behind zeros (blocks of a tape are filled so). */
static void begin_member(struct csv_gzip *gzip)
{
	z_stream *stream = &gzip->stream;
	while (stream->avail_in > 0 && *stream->next_in == 0) {
		stream->next_in++;
		stream->avail_in--;
	}
	if (stream->avail_in == 0)
		return;
	inflateReset(stream);
	gzip->is_in_member = true;
}

static int inflate_some(struct csv_gzip *gzip, struct error *err)
{
	z_stream *stream = &gzip->stream;
	int result = inflate(stream, Z_NO_FLUSH);
	if (result == Z_STREAM_END)
		gzip->is_in_member = false;
	if (result == Z_OK || result == Z_STREAM_END)
		return 0;
	if (result == Z_MEM_ERROR)
		return err_memory(err);
	return csv_raw_damaged(gzip->raw, "gzip", stream->msg ? stream->msg : "it is invalid",
			       gzip->raw->offset - stream->avail_in, err);
}

int64_t csv_gzip_read(struct csv_gzip *gzip, char *bytes, size_t len, struct error *err)
{
	z_stream *stream = &gzip->stream;
	if (len > 1 << 30)
		len = 1 << 30; /* zlib counts in 32 bits */
	stream->next_out = (unsigned char *)bytes;
	stream->avail_out = (unsigned)len;
	while (stream->avail_out > 0) {
		int filled = fill(gzip, err);
		TRY(filled);
		if (filled == 0 && gzip->is_in_member)
			return csv_raw_cut_off(gzip->raw, "gzip", err);
		if (filled == 0)
			break;
		if (!gzip->is_in_member)
			begin_member(gzip);
		if (gzip->is_in_member)
			TRY(inflate_some(gzip, err));
	}
	return (int64_t)(len - stream->avail_out);
}
