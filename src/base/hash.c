/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

struct hash {
	EVP_MD_CTX *context;
};

struct hash *hash_new(void)
{
	struct hash *hash = mem_alloc(sizeof *hash);
	if (!hash)
		return NULL;
	hash->context = EVP_MD_CTX_new();
	if (!hash->context || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
		hash_free(hash);
		return NULL;
	}
	return hash;
}

void hash_free(struct hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}

void hash_add(struct hash *hash, const void *bytes, size_t len)
{
	int ok = EVP_DigestUpdate(hash->context, bytes, len);
	assert(ok == 1);
	(void)ok;
}

void hash_end(struct hash *hash, char out[HASH_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int ok = EVP_DigestFinal_ex(hash->context, digest, &len);
	assert(ok == 1 && len == 32);
	(void)ok;
	for (unsigned i = 0; i < 32; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
}

int hash_of_bytes(const void *bytes, size_t len, char out[HASH_HEX_SIZE], struct error *err)
{
	OWNED(hash) *hash = hash_new();
	if (!hash)
		return err_memory(err);
	hash_add(hash, bytes, len);
	hash_end(hash, out);
	return 0;
}

int hash_of_file(const char *path, char out[HASH_HEX_SIZE], struct error *err)
{
	enum { PIECE = 256 << 10 };
	OWNED(hash) *hash = hash_new();
	OWNED_MEMORY char *piece = mem_alloc(PIECE);
	if (!hash || !piece)
		return err_memory(err);
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, errno, "cannot open \"%s\"", path);
	for (;;) {
		ssize_t n = read(fd, piece, PIECE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "cannot read \"%s\"", path);
		if (n == 0)
			break;
		hash_add(hash, piece, (size_t)n);
	}
	hash_end(hash, out);
	return 0;
}
