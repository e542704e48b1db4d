/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/own.h"

static _Thread_local size_t fail_countdown; /* 0 = never */
static _Thread_local bool has_failed;

void mem_fail_at(size_t n)
{
	fail_countdown = n;
	has_failed = false;
}

bool mem_failed(void)
{
	return has_failed;
}

static bool refused(void)
{
	if (fail_countdown == 0 || --fail_countdown > 0)
		return false;
	has_failed = true;
	return true;
}

void *mem_alloc(size_t size)
{
	return refused() ? NULL : calloc(1, size ? size : 1);
}

void *mem_alloc_array(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return mem_alloc(count * size);
}

void *mem_resize(void *block, size_t size)
{
	return refused() ? NULL : realloc(block, size ? size : 1);
}

char *mem_copy_bytes(const void *bytes, size_t len)
{
	char *copy = mem_alloc(len + 1);
	if (copy && len)
		memcpy(copy, bytes, len);
	return copy;
}

char *mem_copy_text(const char *text)
{
	return text ? mem_copy_bytes(text, strlen(text)) : NULL;
}

int mem_grow(void *array, size_t *capacity, size_t need, size_t size, struct error *err)
{
	if (need <= *capacity)
		return 0;
	size_t wider = *capacity ? *capacity * 2 : 8;
	if (wider < need)
		wider = need;
	if (wider > SIZE_MAX / size)
		return err_memory(err);
	void *block;
	memcpy(&block, array, sizeof block); /* array is a pointer to any kind of pointer */
	block = mem_resize(block, wider * size);
	if (!block)
		return err_memory(err);
	memcpy(array, &block, sizeof block);
	*capacity = wider;
	return 0;
}

void own_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
