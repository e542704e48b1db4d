/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/matrix.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/mem.h"

enum { LINE = 64, HUGE_PAGE = 2 << 20 };

int recs_matrix_init(struct recs_matrix *matrix, size_t rows, size_t width, struct error *err)
{
	size_t stride = recs_matrix_stride(width);
	if (stride && rows > (SIZE_MAX - 2 * HUGE_PAGE) / sizeof(float) / stride)
		return err_memory(err);
	size_t size = rows * stride * sizeof(float);
	size_t align = size >= 4 * (size_t)HUGE_PAGE ? HUGE_PAGE : LINE;
	void *block = mem_alloc(size + align);
	if (!block)
		return err_memory(err);
	uintptr_t start = ((uintptr_t)block + align - 1) / align * align;
	if (align == HUGE_PAGE)
		madvise((void *)start, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
	*matrix = (struct recs_matrix){(float *)start, rows, width, stride, block};
	return 0;
}

void recs_matrix_done(struct recs_matrix *matrix)
{
	free(matrix->block);
	*matrix = (struct recs_matrix){0};
}
