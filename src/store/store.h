/* SPDX-License-Identifier: Apache-2.0 */
/* store: where the lake's bytes live: a local folder now, S3 later, a faulty fake in tests.
 *
 * Objects are named by keys ("processing/orders/part-1.parquet": relative, '/'-separated, no empty,
 * "." or ".." part). An object is written once and whole: there is no rename, no append, no meaning
 * in times, and no folders; a reader sees an object wholly or not at all. When a write returns 0
 * the object is durable. A write that failed may or may not have happened. Safe from several
 * threads. A failed fsync is final (IO): the caller must not retry it. */
#ifndef VITRINE_STORE_STORE_H
#define VITRINE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

struct error;
struct store;

/* Where a local store keeps what is being written; no key starts with it. */
#define STORE_STAGING "_staging"

struct store_object {
	char *key;
	int64_t size;
	int64_t modified_us; /* for people and for ages only; never for order */
};

/* Sorted bytewise by key. */
struct store_list {
	struct store_object *objects;
	size_t count, capacity;
};

void store_list_free(struct store_list *list);
OWN_DEFINE(store_list, store_list_free)

/* What each kind of store fills in; see the functions below for what each must do. */
struct store_ops {
	int (*get)(struct store *, const char *key, int64_t offset, int64_t len, char **out,
		   size_t *out_len, struct error *);
	int (*size)(struct store *, const char *key, int64_t *out, struct error *);
	int (*put)(struct store *, const char *key, const void *bytes, size_t len,
		   bool only_if_absent, struct error *);
	int (*put_file)(struct store *, const char *key, const char *path, struct error *);
	int (*list)(struct store *, const char *prefix, const char *after, struct store_list *out,
		    struct error *);
	int (*remove)(struct store *, const char *key, struct error *);
	int (*local_path)(struct store *, const char *key, char **out, struct error *);
	int (*staging)(struct store *, char **out_folder, struct error *);
	int (*leftovers)(struct store *, bool remove, struct store_list *out, struct error *);
	void (*free)(struct store *);
};

/* Kinds of store embed this as their first member. */
struct store {
	const struct store_ops *ops;
	char *uri; /* as people wrote it, for messages */
};

/* Whether `key` may name an object: relative, no empty, "." or ".." part, not in STORE_STAGING, at
 * most PATH_LEN_MAX bytes. Every function below refuses another with USAGE. */
bool store_is_key(const char *key);
/* Add an object to a list; the key is copied. For those who implement stores. */
int store_list_add(struct store_list *list, const char *key, int64_t size, int64_t modified_us,
		   struct error *err);
void store_list_sort(struct store_list *list);

/* Open the lake at a folder's path or URI ("file:///..."); makes the folder when it is missing.
 * Owner: caller, until store_free(). Fails: UNSUPPORTED (another scheme), DENIED, IO, MEMORY. */
int store_open(const char *uri, struct store **out, struct error *err);
void store_free(struct store *store);
OWN_DEFINE(store, store_free)

/* The whole object, terminated by a NUL not counted. Fails: NOT_FOUND, LIMIT (1 GiB), IO, MEMORY.
 */
int store_get(struct store *store, const char *key, char **out, size_t *out_len, struct error *err);
/* `len` bytes from `offset`; fewer at the end. A negative offset counts from the end. */
int store_get_range(struct store *store, const char *key, int64_t offset, int64_t len, char **out,
		    size_t *out_len, struct error *err);
/* 1 and the size, 0 when there is no such object. */
int store_size(struct store *store, const char *key, int64_t *out, struct error *err);

/* Write or replace. */
int store_put(struct store *store, const char *key, const void *bytes, size_t len,
	      struct error *err);
/* Write when the key is free: 1 = written by us, 0 = it was there (and stays as it was).
 * Of several who try at once exactly one gets 1. */
int store_put_if_absent(struct store *store, const char *key, const void *bytes, size_t len,
			struct error *err);
/* Take the local file at `path` as the object (moved when it lies in our staging folder, else
 * copied, sharing blocks where the file system can); durable on return. The key must be free or
 * hold the same bytes. Fails also: CONFLICT (the key holds other bytes, which stay). */
int store_put_file(struct store *store, const char *key, const char *path, struct error *err);

/* Objects whose key starts with `prefix` ("" = all; need not end at a '/') and comes after `after`
 * (NULL = from the first), sorted. What the store keeps for itself (staging) is never among them.
 * Owner of `out`: caller. A prefix with nothing below it gives an empty list. */
int store_list_objects(struct store *store, const char *prefix, const char *after,
		       struct store_list **out, struct error *err);
/* Remove; an absent key is no failure. */
int store_remove(struct store *store, const char *key, struct error *err);

/* A path on this machine that holds the object's bytes, for engines that read files. It stays
 * valid until the store is freed. Owner of the text: caller. Fails: NOT_FOUND, IO, MEMORY. */
int store_local_path(struct store *store, const char *key, char **out, struct error *err);
/* A new empty folder on the same disk as the store's local files, where engines write what
 * store_put_file() then takes. Whoever asked removes it; store_free() removes what is left of it.
 * Owner of the text: caller. */
int store_make_staging(struct store *store, char **out_folder, struct error *err);
/* What writers that were killed left in the store's own working place, never that of a writer
 * still alive; removed as well when `remove`. Owner of `out`: caller. */
int store_leftovers(struct store *store, bool remove, struct store_list **out, struct error *err);

#endif
