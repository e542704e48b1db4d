/* SPDX-License-Identifier: Apache-2.0 */
/* hash: SHA-256, by which files are known; the door to OpenSSL's digests. */
#ifndef VITRINE_BASE_HASH_H
#define VITRINE_BASE_HASH_H

#include <stddef.h>

#include "base/own.h"

struct error;
struct hash;

enum { HASH_HEX_SIZE = 65 };

/* NULL when memory is refused. Owner: caller. */
struct hash *hash_new(void);
void hash_free(struct hash *hash);
OWN_DEFINE(hash, hash_free)

void hash_add(struct hash *hash, const void *bytes, size_t len);
/* The digest in lower-case hexadecimal, terminated; the hash is spent. */
void hash_end(struct hash *hash, char out[HASH_HEX_SIZE]);

/* Of bytes in memory. */
int hash_of_bytes(const void *bytes, size_t len, char out[HASH_HEX_SIZE], struct error *err);
/* Of a file's content. Fails: NOT_FOUND, DENIED, IO, MEMORY. */
int hash_of_file(const char *path, char out[HASH_HEX_SIZE], struct error *err);

#endif
