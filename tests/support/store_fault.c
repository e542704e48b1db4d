/* SPDX-License-Identifier: Apache-2.0 */
#include "support/store_fault.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"
#include "store/store.h"

/* ---- the store that fails ---- */

struct faulty {
	struct store base;
	struct store *inner;
	struct store_fault fault;
	pthread_mutex_t mutex;
	int64_t count;
	bool happened;
};

enum verdict { WORKS, FAILS_BEFORE, FAILS_AFTER, REFUSES };

static struct faulty *faulty(struct store *store)
{
	return (struct faulty *)store;
}

static enum verdict step(struct store *store, bool writes, bool conditional)
{
	struct faulty *f = faulty(store);
	enum verdict verdict = WORKS;
	pthread_mutex_lock(&f->mutex);
	if (f->happened && f->fault.stop) {
		verdict = FAILS_BEFORE;
	} else if (writes || !f->fault.writes_only) {
		f->count++;
		if (f->fault.at && f->count == f->fault.at) {
			f->happened = true;
			verdict = f->fault.refused && conditional ? REFUSES
				  : f->fault.effect && writes     ? FAILS_AFTER
								  : FAILS_BEFORE;
		}
	}
	pthread_mutex_unlock(&f->mutex);
	return verdict;
}

static int fail(struct store *store, const char *what, struct error *err)
{
	enum error_kind kind = faulty(store)->fault.kind;
	return err_set(err, kind ? kind : ERR_IO, "%s failed, as the test wants", what);
}

/* `call` under the verdict on one operation. */
#define STEP(store, what, writes, call)                                                            \
	do {                                                                                       \
		enum verdict verdict = step(store, writes, false);                                 \
		if (verdict == FAILS_BEFORE)                                                       \
			return fail(store, what, err);                                             \
		int result = (call);                                                               \
		return verdict == FAILS_AFTER ? fail(store, what, err) : result;                   \
	} while (0)

static int faulty_get(struct store *store, const char *key, int64_t offset, int64_t len, char **out,
		      size_t *out_len, struct error *err)
{
	struct store *inner = faulty(store)->inner;
	STEP(store, "a read", false, inner->ops->get(inner, key, offset, len, out, out_len, err));
}

static int faulty_size(struct store *store, const char *key, int64_t *out, struct error *err)
{
	STEP(store, "a look", false, store_size(faulty(store)->inner, key, out, err));
}

static int faulty_put(struct store *store, const char *key, const void *bytes, size_t len,
		      bool only_if_absent, struct error *err)
{
	struct store *inner = faulty(store)->inner;
	enum verdict verdict = step(store, true, only_if_absent);
	if (verdict == REFUSES)
		return 0;
	if (verdict == FAILS_BEFORE)
		return fail(store, "a write", err);
	int result = inner->ops->put(inner, key, bytes, len, only_if_absent, err);
	return verdict == FAILS_AFTER ? fail(store, "a write", err) : result;
}

static int faulty_put_file(struct store *store, const char *key, const char *path,
			   struct error *err)
{
	STEP(store, "a write", true, store_put_file(faulty(store)->inner, key, path, err));
}

static int faulty_list(struct store *store, const char *prefix, const char *after,
		       struct store_list *out, struct error *err)
{
	struct store *inner = faulty(store)->inner;
	STEP(store, "a listing", false, inner->ops->list(inner, prefix, after, out, err));
}

static int faulty_remove(struct store *store, const char *key, struct error *err)
{
	STEP(store, "a removal", true, store_remove(faulty(store)->inner, key, err));
}

static int faulty_local_path(struct store *store, const char *key, char **out, struct error *err)
{
	STEP(store, "a read", false, store_local_path(faulty(store)->inner, key, out, err));
}

static int faulty_staging(struct store *store, char **out_folder, struct error *err)
{
	if (step(store, true, false) != WORKS)
		return fail(store, "staging", err);
	return store_make_staging(faulty(store)->inner, out_folder, err);
}

static int faulty_leftovers(struct store *store, bool remove, struct store_list *out,
			    struct error *err)
{
	struct store *inner = faulty(store)->inner;
	STEP(store, "a listing", remove, inner->ops->leftovers(inner, remove, out, err));
}

static void faulty_free(struct store *store)
{
	pthread_mutex_destroy(&faulty(store)->mutex);
	free(store->uri);
	free(store);
}

static const struct store_ops faulty_ops = {
	.get = faulty_get,
	.size = faulty_size,
	.put = faulty_put,
	.put_file = faulty_put_file,
	.list = faulty_list,
	.remove = faulty_remove,
	.local_path = faulty_local_path,
	.staging = faulty_staging,
	.leftovers = faulty_leftovers,
	.free = faulty_free,
};

int store_fault_new(struct store *inner, struct store **out, struct error *err)
{
	struct faulty *f = mem_alloc(sizeof *f);
	if (!f)
		return err_memory(err);
	f->base = (struct store){.ops = &faulty_ops, .uri = mem_copy_text(inner->uri)};
	f->inner = inner;
	pthread_mutex_init(&f->mutex, NULL);
	*out = &f->base;
	return 0;
}

void store_fault_set(struct store *store, const struct store_fault *fault)
{
	struct faulty *f = faulty(store);
	pthread_mutex_lock(&f->mutex);
	f->fault = *fault;
	f->count = 0;
	f->happened = false;
	pthread_mutex_unlock(&f->mutex);
}

int64_t store_fault_count(struct store *store)
{
	return faulty(store)->count;
}

bool store_fault_happened(struct store *store)
{
	return faulty(store)->happened;
}

/* ---- the store in memory ---- */

struct object {
	char *key, *bytes;
	size_t len;
	int64_t modified_us;
};

struct memory {
	struct store base;
	pthread_mutex_t mutex;
	struct object *objects; /* in no order */
	size_t count, capacity;
	char *folder; /* for local paths and staging; NULL until the first use */
};

static struct memory *memory(struct store *store)
{
	return (struct memory *)store;
}

static struct memory *lock(struct store *store)
{
	pthread_mutex_lock(&memory(store)->mutex);
	return memory(store);
}

static int unlock(struct memory *m, int result)
{
	pthread_mutex_unlock(&m->mutex);
	return result;
}

static struct object *find(struct memory *m, const char *key)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->objects[i].key, key) == 0)
			return &m->objects[i];
	return NULL;
}

static int absent(const char *key, struct error *err)
{
	return err_set(err, ERR_NOT_FOUND, "there is no \"%s\" in the lake", key);
}

static int memory_get(struct store *store, const char *key, int64_t offset, int64_t len, char **out,
		      size_t *out_len, struct error *err)
{
	struct memory *m = lock(store);
	const struct object *o = find(m, key);
	if (!o)
		return unlock(m, absent(key, err));
	int64_t size = (int64_t)o->len;
	offset = offset >= 0 ? offset : offset + size < 0 ? 0 : offset + size;
	int64_t left = offset < size ? size - offset : 0;
	*out_len = (size_t)(len < left ? len : left);
	*out = mem_copy_bytes(o->bytes + (left ? offset : 0), *out_len);
	return unlock(m, *out ? 0 : err_memory(err));
}

static int memory_size(struct store *store, const char *key, int64_t *out, struct error *err)
{
	(void)err;
	struct memory *m = lock(store);
	const struct object *o = find(m, key);
	if (o)
		*out = (int64_t)o->len;
	return unlock(m, o != NULL);
}

static int add_object(struct memory *m, const char *key, struct object **out, struct error *err)
{
	TRY(mem_grow(&m->objects, &m->capacity, m->count + 1, sizeof *m->objects, err));
	char *copy = mem_copy_text(key);
	if (!copy)
		return err_memory(err);
	*out = &m->objects[m->count++];
	**out = (struct object){.key = copy};
	return 0;
}

static int memory_put(struct store *store, const char *key, const void *bytes, size_t len,
		      bool only_if_absent, struct error *err)
{
	OWNED_MEMORY char *copy = mem_copy_bytes(bytes, len);
	if (!copy)
		return err_memory(err);
	struct memory *m = lock(store);
	struct object *o = find(m, key);
	if (o && only_if_absent)
		return unlock(m, 0);
	if (!o && add_object(m, key, &o, err) < 0)
		return unlock(m, -1);
	free(o->bytes);
	o->bytes = TAKE(copy);
	o->len = len;
	o->modified_us = clock_now_us();
	return unlock(m, 1);
}

static int memory_put_file(struct store *store, const char *key, const char *path,
			   struct error *err)
{
	OWNED_MEMORY char *bytes = NULL, *there = NULL;
	size_t len, there_len;
	TRY(file_read(path, TEXT_LEN_MAX, &bytes, &len, err));
	int won = memory_put(store, key, bytes, len, true, err);
	if (won)
		return won < 0 ? won : 0;
	TRY(memory_get(store, key, 0, TEXT_LEN_MAX, &there, &there_len, err));
	if (there_len == len && memcmp(there, bytes, len) == 0)
		return 0;
	return err_set(err, ERR_CONFLICT, "\"%s\" is already in the lake with other bytes", key);
}

static int memory_list(struct store *store, const char *prefix, const char *after,
		       struct store_list *out, struct error *err)
{
	struct memory *m = lock(store);
	int result = 0;
	for (size_t i = 0; i < m->count && result == 0; i++) {
		const struct object *o = &m->objects[i];
		if (text_starts(o->key, prefix) && (!after || strcmp(o->key, after) > 0))
			result = store_list_add(out, o->key, (int64_t)o->len, o->modified_us, err);
	}
	return unlock(m, result);
}

static int memory_remove(struct store *store, const char *key, struct error *err)
{
	(void)err;
	struct memory *m = lock(store);
	struct object *o = find(m, key);
	if (o) {
		free(o->key);
		free(o->bytes);
		*o = m->objects[--m->count];
	}
	return unlock(m, 0);
}

static int memory_staging(struct store *store, char **out_folder, struct error *err)
{
	struct memory *m = lock(store);
	int result = 0;
	const char *below = getenv("TMPDIR");
	if (!m->folder)
		result = file_make_temporary(below ? below : "/tmp", "vitrine-memory-", &m->folder,
					     err);
	if (result == 0)
		result = file_make_temporary(m->folder, "", out_folder, err);
	return unlock(m, result);
}

static int memory_local_path(struct store *store, const char *key, char **out, struct error *err)
{
	OWNED_MEMORY char *bytes = NULL, *folder = NULL;
	size_t len;
	TRY(memory_get(store, key, 0, TEXT_LEN_MAX, &bytes, &len, err));
	TRY(memory_staging(store, &folder, err));
	OWNED_MEMORY char *path = text_format(err, "%s/%s", folder, file_name(key));
	if (!path)
		return -1;
	TRY(file_write(path, bytes, len, err));
	*out = TAKE(path);
	return 0;
}

static int memory_leftovers(struct store *store, bool remove, struct store_list *out,
			    struct error *err)
{
	(void)store;
	(void)remove;
	(void)out;
	(void)err;
	return 0;
}

static void memory_free(struct store *store)
{
	struct memory *m = memory(store);
	struct error ignored;
	if (m->folder)
		file_remove_tree(m->folder, &ignored);
	for (size_t i = 0; i < m->count; i++) {
		free(m->objects[i].key);
		free(m->objects[i].bytes);
	}
	free(m->objects);
	free(m->folder);
	pthread_mutex_destroy(&m->mutex);
	free(store->uri);
	free(m);
}

static const struct store_ops memory_ops = {
	.get = memory_get,
	.size = memory_size,
	.put = memory_put,
	.put_file = memory_put_file,
	.list = memory_list,
	.remove = memory_remove,
	.local_path = memory_local_path,
	.staging = memory_staging,
	.leftovers = memory_leftovers,
	.free = memory_free,
};

int store_memory_new(struct store **out, struct error *err)
{
	struct memory *m = mem_alloc(sizeof *m);
	if (!m)
		return err_memory(err);
	m->base = (struct store){.ops = &memory_ops, .uri = mem_copy_text("memory://")};
	pthread_mutex_init(&m->mutex, NULL);
	*out = &m->base;
	return 0;
}
